"""Page text around marked spans, as HTML. The text is hostile: nothing of it is markup here."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.agreement.differences import Mark
    from dataset_builder.articles import Span

    Window = tuple[int, int]

REACH: Final = 160
"""Characters shown on each side of a span, where its sentence goes on longer."""
LONGEST: Final = 320
"""Characters shown of a span; of a longer one its two ends."""
WINDOWS: Final = 6
"""Pieces of text shown of one unit."""
_MADE_VISIBLE: Final = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_SNAP: Final = 24
"""Characters within which a cut looks for a space."""


def escape(text: str) -> str:
    """Text from a page as HTML: no markup, and whatever steers or reverses text made visible."""
    return html.escape(printable(text))


def running(text: str) -> str:
    """`escape` for running text: what was made visible has no say in the direction of the line."""
    return _MADE_VISIBLE.sub(r'<bdi class="made">\g<0></bdi>', escape(text))


def windows(text: str, sentences: Sequence[Span], marks: Iterable[Mark]) -> list[Window]:
    """The pieces of `text` that show `marks`, in order: at most `WINDOWS`, main marks first.

    Each is the sentence or sentences of a mark, cut around it where they are long.
    """
    starts = [sentence.start for sentence in sentences]
    chosen: list[Window] = []
    for mark in sorted(set(marks), key=lambda m: (not m.main, m.start, m.end)):
        parts = [(mark.start, mark.end)]
        if mark.end - mark.start > LONGEST:
            half = LONGEST // 2
            parts = [(mark.start, mark.start + half), (mark.end - half, mark.end)]
        low, high = _sentence(text, sentences, starts, mark.start, mark.end)
        for start, end in parts:
            if len(chosen) < WINDOWS or any(a <= start and end <= b for a, b in chosen):
                piece = (_cut_before(text, start, low), _cut_after(text, end, high))
                chosen = _joined([*chosen, piece])
    return chosen


def marked(
    text: str, shown: Sequence[Window], marks: Sequence[Mark], sentences: Sequence[Span]
) -> str:
    """The pieces of `text` with `marks` as nested `<mark>`, crossing ones split.

    Each begins with what it is, isolated from the direction of the text.
    """
    starts = {sentence.start for sentence in sentences} | {0}
    ends = {sentence.end for sentence in sentences} | {len(text)}
    gap = '<span class="cut"> … </span>'
    parts = []
    for number, (start, end) in enumerate(shown):
        if number or start not in starts:
            parts.append(gap)
        parts.append(_piece(text, start, end, marks))
    if shown and shown[-1][1] not in ends:
        parts.append(gap)
    return "".join(parts)


def _piece(text: str, start: int, end: int, marks: Sequence[Mark]) -> str:
    inside = [m for m in marks if m.start < end and m.end > start]
    inside.sort(key=lambda m: (m.start, -m.end, not m.main, m.tag))
    lanes = _lanes(inside)
    edges = {start, end}
    for mark in inside:
        edges |= {max(mark.start, start), min(mark.end, end)}
    out: list[str] = []
    opened: list[Mark] = []
    places = sorted(edges)
    for here, following in pairwise(places):
        covering = [m for m in inside if m.start <= here and m.end >= following]
        keep = 0
        while keep < min(len(opened), len(covering)) and opened[keep] is covering[keep]:
            keep += 1
        out.append("</mark>" * (len(opened) - keep))
        out += [_open(m, lanes[m], first=m.start == here) for m in covering[keep:]]
        opened = covering
        out.append(running(text[here:following]))
    out.append("</mark>" * len(opened))
    return "".join(out)


def _open(mark: Mark, lane: int, *, first: bool) -> str:
    tag = html.escape(mark.tag, quote=True)
    label = f'<bdi class="tag">{tag}</bdi>' if first else ""
    main = " main" if mark.main else ""
    return f'<mark class="t-{tag.lower()}{main}" style="--lane:{lane}">{label}'


def _lanes(marks: Sequence[Mark]) -> dict[Mark, int]:
    """How far below the line each mark is drawn, so that overlapping ones are all seen."""
    lanes: dict[Mark, int] = {}
    for mark in sorted(marks, key=lambda m: (m.end - m.start, m.start, m.tag)):
        taken = {
            lanes[other] for other in lanes if other.start < mark.end and mark.start < other.end
        }
        lanes[mark] = min(lane for lane in range(len(marks) + 1) if lane not in taken)
    return lanes


def _joined(pieces: Sequence[Window]) -> list[Window]:
    """The pieces in order, those that touch as one."""
    joined: list[Window] = []
    for start, end in sorted(pieces):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _sentence(
    text: str, sentences: Sequence[Span], starts: Sequence[int], start: int, end: int
) -> Window:
    """Where the sentence of `start` begins, and where that of the last character ends."""
    if not sentences:
        return (0, len(text))
    first = sentences[max(bisect_right(starts, start) - 1, 0)]
    last = sentences[max(bisect_right(starts, max(end - 1, start)) - 1, 0)]
    return (min(first.start, start), max(last.end, end))


def _cut_before(text: str, start: int, bound: int) -> int:
    """Where to begin to show what stands before `start`; not before `bound`."""
    at = start - REACH
    if at <= bound:
        return bound
    space = text.find(" ", at, at + _SNAP)
    return space + 1 if space >= 0 else _whole(text, at)


def _cut_after(text: str, end: int, bound: int) -> int:
    """Where to end what is shown after `end`; not after `bound`."""
    at = end + REACH
    if at >= bound:
        return bound
    space = text.rfind(" ", at - _SNAP, at)
    return space if space >= 0 else _whole(text, at)


def _whole(text: str, at: int) -> int:
    """`at` or a little before, not between what is drawn as one character."""
    for place in range(at, max(at - _SNAP, 0), -1):
        joiner = text[place - 1] == "\u200d" or text[place] == "\u200d"
        if not joiner and unicodedata.category(text[place]) not in ("Mn", "Mc", "Me", "Sk"):
            return place
    return at
