"""Terms of many reports on disk: how alike two are, and which pairs may be one story.

A report is the set of its terms' 32-bit hashes, of which the two lowest bits tell the kind. A kind
is a vector of unit length with a term's inverse document frequency in each dimension (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988), and likeness the mean of the
three cosines, which is one dot product. Document frequencies are those of the corpus,
smoothed by PRIOR imagined reports, so that five reports can be compared too.

Pairs worth a look come from an inverted index of every report's RAREST terms that some other report
has too; in a list longer than WINDOW only neighbours in the order of dates are paired, and a pair must
share SHARED of them. So work grows linearly with the reports, and nothing depends on their order.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.grouping.story_terms import Terms

    Keys = npt.NDArray[np.uint32]
    Numbers = npt.NDArray[np.int64]
    Values = npt.NDArray[np.float64]

KINDS: Final = ("names", "words", "pairs")
PRIOR: Final = 10
"""Imagined reports, of which an unknown term is in SHARE of each kind."""
SHARE: Final = (0.002, 0.002, 0.0005)

RAREST: Final = 32
WINDOW: Final = 16
SHARED: Final = 2

_PART: Final = 1 << 22
"""Terms that are sorted in memory at once."""
_BUCKET: Final = 10_000
"""Reports whose pairs are sorted in memory at once."""
_BLOCK: Final = 1 << 11
"""Pairs that are compared at once."""


@lru_cache(maxsize=1 << 18)
def _hash(term: str, kind: int) -> int:
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "little") & ~3 | kind


def keys_of(terms: Terms) -> list[int]:
    """Hashes of a report's names, words and pairs, sorted."""
    fields = (terms.names, terms.words, terms.pairs)
    return sorted({_hash(term, kind) for kind, field in enumerate(fields) for term in field})


def rarity(frequency: Any, kind: Any, reports: int) -> Any:
    """Inverse document frequency, 0 or more, for numbers or whole arrays."""
    import numpy as np

    expected = PRIOR * np.asarray(SHARE)[kind] + 0.5
    return np.maximum(0.0, np.log((reports + PRIOR) / (frequency + expected)))


class Index:
    """The terms of reports, numbered from 0, in files of a folder.

    `write` appends the reports in order, then `count` is called once, `close` at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / "keys").open("wb", buffering=1 << 20)
        self._sizes = array("q", [0])

    def __len__(self) -> int:
        return len(self._sizes) - 1

    def write(self, keys: Sequence[int]) -> None:
        """Append a report's sorted keys."""
        self._file.write(array("I", keys).tobytes())
        self._sizes.append(len(keys))

    def count(self) -> None:
        """Count in how many reports each term is, and weigh the reports' terms by that."""
        import numpy as np

        self._file.close()
        self._offsets = np.cumsum(np.array(self._sizes, np.int64))
        parts = max(1, -(-int(self._offsets[-1]) // _PART))
        for part in range(parts):
            self._count_part(part, parts)
        self._put_together(parts)
        self._file = (self._folder / "terms").open("rb")
        self._scales = np.zeros((len(self), len(KINDS)))
        for start, end in self._slabs():
            self._weigh(start, end)

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()

    def vector(self, report: int) -> tuple[Keys, Values]:
        """A report's terms and their weights, sorted by key; its length is 1 or less."""
        import numpy as np

        keys, frequencies = self._read(report, report + 1)
        return keys, self._values(keys, frequencies, np.full(len(keys), report))

    def likely_pairs(self, order: Numbers) -> Iterator[tuple[Numbers, Numbers, Values]]:
        """Pairs of reports that share rare terms, the smaller number first, and how alike they are.

        `order` gives each report's place in the order of dates. Every pair comes once.
        """
        import numpy as np

        buckets = max(1, len(self) // _BUCKET)
        paths = [self._folder / f"pairs-{number}" for number in range(buckets)]
        self._write_pairs(order, paths)
        for path in paths:
            codes, shared = np.unique(np.fromfile(path, np.int64), return_counts=True)
            path.unlink()
            codes = codes[shared >= SHARED]
            for start in range(0, len(codes), _BLOCK):
                low, high = np.divmod(codes[start : start + _BLOCK], len(self))
                yield low, high, self._alike(low, high)

    def _key_parts(self) -> Iterator[Keys]:
        """All keys as they were written, so many at once."""
        import numpy as np

        with (self._folder / "keys").open("rb") as file:
            while len(keys := np.fromfile(file, np.uint32, _PART)):
                yield keys

    def _count_part(self, part: int, parts: int) -> None:
        """Write the frequencies of the keys of one part of the range of hashes, in their order."""
        import numpy as np

        low, high = (part << 32) // parts, ((part + 1) << 32) // parts
        found: list[Keys] = [np.zeros(0, np.uint32)]
        found.extend(keys[(keys >= low) & (keys < high)] for keys in self._key_parts())
        _, places, counts = np.unique(
            np.concatenate(found), return_inverse=True, return_counts=True
        )
        counts.astype(np.uint32)[places].tofile(self._folder / f"counted-{part}")

    def _put_together(self, parts: int) -> None:
        """Write every key with its frequency, in the order of the keys."""
        import numpy as np

        bounds = np.array([(part << 32) // parts for part in range(1, parts)], np.uint32)
        with ExitStack() as stack:
            names = [self._folder / f"counted-{part}" for part in range(parts)]
            counted = [stack.enter_context(name.open("rb")) for name in names]
            file = stack.enter_context((self._folder / "terms").open("wb"))
            for keys in self._key_parts():
                terms = np.empty((len(keys), 2), np.uint32)
                terms[:, 0] = keys
                parted = np.searchsorted(bounds, keys, "right")
                for part in range(parts):
                    places = np.flatnonzero(parted == part)
                    terms[places, 1] = np.fromfile(counted[part], np.uint32, len(places))
                terms.tofile(file)
        for name in (*names, self._folder / "keys"):
            name.unlink()

    def _read(self, start: int, end: int) -> tuple[Keys, Keys]:
        """The keys of a range of reports, and in how many reports each key is."""
        import numpy as np

        low, high = int(self._offsets[start]), int(self._offsets[end])
        data = os.pread(self._file.fileno(), (high - low) * 8, low * 8)
        terms = np.frombuffer(data, np.uint32).reshape(-1, 2)
        return np.ascontiguousarray(terms[:, 0]), np.ascontiguousarray(terms[:, 1])

    def _slabs(self) -> Iterator[tuple[int, int]]:
        """Ranges of reports with about _PART terms."""
        import numpy as np

        start = 0
        while start < len(self):
            end = int(np.searchsorted(self._offsets, self._offsets[start] + _PART, "right")) - 1
            yield start, (start := max(start + 1, end))

    def _rows(self, start: int, end: int) -> Numbers:
        """The report of each term of a range of reports."""
        import numpy as np

        return np.repeat(np.arange(start, end), np.diff(self._offsets[start : end + 1]))

    def _weigh(self, start: int, end: int) -> None:
        """What each kind of each report is divided by: its length, and the number of kinds."""
        import numpy as np

        keys, frequencies = self._read(start, end)
        kinds = keys & 3
        weights = rarity(frequencies, kinds, len(self)) ** 2
        places = (self._rows(start, end) - start) * len(KINDS) + kinds
        squares = np.bincount(places, weights, (end - start) * len(KINDS))
        scales = 1 / np.sqrt(np.where(squares > 0, squares, 1) * len(KINDS))
        self._scales[start:end] = np.where(squares > 0, scales, 0).reshape(-1, len(KINDS))

    def _values(self, keys: Keys, frequencies: Keys, reports: Numbers) -> Values:
        kinds = keys & 3
        found: Values = rarity(frequencies, kinds, len(self)) * self._scales[reports, kinds]
        return found

    def _write_pairs(self, order: Numbers, paths: Sequence[Path]) -> None:
        """Write pairs as `low * len(self) + high` to the bucket of their smaller report."""
        import numpy as np

        postings = self._postings(order)
        by_order = np.argsort(order)
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for start in range(0, len(postings), _PART):
                part = postings[start : start + _PART + WINDOW]
                keys, reports = part >> 32, by_order[part & 0xFFFFFFFF]
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
        """Every report's rarest shared terms as `key << 32 | place in order`, sorted."""
        import numpy as np

        found = [np.zeros(0, np.int64)]
        for start, end in self._slabs():
            keys, frequencies = self._read(start, end)
            rows = self._rows(start, end)
            shared = np.flatnonzero(frequencies > 1)
            keys, frequencies, rows = keys[shared], frequencies[shared], rows[shared]
            sorting = np.lexsort((keys, frequencies, rows))
            rows, keys = rows[sorting], keys[sorting]
            rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
            rare = rank < RAREST
            found.append((keys[rare].astype(np.int64) << 32) | order[rows[rare]])
        postings = np.concatenate(found)
        postings.sort()
        return postings

    def _alike(self, one: Numbers, other: Numbers) -> Values:
        """How alike the reports of each pair are, from 0 to 1."""
        import numpy as np

        first, pair, value = self._gather(one)
        second, _, again = self._gather(other)
        place = np.searchsorted(first, second)
        place[place == len(first)] = 0
        both = np.flatnonzero(first[place] == second) if len(first) else place[:0]
        place = place[both]
        found = np.bincount(pair[place], value[place] * again[both], len(one))
        return found.astype(np.float64, copy=False)

    def _gather(self, reports: Numbers) -> tuple[Numbers, Numbers, Values]:
        """Shared terms of several reports: `position << 32 | key` (sorted), position, weight."""
        import numpy as np

        distinct, which = np.unique(reports, return_inverse=True)
        terms = []
        for report in distinct.tolist():
            keys, frequencies = self._read(report, report + 1)
            terms.append((keys[frequencies > 1], frequencies[frequencies > 1]))
        sizes = np.array([len(keys) for keys, _ in terms], np.int64)
        keys = np.concatenate([keys for keys, _ in terms])
        frequencies = np.concatenate([frequencies for _, frequencies in terms])
        values = self._values(keys, frequencies, np.repeat(distinct, sizes))
        starts, sizes = (np.cumsum(sizes) - sizes)[which], sizes[which]
        pair = np.repeat(np.arange(len(reports)), sizes)
        places = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes - starts, sizes)
        return (pair << 32) | keys[places].astype(np.int64), pair, values[places]
