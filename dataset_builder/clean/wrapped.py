"""Undoes hard wrapping: pages whose every line was broken at one width, as text converters do.

In such a page a paragraph is many lines, and a line ends where the next word would not have fitted.
In any other page a line is a paragraph, a heading or an entry of a menu, and stays as it is; but for a
single paragraph that was pasted as it had been wrapped elsewhere: its sentences plainly go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWEST: Final = 40
WIDEST: Final = 132
"""Characters of the narrowest and the widest lines that programs wrap text to."""
LONGER: Final = 0.05
"""Share of lines that may be longer all the same: addresses, tables, what was never wrapped."""
FEWEST: Final = 8
"""Lines that must go on in small letters where the one before was full."""
MARGIN: Final = 2
PROSE: Final = 0.4
"""Share of its breaks that are followed by a small letter, in a paragraph."""
ALONE: Final = 60
"""Characters of the narrowest lines of a paragraph that alone on its page is wrapped."""
_INSIDE: Final = frozenset(",-–—")
"""Besides letters and digits, what a line may end with whose sentence goes on."""
_ENDS: Final = frozenset(".!?…\"'”’»)")
_CLOSES: Final = _ENDS | {":"}


def joined(lines: Sequence[str], gaps: Sequence[int]) -> list[range] | None:
    """Which non-blank lines of a page make one paragraph each, in order; None when the page is not
    wrapped anywhere. `gaps` are the blank lines before each."""
    return _page(lines, gaps) or _single(lines, gaps)


def _page(lines: Sequence[str], gaps: Sequence[int]) -> list[range] | None:
    """The paragraphs of a page that is wrapped as a whole."""
    if len(lines) < FEWEST:
        return None
    lengths = sorted(map(len, lines))
    width = lengths[int((1 - LONGER) * (len(lines) - 1))]
    if not NARROWEST <= width <= WIDEST:
        return None
    full = [not gaps[at] and _full(lines[at - 1], lines[at], width) for at in range(1, len(lines))]
    small = [line[0].islower() for line in lines]
    soft = sum(is_full and small[at] for at, is_full in enumerate(full, start=1))
    if soft < max(FEWEST, PROSE * sum(full)):
        return None
    runs, start = [], 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or not full[at - 1]:
            breaks = at - start - 1
            prose = lines[at - 1][-1] in _ENDS or sum(small[start + 1 : at]) >= PROSE * breaks
            runs += [range(start, at)] if prose else [range(n, n + 1) for n in range(start, at)]
            start = at
    return runs


def _single(lines: Sequence[str], gaps: Sequence[int]) -> list[range] | None:
    """The paragraphs of a page in which only some are wrapped: a sentence plainly goes on in the next
    line, which begins in small letters and whose first word had no room."""
    on = {
        at
        for at, (line, gap) in enumerate(zip(lines, gaps, strict=True))
        if not gap and line[0].islower() and at and _goes_on(lines[at - 1], line)
    }
    if not on:
        return None
    runs, start = [], 0
    for at in range(1, len(lines) + 1):
        if at not in on:
            run = range(start, at)
            sound = len(run) == 1 or _sound(lines, run)
            runs += [run] if sound else [range(n, n + 1) for n in run]
            start = at
    return runs if len(runs) < len(lines) else None


def _goes_on(line: str, following: str) -> bool:
    """Whether a line of such a width ends inside a sentence."""
    inside = line[-1].isalnum() or line[-1] in _INSIDE
    return inside and ALONE <= len(line) <= WIDEST and len(following) <= WIDEST


def _sound(lines: Sequence[str], run: range) -> bool:
    """Whether all of its lines but the last are full; of two, which have no width in common, the
    second has to end a sentence, too."""
    width = max(len(lines[at]) for at in run)
    full = all(_full(lines[at], lines[at + 1], width) for at in run[:-1])
    return full and (len(run) > 2 or lines[run[-1]][-1] in _CLOSES)


def one_line(parts: Sequence[str]) -> str:
    """The lines of a paragraph as one. A hyphen at a line's end stays: it may be the word's own."""
    text = parts[0]
    for part in parts[1:]:
        hyphenated = text[-1] == "-" and text[-2:-1].isalnum() and part[0].isalnum()
        text += part if hyphenated else f" {part}"
    return text


def _full(line: str, following: str, width: int) -> bool:
    """Whether the first word of the following line had no room in this one. A no-break space is
    part of a word, and what stood at the margin may have been stripped off."""
    return len(line) + 1 + len(following.split(" ", 1)[0]) > width - MARGIN
