"""What the rows of several tables share: spans, contexts, votes, class ids, Arrow tables."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from itertools import accumulate, chain
from json.encoder import encode_basestring as _quoted
from typing import TYPE_CHECKING, Any, Protocol

from dataset_builder.spill import Spill
from dataset_builder.tables import ClassOf, ListOf, Struct, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.assemble.votes import Extent
    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

Row = dict[str, Any]
Columns = dict[str, list[Any]]
"""Column -> its value in each row."""
Ids = dict[str, dict[str | None, int | None]]
"""Vocabulary -> name of a label -> its id."""
REACH = 3
"""A context is at most this many sentences, unless its trigger or evidence has more."""


class Grouping(Protocol):
    """Where an article belongs."""

    @property
    def duplicate_group(self) -> str:
        """Near-duplicates share it."""

    @property
    def story(self) -> str:
        """Articles on one happening share it."""


def span(extent: Extent, text: str) -> Row:
    """`{start, end, text}` of a place in `text`."""
    return {"start": extent.start, "end": extent.end, "text": text[extent.start : extent.end]}


def digest(parts: Sequence[str | int]) -> str:
    """First 16 hex digits of the SHA-256 of `parts` as canonical JSON."""
    said = [_quoted(part) if isinstance(part, str) else str(part) for part in parts]
    return hashlib.sha256(f"[{','.join(said)}]".encode()).hexdigest()[:16]


def pair_id(article_id: str, holder_id: str, target_id: str) -> str:
    """Id of a holder and a target in an article."""
    return digest((article_id, holder_id, target_id))


def sentence_of(article: Article, offset: int) -> int:
    """Index of the sentence that holds `offset`, or of the last one before it."""
    return max(bisect_right(article.sentence_starts, offset) - 1, 0)


def context(article: Article, main: Extent, others: Iterable[Extent]) -> tuple[int, str]:
    """Start and text of the sentences that hold `main` and `others`, or `main` alone when all
    together are more than `REACH` sentences."""
    if not article.sentences:
        return 0, article.text
    first, last = _sentences(article, main)
    low, high = first, last
    start, end = main.start, main.end
    for other in others:
        one, two = _sentences(article, other)
        low, high = min(low, one), max(high, two)
        start, end = min(start, other.start), max(end, other.end)
    if high - low + 1 > REACH:
        low, high, start, end = first, last, main.start, main.end
    # A sentence boundary may have been drawn inside a span, or the span between two sentences.
    start = min(start, article.sentences[low].start)
    end = max(end, article.sentences[high].end)
    return start, article.text[start:end]


def _sentences(article: Article, extent: Extent) -> tuple[int, int]:
    first = sentence_of(article, extent.start)
    last = bisect_left(article.sentence_starts, extent.end) - 1
    return first, max(first, last)


def to_table(rows: list[Row], table: Table, ontology: Ontology) -> pa.Table:
    """`rows`, with labels by name, as the declared Arrow table, sorted by the key; nulls last."""
    gathered = Gathered(table, arrow_schema(table, ontology), ontology)
    gathered.add(rows)
    return gathered.table()


class Gathered:
    """Rows of one table, as Python values, that are taken article by article."""

    def __init__(self, table: Table, schema: pa.Schema, ontology: Ontology) -> None:
        """`schema` is that of `tables.arrow_schema`, which takes long to make in a new process."""
        self._declaration = table
        self._schema = schema
        self._ids: Ids = {
            item: {None: None, **{name: i for i, name in enumerate(ontology.names(item))}}
            for column in table.columns
            for item in _vocabularies(column.type)
        }
        self._columns: Columns = {name: [] for name in table.column_names}

    def add(self, rows: Sequence[Row]) -> None:
        """Take rows, with labels by name."""
        for name, taken in self._columns.items():
            taken.extend([row[name] for row in rows])

    def add_columns(self, columns: Columns) -> None:
        """Take rows as the values of each column, with labels by name."""
        for name, taken in self._columns.items():
            taken.extend(columns[name])

    def table(self) -> pa.Table:
        """All rows, sorted by the key, nulls last, in one chunk."""
        import pyarrow as pa

        arrays = [
            _array(self._columns[column.name], column.type, field.type, self._ids)
            for column, field in zip(self._declaration.columns, self._schema, strict=True)
        ]
        return _sorted(pa.table(arrays, schema=self._schema), self._declaration)


class Pieces:
    """Rows of one table that are there piece by piece; from the second on they wait on the disk."""

    def __init__(self, table: Table, schema: pa.Schema) -> None:
        self._declaration = table
        self._only = schema.empty_table()
        self._spill: Spill | None = None
        self._in_order = True
        """Whether every piece begins above the end of the one before."""
        self._last: Any = None
        """The first column of the key, in the last row."""

    def add(self, piece: pa.Table) -> None:
        """Take rows as `Gathered.table` gives them. Raises DatasetBuilderError when the disk is
        full."""
        if not piece.num_rows:
            return
        first, last = (piece[self._declaration.key[0]][at].as_py() for at in (0, -1))
        if self._spill is None and not self._only.num_rows:
            self._only, self._last = piece, last
            return
        if self._spill is None:
            self._spill = Spill(piece.schema)
            self._spill.add(self._only)
            self._only = piece.schema.empty_table()
        if None in (first, self._last) or first <= self._last:
            self._in_order = False
        self._spill.add(piece)
        self._last = last

    def table(self) -> pa.Table:
        """All rows, sorted by the key; nulls last."""
        if self._spill is None:
            return self._only
        whole = self._spill.table()
        return whole if self._in_order else _sorted(whole, self._declaration)


def _sorted(table: pa.Table, declaration: Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in declaration.key]).combine_chunks()


def _vocabularies(kind: Type) -> set[str]:
    if isinstance(kind, ClassOf):
        return {kind.vocabulary}
    if isinstance(kind, ListOf):
        return _vocabularies(kind.item)
    if isinstance(kind, Struct):
        return {name for _, item in kind.fields for name in _vocabularies(item)}
    return set()


def _array(values: Sequence[Any], kind: Type, type_: Any, ids: Ids) -> pa.Array:
    """`values` as an Arrow array of `type_`, with the names of labels replaced by their ids.

    Each level of a nested type is one flat array: Arrow takes many times as long to look at every
    value by itself.
    """
    import pyarrow as pa

    if isinstance(kind, ClassOf):
        return pa.array(list(map(ids[kind.vocabulary].__getitem__, values)), type_)
    if not isinstance(kind, ListOf | Struct):
        return pa.array(values, type_)
    missing = pa.array([value is None for value in values]) if None in values else None
    if isinstance(kind, ListOf):
        lists = values if missing is None else [value or () for value in values]
        ends = pa.array(list(accumulate(map(len, lists), initial=0)), pa.int32())
        items = _array(list(chain.from_iterable(lists)), kind.item, type_.value_type, ids)
        return pa.ListArray.from_arrays(ends, items, type=type_, mask=missing)
    fields = [
        _array(
            [None if value is None else value[name] for value in values],
            *(item, type_.field(name).type, ids),
        )
        for name, item in kind.fields
    ]
    return pa.StructArray.from_arrays(fields, fields=list(type_), mask=missing)
