"""Where tables repeat the publishers' words, and hashes by which such words are known again.

A surface is one stretch of those words in one cell: the text of a row, a span's words, a title.
Its hash is BLAKE2b, keyed with `text_sha256` of the text it is from (RFC 7693), over its words. One
word is soon guessed from its hash. So surfaces of fewer than `LEAST` code points are hashed with
what stands around them in their piece of the text (`window`), and no piece is shorter, unless the
whole text is: to guess one, some eight words in a row must be known. The key is public; it only
keeps equal words of different texts from having equal hashes, so that no table of them can be made
once for all. Titles, and words of a text that is not the released one, stand in no piece and are
hashed as they are.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from dataset_builder.tables import ListOf, Scalar, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.tables import Column, Table

LEAST: Final = 48
"""Code points that are hashed at once, at least."""
BYTES: Final = 16
"""Bytes of a hash."""
PIECE: Final = "piece"
"""Place of the pieces of a text, beside the columns that hold surfaces."""

Range = tuple[int, int]


def surface_hash(words: str, text_sha256: str) -> bytes:
    """The hash of `words`, which stand in the text with this SHA-256 (64 hex digits)."""
    key = bytes.fromhex(text_sha256)
    return hashlib.blake2b(words.encode("utf-8"), digest_size=BYTES, key=key).digest()


def pieces(sentences: Iterable[Range]) -> list[Range]:
    """The sentences, given as ranges in order, joined until each piece has `LEAST` code points."""
    found: list[Range] = []
    start: int | None = None
    end = 0
    for begin, end in sentences:
        start = begin if start is None else start
        if end - start >= LEAST:
            found.append((start, end))
            start = None
    if start is not None:  # the rest is too short by itself
        found[-1:] = [(found[-1][0] if found else start, end)]
    return found


class Outline:
    """The pieces of one text, by which its surfaces are hashed."""

    def __init__(self, sentences: Iterable[Range]) -> None:
        self.pieces = pieces(sentences)
        self._starts = [start for start, _ in self.pieces]

    @property
    def length(self) -> int:
        """Code points of the text: a text ends with its last sentence."""
        return self.pieces[-1][1] if self.pieces else 0

    def within(self, start: int, end: int) -> Range:
        """The range of the pieces that hold `start:end`; itself where none does."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        last = max(bisect_right(self._starts, end - 1) - 1, first)
        if not self.pieces:
            return start, end
        low, high = self.pieces[first][0], self.pieces[last][1]
        return (low, high) if low <= start and end <= high else (start, end)

    def window(self, start: int, end: int) -> Range:
        """What is hashed for the surface `start:end`: itself, and what is around it in its piece
        when it is short; the same number of code points on both sides, as far as there are."""
        missing = LEAST - (end - start)
        if missing <= 0:
            return start, end
        low, high = self.within(start, end)
        left = max(low, start - (missing + 1) // 2)
        right = min(high, left + LEAST)
        return max(low, min(left, right - LEAST)), right


class Surface(NamedTuple):
    """One surface of a table."""

    row: int
    item: int
    """Which item of the list, 0 where there is none."""
    start: int | None
    """Offsets in the text; None where the place has none. `end` of a row's text is None when its
    words are withheld."""
    end: int | None
    words: str | None


@dataclass(frozen=True)
class Place:
    """A column that holds surfaces."""

    name: str
    shape: str
    """own (`start` and `end` are columns), context (`context_start` is), span, spans, bare."""


@cache
def places(table: Table) -> tuple[Place, ...]:
    """The columns of `table` that hold surfaces, but for the texts of articles."""
    return tuple(
        Place(column.name, shape)
        for column in table.columns
        if not table.textual and (shape := _shape(column, table)) is not None
    )


def _shape(column: Column, table: Table) -> str | None:
    kind = column.type
    if _has_surface(kind):
        return "span"
    if isinstance(kind, ListOf) and _has_surface(kind.item):
        return "spans"
    if not (isinstance(kind, Scalar) and kind.surface) or (column.name, table.name) == WHOLE:
        return None
    if "context_start" in table.column_names:
        return "context"
    return "own" if {"start", "end"} <= set(table.column_names) else "bare"


WHOLE: Final = ("text", "articles")
"""Column and table of the texts themselves: they have `text_sha256` and hashes of their pieces."""


def _has_surface(kind: object) -> bool:
    """Whether it is a struct of `start`, `end` and words."""
    fields = dict(kind.fields) if isinstance(kind, Struct) else {}
    words = fields.get("text")
    return isinstance(words, Scalar) and words.surface and {"start", "end"} <= fields.keys()


def surfaces(table: pa.Table, place: Place) -> list[Surface]:
    """The surfaces at one place of a table, by row and item, withheld ones too."""
    if place.shape == "spans":
        return _of_list(table, place.name)
    column = table[place.name].combine_chunks()
    if place.shape == "span":
        there = column.is_valid().to_pylist()
        starts, ends, words = (column.field(name).to_pylist() for name in ("start", "end", "text"))
        found = zip(there, starts, ends, words, strict=True)
        return [Surface(row, 0, s, e, w) for row, (valid, s, e, w) in enumerate(found) if valid]
    words = column.to_pylist()
    if place.shape == "bare":
        return [Surface(row, 0, None, None, text) for row, text in enumerate(words) if text]
    if place.shape == "context":
        starts = table["context_start"].to_pylist()
        return [
            Surface(row, 0, start, None if text is None else start + len(text), text)
            for row, (start, text) in enumerate(zip(starts, words, strict=True))
        ]
    starts, ends = table["start"].to_pylist(), table["end"].to_pylist()
    return [
        Surface(row, 0, start, end, text)
        for row, (start, end, text) in enumerate(zip(starts, ends, words, strict=True))
        if start is not None and end is not None
    ]


def _of_list(table: pa.Table, name: str) -> list[Surface]:
    import pyarrow.compute as pc

    column = table[name].combine_chunks()
    rows = pc.list_parent_indices(column).to_pylist()
    flat = pc.list_flatten(column)
    starts, ends, words = (flat.field(field).to_pylist() for field in ("start", "end", "text"))
    found: list[Surface] = []
    item, before = 0, -1
    for row, start, end, text in zip(rows, starts, ends, words, strict=True):
        item = item + 1 if row == before else 0
        before = row
        found.append(Surface(row, item, start, end, text))
    return found


def with_words(table: pa.Table, place: Place, words: Mapping[tuple[int, int], str]) -> pa.Table:
    """`table` with other words at one place, by row and item; null where `words` has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table[place.name].combine_chunks()
    at = table.schema.get_field_index(place.name)
    if place.shape == "spans":
        said = [words.get((found.row, found.item)) for found in _of_list(table, place.name)]
        items = _struct_with(pc.list_flatten(column), pa.array(said, pa.string()))
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_pylist()
        offsets = pa.array([0, *accumulate(lengths)], pa.int32())
        made = pa.ListArray.from_arrays(offsets, items, type=column.type, mask=column.is_null())
    else:
        texts = pa.array([words.get((row, 0)) for row in range(len(column))], pa.string())
        made = _struct_with(column, texts) if place.shape == "span" else texts
    return table.set_column(at, table.schema.field(at), made)


def _struct_with(column: pa.StructArray, words: pa.Array) -> pa.StructArray:
    import pyarrow as pa

    arrays = [words if field.name == "text" else column.field(field.name) for field in column.type]
    return pa.StructArray.from_arrays(arrays, fields=list(column.type), mask=column.is_null())


def with_texts(articles: pa.Table, texts: Sequence[str | None]) -> pa.Table:
    """The table articles with other texts, one a row."""
    import pyarrow as pa

    at = articles.schema.get_field_index(WHOLE[0])
    return articles.set_column(at, articles.schema.field(at), pa.array(texts, pa.string()))


def without_words(table: pa.Table, declaration: Table) -> pa.Table:
    """`table` with every surface null."""
    for place in places(declaration):
        table = with_words(table, place, {})
    return with_texts(table, [None] * len(table)) if declaration.name == WHOLE[1] else table
