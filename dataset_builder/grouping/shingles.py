"""The words of a text, and its shingles: the set that similarity is measured on.

A shingle is five words in a row (Broder, "On the resemblance and containment of documents", 1997),
known by a 64-bit hash; a text that is shorter is one shingle. A word is a run of letters, marks and
digits in lower case; in scripts that put no space between words every character is one (UNSPACED).
Punctuation, white space, letter case and invisible format characters make no difference.

Everything is computed on whole arrays of code points at once, and a text's hashes depend on the
text alone: not on its neighbours, not on the batch, not on the process.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Hashes = npt.NDArray[np.uint64]
    Numbers = npt.NDArray[np.int64]

WIDTH: Final = 5
"""Words a shingle."""
PIECE: Final = 1 << 20
"""Code points that are in work at once. A longer text is cut after every so many, which may divide
a word."""
UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x20000, 0x323AF),
)
"""First and last code point of the blocks whose letters are words of their own."""

_GAP, _LETTER, _MARK, _ALONE, _UNSEEN = range(5)
_TABLED: Final = 0x20000  # beyond it: Han, and planes without letters
_POINTS: Final = 0x110000
_BASE: Final = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64


@dataclass(frozen=True)
class Words:
    """Hashes of the words of some texts, one after the other."""

    hashes: Hashes
    offsets: Numbers
    """Where each text's words start, and the end of the last: one more than there are texts."""


def words(texts: pa.Array) -> Iterator[Words]:
    """The words of `texts` (string or large_string, no nulls), some texts at a time, in order."""
    import numpy as np
    import pyarrow.compute as pc

    lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(lengths)
    start = 0
    while start < len(texts):
        before = int(ends[start] - lengths[start])
        stop = int(np.searchsorted(ends, before + PIECE, side="right"))
        if stop > start:
            offsets = np.concatenate(([0], ends[start:stop] - before))
            yield _words(_points("".join(texts.slice(start, stop - start).to_pylist())), offsets)
        else:
            stop = start + 1
            yield _long(texts[start].as_py())
        start = stop


def shingles(found: Words) -> Words:
    """The shingles of every text, in the order of the text and as often as they occur.

    A text without words has none.
    """
    import numpy as np

    hashes, offsets = found.hashes, found.offsets
    counts = np.diff(offsets)
    factors = _factors()
    rolled = np.zeros(len(hashes), np.uint64)
    full = max(0, len(hashes) - WIDTH + 1)
    for step, factor in enumerate(factors):
        rolled[:full] += hashes[step : step + full] * factor
    short = np.flatnonzero((counts > 0) & (counts < WIDTH))
    for row in short:  # one shingle of all its words
        own = hashes[offsets[row] : offsets[row + 1]]
        rolled[offsets[row]] = (own * factors[: len(own)]).sum()
    sizes = np.where(counts < WIDTH, np.minimum(counts, 1), counts - WIDTH + 1)
    within = np.arange(len(hashes)) - np.repeat(offsets[:-1], counts)
    kept = rolled[within < np.repeat(sizes, counts)]
    return Words(mixed(kept), np.concatenate(([0], np.cumsum(sizes))))


def mixed(hashes: Hashes) -> Hashes:
    """Every bit of a number spread over all 64 (the finaliser of SplitMix64)."""
    import numpy as np

    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _points(text: str) -> npt.NDArray[np.uint32]:
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _long(text: str) -> Words:
    """One text of any length, a piece at a time."""
    import numpy as np

    parts = []
    for start in range(0, len(text), PIECE):
        points = _points(text[start : start + PIECE])
        parts.append(_words(points, np.array([0, len(points)])).hashes)
    hashes = np.concatenate(parts)
    return Words(hashes, np.array([0, len(hashes)]))


def _words(points: npt.NDArray[np.uint32], offsets: Numbers) -> Words:
    import numpy as np

    kinds = _tables()[0][points]
    unseen = kinds == _UNSEEN
    if unseen.any():
        offsets = offsets - np.concatenate(([0], np.cumsum(unseen)))[offsets]
        points, kinds = points[~unseen], kinds[~unseen]
    before = np.empty_like(kinds)
    before[1:] = kinds[:-1]
    # A text never goes on with the last word of the one before.
    before[offsets[:-1][offsets[:-1] < len(kinds)]] = _GAP
    first = (kinds == _ALONE) | ((kinds != _GAP) & (before == _GAP))
    first |= (kinds == _LETTER) & (before == _ALONE)
    starts = np.flatnonzero(first)
    if not len(starts):
        return Words(np.empty(0, np.uint64), np.zeros_like(offsets))
    # The polynomial of a word's letters, computed with the powers of their places in the whole
    # array and shifted back to the start; gaps count nothing.
    powers, inverses = _powers()
    letters = _tables()[1][points]
    letters *= powers[: len(letters)]
    hashes = np.add.reduceat(letters, starts) * inverses[starts]
    return Words(mixed(hashes), np.searchsorted(starts, offsets).astype(np.int64))


@cache
def _factors() -> Hashes:
    import numpy as np

    return mixed(np.arange(1, WIDTH + 1, dtype=np.uint64)) | np.uint64(1)


@cache
def _powers() -> tuple[Hashes, Hashes]:
    """Powers of _BASE and of its inverse, modulo 2**64."""
    import numpy as np

    def powers(base: int) -> Hashes:
        factors = np.full(PIECE, base, np.uint64)
        factors[0] = 1
        return np.cumprod(factors)

    return powers(_BASE), powers(pow(_BASE, -1, 1 << 64))


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], Hashes]:
    """Of every code point: its kind, and what it counts in a word (0 for what is in none)."""
    import numpy as np

    kind_of: Any = {"L": _LETTER, "N": _LETTER, "M": _MARK}
    kinds = np.zeros(_POINTS, np.uint8)
    folded = np.arange(_POINTS, dtype=np.uint64)
    for point in range(_TABLED):
        letter = chr(point)
        category = unicodedata.category(letter)
        kinds[point] = _UNSEEN if category == "Cf" else kind_of.get(category[0], _GAP)
        if category in {"Lu", "Lt"}:
            folded[point] = ord(letter.lower()[0])
    for first, last in UNSPACED:
        block = kinds[first : last + 1]
        block[block == _LETTER] = _ALONE
        if first >= _TABLED:
            block[:] = _ALONE
    folded[(kinds == _GAP) | (kinds == _UNSEEN)] = 0
    return kinds, folded
