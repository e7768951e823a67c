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
    import pyarrow as pa

    schema = arrow_schema(table, ontology)
    ids = {
        item: {name: number for number, name in enumerate(ontology.names(item))}
        for column in table.columns
        for item in _vocabularies(column.type)
    }
    types = [(c.name, c.type if _vocabularies(c.type) else None) for c in table.columns]
    coded = [
        {name: row[name] if kind is None else _coded(row[name], kind, ids) for name, kind in types}
        for row in rows
    ]
    coded.sort(key=lambda row: [_nulls_last(row[name]) for name in table.key])
    return pa.Table.from_pylist(coded, schema=schema).combine_chunks()


def _nulls_last(value: Any) -> tuple[bool, Any]:
    return (True, "") if value is None else (False, value)


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
