"""Cuts a text into pieces that no alignment may divide.

A piece is a word with its combining marks (so that a vowel sign added to an Arabic word makes it
another word), one whole emoji with its joiners, skin tones and selectors, a pair of flag letters,
a run of white space, or a single other character.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_JOINER = "\u200d"
_WORD, _SPACE, _OTHER, _FLAG, _MARK = "w", "s", "o", "f", "m"
# One letter per character of the text: what it is. Marks belong to whatever is before them, and a
# joiner (j) to what follows it, too.
_PIECES = re.compile(r"w(?:[wm]|j+[wm]?)*|s+|fm*(?:fm*)?|[oj](?:m|j+[om]?)*|m+")


@cache
def _kind(char: str) -> str:
    if char == _JOINER:
        return "j"
    if char.isspace():
        return _SPACE
    if char.isalnum() or char == "_":
        return _WORD
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return _FLAG
    # Marks, format characters (non-joiner, tags, direction marks), skin tones.
    if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Sk") and not char.isascii():
        return _MARK
    return _OTHER


def pieces(text: str) -> list[str]:
    """The pieces of `text`, in order; joined, they are `text`."""
    kinds = "".join(map(_kind, text))
    return [text[match.start() : match.end()] for match in _PIECES.finditer(kinds)]


def words(text: str) -> int:
    """How many words there are in `text`."""
    return sum(piece[0].isalnum() for piece in pieces(text))
