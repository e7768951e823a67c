"""Tokens and tags of all sentences at once: what certainly is right need not be made again.

Tokens lie one behind the other in arrays, and so do the characters of their articles; what
`assemble.triggers` says of one sentence after the other is asked of all of them. Where something
differs, or is not as it usually is, these functions only say so: who is wrong is found out there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.validate.matching import letters, places
from dataset_builder.validate.release import once

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from dataset_builder.validate.release import Release

    Numbers = npt.NDArray[np.int64]
    Kinds = npt.NDArray[np.uint8]

TABLE: Final = "triggers"
CHARACTERS: Final = 300_000
"""Characters of articles that are looked at at once: what is made of them fits a processor's cache."""
SPACE, WORD, SIGN, UNSEEN = 0, 1, 2, 3


@dataclass(frozen=True)
class Tokens:
    """The table triggers, all lists flat."""

    articles: pl.Series
    """The id of each article, in the order of the rows."""
    of_row: Numbers
    """Number of each row's article in `articles`; never falls."""
    indices: Numbers
    """Each row's `sentence_index`."""
    counts: Numbers
    """Tokens of each row."""
    tokens: pl.Series
    starts: Numbers
    tags: Numbers
    sizes: Numbers
    """Characters of each token."""


@once
def flat(release: Release) -> Tokens | None:
    """The table triggers; None when lists do not fit together, or rows of an article do not."""
    lists = ("tokens", "ner_tags", "token_starts")
    frame = release.rows(TABLE, *lists, "article_id", "sentence_index")
    names = (*lists, "article_id", "sentence_index")
    if frame.is_empty() or any(frame[name].null_count() for name in names):
        return None
    runs = frame["article_id"].rle_id()
    articles = frame["article_id"].filter((runs != runs.shift(1)).fill_null(value=True))
    lengths = [frame[name].list.len() for name in lists]
    tokens, tags, starts = (
        frame[name].explode(empty_as_null=False, keep_nulls=False) for name in lists
    )
    if (
        articles.n_unique() != len(articles)
        or not lengths[0].equals(lengths[1].alias(lists[0]))
        or not lengths[0].equals(lengths[2].alias(lists[0]))
        or any(items.null_count() for items in (tokens, tags, starts))
    ):
        return None
    return Tokens(
        articles,
        _array(runs),
        _array(frame["sentence_index"]),
        _array(lengths[0]),
        tokens,
        _array(starts),
        _array(tags),
        _array(tokens.str.len_chars()),
    )


def certainly_tokenised(release: Release) -> bool:
    """Whether each row has just the tokens of its sentence at their places. Raises Unavailable."""
    import numpy as np

    found, texts = flat(release), release.article_texts
    articles = release.rows("articles", "article_id", "sentences")
    if found is None or articles["article_id"].n_unique() != articles.height:
        return False
    here = places(found.articles, texts["article_id"])
    ranges = _ranges(articles, found.articles)
    if ranges is None or here.null_count():
        return False
    first, count, starts, ends = ranges
    if ((found.indices < 0) | (found.indices >= count[found.of_row])).any():
        return False
    sentence = first[found.of_row] + found.indices
    lengths = _array(texts["length"].gather(here))
    words = texts["article_text"].gather(here)
    # Blocks of whole articles: rows and tokens of each follow those of the one before.
    blocks = np.flatnonzero(np.diff(np.cumsum(lengths) // CHARACTERS, prepend=-1, append=-1))
    row_of = np.searchsorted(found.of_row, blocks)
    token_of = np.concatenate([[0], np.cumsum(found.counts)])[row_of]
    kinds = np.full(0x110000, UNSEEN, np.uint8)
    for at in range(len(blocks) - 1):
        low, high = int(blocks[at]), int(blocks[at + 1])
        rows = slice(row_of[at], row_of[at + 1])
        tokens = slice(int(token_of[at]), int(token_of[at + 1]))
        base = (np.cumsum(lengths[low:high]) - lengths[low:high])[found.of_row[rows] - low]
        within = lengths[found.of_row[rows]]
        if not _as_cut(
            letters(words.slice(low, high - low)),
            base,
            np.minimum(starts[sentence[rows]], within),
            np.minimum(ends[sentence[rows]], within),
            found.counts[rows],
            found.starts[tokens],
            found.sizes[tokens],
            letters(found.tokens.slice(tokens.start, tokens.stop - tokens.start)),
            kinds,
        ):
            return False
    return True


def _ranges(
    articles: pl.DataFrame, wanted: pl.Series
) -> tuple[Numbers, Numbers, Numbers, Numbers] | None:
    """Of each wanted article the number of its first sentence and how many it has; and start and
    end of each sentence of all. None when one of them cannot be read."""
    import numpy as np

    at = places(wanted, articles["article_id"])
    lists = articles["sentences"]
    items = lists.explode(empty_as_null=False, keep_nulls=False)
    starts, ends = items.struct.field("start"), items.struct.field("end")
    if at.null_count() or any(values.null_count() for values in (lists, items, starts, ends)):
        return None
    if not starts.ge(0).all():
        return None
    counts = _array(lists.list.len())
    order = _array(at)
    return (np.cumsum(counts) - counts)[order], counts[order], _array(starts), _array(ends)


def _as_cut(
    text: bytes,
    base: Numbers,
    starts: Numbers,
    ends: Numbers,
    counts: Numbers,
    places: Numbers,
    sizes: Numbers,
    tokens: bytes,
    known: Kinds,
) -> bool:
    """Whether tokens are the matches of `TOKEN` in the sentences.

    `text` holds articles one behind the other, and `base` where that of each sentence begins;
    `starts` and `ends` are those of the sentences and `places` those of tokens, in their articles.
    `known` has the kinds of characters (see `_kinds`).
    """
    import numpy as np

    codes = _codes(text)
    first, last = base + starts, base + ends
    if (last < first).any() or (first[1:] < last[:-1]).any():
        return False
    kinds = _kinds(codes, known)
    word = kinds == WORD
    begins = kinds == SIGN
    begins[1:] |= word[1:] & ~word[:-1]
    begins[:1] |= word[:1]
    opening = first[first < last]
    begins[opening] |= word[opening]
    at = np.flatnonzero(begins)
    low, high = np.searchsorted(at, first), np.searchsorted(at, last)
    if not np.array_equal(high - low, counts):
        return False
    chosen = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(len(places))
    begin = at[chosen]
    if not np.array_equal(begin - np.repeat(base, counts), places):
        return False
    solid = np.concatenate([[0], np.cumsum(kinds != SPACE)])
    end = np.minimum(np.append(at, len(codes))[chosen + 1], np.repeat(last, counts))
    if not np.array_equal(solid[end] - solid[begin], sizes):
        return False
    inside = np.zeros(len(codes) + 1, np.int8)
    inside[opening] += 1
    inside[last[first < last]] -= 1
    said = codes[(np.cumsum(inside[:-1], dtype=np.int8) > 0) & (kinds != SPACE)]
    return np.array_equal(said, _codes(tokens))


def _codes(text: bytes) -> npt.NDArray[np.uint32]:
    import numpy as np

    return np.frombuffer(text.decode().encode("utf-32-le"), np.uint32)


def _kinds(codes: npt.NDArray[np.uint32], known: Kinds) -> Kinds:
    """What `TOKEN` makes of each character. `known` says it of every code point that was looked
    for before, and is told of others."""
    import numpy as np

    found = known[codes]
    unseen = np.unique(codes[found == UNSEEN]).tolist()
    for code in unseen:
        space = re.match(r"\s", chr(code))
        known[code] = SPACE if space else WORD if re.match(r"\w", chr(code)) else SIGN
    return known[codes] if unseen else found


def doubtful(
    found: Tokens, marks: pl.DataFrame, tags: Mapping[int, tuple[int, int]]
) -> list[str] | None:
    """Articles whose tags may not be those of their triggers; None when it cannot be told.

    `marks` has article_id, start, end and type, the triggers of all events; `tags` says for a type
    how its triggers begin and go on. Where triggers share a token it is not told which one counts.
    """
    import numpy as np

    ends = found.starts + found.sizes
    row_of = np.repeat(np.arange(len(found.counts)), found.counts)
    of_token = found.of_row[row_of]
    at = places(marks["article_id"], found.articles)
    marks = marks.with_columns(at=at).drop_nulls("at")
    first, last = _array(marks["start"]), _array(marks["end"])
    wide = 1 + max(int(values.max(initial=0)) for values in (ends, first, last))
    if min(int(values.min(initial=0)) for values in (found.starts, first, last)) < 0:
        return None
    # One scale for all articles: each begins where none before it can end.
    one, other = of_token * wide + found.starts, of_token * wide + ends
    if (np.diff(one) <= 0).any() or (np.diff(other) < 0).any():
        return None
    base = _array(marks["at"]) * wide
    low = np.searchsorted(other, base + first, "right")
    high = np.searchsorted(one, base + last, "left")
    there = np.flatnonzero(low < high)
    closing = np.cumsum(found.counts)
    low, high = low[there], np.minimum(high[there], closing[row_of[low[there]]])
    order = np.argsort(low, kind="stable")
    low, high = low[order], high[order]
    kinds = _array(marks["type"])[there][order]
    wrong = np.zeros(len(found.articles), np.bool_)
    shared = np.flatnonzero(low[1:] < np.maximum.accumulate(high)[:-1])
    wrong[of_token[low[shared + 1]]] = True
    pairs = np.array([tags[kind] for kind in range(len(tags))], np.int64).reshape(-1, 2)
    expected = np.zeros(len(found.tags), np.int64)
    sizes = high - low
    inner = np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
    expected[inner] = np.repeat(pairs[kinds, 1], sizes)
    expected[low] = pairs[kinds, 0]
    wrong[of_token[expected != found.tags]] = True
    return [str(name) for name in found.articles.filter(_series(wrong))]


def _series(values: npt.NDArray[Any]) -> pl.Series:
    import polars as pl

    return pl.Series(values)


def _array(values: pl.Series) -> Numbers:
    import polars as pl

    return values.cast(pl.Int64).to_numpy()
