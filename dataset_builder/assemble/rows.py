"""What the rows of several tables share: spans, contexts, votes, class ids, Arrow tables."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Protocol

from dataset_builder.tables import ClassOf, ListOf, Struct, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.assemble.votes import Extent
    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

Row = dict[str, Any]
PIECE = 20_000
"""Rows that are held as Python values."""
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
    canonical = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]


def pair_id(article_id: str, holder_id: str, target_id: str) -> str:
    """Id of a holder and a target in an article."""
    return digest((article_id, holder_id, target_id))


def sentence_of(article: Article, offset: int) -> int:
    """Index of the sentence that holds `offset`, or of the last one before it."""
    index = bisect_right(article.sentences, offset, key=lambda s: s.start) - 1
    return max(index, 0)


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
    last = bisect_left(article.sentences, extent.end, key=lambda s: s.start) - 1
    return first, max(first, last)


def to_table(rows: list[Row], table: Table, ontology: Ontology) -> pa.Table:
    """`rows`, with labels by name, as the declared Arrow table, sorted by the key; nulls last."""
    gathered = Gathered(table, ontology)
    gathered.add(rows)
    return gathered.table()


class Gathered:
    """Rows of one table that are taken piece by piece; as Arrow they need a tenth of the memory."""

    def __init__(self, table: Table, ontology: Ontology) -> None:
        self._declaration = table
        self._schema = arrow_schema(table, ontology)
        self._ids = {
            item: {name: number for number, name in enumerate(ontology.names(item))}
            for column in table.columns
            for item in _vocabularies(column.type)
        }
        self._rows: list[Row] = []
        self._pieces: list[pa.Table] = []

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows, with labels by name."""
        self._rows += rows
        if len(self._rows) >= PIECE:
            self._put_away()

    def table(self) -> pa.Table:
        """All rows in one chunk, sorted by the key; nulls last."""
        import pyarrow as pa

        self._put_away()
        whole = pa.concat_tables(self._pieces)
        return whole.sort_by(
            [(name, "ascending") for name in self._declaration.key]
        ).combine_chunks()

    def _put_away(self) -> None:
        import pyarrow as pa

        arrays = []
        for column, field in zip(self._declaration.columns, self._schema, strict=True):
            values = [row[column.name] for row in self._rows]
            if isinstance(column.type, ClassOf):
                ids = self._ids[column.type.vocabulary]
                values = [None if value is None else ids[value] for value in values]
            elif _vocabularies(column.type):
                values = [_coded(value, column.type, self._ids) for value in values]
            arrays.append(pa.array(values, field.type))
        self._pieces.append(pa.table(arrays, schema=self._schema))
        self._rows = []


def _vocabularies(kind: Type) -> set[str]:
    if isinstance(kind, ClassOf):
        return {kind.vocabulary}
    if isinstance(kind, ListOf):
        return _vocabularies(kind.item)
    if isinstance(kind, Struct):
        return {name for _, item in kind.fields for name in _vocabularies(item)}
    return set()


def _coded(value: Any, kind: Type, ids: dict[str, dict[str, int]]) -> Any:
    """`value` with the names of labels replaced by their ids."""
    if value is None:
        return None
    if isinstance(kind, ClassOf):
        return ids[kind.vocabulary][value]
    if isinstance(kind, ListOf):
        return [_coded(item, kind.item, ids) for item in value]
    if isinstance(kind, Struct):
        return {name: _coded(value[name], item, ids) for name, item in kind.fields}
    return value
