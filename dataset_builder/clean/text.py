"""Text as the project keeps it: normal form, paragraphs, sentences, language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import EDGES, LINE_BREAKS, Span
from dataset_builder.damage import FLAG, NONCHARACTERS, OVERRIDES, TAGS, UNSEEN, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NEVER: Final = rf"\ud800-\udfff\ufeff{OVERRIDES}{UNSEEN}{NONCHARACTERS}"
"""Byte order marks and whatever else is no part of any text but can be hidden in one."""
_CONTROLS: Final = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{_NEVER}]")
_ODD: Final = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_NEVER}{TAGS}]")
"""Control characters and all breaks but `\\n`, and letters that nothing shows."""
_FLAG_OR_TAG: Final = re.compile(rf"({FLAG})|[{TAGS}]")
MARKS: Final = 30
"""Most combining marks kept in a row: what Unicode's stream-safe text allows; no script has more."""
SENTENCE_CHUNK: Final = 10_000
"""Longest piece given to the sentence splitter at once: its time is quadratic in `word!`."""

_TITLE_WORDS: Final = """Mr Mrs Ms Dr Prof Gen Col Maj Capt Lt Sgt Cpl Adm Cmdr Sen Rep Gov Pres Rev Hon Amb St Mt
    Messrs Mme Mlle Sr Sra Srta Jr Fr Hr Ing Mag Dipl Nr vs"""
"""Abbreviations with a point that a name or number follows: no sentence ends there."""
_TITLES: Final = tuple(f"{word}." for word in _TITLE_WORDS.split())
_TITLE_END: Final = re.compile(rf"(?:^|[\s(\[\"“‘'])(?:{'|'.join(_TITLE_WORDS.split())})\.$")
_INITIAL_END: Final = re.compile(r"(?:^|[\s(\[\"“‘'])(?:[A-Z]\.[\s-]?)+$")


def normalise(text: str) -> str:
    r"""`text` in NFC with `\n` as its only line end and without control characters but tab, byte
    order marks, overrides of the writing direction, letters that nothing shows and noncharacters.

    Runs of more than `MARKS` combining marks are cut to that many: nobody writes them, and putting
    them in canonical order takes quadratic time.
    """
    return _canonical(text, "\n")


def normalise_lines(text: str) -> list[str]:
    r"""The lines of `text`, as `\n` divides them, each in normal form; other breaks become spaces.

    Entities of HTML, which an incomplete conversion leaves, become the characters they stand for.
    """
    if "&" in text:
        lines = text.split("\n")
        text = "\n".join(unescaped(line).replace("\n", " ") for line in lines)
    return (text if _ordinary(text) else _canonical(text, " ")).split("\n")


_WESTERN: Final = bytes([0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)])


def _ordinary(text: str) -> bool:
    """Whether `text` is in normal form for sure: Western letters only, nothing else to look at.

    Code page 1252 holds no combining mark and no zero-width sign, and asking it is quick.
    """
    try:
        return not text.encode("cp1252").translate(None, _WESTERN)
    except UnicodeEncodeError:
        return False


def _canonical(text: str, line_break: str) -> str:
    if _ODD.search(text):
        text = _CONTROLS.sub("", LINE_BREAKS.sub(line_break, text))
        text = _FLAG_OR_TAG.sub(r"\1", text)
    if text.isascii():
        return text
    # Of a run that is too long, one sign at least is among these few.
    if _mark().search(text[:: MARKS + 1]) and _many_marks().search(text):
        text = _mark_runs().sub(lambda found: found.group()[:MARKS], text)
    return unicodedata.normalize("NFC", text)


@cache
def _mark() -> re.Pattern[str]:
    return re.compile(f"[{_all_marks()}]")


@cache
def _many_marks() -> re.Pattern[str]:
    """Where there may be a run of too many marks; much quicker to look for than the run itself."""
    marks = _ranges(code for code in range(0x300, 0x10000) if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}]{{{MARKS + 1}}}|[\U00010000-\U0010ffff]{{{MARKS + 1}}}")


@cache
def _mark_runs() -> re.Pattern[str]:
    return re.compile(f"[{_all_marks()}]{{{MARKS + 1},}}")


@cache
def _all_marks() -> str:
    return _ranges(code for code in range(0x300, 0x110000) if unicodedata.combining(chr(code)))


def _ranges(codes: Iterable[int]) -> str:
    """Ascending code points as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


_ZERO_WIDTH: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff")


def strip(line: str) -> str:
    """`line` without white space (no-break spaces too) and zero-width characters at its edges."""
    line = line.strip()
    if line and (line[0] in _ZERO_WIDTH or line[-1] in _ZERO_WIDTH):
        return line.strip(EDGES)
    return line


def strip_lines(lines: Sequence[str]) -> tuple[list[str], list[int], list[int]]:
    """The non-blank lines stripped, the number of blank lines before each, and the place of each."""
    stripped, gaps, places = [], [], []
    before = -1
    for place, line in enumerate(lines):
        text = strip(line)
        if text:
            stripped.append(text)
            gaps.append(place - before - 1)
            places.append(place)
            before = place
    return stripped, gaps, places


_SIGNS: Final = re.compile(r"[\W_]+")


def fold(line: str) -> str:
    """Letters and digits only, case-folded: equal for lines that read the same."""
    return _SIGNS.sub("", line.casefold())


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
    know; the lengths of its pieces are taken as cuts only, so the spans hold whatever it returns.
    """
    code = language if language != "und" else "en"
    spans: list[Span] = []
    for paragraph in paragraphs(text):
        start, end = paragraph.start, paragraph.end
        for cut in _cuts(text, start, end, code):
            if cut < end and not _may_break(text, start, cut):
                continue
            piece = text[start:cut]
            inside = piece.strip()
            if inside:
                at = start + piece.index(inside)
                spans.append(Span(at, at + len(inside)))
            start = cut
    return tuple(spans)


def _cuts(text: str, start: int, end: int, language: str) -> Iterator[int]:
    """Where sentences of the paragraph from `start` to `end` may end, ascending, `end` as the last."""
    from sentencex import segment

    low = start
    while low < end:
        high = min(low + SENTENCE_CHUNK, end)
        ends = list(accumulate(map(len, segment(language, text[low:high])), initial=low))[1:]
        # The last sentence of a piece may go on behind it, and with it the one before: both are
        # looked at again.
        if high < end:
            safe = [cut for cut in ends[-3:-1] if cut >= high - SENTENCE_CHUNK // 2]
            high = safe[0] if safe else high
        yield from (cut for cut in ends if cut <= high and cut < end)
        low = high
    yield end


def _may_break(text: str, start: int, cut: int) -> bool:
    """Whether a sentence may end at `cut`: not inside a word, nor after a title or an initial."""
    if text[cut - 1].isalnum() and text[cut].isalnum():
        return False
    tail = text[max(start, cut - 24) : cut].rstrip()
    if not tail.endswith("."):
        return True
    if tail.endswith(_TITLES) and _TITLE_END.search(tail):
        return False
    # "J. K. Rowling" goes on; "in the U.S." may well end there.
    if not (tail[-2:-1].isupper() and text[cut].isupper()):
        return True
    initial = _INITIAL_END.search(tail)
    return not (initial and len(initial.group().strip(" \"“‘'([")) == 2)


def language_of(text: str) -> str:
    """ISO 639-1 code of the language that `text` is in; `und` when that is not clear."""
    from dataset_builder.clean.language import identify

    return identify(text)
