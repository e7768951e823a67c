"""MinHash signatures of texts, cut into bands for locality-sensitive hashing.

Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", chapter 3, for the bands. Two texts are compared when all ROWS values
of one of the BANDS bands are equal, which at Jaccard similarity s happens with probability
1 - (1 - s^ROWS)^BANDS: .9972 at .7, .9998 at .75, .999997 at .8, but .64 at .5 and .075 at .3, so
candidates are sifted with the rest of the signature before anybody reads a text (`alike`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.grouping.shingles import mixed, shingles, words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from dataset_builder.grouping.shingles import Hashes, Words

    Sketches = npt.NDArray[np.uint8]

BANDS: Final = 32
ROWS: Final = 5
"""Values of the signature in one band."""
SLOTS: Final = BANDS * ROWS
SEED: Final = 1
LEAST: Final = 90
"""Equal slots from which a pair is worth reading the texts: .56 of SLOTS, which is 3.8 standard
deviations below what a pair of similarity .7 has (6 such pairs in 100,000 have fewer)."""


@dataclass(frozen=True)
class Signatures:
    """What is known of some texts, one row a text."""

    bands: Hashes
    """(texts, BANDS): equal where all values of a band are."""
    sketches: Sketches
    """(texts, SLOTS): 8 bits of every value (b-bit minwise hashing, Li and König 2010)."""
    digests: Hashes
    """(texts, 2): equal for texts with the same words in the same order."""
    sizes: npt.NDArray[np.int64]
    """Shingles, as often as they occur; 0 for a text without words, whose other values mean
    nothing but the digest, which is that of the text itself."""


def signatures(texts: pa.Array) -> Signatures:
    """The signatures of `texts` (string or large_string, no nulls)."""
    import numpy as np

    parts = [_signatures(found) for found in words(texts)] or [_none()]
    joined = Signatures(
        bands=np.concatenate([part.bands for part in parts]),
        sketches=np.concatenate([part.sketches for part in parts]),
        digests=np.concatenate([part.digests for part in parts]),
        sizes=np.concatenate([part.sizes for part in parts]),
    )
    for row in np.flatnonzero(joined.sizes == 0):
        joined.digests[row] = _digest_of_signs(texts[row].as_py())
    return joined


def alike(one: Sketches, other: Sketches) -> npt.NDArray[np.bool_]:
    """Which rows of two arrays of sketches may well have similarity .7 or more."""
    import numpy as np

    enough: npt.NDArray[np.bool_] = (one == other).sum(axis=1, dtype=np.int16) >= LEAST
    return enough


def _none() -> Signatures:
    import numpy as np

    hashes, sketches = np.zeros((0, BANDS), np.uint64), np.zeros((0, SLOTS), np.uint8)
    return Signatures(hashes, sketches, hashes[:, :2], np.zeros(0, np.int64))


def _signatures(found: Words) -> Signatures:
    import numpy as np
    from rensa import RMinHash

    sets = shingles(found)
    offsets = sets.offsets.astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(sets.hashes, offsets, SLOTS, SEED)
    values = np.array(matrix.to_rows(), np.uint64).reshape(-1, SLOTS)
    factors = mixed(np.arange(1, ROWS + 1, dtype=np.uint64)) | np.uint64(1)
    bands = mixed((values.reshape(-1, BANDS, ROWS) * factors).sum(axis=2))
    sketches = (mixed(values) & np.uint64(0xFF)).astype(np.uint8)
    return Signatures(bands, sketches, _digests(found), np.diff(sets.offsets))


def _digests(found: Words) -> Hashes:
    """128 bits for every text's words, each mixed with its place."""
    import numpy as np

    counts = np.diff(found.offsets)
    places = np.arange(len(found.hashes)) - np.repeat(found.offsets[:-1], counts)
    lanes = []
    for lane in range(2):
        seeds = mixed((2 * places + lane).astype(np.uint64))
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed(found.hashes ^ seeds))))
        lanes.append(np.diff(sums[found.offsets]))
    return np.stack(lanes, axis=1)


def _digest_of_signs(text: str) -> Hashes:
    """128 bits of a text without words, white space at its ends aside; 0 for white space only."""
    import numpy as np

    content = text.strip().encode()
    if not content:
        return np.zeros(2, np.uint64)
    return np.frombuffer(hashlib.blake2b(content, digest_size=16).digest(), "<u8").astype(np.uint64)
