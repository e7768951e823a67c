"""What two annotators marked, matched one to one."""

from __future__ import annotations

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
    rights = sorted(range(len(right)), key=lambda j: right[j].start)
    candidates: list[tuple[float, int, int, bool, int, int]] = []
    for i, one in enumerate(left):
        for j in rights:
            other = right[j]
            if other.start >= one.end:
                break
            share = overlap(one, other)
            if share >= HALF and (same is None or same(one, other)):
                unlike = alike is not None and not alike(one, other)
                candidates.append((-share, one.start, other.start, unlike, i, j))
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for *_, i, j in sorted(candidates):
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            pairs.append((i, j))
    return sorted(pairs)
