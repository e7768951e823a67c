"""What can be seen of a line: the small whole numbers that the body model judges.

Everything here is linear in the size of the pages and done on arrays: the lines of many pages are
one array of code points, words and lines are ranges of it. No language, site or layout is known by
name. Every number is an integer, from exact arithmetic, so that it is the same on any machine and
however pages are batched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.text import fold
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
    spread,
    tally,
    words_of,
)  # fmt: skip
from dataset_builder.clean.vocabulary import CUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.clean.tokens import Bools, Codes, Hashes, Ints, Kinds

HEAD: Final = 3072
TAIL: Final = 1024
"""Of a longer line, only this much of its start and end is looked at."""
CHUNK: Final = 1 << 18
"""Code points analysed at once: bounds the memory, and the arrays stay in the processor's cache."""
FULL: Final = 32
"""What stands for a share of 1."""
GRAM: Final = 5
"""Words in a row that count as said again."""
PREFIX: Final = 6
"""Words that two lines' beginnings have in common to count as begun alike."""

NAMES: Final = (
    "words", "words_5", "words_12", "words_25", "ends", "ends_words", "ends_open", "ends_colon",
    "ends_comma", "ends_bracket", "sentences", "commas", "upper_words", "capitals", "digits",
    "symbols", "function_share", "function_count", "starts_lower", "starts_symbol", "starts_digit",
    "starts_quote", "starts_bullet", "again", "again_long", "begun_alike", "quotes", "word_length",
    "address", "dividers", "clock", "year", "glued", "gap_before", "gap_after", "place",
    "lines_before", "lines_after", "shared", "shared_short", "shared_top",
    *(f"{group}_count" for group in CUES),
    *(f"{group}_share" for group in CUES),
)  # fmt: skip
"""What is known of a line, in the order of the columns."""


@dataclass(frozen=True)
class Lines:
    """The non-blank lines of some pages as numbers, in the order of the pages."""

    words: Ints
    """Words of each line; letters of scripts without spaces count half a word."""
    ends: Bools
    """Ends like a sentence, a closing quote or bracket apart."""
    keys: Hashes
    """Hash of each line's words, folded to lower case: equal for lines that read the same."""
    signs: Ints
    """Letters and digits of each line once `text.fold` has folded it."""
    echoes: Bools
    """Whether every `GRAM` words in a row of a line may stand on its page twice, as those of a pull
    quote do: never wrong about a line that does not, rarely about one that does."""
    features: npt.NDArray[np.uint8]
    """One row per line, columns `NAMES`, each 0 to 255."""


@cache
def _log_table() -> npt.NDArray[np.uint8]:
    """8 log2(1 + n), rounded, for n up to 65535."""
    import numpy as np

    return np.array([min(255, round(8 * math.log2(1 + n))) for n in range(1 << 16)], np.uint8)


def _log(counts: Ints) -> Ints:
    import numpy as np

    logs: Ints = _log_table()[np.minimum(counts, 65535)].astype(np.int64)
    return logs


def _share(part: Ints, whole: Ints, top: int = FULL) -> Ints:
    """`FULL` times part / whole, at most `top`."""
    import numpy as np

    shares: Ints = np.minimum(FULL * part // np.maximum(whole, 1), top)
    return shares


@dataclass(frozen=True)
class _Chunk:
    """What `_look` sees of some lines."""

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


def look(lines: Sequence[str], gaps: Sequence[int], pages: Sequence[int]) -> Lines:
    """Analyse the non-blank, stripped `lines` of some pages.

    `gaps` holds the number of blank lines before each line; `pages` how many lines each page has,
    in the order of the lines.
    """
    import numpy as np

    count = len(lines)
    if not count:
        return Lines(
            np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.uint64),
            np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros((0, len(NAMES)), np.uint8),
        )  # fmt: skip
    lengths = np.fromiter(map(len, lines), np.int64, count)
    long = np.flatnonzero(lengths > HEAD + TAIL).tolist()
    heads = list(lines)
    for at in long:
        heads[at] = lines[at][:HEAD] + lines[at][-TAIL:]
    sizes_before = np.cumsum(np.minimum(lengths, HEAD + TAIL) + 1)
    chunks = []
    at = 0
    while at < count:
        done = int(sizes_before[at - 1]) if at else 0
        stop = max(at + 1, int(np.searchsorted(sizes_before, done + CHUNK, side="right")))
        chunks.append((_look(heads[at:stop]), at))
        at = stop
    words = np.concatenate([chunk.words for chunk, _ in chunks])
    ends = np.concatenate([chunk.ends for chunk, _ in chunks])
    keys = np.concatenate([chunk.keys for chunk, _ in chunks])
    signs = np.concatenate([chunk.signs for chunk, _ in chunks])
    for at in long:
        signs[at] = len(fold(lines[at]))
    columns = {
        name: np.concatenate([chunk.columns[name] for chunk, _ in chunks])
        for name in chunks[0][0].columns
    }
    sizes = np.asarray(pages, np.int64)
    page = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    size_of = sizes[page]
    gap = np.minimum(np.asarray(gaps, np.int64), 3)
    after = np.append(gap[1:], 3)
    after[np.cumsum(sizes[sizes > 0]) - 1] = 3
    again = _log(_repeats(page, keys) - 1)
    prefixes = np.concatenate([chunk.prefixes for chunk, _ in chunks])
    alike = np.where(prefixes > 0, _repeats(page, np.where(prefixes > 0, prefixes, keys)) - 1, 0)
    columns |= {
        "again": np.where(words < 15, again, 0),
        "again_long": np.where(words >= 15, again, 0),
        "begun_alike": _log(alike),
        "gap_before": gap,
        "gap_after": after,
        "place": 64 * place // size_of,
        "lines_before": _log(place),
        "lines_after": _log(size_of - 1 - place),
    }
    content = np.concatenate([chunk.content for chunk, _ in chunks])
    where = np.concatenate([chunk.content_lines + offset for chunk, offset in chunks])
    shared, top = _shared(content, where, page, place, ends & (words >= 12))
    columns |= {
        "shared": shared, "shared_short": np.where(words < 15, shared, 0), "shared_top": top,
    }  # fmt: skip
    echoes = _echoes(
        np.concatenate([chunk.grams for chunk, _ in chunks]),
        np.concatenate([chunk.gram_lines + offset for chunk, offset in chunks]),
        page,
    )
    # Of a long line not everything was looked at: on its page nothing is known.
    echoes |= np.isin(page, page[long])
    features = np.stack([np.minimum(columns[name], 255).astype(np.uint8) for name in NAMES], axis=1)
    return Lines(words, ends, keys, signs, echoes, features)


def _repeats(page: Ints, keys: Hashes) -> Ints:
    """How often each key stands on its page."""
    import numpy as np

    mixed = spread(keys + page.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse], np.int64)


def _echoes(grams: Hashes, where: Ints, page: Ints) -> Bools:
    """The lines all of whose grams stand on their page twice, and a few more."""
    import numpy as np

    mixed = spread(grams + page[where].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    bits = min((8 * len(grams)).bit_length(), 22)
    slots = (mixed >> np.uint64(64 - bits)).astype(np.intp)
    order = np.arange(len(slots), dtype=np.int32)
    last = np.zeros(1 << bits, np.int32)
    last[slots] = order
    twice = np.zeros(1 << bits, np.bool_)
    twice[slots[last[slots] != order]] = True
    alone = np.bincount(where[~twice[slots]], minlength=len(page))
    some = np.bincount(where, minlength=len(page)) > 0
    return np.asarray(some & (alone == 0), np.bool_)


def _shared(
    content: Hashes, where: Ints, page: Ints, place: Ints, prose: Bools
) -> tuple[Ints, Ints]:
    """Share of each line's content words that other prose of its page has too, and its first line."""
    import numpy as np

    count = len(page)
    totals = np.bincount(where, minlength=count)
    if not len(where):
        return totals, totals
    mixed = spread(content + page[where].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    slots = np.unique(mixed, return_inverse=True)[1]
    in_prose = prose[where]
    # Words come in the order of their lines: the last to write a slot is its last line.
    first = np.full(len(where), count)
    last = np.full(len(where), -1)
    last[slots[in_prose]] = where[in_prose]
    first[slots[in_prose][::-1]] = where[in_prose][::-1]
    # A line is not its own witness.
    other = (last[slots] >= 0) & ((first[slots] != where) | (last[slots] != where))
    titled = np.zeros(len(where), np.bool_)
    titled[slots[place[where] == 0]] = True
    shared = np.bincount(where[other], minlength=count)
    top = np.bincount(where[titled[slots] & (place[where] > 0)], minlength=count)
    return _share(shared, totals), _share(top, totals)


def _look(lines: Sequence[str]) -> _Chunk:
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
    logs = _log(words)
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
        "sentences": _log(total(followed(end, space))),
        "commas": np.minimum(2 * FULL * commas // np.maximum(words, 1), FULL),
        "upper_words": _share(uppers, cased),
        "capitals": _share(capitals, letters),
        "digits": _share(digits, lengths),
        "symbols": np.minimum(2 * FULL * symbols // lengths, FULL),
        "function_share": np.minimum(FULL * 2 * functions5 // np.maximum(5 * words2, 1), FULL),
        "function_count": _log(functions5 // 5),
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
            f"{group}_share": _share(2 * found, words2, 2 * FULL)
            for group, found in zip(CUES, groups, strict=True)
        },
    }
    grams = np.zeros(max(len(keys) - GRAM + 1, 0), np.uint64)
    for at in range(GRAM):
        grams += keys[at : at + len(grams)] * multipliers()[at]
    whole = np.flatnonzero(word_line[: len(grams)] == word_line[len(keys) - len(grams) :])
    return _Chunk(
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
