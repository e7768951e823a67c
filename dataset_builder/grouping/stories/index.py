"""Terms of many reports on disk: how alike two are, and which pairs are worth a look.

A report is a vector of unit length: a term's inverse document frequency (Salton and Buckley,
"Term-weighting approaches in automatic text retrieval", 1988) times what it counts (`terms.FACTORS`).
Likeness is the cosine. Document frequencies are those of the corpus, smoothed by PRIOR imagined
reports, so that five reports can be compared too.

Pairs worth a look come from an inverted index of every report's RAREST heaviest terms that some other
report has too; in a list longer than WINDOW only neighbours in the order of dates are paired, and a pair must
share SHARED of them. So work grows linearly with the reports, and nothing depends on their order.
Memory: a table of 4 bytes for every possible hash, twice, and some 300 bytes a report.
"""

from __future__ import annotations

import mmap
import os
import sys
from array import array
from contextlib import ExitStack, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.grouping.stories.terms import BITS, FACTORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    Keys = npt.NDArray[np.uint32]
    Numbers = npt.NDArray[np.int64]
    Values = npt.NDArray[np.float64]
    Weights = npt.NDArray[np.float32]
    Vector = tuple[Keys, Weights]
    """Hashes in order, and their weights."""

PRIOR: Final = 10
"""Imagined reports, of which an unknown term is in SHARE."""
SHARE: Final = 0.002

RAREST: Final = 32
WINDOW: Final = 16
SHARED: Final = 2

_PART: Final = 1 << 22
"""Terms that are in memory at once."""
_BUCKET: Final = 10_000
"""Reports whose pairs are sorted in memory at once."""
_MASK: Final = 0xFFFFFFFF


def rarity(frequency: Any, reports: int) -> Any:
    """Inverse document frequency, 0 or more, for numbers or whole arrays."""
    import numpy as np

    return np.maximum(0.0, np.log((reports + PRIOR) / (frequency + PRIOR * SHARE + 0.5)))


class Scorer:
    """Dot products of sparse vectors, by a table that holds one of them spread out."""

    def __init__(self) -> None:
        import numpy as np

        self._table = np.frombuffer(_zeros(), np.float32)

    def dots(self, one: Vector, others: Sequence[Vector]) -> Values:
        """The product of one vector and each of several others."""
        import numpy as np

        keys, weights = one
        self._table[keys] = weights
        rows = np.repeat(np.arange(len(others)), [len(keys) for keys, _ in others])
        products = self._table[np.concatenate([keys for keys, _ in others])]
        products *= np.concatenate([weights for _, weights in others])
        self._table[keys] = 0
        found = np.bincount(rows, products, len(others))
        return found.astype(np.float64, copy=False)


class Index:
    """The terms of reports, numbered from 0, in files of a folder.

    `write` appends the reports in order, then `count` is called once, `close` at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / "keys").open("wb", buffering=1 << 20)
        self._sizes = array("q", [0])
        self.scorer = Scorer()

    def __len__(self) -> int:
        return len(self._sizes) - 1

    def write(self, keys: Sequence[int]) -> None:
        """Append a report's sorted keys (see `terms.keys_of`)."""
        self._file.write(array("I", keys).tobytes())
        self._sizes.append(len(keys))

    def count(self) -> None:
        """Count in how many reports each term is, and weigh the reports' terms by that."""
        import numpy as np

        self._file.close()
        offsets = np.cumsum(np.array(self._sizes, np.int64))
        self._frequencies = np.frombuffer(_zeros(), np.uint32)
        slabs = list(pairwise(_bounds(offsets)))
        with (self._folder / "keys").open("rb") as file:
            for start, end in slabs:
                keys = np.fromfile(file, np.uint32, int(offsets[end] - offsets[start]))
                np.add.at(self._frequencies, keys >> 2, np.uint32(1))
            file.seek(0)
            sizes: list[Numbers] = [np.zeros(1, np.int64)]
            with (self._folder / "vectors").open("wb") as vectors:
                for start, end in slabs:
                    keys = np.fromfile(file, np.uint32, int(offsets[end] - offsets[start]))
                    rows = np.repeat(np.arange(end - start), np.diff(offsets[start : end + 1]))
                    sizes.append(self._weigh(keys, rows, end - start, vectors))
        (self._folder / "keys").unlink()
        self._offsets = np.cumsum(np.concatenate(sizes))
        self._file = (self._folder / "vectors").open("rb")

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()

    def vector(self, report: int) -> Vector:
        """The terms that some other report has too; the length of the whole vector is 1."""
        import numpy as np

        start, end = self._offsets[report : report + 2].tolist()
        read = np.frombuffer(os.pread(self._file.fileno(), 8 * (end - start), 8 * start), np.uint32)
        keys, weights = read[: end - start], read[end - start :]
        return keys, weights.view(np.float32)

    def likely_pairs(self, order: Numbers) -> Iterator[tuple[Numbers, Numbers, Values]]:
        """Pairs of reports that share rare terms, the smaller number first, and how alike they are.

        `order` gives each report's place in the order of dates. Every pair comes once.
        """
        import numpy as np

        buckets = max(1, len(self) // _BUCKET)
        paths = [self._folder / f"pairs-{number}" for number in range(buckets)]
        self._write_pairs(order, paths)
        for path in paths:
            codes = np.fromfile(path, np.int64)
            path.unlink()
            codes.sort()
            # A pair that comes SHARED times or more has its code again so many places on.
            again = codes[SHARED - 1 :] == codes[: len(codes) - SHARED + 1]
            codes = np.unique(codes[: len(again)][again])
            yield self._scored(codes)

    def _scored(self, codes: Numbers) -> tuple[Numbers, Numbers, Values]:
        import numpy as np

        lows, highs = np.divmod(codes, max(1, len(self)))
        likeness = np.empty(len(codes))
        starts = np.flatnonzero(np.diff(lows, prepend=-1, append=-1))
        partners = highs.tolist()
        for start, end in pairwise(starts.tolist()):
            others = [self.vector(other) for other in partners[start:end]]
            likeness[start:end] = self.scorer.dots(self.vector(int(lows[start])), others)
        return lows, highs, likeness

    def _weigh(self, keys: Keys, rows: Numbers, count: int, file: Any) -> Numbers:
        """Write the vectors of some reports to a file; their numbers of terms.

        A vector is its hashes and then its weights, 4 bytes each.
        """
        import numpy as np

        hashes = keys >> 2
        frequencies = self._frequencies[hashes]
        weights = rarity(frequencies, len(self)) * np.array(FACTORS)[keys & 3]
        lengths = np.sqrt(np.bincount(rows, weights**2, count))
        kept = np.flatnonzero(frequencies > 1)
        rows, hashes = rows[kept], hashes[kept]
        weights = (weights[kept] / np.where(lengths > 0, lengths, 1)[rows]).astype(np.float32)
        sizes = np.bincount(rows, minlength=count)
        places = np.arange(len(rows)) + (np.cumsum(sizes) - sizes)[rows]
        written = np.empty(2 * len(rows), np.uint32)
        written[places] = hashes
        written[places + sizes[rows]] = weights.view(np.uint32)
        written.tofile(file)
        return sizes

    def _write_pairs(self, order: Numbers, paths: Sequence[Path]) -> None:
        """Write pairs as `low * len(self) + high` to the bucket of their smaller report."""
        import numpy as np

        postings = self._postings(order)
        by_order = np.argsort(order)
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for start in range(0, len(postings), _PART):
                part = postings[start : start + _PART + WINDOW]
                keys, reports = part >> 32, by_order[part & _MASK]
                for step in range(1, WINDOW + 1):
                    same = np.flatnonzero(keys[step:] == keys[:-step])
                    same = same[same < _PART]
                    one, other = reports[same], reports[same + step]
                    low = np.minimum(one, other)
                    codes = low * len(self) + np.maximum(one, other)
                    bucket = low * len(files) // len(self)
                    sorting = np.argsort(bucket, kind="stable")
                    bounds = np.searchsorted(bucket[sorting], np.arange(len(files) + 1))
                    codes = codes[sorting]
                    for number, file in enumerate(files):
                        codes[bounds[number] : bounds[number + 1]].tofile(file)

    def _postings(self, order: Numbers) -> Numbers:
        """Every report's rarest shared terms as `hash << 32 | place in order`, sorted."""
        import numpy as np

        found = [np.zeros(0, np.int64)]
        slabs = list(pairwise(_bounds(self._offsets)))
        with (self._folder / "vectors").open("rb") as file:
            for start, end in slabs:
                offsets = self._offsets[start : end + 1] - self._offsets[start]
                read = np.fromfile(file, np.uint32, 2 * int(offsets[-1]))
                rows = np.repeat(np.arange(end - start), np.diff(offsets))
                places = np.arange(len(rows)) + offsets[rows]
                hashes, weights = read[places], read[places + np.diff(offsets)[rows]]
                # Of equal weight the smaller hash: it is the same for all who have the term.
                ranked = np.argsort(-weights.view(np.float32), kind="stable")
                sorting = ranked[np.argsort(rows[ranked], kind="stable")]
                rows, hashes = rows[sorting], hashes[sorting]
                rare = np.arange(len(rows)) - offsets[rows] < RAREST
                places = order[start + rows[rare]]
                found.append((hashes[rare].astype(np.int64) << 32) | places)
        postings = np.concatenate(found)
        postings.sort()
        return postings


def _zeros() -> mmap.mmap:
    """Four bytes for every hash. Pages that no term is on never become memory, and they are small:
    to clear large ones, as numpy asks for, takes longer than all that is done with a few reports."""
    table = mmap.mmap(-1, 4 << BITS)
    if sys.platform == "linux":
        with suppress(OSError):  # of a kernel that has no large pages
            table.madvise(mmap.MADV_NOHUGEPAGE)
    return table


def _bounds(offsets: Numbers) -> list[int]:
    """Numbers of reports between which there are about _PART terms, from 0 to the last."""
    import numpy as np

    steps = np.arange(0, int(offsets[-1]) + 1, _PART)
    found = np.searchsorted(offsets[:-1], steps) if len(offsets) > 1 else steps[:0]
    return sorted({0, *found.tolist(), len(offsets) - 1})
