"""What can be seen of a line: the numbers that the body model judges.

Everything here is linear in the length of the page and done on arrays: a page is one array of code
points, words and lines are ranges of it. No language, site or layout is known by name.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.clean.words import CUES, FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

HEAD: Final = 3072
TAIL: Final = 1024
"""Of a longer line, only this much of its start and end is looked at."""
CHUNK: Final = 1 << 20
"""Code points analysed at once; bounds the memory of a huge page."""

_LOWER, _UPPER, _WORD, _DIGIT, _SINGLE, _COMMA, _END, _QUOTE = (1 << bit for bit in range(8))
_TERMINALS: Final = ".!?…。！？؟।።｡։‼⁇"
_CLOSERS: Final = "\"'”’»)]）」』›“‘"
_COMMAS: Final = ",،、，;"
_QUOTES: Final = '"“”„«»「」'

OWN: Final = (
    "one", "words", "words5", "words12", "words25", "ends", "ends_words", "colon", "comma_end",
    "sentences", "commas", "upper_share", "caps_share", "digits", "symbols", "stop_share",
    "stop_count", "stop_words", "lower_start", "symbol_start", "short_again", "long_again", "quotes",
    "word_length", "address", "gap_before", "gap_after",
    *(f"cue_{group}" for group in CUES),
    *(f"cue_{group}_share" for group in CUES),
)  # fmt: skip
"""Names of the features that a line has by itself."""


@dataclass(frozen=True)
class Lines:
    """The non-blank lines of a page as numbers, row by row in the page's order."""

    words: Ints
    """Words of each line; letters of scripts without spaces count half a word."""
    ends: npt.NDArray[np.bool_]
    """Ends like a sentence, a closing quote or bracket apart."""
    cues: Ints
    """Words per line and group of `CUES`."""
    own: Floats
    """One row per line, columns `OWN`."""
    word_lines: Ints
    """Line of each content word."""
    word_keys: npt.NDArray[np.uint64]
    """Hash of each content word, folded to lower case."""


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Character classes and lower-case forms of the Basic Multilingual Plane."""
    import numpy as np

    kinds = np.zeros(0x10000, np.uint8)
    lower = np.arange(0x10000, dtype=np.uint32)
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        kind = 0
        if category[0] in "LMN":
            kind = _WORD
            if category == "Ll":
                kind |= _LOWER
            elif category in ("Lu", "Lt"):
                kind |= _UPPER
                low = char.lower()
                if len(low) == 1:
                    lower[code] = ord(low)
            elif category[0] == "N":
                kind |= _DIGIT
            elif 0x2E80 <= code < 0xA000 or 0x0E00 <= code < 0x0F00 or 0xF900 <= code < 0xFB00:
                kind |= _SINGLE
        kinds[code] = kind
    for chars, bit in ((_COMMAS, _COMMA), (_TERMINALS, _END), (_QUOTES, _QUOTE)):
        for char in chars:
            kinds[ord(char)] |= bit
    return kinds, lower


@cache
def _multipliers() -> npt.NDArray[np.uint64]:
    """Fixed odd numbers, one for each place in a word (splitmix64)."""
    import numpy as np

    state, out = 0x9E3779B97F4A7C15, []
    mask = (1 << 64) - 1
    for step in range(64):
        z = (state * (step + 1)) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out.append((z ^ (z >> 31)) | 1)
    return np.array(out, np.uint64)


def _codes(text: str) -> npt.NDArray[np.uint32]:
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(codes, 0xFFFF)


def _word_hashes(
    codes: npt.NDArray[np.uint32], starts: Ints, word: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint64]:
    """One hash per word; a word starts at each of `starts` and goes on while `word` holds."""
    import numpy as np

    if not len(starts):
        return np.zeros(0, np.uint64)
    _, lower = _tables()
    first = np.zeros(len(codes), np.int64)
    first[starts] = starts
    place = np.minimum(np.arange(len(codes)) - np.maximum.accumulate(first), 63)
    parts = np.where(word, (lower[codes] + np.uint64(1)) * _multipliers()[place], np.uint64(0))
    return np.asarray(np.add.reduceat(parts, starts), np.uint64)


@cache
def _vocabulary() -> tuple[npt.NDArray[np.uint64], tuple[npt.NDArray[np.uint64], ...]]:
    """Hashes of the function words, and of each group of cue words, sorted."""
    import numpy as np

    def hashes(words: list[str]) -> npt.NDArray[np.uint64]:
        # Words with hyphens or signs inside are cut as page text is.
        keys, _ = _words(_codes("\n".join(words)))
        return np.unique(keys)

    functions = hashes(" ".join(FUNCTION_WORDS.values()).split())
    return functions, tuple(hashes(group.split()) for group in CUES.values())


def _words(codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Hashes and start positions of the words in `codes`."""
    import numpy as np

    kinds = _tables()[0][codes]
    word = (kinds & _WORD) != 0
    before = np.concatenate(([False], word[:-1]))
    starts = np.flatnonzero(word & (~before | ((kinds & _SINGLE) != 0)))
    return _word_hashes(codes, starts, word), starts


def _member(keys: npt.NDArray[np.uint64], table: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    import numpy as np

    if not len(table):
        return np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return np.asarray(table[at] == keys, np.bool_)


def look(lines: Sequence[str], gaps: Sequence[int], repeats: Sequence[int]) -> Lines:
    """Analyse the non-blank, stripped `lines` of one page.

    `gaps` holds the number of blank lines before each line; `repeats` how many other lines of the
    page are the same.
    """
    import numpy as np

    heads = [line if len(line) <= HEAD + TAIL else line[:HEAD] + line[-TAIL:] for line in lines]
    parts: list[tuple[Any, ...]] = []
    at = 0
    while at < len(heads):
        stop, size = at, 0
        while stop < len(heads) and (size < CHUNK or stop == at):
            size += len(heads[stop]) + 1
            stop += 1
        parts.append(_chunk(heads[at:stop], at))
        at = stop
    if not parts:
        parts.append(_chunk([], 0))
    columns, cues, ends, words, word_lines, word_keys = (
        np.concatenate([part[column] for part in parts]) for column in range(6)
    )
    gap = np.minimum(np.asarray(gaps, np.float64), 3)
    again = np.log1p(np.asarray(repeats, np.float64))
    place = {name: column for column, name in enumerate(OWN)}
    columns[:, place["gap_before"]] = gap
    columns[:, place["gap_after"]] = np.append(gap[1:], 3.0)[: len(gap)]
    columns[:, place["short_again"]] = np.where(words < 15, again, 0)
    columns[:, place["long_again"]] = np.where(words >= 15, again, 0)
    return Lines(words, ends, cues, columns, word_lines, word_keys)


def _chunk(lines: Sequence[str], offset: int) -> tuple[Any, ...]:
    """Columns, cues, ends, words, and line and hash of each content word, of some lines."""
    import numpy as np

    count = len(lines)
    if not count:
        return (
            np.zeros((0, len(OWN))), np.zeros((0, len(CUES)), np.int64), np.zeros(0, np.bool_),
            np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64),
        )  # fmt: skip
    codes = _codes("\n".join(lines) + "\n")
    lengths = np.fromiter((len(line) for line in lines), np.int64, count)
    starts = np.concatenate(([0], np.cumsum(lengths + 1)[:-1]))
    kinds = _tables()[0][codes]

    def total(mask: npt.NDArray[np.bool_]) -> Floats:
        sums: Floats = np.add.reduceat(mask, starts, dtype=np.float64)
        return sums

    def has(bit: int) -> npt.NDArray[np.bool_]:
        return np.asarray((kinds & bit) != 0, np.bool_)

    keys, word_starts = _words(codes)
    word_line = np.searchsorted(starts, word_starts, side="right") - 1

    def per_line(mask: npt.NDArray[np.bool_] | None = None) -> Floats:
        chosen = word_line if mask is None else word_line[mask]
        return np.bincount(chosen, minlength=count).astype(np.float64)

    single = (kinds[word_starts] & _SINGLE) != 0
    words = per_line() - per_line(single) / 2
    safe = np.maximum(words, 1)
    functions, groups = _vocabulary()
    stop = _member(keys, functions)
    # Scripts without spaces have no function words to count: give them a middling share.
    stops = per_line(stop) + per_line(single) * 0.2
    first_kind = kinds[word_starts]
    cased = np.maximum(per_line((first_kind & (_LOWER | _UPPER)) != 0), 1)
    uppers = per_line((first_kind & _UPPER) != 0)
    letters = np.maximum(total(has(_WORD)), 1)
    capitals = total(has(_UPPER))
    size = np.maximum(lengths, 1)
    space = (codes == 0x20) | (codes == 0xA0)
    odd = total(~has(_WORD | _END | _COMMA | _QUOTE) & ~space) - 1  # without the line's own end
    terminal = has(_END)
    spaced = np.zeros(len(codes), np.bool_)
    spaced[:-1] |= space[1:]
    spaced[:-2] |= space[2:]
    ends = np.fromiter((_ends(line) for line in lines), np.bool_, count)
    tails = [line[-1:] for line in lines]
    cues = np.stack([per_line(_member(keys, group)) for group in groups], axis=1)
    log_words = np.log1p(words)
    first = kinds[starts]
    own = np.stack(
        [
            np.ones(count),
            log_words,
            np.maximum(log_words - np.log(6), 0),
            np.maximum(log_words - np.log(13), 0),
            np.maximum(log_words - np.log(26), 0),
            ends,
            ends * log_words,
            np.fromiter((tail in (":", "：") for tail in tails), np.float64, count),
            np.fromiter((tail in _COMMAS for tail in tails), np.float64, count),
            np.log1p(total(terminal & spaced)),
            np.minimum(total(has(_COMMA)) / safe, 0.5),
            uppers / cased,
            capitals / letters,
            total(has(_DIGIT)) / size,
            np.minimum(odd / size, 0.5),
            np.minimum(stops / safe, 1),
            np.log1p(stops),
            np.minimum(stops / safe, 1) * log_words,
            (first & _LOWER) != 0,
            (first & (_WORD | _QUOTE)) == 0,
            np.zeros(count),
            np.zeros(count),
            np.minimum(total(has(_QUOTE)), 4) / 4,
            np.minimum(letters / safe, 20) / 10,
            np.fromiter(("@" in line or "://" in line or "www." in line for line in lines),
                        np.float64, count),
            np.zeros(count),
            np.zeros(count),
            *np.minimum(cues, 3).T,
            *(cues / safe[:, None]).T,
        ],
        axis=1,
    ).astype(np.float64)  # fmt: skip
    long = np.concatenate(
        (np.diff(word_starts), [len(codes) - word_starts[-1] if len(word_starts) else 0])
    )
    content = ~stop & ((long > 4) | single) if len(word_starts) else np.zeros(0, np.bool_)
    return (
        own, cues.astype(np.int64), ends, np.ceil(words).astype(np.int64),
        word_line[content] + offset, keys[content],
    )  # fmt: skip


def _ends(line: str) -> bool:
    """Whether the line ends like a sentence."""
    tail = line[-6:].rstrip(_CLOSERS + " \u00a0")
    return bool(tail) and tail[-1] in _TERMINALS
