"""Pairs of reports that may be one story, on disk, and the parts of a corpus that they connect.

In a large corpus almost every report is connected to every other by way of some. So a part stops
growing at MOST reports: pairs are taken strongest first (Kruskal, "On the shortest spanning subtree
of a graph", 1956), and a pair that would make a part larger is left out. In a corpus of up to MOST
reports nothing is left out.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.grouping.stories.index import Numbers, Values

    Component = tuple[list[int], list[tuple[int, int, float]]]
    """Nodes in order, and pairs of them with their scores, in order."""

MOST: Final = 1000
"""Nodes that a part has at most."""
_TAKEN: Final = 1 << 20
"""Pairs that are Python objects at once."""


class Edges:
    """Scored pairs of the nodes from 0 on, written to a file of a folder.

    Memory: some 40 bytes a pair while they are put in order.
    """

    def __init__(self, folder: Path, nodes: int, most: int = MOST) -> None:
        self._nodes = nodes
        self._most = most
        self._path = folder / "edges"
        self._file = self._path.open("wb", buffering=1 << 20)

    def add(self, one: Numbers, other: Numbers, scores: Values) -> None:
        """Append pairs. A node is no pair with itself; NaN stands for a score not known."""
        import numpy as np

        true = np.flatnonzero(one != other)
        edges = np.empty(len(true), _kind())
        edges["low"], edges["high"] = np.minimum(one, other)[true], np.maximum(one, other)[true]
        edges["score"] = scores[true]
        edges.tofile(self._file)

    def components(self) -> Iterator[Component]:
        """Nodes that pairs connect, directly or by way of others, and each of their pairs once.

        A pair whose score is not known counts as the strongest.
        """
        import numpy as np

        self._file.close()
        edges = np.fromfile(self._path, _kind())
        self._path.unlink()
        edges = edges[np.argsort(edges["low"].astype(np.int64) << 32 | edges["high"])]
        again = (edges["low"][1:] == edges["low"][:-1]) & (edges["high"][1:] == edges["high"][:-1])
        edges = edges[np.concatenate((np.ones(min(1, len(edges)), bool), ~again))]
        parts = self._parts(edges)
        part_of = parts[edges["low"]]
        inside = np.flatnonzero(part_of == parts[edges["high"]])
        inside = inside[np.argsort(part_of[inside], kind="stable")]
        bounds = np.flatnonzero(np.diff(part_of[inside], prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            pairs = edges[inside[start:end]].tolist()
            yield sorted({node for low, high, _ in pairs for node in (low, high)}), pairs

    def _parts(self, edges: npt.NDArray[np.void]) -> Numbers:
        """The part that each node is in, known by one of its nodes."""
        import numpy as np

        parents, sizes = list(range(self._nodes)), [1] * self._nodes

        def root(node: int) -> int:
            while (above := parents[node]) != node:
                parents[node] = node = parents[above]
            return node

        # Of equal strength the pair of the smaller nodes comes first: `edges` are in order.
        strongest = np.argsort(-np.nan_to_num(edges["score"], nan=np.inf), kind="stable")
        for start in range(0, len(strongest), _TAKEN):
            taken = edges[strongest[start : start + _TAKEN]]
            for low, high in zip(taken["low"].tolist(), taken["high"].tolist(), strict=True):
                one, other = root(low), root(high)
                if one != other and sizes[one] + sizes[other] <= self._most:
                    parents[other] = one
                    sizes[one] += sizes[other]
        return np.array([root(node) for node in range(self._nodes)], np.int64)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _kind() -> np.dtype[np.void]:
    import numpy as np

    return np.dtype([("low", np.int32), ("high", np.int32), ("score", np.float64)])
