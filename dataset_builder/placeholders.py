"""What `init` left for somebody to write, and nobody has written: lines that begin with `EDIT ME`, and
the words in [brackets] of its dataset card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from dataset_builder.project import TEMPLATE

MARK: Final = "EDIT ME"
_MARKED: Final = re.compile(rf"^\W{{0,7}}(?P<mark>{MARK}\b.*)$", re.MULTILINE)
_DONE: Final = "Remove this line"
_BRACKETS: Final = re.compile(r"(?<!\w)\[[^\[\]]+\](?!\()")


@dataclass(frozen=True)
class Placeholder:
    """One of them, where it stands."""

    line: int
    """Of its file, from 1."""
    words: str
    """In one line; of a mark, what is to be done."""
    mark: bool
    """Whether it is a line that says `EDIT ME`, else words in brackets."""


def placeholders(text: str) -> list[Placeholder]:
    """Those in a text, in its order. Brackets count with the very words of the template only."""
    found = [(match.start(), match["mark"], True) for match in _MARKED.finditer(text)]
    found += [(match.start(), match[0], False) for match in _phrases().finditer(text)]
    return [
        Placeholder(text.count("\n", 0, start) + 1, _told(words), mark)
        for start, words, mark in sorted(found)
    ]


def _told(words: str) -> str:
    said = words.partition(_DONE)[0].replace("-->", "")
    return " ".join(said.split()).rstrip(".")


@cache
def _phrases() -> re.Pattern[str]:
    """What stands in brackets in the template's card, however its lines are broken."""
    card = _MARKED.sub("", (TEMPLATE / "dataset_card.md").read_text(encoding="utf-8"))
    phrases = [r"\s+".join(map(re.escape, phrase.split())) for phrase in _BRACKETS.findall(card)]
    return re.compile("|".join(phrases))
