"""The stage that does the work: a table of raw pages in, a table of what became of them out.

A pure function of its arguments, so it runs in a loop, in another process or on another machine
without change.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dataset_builder.articles import RawPage, Rejected, Stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article, Span
    from dataset_builder.corpus.templates import Templates

_PAGE = ("article_id", "source", "raw_sha256", "text", "form")
_STATED = ("url", "title", "outlet", "byline", "published")
_TEXTS = (
    "article_id", "title", "text", "outlet", "agency", "byline", "dateline", "published_basis",
    "language", "url", "source", "raw_sha256", "text_sha256",
)  # fmt: skip
"""Columns of an article that are strings."""


@cache
def raw_schema() -> pa.Schema:
    """Raw pages: the fields of `RawPage` and `Stated`; a broken record has `reason`, `message`."""
    import pyarrow as pa

    names = (*_PAGE, *_STATED, "reason", "message")
    return pa.schema([(name, pa.large_string()) for name in names])


@cache
def cleaned_schema() -> pa.Schema:
    """Articles without groups, labels by name; rejected pages: `source`, `reason`, `message`."""
    import pyarrow as pa

    span = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))
    return pa.schema(
        [
            *((name, pa.large_string()) for name in _TEXTS),
            ("published_at", pa.timestamp("us", "UTC")),
            ("paragraphs", span),
            ("sentences", span),
            ("reason", pa.large_string()),
            ("message", pa.large_string()),
        ]
    )


def raw_table(items: Iterable[RawPage | Rejected]) -> pa.Table:
    """One row an item, in order. Half of a surrogate pair, which no file can hold, becomes `?`."""
    import pyarrow as pa

    columns: list[list[str | None]] = [[] for _ in raw_schema()]
    for item in items:
        row: tuple[str | None, ...]
        if isinstance(item, RawPage):
            said = item.stated
            row = (
                item.article_id, item.source, item.raw_sha256, item.text, item.form,
                said.url, said.title, said.outlet, said.byline, said.published, None, None,
            )  # fmt: skip
        else:
            row = (None, item.source, *[None] * 8, item.reason, item.message)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return pa.table([_strings(column) for column in columns], schema=raw_schema())


def clean_table(raw: pa.Table, *, templates: Templates | None = None) -> pa.Table:
    """Clean the pages of `raw` (`raw_schema`); one row each of `cleaned_schema`, in order.

    Rows with a `reason` are rejected: broken records, and pages without an article. What comes out
    for a page does not depend on the other pages.
    """
    from dataset_builder.clean import clean_batch

    items = [_item(row) for row in raw.to_pylist()]
    pages = [item for item in items if isinstance(item, RawPage)]
    cleaned = iter(clean_batch(pages, templates))
    results: list[Article | Rejected] = []
    for item in items:
        if isinstance(item, Rejected):
            results.append(item)
            continue
        done = next(cleaned)
        result = done.article or done.rejected
        if result is None:
            raise AssertionError("a cleaned page is an article or rejected")
        results.append(result)
    return _cleaned_table(results)


def _item(row: dict[str, Any]) -> RawPage | Rejected:
    if row["reason"] is not None:
        return Rejected(row["source"], row["reason"], row["message"])
    stated = Stated(**{name: row[name] for name in _STATED})
    return RawPage(**{name: row[name] for name in _PAGE}, stated=stated)


def _cleaned_table(results: Sequence[Article | Rejected]) -> pa.Table:
    import pyarrow as pa

    def column(name: str) -> list[Any]:
        return [getattr(result, name, None) for result in results]

    schema = cleaned_schema()
    arrays = {
        "published_at": pa.array(column("published_at"), schema.field("published_at").type),
        "paragraphs": _spans(column("paragraphs")),
        "sentences": _spans(column("sentences")),
    }
    return pa.table(
        [arrays[name] if name in arrays else _strings(column(name)) for name in schema.names],
        schema=schema,
    )


def _spans(lists: Sequence[Sequence[Span] | None]) -> pa.Array:
    """Lists of {start, end}; a missing list is empty."""
    import pyarrow as pa

    spans = [span for spans in lists for span in spans or ()]
    starts = pa.array([span.start for span in spans], pa.int32())
    ends = pa.array([span.end for span in spans], pa.int32())
    offsets = [0, *accumulate(len(spans or ()) for spans in lists)]
    values = pa.StructArray.from_arrays([starts, ends], names=["start", "end"])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _strings(values: Sequence[str | None]) -> pa.Array:
    """A column of `values`; what UTF-8 cannot hold becomes `?`."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:
        held = [value and value.encode("utf-8", "replace").decode("utf-8") for value in values]
        return pa.array(held, pa.large_string())
