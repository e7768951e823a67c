"""Disjoint sets of numbers (union-find on an array)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_builder.grouping.shingles import Numbers


class Forest:
    """Disjoint sets of the numbers from 0 on, each known by its smallest member."""

    def __init__(self, size: int) -> None:
        import numpy as np

        self._parents = np.arange(size)

    def roots(self, members: Numbers) -> Numbers:
        """The smallest member of the set that each is in."""
        import numpy as np

        roots: Numbers = self._parents[members]
        while not np.array_equal(above := self._parents[roots], roots):
            roots = above
        self._parents[members] = roots
        return roots

    def join(self, one: int, other: int) -> None:
        """Make one set of the sets of two members."""
        low, high = sorted((self._root(one), self._root(other)))
        self._parents[high] = low

    def _root(self, member: int) -> int:
        root = member
        while (above := int(self._parents[root])) != root:
            root = above
        self._parents[member] = root
        return root
