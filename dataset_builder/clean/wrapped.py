"""Undoes hard wrapping: pages whose every line was broken at one width, as text converters do.

In such a page a paragraph is many lines, and a line ends where the next word would not have fitted.
In any other page a line is a paragraph, a heading or an entry of a menu, and stays as it is.
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
_ENDS: Final = frozenset(".!?…\"'”’»)")


def joined(lines: Sequence[str], gaps: Sequence[int]) -> list[range] | None:
    """Which non-blank lines of a page make one paragraph each, in order; None when the page is not
    wrapped. `gaps` are the blank lines before each."""
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
