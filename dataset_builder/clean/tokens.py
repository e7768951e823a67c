"""Page text as arrays: classes of its signs, its words as hashes, and which lists a word is in.

Hashes are computed here and not by a library, because a page of a million must cost as little as
one, and every number must come out the same on any machine.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.vocabulary import CUES, FUNCTION_WORDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]
    Hashes = npt.NDArray[np.uint64]
    Codes = npt.NDArray[np.intp]
    Kinds = npt.NDArray[np.uint16]

_BITS: Final = (
    "lower", "upper", "word", "digit", "single", "comma", "end", "quote", "space", "divider",
    "colon", "address", "bullet", "bracket", "closer",
)  # fmt: skip
LOWER, UPPER, WORD, DIGIT, SINGLE, COMMA, END, QUOTE, SPACE, DIVIDER, COLON, ADDRESS, \
    BULLET, BRACKET, CLOSER = (1 << bit for bit in range(len(_BITS)))  # fmt: skip
_TERMINALS: Final = ".!?…。！？؟।॥｡።։‼⁇"
DOT, ELLIPSIS = ord("."), ord("…")
_CHARS: Final = {
    COMMA: ",،、，;؛；",
    END: _TERMINALS,
    QUOTE: '"“”„«»「」',
    SPACE: " \t\u00a0\u202f\u3000",
    DIVIDER: "|»›·•>/",
    COLON: ":：",
    ADDRESS: "@",
    BULLET: "-–—•‣▪●◦*·",
    BRACKET: ")]）",
    CLOSER: "\"'”’»)]）」』›“‘ \u00a0",
}


@cache
def kind_tables() -> tuple[Kinds, Hashes]:
    """Character classes of the Basic Multilingual Plane, and numbers for hashing its words: the
    same for a letter and its lower case, 0 for what is in no word."""
    import numpy as np

    kinds = np.zeros(0x10000, np.uint16)
    lower = np.arange(1, 0x10001, dtype=np.uint64)
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        kind = 0
        if category[0] in "LMN":
            kind = WORD
            if category == "Ll":
                kind |= LOWER
            elif category in ("Lu", "Lt"):
                kind |= UPPER
                low = char.lower()
                if len(low) == 1:
                    lower[code] = ord(low) + 1
            elif category[0] == "N":
                kind |= DIGIT
            elif 0x2E80 <= code < 0xA000 or 0x0E00 <= code < 0x0F00 or 0xF900 <= code < 0xFB00:
                kind |= SINGLE
        kinds[code] = kind
    for bit, chars in _CHARS.items():
        for char in chars:
            kinds[ord(char)] |= bit
    lower[(kinds & WORD) == 0] = 0
    return kinds, lower


@cache
def multipliers() -> Hashes:
    """Fixed odd numbers, one for each place in a word or line (splitmix64)."""
    import numpy as np

    state, out = 0x9E3779B97F4A7C15, []
    mask = (1 << 64) - 1
    for step in range(64):
        z = (state * (step + 1)) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out.append((z ^ (z >> 31)) | 1)
    return np.array(out, np.uint64)


def spread(hashes: Hashes) -> Hashes:
    """Hashes with every bit depending on every other (the finaliser of splitmix64)."""
    import numpy as np

    z = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)


_FIELD: Final = 16
"""Bits of one count; four share a number."""


@cache
def _counted() -> tuple[Hashes, Hashes]:
    """What each sign adds to the counts of `tally`, four to a number."""
    import numpy as np

    kinds = kind_tables()[0]
    folded = np.zeros(0x10000, np.uint64)
    for code in range(0x10000):
        folded[code] = sum(char.isalnum() for char in chr(code).casefold())
    symbols = (kinds & (WORD | END | COMMA | QUOTE | SPACE)) == 0

    def packed(*columns: npt.NDArray[np.generic]) -> Hashes:
        shifted = [
            column.astype(np.uint64) << np.uint64(_FIELD * at) for at, column in enumerate(columns)
        ]
        return np.asarray(np.bitwise_or.reduce(shifted), np.uint64)

    letters, uppers, digits, commas, quotes, dividers = (
        (kinds & bit) != 0 for bit in (WORD, UPPER, DIGIT, COMMA, QUOTE, DIVIDER)
    )
    return packed(folded, letters, uppers, digits), packed(symbols, commas, quotes, dividers)


def tally(codes: Codes, starts: Ints) -> list[Ints]:
    """For each of the ranges that begin at `starts`: its letters and digits once folded, the signs of
    its words, capitals, digits, symbols, commas, quotation marks and dividers.

    No range may be longer than a third of 2 ** 16.
    """
    import numpy as np

    packed = [np.add.reduceat(table.take(codes, mode="wrap"), starts) for table in _counted()]
    one = np.uint64((1 << _FIELD) - 1)
    return [
        ((sums >> np.uint64(at)) & one).astype(np.int64)
        for sums in packed
        for at in range(0, 64, _FIELD)
    ]


def codes_of(text: str) -> Codes:
    """The code points of `text`, as indices; all beyond the Basic Multilingual Plane count as one."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(codes, 0xFFFF).astype(np.intp)


_STEP: Final = 0x5851F42D4C957F2D
"""An odd number, so that its powers modulo 2^64 can be divided by."""


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of `_STEP` and of its inverse, modulo 2^64."""
    import numpy as np

    inverse = pow(_STEP, -1, 1 << 64)
    return tuple(
        np.cumprod(np.array([1, *[base] * (count - 1)], np.uint64), dtype=np.uint64)
        for base in (_STEP, inverse)
    )  # type: ignore[return-value]


def kinds_of(codes: Codes) -> Kinds:
    """The classes of each sign."""
    return kind_tables()[0].take(codes, mode="wrap")


def words_of(codes: Codes, kinds: Kinds) -> tuple[Hashes, Ints]:
    """Hashes and start positions of the words in `codes`.

    The hash is a polynomial in `_STEP` (Karp, Rabin 1987): every sign counts by its place in the
    whole text, and the power of the word's own place is divided out.
    """
    import numpy as np

    word = (kinds & WORD) != 0
    first = word.copy()
    first[1:] &= ~word[:-1]
    starts = np.flatnonzero(first | ((kinds & SINGLE) != 0))
    if not len(starts):
        return np.zeros(0, np.uint64), starts
    powers, inverses = _powers(1 << (len(codes) - 1).bit_length())
    weighed = kind_tables()[1].take(codes, mode="wrap")
    weighed *= powers[: len(codes)]
    return spread(np.add.reduceat(weighed, starts) * inverses[starts]), starts


GROUPS: Final = ("function", *CUES)


_SLOT: Final = 48
"""Words are looked up by the bits of their hash from this one on."""


@cache
def _vocabulary() -> tuple[Ints, int, Hashes, npt.NDArray[np.uint32]]:
    """The listed words by their hashes, sorted: the first one of each slot, the most in a slot, the
    hashes, and for each the set of its groups as bits."""
    import numpy as np

    listed = (" ".join(FUNCTION_WORDS.values()), *CUES.values())
    found: dict[int, int] = {}
    for bit, words in enumerate(listed):
        # Words with hyphens or signs inside are cut as page text is.
        codes = codes_of("\n".join(words.split()) + "\n")
        for key in words_of(codes, kinds_of(codes))[0].tolist():
            found[key] = found.get(key, 0) | 1 << bit
    keys = sorted(found)
    slots = np.bincount([key >> _SLOT for key in keys], minlength=1 << (64 - _SLOT))
    most = int(slots.max())
    table = np.array([*keys, *[0] * most], np.uint64)
    groups = np.array([*(found[key] for key in keys), *[0] * most], np.uint32)
    return np.cumsum(slots) - slots, most, table, groups


def groups_of(keys: Hashes) -> npt.NDArray[np.uint32]:
    """The groups that each word is in, as bits."""
    import numpy as np

    first, most, table, groups = _vocabulary()
    at = first[keys >> np.uint64(_SLOT)]
    found = np.zeros(len(keys), np.uint32)
    for _ in range(most):
        found |= groups[at] * (table[at] == keys)
        at += 1
    return found
