"""Signatures on disk, and the pairs of texts that share a bucket.

A band of all texts is one file, a number of eight bytes a text. One band at a time is sorted in
memory (24 MB for a million texts): equal numbers are a bucket.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from dataset_builder.grouping.signatures import BANDS, ROWS, SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from dataset_builder.grouping.shingles import Hashes, Numbers
    from dataset_builder.grouping.signatures import Signatures, Sketches

    Pairs = tuple[Numbers, Numbers]

LARGE: Final = 32
"""Texts that a bucket has at most when all its pairs are compared."""
NEIGHBOURS: Final = 8
"""Texts that each text of a larger bucket is compared with, towards either side."""
_SPOOLED: Final = 1 << 20
"""Bytes of a file that are kept in memory before it is made on disk."""


class SignatureFiles:
    """Signatures in unnamed temporary files, row after row; small ones stay in memory."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._bands = [stack.enter_context(_spooled(self._scratch)) for _ in range(BANDS)]
            self._sketches = stack.enter_context(_spooled(self._scratch))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, found: Signatures) -> None:
        """Append the rows of `found`."""
        import numpy as np

        for band, file in zip(np.ascontiguousarray(found.bands.T), self._bands, strict=True):
            file.write(band.tobytes())
        self._sketches.write(found.sketches.tobytes())

    def band(self, number: int) -> Hashes:
        """One band of all rows."""
        import numpy as np

        file = self._bands[number]
        file.seek(0)
        return np.frombuffer(file.read(), np.uint64)

    def sketches(self) -> Sketches:
        """The sketches of all rows; mapped, not read, when they are on disk."""
        import numpy as np

        self._sketches.seek(0)
        if self._sketches.name is None:
            found = np.frombuffer(self._sketches.read(), np.uint8)
        else:
            found = np.memmap(self._sketches, np.uint8, mode="r")
        return found.reshape(-1, SLOTS)


def _spooled(scratch: Path | None) -> tempfile.SpooledTemporaryFile[bytes]:
    """A temporary file in the folder `scratch` (default: the system's), gone when it is closed."""
    return tempfile.SpooledTemporaryFile(_SPOOLED, dir=None if scratch is None else str(scratch))


class Buckets:
    """The buckets of the texts `chosen`, which are row numbers of `files`.

    Texts are spoken of by their place in `chosen`; which pairs come out depends on the signatures
    and the order of `chosen` alone.
    """

    def __init__(self, files: SignatureFiles, chosen: Numbers) -> None:
        self._files = files
        self._chosen = chosen
        self._sketches = files.sketches()

    def sketches(self, places: Numbers) -> Sketches:
        """The sketches of some texts."""
        return self._sketches[self._chosen[places]]

    def pairs(self, band: int) -> Iterator[Pairs]:
        """Pairs of different texts that share a bucket of `band`, in arrays of a bounded size.

        Of a bucket of up to LARGE texts all pairs. The texts of a larger one are put in the order
        of their signature's next values, where similar texts come to lie together; each is paired
        with the NEIGHBOURS next ones, and all of them with the text that is most like the bucket
        as a whole. So no text is in more than LARGE pairs of its own, whatever the texts hold.
        """
        import numpy as np

        hashes = self._files.band(band)[self._chosen]
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        if len(first) == len(order):
            return
        sizes = np.diff(np.append(first, len(ordered)))
        for start, size in np.stack((first, sizes), axis=1)[sizes > LARGE].tolist():
            bucket, centre = self._arranged(order[start : start + size], band)
            order[start : start + size] = bucket
            yield from _cut(np.full(size - 1, centre), bucket[bucket != centre])
        ends = np.repeat(first + sizes, sizes)
        reach = np.repeat(np.where(sizes > LARGE, NEIGHBOURS, sizes - 1), sizes)
        left = np.arange(len(order))
        for distance in range(1, LARGE):
            left = left[(reach[left] >= distance) & (left + distance < ends[left])]
            if not len(left):
                break
            yield from _cut(order[left], order[left + distance])

    def _arranged(self, bucket: Numbers, band: int) -> tuple[Numbers, int]:
        """A large bucket in the order of the values after `band`, and its most central text."""
        import numpy as np

        after = (np.arange(32) + (band + 1) * ROWS) % SLOTS
        sample = self.sketches(bucket[:: len(bucket) // 5000 + 1])
        usual = np.array([np.bincount(values).argmax() for values in sample.T], np.uint8)
        scores, keys = [], []
        for part in np.array_split(bucket, len(bucket) // 10_000 + 1):
            sketches = self.sketches(part)
            scores.append((sketches == usual).sum(axis=1))
            keys.append(np.ascontiguousarray(sketches[:, after]).view(">u8"))
        centre = int(bucket[np.concatenate(scores).argmax()])
        order = np.lexsort(np.concatenate(keys).T[::-1])
        return bucket[order], centre


def _cut(one: Numbers, other: Numbers) -> Iterator[Pairs]:
    most = 1 << 16
    for start in range(0, len(one), most):
        yield one[start : start + most], other[start : start + most]
