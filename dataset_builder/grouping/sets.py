"""True similarity: the Jaccard index of two texts' sets of shingles."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Final, Self

from dataset_builder.grouping.shingles import shingles, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

    from dataset_builder.grouping.shingles import Hashes

NEAR: Final = 0.7
"""Jaccard similarity from which two texts count as one."""
_TENTHS: Final = round(NEAR * 10)
_CACHE: Final = 64 << 20
"""Bytes of sets that are kept in memory."""


def shingle_sets(texts: pa.Array) -> Iterator[Hashes]:
    """The set of every text, sorted."""
    import numpy as np

    for found in words(texts):
        part = shingles(found)
        for start, end in zip(part.offsets[:-1], part.offsets[1:], strict=True):
            yield np.unique(part.hashes[start:end])


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of two texts, from 0 to 1; 0 for one without words."""
    import pyarrow as pa

    first, second = shingle_sets(pa.array([one, other], pa.large_string()))
    both = _shared(first, second)
    union = len(first) + len(second) - both
    return both / union if union else 0.0


def is_near(one: Hashes, other: Hashes) -> bool:
    """Whether the similarity of two sets is NEAR or more, exactly."""
    sizes = len(one), len(other)
    if 10 * min(sizes) < _TENTHS * max(sizes):
        return False
    both = _shared(one, other)
    return 10 * both >= _TENTHS * (sum(sizes) - both)


def _shared(one: Hashes, other: Hashes) -> int:
    import numpy as np

    both = np.concatenate((one, other))
    both.sort(kind="stable")  # merges the two, which are sorted, in one go
    return int(np.count_nonzero(both[1:] == both[:-1]))


class SetFile:
    """Numbered sets in an unnamed temporary file, the last ones that were read also in memory."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._places: dict[int, tuple[int, int]] = {}
        self._cache: dict[int, Hashes] = {}
        self._cached = 0

    def __enter__(self) -> Self:
        self._file = tempfile.TemporaryFile(dir=self._scratch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, sets: Iterable[tuple[int, Hashes]]) -> None:
        """Append sets."""
        for number, hashes in sets:
            self._places[number] = (self._file.tell(), hashes.nbytes)
            self._file.write(hashes.tobytes())
        self._file.flush()

    def __getitem__(self, number: int) -> Hashes:
        import numpy as np

        found = self._cache.get(number)
        if found is None:
            start, size = self._places[number]
            found = np.frombuffer(os.pread(self._file.fileno(), size, start), np.uint64)
            if self._cached + size > _CACHE:
                self._cache.clear()
                self._cached = 0
            self._cache[number] = found
            self._cached += size
        return found
