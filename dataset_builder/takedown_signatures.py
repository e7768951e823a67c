"""Texts that were taken down are recognised by signatures that nobody can read them from.

MinHash (Broder, "On the resemblance and containment of documents", 1997) over the word sequences
of `grouping.shingles`, of every minimum only 8 bits (Li and König, "b-Bit Minwise Hashing", 2010):
160 bytes a text, whatever its length. The share of equal bytes estimates the Jaccard similarity of
two texts with a standard error of at most .04. Hashes of the word sequences themselves would be
exact, but sequences overlap: who has them can put the text together word by word.

These signatures are kept for years, so they are computed here from the bit operations of 64-bit
integers alone; the signatures of `grouping` come from a library that may change.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.grouping.shingles import Hashes

    Sketches = npt.NDArray[np.uint8]

SLOTS: Final = 160
"""Bytes of a signature."""
CAUGHT: Final = 80
"""Equal bytes from which a text counts as one that was taken down: half of the word sequences of
both together. At similarity .7, which makes two articles one, 1 - 10^-7 of texts have so many, at
.6 .994, at .5 .52, at .4 .006, at .3 3 in 10^8."""
_PIECE: Final = 4096
"""Word sequences that are hashed at once."""


def text_sketches(texts: Sequence[str]) -> Sketches:
    """The signatures of some texts, (texts, SLOTS); all zero for a text without words."""
    import numpy as np
    import pyarrow as pa

    from dataset_builder.grouping.shingles import shingles, words

    found = np.zeros((len(texts), SLOTS), np.uint8)
    at = 0
    for part in words(pa.array(texts, pa.large_string())):
        sets = shingles(part)
        for start, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True):
            if end > start:
                found[at] = _sketch(sets.hashes[start:end])
            at += 1
    return found


def _sketch(hashes: Hashes) -> Sketches:
    import numpy as np

    from dataset_builder.grouping.shingles import mixed

    factors, terms = _permutations()
    least = np.full(SLOTS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(hashes), _PIECE):
        values = hashes[start : start + _PIECE, None] * factors + terms
        least = np.minimum(least, values.min(axis=0))
    # The minima are all small: what tells them apart is in their low bits.
    sketch: Sketches = (mixed(least) & np.uint64(0xFF)).astype(np.uint8)
    return sketch


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    """An odd factor and a term for every slot: a bijection of the 64-bit numbers each."""
    import numpy as np

    from dataset_builder.grouping.shingles import mixed

    numbers = np.arange(1, SLOTS + 1, dtype=np.uint64)
    return mixed(numbers) | np.uint64(1), mixed(numbers + np.uint64(1 << 32))


def closest(sketches: Sketches, known: Sketches) -> tuple[list[int], list[int]]:
    """For each of `sketches` the row of `known` with the most equal bytes (the first of several),
    and how many there are; -1 and 0 where nothing is known or a text has no words."""
    import numpy as np

    rows: list[int] = []
    counts: list[int] = []
    step = max(1, (64 << 20) // max(1, known.size))
    for start in range(0, len(sketches), step):
        part = sketches[start : start + step]
        if not len(known):
            rows += [-1] * len(part)
            counts += [0] * len(part)
            continue
        equal = (part[:, None, :] == known[None, :, :]).sum(axis=2, dtype=np.int64)
        equal[~part.any(axis=1)] = 0
        best = equal.argmax(axis=1)
        most = equal[np.arange(len(part)), best]
        rows += np.where(most > 0, best, -1).tolist()
        counts += most.tolist()
    return rows, counts
