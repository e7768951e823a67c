"""What two annotators marked, matched one to one."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HALF = 0.5


class Extent(Protocol):
    """Anything with a place in the text."""

    @property
    def start(self) -> int:
        """First code point."""

    @property
    def end(self) -> int:
        """Code point after the last."""


Left = TypeVar("Left", bound=Extent)
Right = TypeVar("Right", bound=Extent)


def overlap(one: Extent, other: Extent) -> float:
    """Common code points as a share of those that either covers: 0 apart, 1 the same.

    Not the share of the shorter one: a word would then match any sentence that holds it.
    """
    common = min(one.end, other.end) - max(one.start, other.start)
    if common <= 0:
        return 0.0
    return common / (max(one.end, other.end) - min(one.start, other.start))


def match(
    left: Sequence[Left],
    right: Sequence[Right],
    same: Callable[[Left, Right], bool] | None = None,
    alike: Callable[[Left, Right], bool] | None = None,
) -> list[tuple[int, int]]:
    """Pairs (index in left, index in right) that overlap by at least half, one to one.

    Greedy: the largest overlap first, then the earlier start, then those that are
    `alike`, then the order given. `same` says which may match at all.
    """
    if not left or not right:
        return []
    places = sorted((other.start, other.end, j) for j, other in enumerate(right))
    candidates: list[tuple[float, int, int, bool, int, int]] = []
    for i, one in enumerate(left):
        start, end = one.start, one.end
        # What starts further before it than it is long, covers less than half of both together.
        first = bisect_left(places, (2 * start - end,))
        for begin, stop, j in places[first : bisect_left(places, (end,), first)]:
            common = min(end, stop) - max(start, begin)
            whole = max(end, stop) - min(start, begin)
            if common > 0 and common / whole >= HALF and (same is None or same(one, right[j])):
                unlike = alike is not None and not alike(one, right[j])
                candidates.append((-common / whole, start, begin, unlike, i, j))
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for *_, i, j in sorted(candidates):
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            pairs.append((i, j))
    return sorted(pairs)
