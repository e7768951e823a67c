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

    `write` appends the reports in order, then `count` is called once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / "keys").open("wb", buffering=1 << 20)
        self._sizes: list[int] = []

    def write(self, keys: Sequence[int]) -> None:
        """Append a report's sorted keys."""
        import numpy as np

        self._file.write(np.array(keys, np.uint32).tobytes())
        self._sizes.append(len(keys))

    def count(self) -> None:
        """Count in how many reports each term is, and weigh the reports' terms by that."""
        import numpy as np

        self._file.close()
        self._offsets = np.concatenate(([0], np.cumsum(np.array(self._sizes, np.int64))))
        self._sizes.clear()
        total = int(self._offsets[-1])
        self._keys = _opened(self._folder / "keys", np.uint32, total)
        self._frequencies = _opened(self._folder / "frequencies", np.uint32, total, new=True)
        parts = max(1, -(-total // _PART))
        for part in range(parts):
            self._count_part(part, parts)
        self._scales = np.zeros((len(self), len(KINDS)))
        for start, end in self._slabs():
            self._weigh(start, end)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._keys = self._frequencies = _none()

    def vector(self, report: int) -> tuple[Keys, Values]:
        """A report's terms and their weights, sorted by key; its length is 1 or less."""
        start, end = self._offsets[report], self._offsets[report + 1]
        return self._keys[start:end], self._values(report, report + 1)

    def likely_pairs(self, order: Numbers) -> Iterator[tuple[Numbers, Numbers, Values]]:
        """Pairs of reports that share rare terms, the smaller number first, and how alike they are.

        `order` gives each report's place in the order of dates. Every pair comes once.
        """
        import numpy as np

        buckets = max(1, len(self) // 20_000)
        paths = [self._folder / f"pairs-{number}" for number in range(buckets)]
        self._write_pairs(order, paths)
        for path in paths:
            codes, shared = np.unique(np.fromfile(path, np.int64), return_counts=True)
            path.unlink()
            codes = codes[shared >= SHARED]
            for start in range(0, len(codes), _BLOCK):
                low, high = np.divmod(codes[start : start + _BLOCK], len(self))
                yield low, high, self._alike(low, high)

    def _slabs(self) -> Iterator[tuple[int, int]]:
        """Ranges of reports with about _PART terms."""
        import numpy as np

        start = 0
        while start < len(self):
            end = int(np.searchsorted(self._offsets, self._offsets[start] + _PART, "right")) - 1
            yield start, (start := max(start + 1, end))

    def _count_part(self, part: int, parts: int) -> None:
        """Write the frequencies of the keys of one part of the range of hashes."""
        import numpy as np

        low, high = (part << 32) // parts, ((part + 1) << 32) // parts
        places, found = [], []
        for start in range(0, len(self._keys), _PART):
            keys = self._keys[start : start + _PART]
            chosen = np.flatnonzero((keys >= low) & (keys < high))
            places.append(chosen + start)
            found.append(keys[chosen])
        if not found:
            return
        _, inverse, counts = np.unique(
            np.concatenate(found), return_inverse=True, return_counts=True
        )
        self._frequencies[np.concatenate(places)] = counts[inverse]

    def _weigh(self, start: int, end: int) -> None:
        """What each kind of each report is divided by, and multiplied with."""
        import numpy as np

        weights = self._rarities(start, end) ** 2
        kinds = self._keys[self._offsets[start] : self._offsets[end]] & 3
        rows = np.repeat(np.arange(end - start), np.diff(self._offsets[start : end + 1]))
        squares = np.bincount(rows * len(KINDS) + kinds, weights, (end - start) * len(KINDS))
        squares = squares.reshape(end - start, len(KINDS))
        scales = 1 / np.sqrt(np.where(squares > 0, squares, 1) * len(KINDS))
        self._scales[start:end] = np.where(squares > 0, scales, 0)

    def _rarities(self, start: int, end: int) -> Values:
        part = slice(self._offsets[start], self._offsets[end])
        found: Values = rarity(self._frequencies[part], self._keys[part] & 3, len(self))
        return found

    def _values(self, start: int, end: int) -> Values:
        import numpy as np

        part = slice(self._offsets[start], self._offsets[end])
        rows = np.repeat(np.arange(start, end), np.diff(self._offsets[start : end + 1]))
        found: Values = self._rarities(start, end) * self._scales[rows, self._keys[part] & 3]
        return found

    def _write_pairs(self, order: Numbers, paths: Sequence[Path]) -> None:
        """Write pairs as `low * len(self) + high` to the bucket of their smaller report."""
        import numpy as np

        postings = self._postings(order)
        by_order = np.argsort(order)
        files = [path.open("wb") for path in paths]
        try:
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
        finally:
            for file in files:
                file.close()

    def _postings(self, order: Numbers) -> Numbers:
        """Every report's rarest shared terms as `key << 32 | place in order`, sorted."""
        import numpy as np

        found = [np.zeros(0, np.int64)]
        for start, end in self._slabs():
            part = slice(self._offsets[start], self._offsets[end])
            keys, frequencies = self._keys[part], self._frequencies[part]
            rows = np.repeat(np.arange(start, end), np.diff(self._offsets[start : end + 1]))
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

        if not len(one):
            return np.zeros(0)
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

        starts, ends = self._offsets[reports], self._offsets[reports + 1]
        sizes = ends - starts
        pair = np.repeat(np.arange(len(reports)), sizes)
        within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        place = np.repeat(starts, sizes) + within
        frequencies = self._frequencies[place]
        shared = frequencies > 1
        place, pair, frequencies = place[shared], pair[shared], frequencies[shared]
        keys = self._keys[place]
        kinds = keys & 3
        value = rarity(frequencies, kinds, len(self)) * self._scales[reports[pair], kinds]
        return (pair << 32) | keys.astype(np.int64), pair, value


def _none() -> npt.NDArray[Any]:
    import numpy as np

    return np.zeros(0, np.uint32)


def _opened(path: Path, kind: type, size: int, *, new: bool = False) -> npt.NDArray[Any]:
    """The numbers in a file, which cannot be mapped when it is empty."""
    import numpy as np

    if not size:
        return np.zeros(0, kind)
    return np.memmap(path, kind, "w+" if new else "r", shape=(size,))
