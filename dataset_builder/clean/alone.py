"""What can be seen of a line by itself; what it is among the others of its page is seen by `lines`.

The lines are one array of code points, words and lines are ranges of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.tokens import (
    ADDRESS,
    BRACKET,
    BULLET,
    CLOSER,
    COLON,
    COMMA,
    DIGIT,
    DOT,
    ELLIPSIS,
    END,
    GROUPS,
    LOWER,
    QUOTE,
    SINGLE,
    SPACE,
    UPPER,
    WORD,
    codes_of,
    groups_of,
    kinds_of,
    multipliers,
    tally,
    words_of,
)  # fmt: skip
from dataset_builder.clean.vocabulary import CUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.clean.tokens import Bools, Codes, Hashes, Ints, Kinds

FULL: Final = 32
"""What stands for a share of 1."""
GRAM: Final = 5
"""Words in a row that count as said again."""
PREFIX: Final = 6
"""Words that two lines' beginnings have in common to count as begun alike."""


@dataclass(frozen=True)
class Alone:
    """What there is to see of some lines, each by itself."""

    columns: dict[str, Ints]
    words: Ints
    ends: Bools
    keys: Hashes
    signs: Ints
    prefixes: Hashes
    content: Hashes
    """Hashes of the content words."""
    content_lines: Ints
    """The line of each."""
    grams: Hashes
    """Hashes of each `GRAM` words in a row of a line."""
    gram_lines: Ints
    """The line of each."""


@cache
def _log_table() -> npt.NDArray[np.uint8]:
    """8 log2(1 + n), rounded, for n up to 65535."""
    import numpy as np

    return np.array([min(255, round(8 * math.log2(1 + n))) for n in range(1 << 16)], np.uint8)


def log(counts: Ints) -> Ints:
    """8 log2(1 + n), rounded, of each."""
    import numpy as np

    logs: Ints = _log_table()[np.minimum(counts, 65535)].astype(np.int64)
    return logs


def share(part: Ints, whole: Ints, top: int = FULL) -> Ints:
    """`FULL` times part / whole, at most `top`."""
    import numpy as np

    shares: Ints = np.minimum(FULL * part // np.maximum(whole, 1), top)
    return shares


def look_alone(lines: Sequence[str]) -> Alone:
    """Analyse non-blank, stripped lines; no number depends on the others."""
    import numpy as np

    count = len(lines)
    codes = codes_of("\n".join(lines) + "\n")
    lengths = np.fromiter(map(len, lines), np.int64, count)
    starts = np.cumsum(lengths + 1) - lengths - 1
    kinds = kinds_of(codes)
    line_of = np.repeat(np.arange(count), lengths + 1)

    def total(mask: Bools) -> Ints:
        return np.bincount(line_of[np.flatnonzero(mask)], minlength=count)

    def has(bit: int) -> Bools:
        return np.asarray((kinds & bit) != 0, np.bool_)

    def followed(first: Bools, second: Bools) -> Bools:
        out = np.zeros(len(first), np.bool_)
        out[:-1] = first[:-1] & second[1:]
        return out

    keys, word_starts = words_of(codes, kinds)
    word_line = line_of[word_starts]
    per_line = np.bincount(word_line, minlength=count)
    first_word = np.cumsum(per_line) - per_line

    def words_with(mask: Bools) -> Ints:
        return np.asarray(np.bincount(word_line[mask], minlength=count), np.int64)

    first_kind = kinds[word_starts]
    single = (first_kind & SINGLE) != 0
    singles = words_with(single)
    words2 = 2 * per_line - singles  # in half words
    words = (words2 + 1) // 2
    bits = groups_of(keys)
    functions = words_with((bits & 1) != 0)
    # Scripts without spaces have no function words to count: give them a middling share.
    functions5 = 5 * functions + singles
    cues = np.flatnonzero(bits > 1)
    cue_bits, cue_lines = bits[cues], word_line[cues]
    groups = [
        np.bincount(cue_lines[(cue_bits & (1 << at)) != 0], minlength=count)
        for at in range(1, len(GROUPS))
    ]
    cased = words_with((first_kind & (LOWER | UPPER)) != 0)
    uppers = words_with((first_kind & UPPER) != 0)
    upper, digit, word = has(UPPER), has(DIGIT), has(WORD)
    space, end, colon = has(SPACE), has(END), has(COLON)
    signs, letters, capitals, digits, symbols, commas, quotes, dividers = tally(codes, starts)
    symbols -= 1  # its \n
    last = kinds[starts + lengths - 1]
    first = kinds[starts]
    ends, open_ended = _endings(codes, kinds, starts, lengths)
    logs = log(words)
    four = followed(digit, digit)
    four[:-2] &= four[2:]
    lone = np.ones(len(codes), np.bool_)
    lone[1:] = ~digit[:-1]
    year = four & lone & ((codes == 0x31) | (codes == 0x32))
    place = np.arange(len(keys)) - first_word[word_line]
    weights = multipliers()[np.minimum(place, 63)]
    mixed = keys * weights
    line_keys = _sums(mixed, per_line, count)
    early = place < PREFIX
    prefixes = np.where(
        per_line >= PREFIX,
        _sums(mixed[early], np.minimum(per_line, PREFIX), count),
        np.uint64(0),
    )
    # Lines without a word are told apart by their length and first sign.
    bare = (
        (lengths.astype(np.uint64) << np.uint64(17))
        + codes[starts].astype(np.uint64)
        + np.uint64(1)
    )
    line_keys = np.where(per_line > 0, line_keys, bare)
    five = followed(word, followed(word, followed(word, followed(word, word))))
    long = five[word_starts] & (np.append(word_starts[1:], len(codes)) - word_starts >= 5)
    content = ((bits & 1) == 0) & (long | single)
    columns = {
        "words": logs,
        "words_5": np.maximum(logs - 21, 0),
        "words_12": np.maximum(logs - 30, 0),
        "words_25": np.maximum(logs - 38, 0),
        "ends": FULL * ends,
        "ends_words": ends * logs,
        "ends_open": FULL * open_ended,
        "ends_colon": FULL * ((last & COLON) != 0),
        "ends_comma": FULL * ((last & COMMA) != 0),
        "ends_bracket": FULL * ((last & BRACKET) != 0),
        "sentences": log(total(followed(end, space))),
        "commas": np.minimum(2 * FULL * commas // np.maximum(words, 1), FULL),
        "upper_words": share(uppers, cased),
        "capitals": share(capitals, letters),
        "digits": share(digits, lengths),
        "symbols": np.minimum(2 * FULL * symbols // lengths, FULL),
        "function_share": np.minimum(FULL * 2 * functions5 // np.maximum(5 * words2, 1), FULL),
        "function_count": log(functions5 // 5),
        "starts_lower": FULL * ((first & LOWER) != 0),
        "starts_symbol": FULL * ((first & (WORD | QUOTE)) == 0),
        "starts_digit": FULL * ((first & DIGIT) != 0),
        "starts_quote": FULL * ((first & QUOTE) != 0),
        "starts_bullet": FULL * ((first & BULLET) != 0),
        "quotes": 8 * np.minimum(quotes, 4),
        "word_length": np.minimum(4 * 2 * letters // np.maximum(words2, 1), 80),
        "address": FULL * (total(has(ADDRESS) | followed(colon, codes == 0x2F)) > 0),
        "dividers": 8 * np.minimum(dividers, 4),
        "clock": 16
        * np.minimum(
            total(followed(digit, followed(colon | (codes == 0x2E), followed(digit, digit)))), 2
        ),
        "year": 16 * np.minimum(total(year), 2),
        "glued": 8 * np.minimum(total(followed(has(LOWER), upper)), 4),
        **{
            f"{group}_count": 10 * np.minimum(found, 3)
            for group, found in zip(CUES, groups, strict=True)
        },
        **{
            f"{group}_share": share(2 * found, words2, 2 * FULL)
            for group, found in zip(CUES, groups, strict=True)
        },
    }
    grams = np.zeros(max(len(keys) - GRAM + 1, 0), np.uint64)
    for at in range(GRAM):
        grams += keys[at : at + len(grams)] * multipliers()[at]
    whole = np.flatnonzero(word_line[: len(grams)] == word_line[len(keys) - len(grams) :])
    return Alone(
        columns, words, ends, line_keys, signs, prefixes, keys[content], word_line[content],
        grams[whole], word_line[whole],
    )  # fmt: skip


def _sums(values: Hashes, sizes: Ints, count: int) -> Hashes:
    """Sums of the values of each group; the values of a group stand together."""
    import numpy as np

    out = np.zeros(count, np.uint64)
    some = sizes > 0
    if len(values):
        out[some] = np.add.reduceat(values, (np.cumsum(sizes) - sizes)[some])
    return out


def _endings(codes: Codes, kinds: Kinds, starts: Ints, lengths: Ints) -> tuple[Bools, Bools]:
    """Whether each line ends like a sentence, and whether it ends in dots; brackets, quotation marks
    and spaces apart, of which up to five are looked past."""
    import numpy as np

    at = starts + lengths - 1
    for _ in range(5):
        at = at - (((kinds[at] & CLOSER) != 0) & (at > starts))
    ends = (kinds[at] & END) != 0
    two = at - starts >= 2
    dots = (codes[at] == DOT) & two & (codes[at - 1] == DOT) & (codes[at - 2] == DOT)
    return np.asarray(ends, np.bool_), np.asarray(dots | (codes[at] == ELLIPSIS), np.bool_)
