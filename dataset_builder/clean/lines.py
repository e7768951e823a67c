"""What can be seen of a line: the small whole numbers that the body model judges.

Each line is seen by itself (`alone`), then among the others of its page. Everything is linear in the
size of the pages and done on arrays. No language, site or layout is known by name. Every number is an
integer, from exact arithmetic, so that it is the same on any machine and however pages are batched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.alone import log, look_alone, share
from dataset_builder.clean.text import fold
from dataset_builder.clean.tokens import spread
from dataset_builder.clean.vocabulary import CUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from dataset_builder.clean.tokens import Bools, Hashes, Ints

HEAD: Final = 3072
TAIL: Final = 1024
"""Of a longer line, only this much of its start and end is looked at."""
CHUNK: Final = 1 << 18
"""Code points analysed at once: bounds the memory, and the arrays stay in the processor's cache."""
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
        chunks.append((look_alone(heads[at:stop]), at))
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
    again = log(_repeats(page, keys) - 1)
    prefixes = np.concatenate([chunk.prefixes for chunk, _ in chunks])
    alike = np.where(prefixes > 0, _repeats(page, np.where(prefixes > 0, prefixes, keys)) - 1, 0)
    columns |= {
        "again": np.where(words < 15, again, 0),
        "again_long": np.where(words >= 15, again, 0),
        "begun_alike": log(alike),
        "gap_before": gap,
        "gap_after": after,
        "place": 64 * place // size_of,
        "lines_before": log(place),
        "lines_after": log(size_of - 1 - place),
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
    return share(shared, totals), share(top, totals)
