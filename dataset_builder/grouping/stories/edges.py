"""Pairs of reports that may be one story, on disk, and what they connect."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dataset_builder.grouping.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.grouping.stories.index import Numbers, Values

    Component = tuple[list[int], list[tuple[int, int, float]]]
    """Nodes in order, and pairs of them with their scores, in order."""

_PART: Final = 1 << 20
"""Pairs that are sorted in memory at once."""


class Edges:
    """Scored pairs of the nodes from 0 on, written to a file of a folder."""

    def __init__(self, folder: Path, nodes: int) -> None:
        self._folder = folder
        self._forest = Forest(nodes)
        self._nodes = nodes
        self._count = 0
        self._file = (folder / "edges").open("wb", buffering=1 << 20)

    def add(self, one: Numbers, other: Numbers, scores: Values) -> None:
        """Append pairs. A node is no pair with itself; NaN stands for a score not known."""
        import numpy as np

        true = np.flatnonzero(one != other)
        edges = np.empty(len(true), _kind())
        edges["low"], edges["high"] = np.minimum(one, other)[true], np.maximum(one, other)[true]
        edges["score"] = scores[true]
        edges.tofile(self._file)
        self._count += len(edges)
        for low, high in zip(edges["low"].tolist(), edges["high"].tolist(), strict=True):
            self._forest.join(low, high)

    def components(self) -> Iterator[Component]:
        """Nodes that pairs connect, directly or by way of others, and each of their pairs once."""
        import numpy as np

        self._file.close()
        parts = max(1, self._count // _PART)
        names = [self._folder / f"edges-{part}" for part in range(parts)]
        with ExitStack() as stack:
            source = stack.enter_context((self._folder / "edges").open("rb"))
            files = [stack.enter_context(name.open("wb")) for name in names]
            while len(edges := np.fromfile(source, _kind(), _PART)):
                part_of = self._forest.roots(edges["low"]) * parts // self._nodes
                for part in np.unique(part_of).tolist():
                    edges[part_of == part].tofile(files[part])
        for name in names:
            yield from self._connected(np.fromfile(name, _kind()))
            name.unlink()

    def _connected(self, edges: npt.NDArray[np.void]) -> Iterator[Component]:
        import numpy as np

        roots = self._forest.roots(edges["low"])
        sorting = np.lexsort((edges["high"], edges["low"], roots))
        edges, roots = edges[sorting], roots[sorting]
        again = (edges["low"][1:] == edges["low"][:-1]) & (edges["high"][1:] == edges["high"][:-1])
        new = np.concatenate((np.ones(min(1, len(edges)), bool), ~again))
        edges, roots = edges[new], roots[new]
        for start, end in pairwise(np.flatnonzero(np.diff(roots, prepend=-1, append=-1)).tolist()):
            pairs = edges[start:end].tolist()
            yield sorted({node for low, high, _ in pairs for node in (low, high)}), pairs

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _kind() -> np.dtype[np.void]:
    import numpy as np

    return np.dtype([("low", np.int64), ("high", np.int64), ("score", np.float64)])
