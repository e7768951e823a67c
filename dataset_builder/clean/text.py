"""Text as the project keeps it: normal form, paragraphs, sentences, language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from dataset_builder.articles import EDGES, LINE_BREAKS, Span
from dataset_builder.clean.words import TITLES

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
MARKS: Final = 30
"""Most combining marks kept in a row: what Unicode's stream-safe text allows; no script has more."""
SENTENCE_CHUNK: Final = 200_000
"""Longest piece given to the sentence splitter at once."""

_TITLES: Final = frozenset(TITLES.split())
_TITLE_END: Final = re.compile(r"(?:^|[\s(\[\"“‘'])(\w+)\.\s*$")
_INITIAL_END: Final = re.compile(r"(?:^|[\s(\[\"“‘'])(?:[A-Z]\.[\s-]?)+\s*$")


def normalise(text: str) -> str:
    r"""`text` in NFC with `\n` as its only line end and without control characters but tab.

    Runs of more than `MARKS` combining marks are cut to that many: nobody writes them, and putting
    them in canonical order takes quadratic time.
    """
    return _canonical(LINE_BREAKS.sub("\n", text))


def normalise_lines(text: str) -> list[str]:
    r"""The lines of `text`, as `\n` divides them, each in normal form; other breaks become spaces."""
    return _canonical(LINE_BREAKS.sub(" ", text)).split("\n")


def _canonical(text: str) -> str:
    text = _CONTROLS.sub("", text)
    if text.isascii():
        return text
    text = _mark_runs().sub(lambda found: found.group()[:MARKS], text)
    return unicodedata.normalize("NFC", text)


@cache
def _mark_runs() -> re.Pattern[str]:
    codes = [code for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))]
    codes += [
        code for code in range(0x1F000, 0x110000, 0x10000) if unicodedata.combining(chr(code))
    ]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    chars = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
    return re.compile(f"[{chars}]{{{MARKS + 1},}}")


def strip(line: str) -> str:
    """`line` without white space (no-break spaces too) and zero-width characters at its edges."""
    return line.strip(EDGES)


def fold(line: str) -> str:
    """Letters and digits only, case-folded: equal for lines that read the same."""
    return re.sub(r"[\W_]+", "", line.casefold())


def paragraphs(text: str) -> tuple[Span, ...]:
    """The paragraphs of a cleaned text, which one blank line separates."""
    spans, at = [], 0
    for part in text.split("\n\n") if text else ():
        spans.append(Span(at, at + len(part)))
        at += len(part) + 2
    return tuple(spans)


def sentences(text: str, language: str) -> tuple[Span, ...]:
    """The sentences of a cleaned text, in order.

    Every one lies within a paragraph, none overlap, and together they cover all that is not space.
    Boundaries come from `sentencex`, which falls back to general rules for a language it does not
    know; its offsets are taken as cuts only, so the spans hold whatever it returns.
    """
    spans: list[Span] = []
    for paragraph in paragraphs(text):
        spans += _sentences(text, paragraph.start, paragraph.end, language)
    return tuple(spans)


def _sentences(text: str, start: int, end: int, language: str) -> list[Span]:
    from sentencex import get_sentence_boundaries

    code = language if language != "und" else "en"
    cuts: list[int] = []
    for low in range(start, end, SENTENCE_CHUNK):
        piece = text[low : min(low + SENTENCE_CHUNK, end)]
        cuts += [low + int(found["start_index"]) for found in get_sentence_boundaries(code, piece)]
    spans: list[Span] = []
    at = start
    for cut in sorted({*(cut for cut in cuts if start < cut < end), end}):
        if cut < end and not _may_break(text, at, cut):
            continue
        found = _tight(text, at, cut)
        if found is not None:
            spans.append(found)
        at = cut
    return spans


def _may_break(text: str, start: int, cut: int) -> bool:
    """Whether a sentence may end at `cut`: not inside a word, nor after a title or an initial."""
    if text[cut - 1].isalnum() and text[cut].isalnum():
        return False
    tail = text[max(start, cut - 24) : cut]
    found = _TITLE_END.search(tail)
    if found and (found[1] in _TITLES):
        return False
    # "J. K. Rowling" goes on; "in the U.S." may well end there.
    initial = _INITIAL_END.search(tail)
    return not (initial and len(initial.group().strip(" \"“‘'([")) == 2 and text[cut].isupper())


def _tight(text: str, start: int, end: int) -> Span | None:
    """The range without space at its edges, None when nothing is left."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    size = len(piece.strip())
    return Span(start + left, start + left + size) if size else None


def language_of(text: str) -> str:
    """ISO 639-1 code of the language that `text` is in; `und` when that is not clear."""
    from dataset_builder.clean.language import identify

    return identify(text)
