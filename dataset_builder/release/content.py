"""`content_sha256`: a digest of the rows themselves, so another Parquet writer is no other data.

The rows stand in the order of the columns of their key, as they are stored: ascending, nulls last,
texts by code points, labels by their ids; rows of one key as they come. Every column is a *node*; so
are the items of a list, below its own, and each field of a struct. The path of a node is the name of
the column, then `[]` for the items of a list, `.name` for a field: `arguments[].role`. A column has
a *slot* in every row; what is below a node has slots only where that is present, one for each item
of a list, one for a struct. Of its slots, in their order, a node has streams of bytes, in which
numbers are little-endian:

    stream  of each             its bytes
    there   slot                1 when it is present, 0 when it is null: one byte
    length  present list        how many items it has: 4 bytes
            present text        how many bytes it has in UTF-8: 4 bytes
    value   present text        the text in UTF-8
            present boolean     1 or 0: one byte
            present integer     8 bytes, two's complement
            present float       8 bytes, IEEE 754 binary64 as it is
            present timestamp   8 bytes, an integer: microseconds since 1970-01-01T00:00Z
            present date        8 bytes, an integer: days since 1970-01-01

A label is a text, its name; an id that no label has is one too, its decimal number. Columns of the
type null and structs have `there` alone. Each stream has a SHA-256 of its own, so that rows can be
added piece by piece. The digest is the SHA-256 of the lines `path stream sha256`, one for each
stream, sorted, below the line `dataset-builder content 1`; each ends with a line feed.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from dataset_builder.tables import ClassOf, ListOf, Struct

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

CONTENT_VERSION = 1
"""Of this definition, as manifests have it: `content_version`."""
DEFINITION = f"dataset-builder content {CONTENT_VERSION}"
"""First line of what the digest is of: another definition gets another one."""

BATCH = 131_072
"""Rows whose bytes are held at once."""


def content_sha256(table: pa.Table, declaration: Table, ontology: Ontology) -> str:
    """The digest of a table as 64 hex digits; columns and rows may be in any order and layout.

    `declaration` has the key, and knows which integers are ids of labels. Raises
    ColumnNotFoundError of polars when `table` lacks a column of the key, TypeError when it has a
    type or name that no contract has.
    """
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - for the type checker
    digest = ContentDigest(declaration, ontology)
    digest.add(frame)
    return digest.hexdigest()


class ContentDigest:
    """The digest of rows that are added piece by piece, in the order of their keys."""

    def __init__(self, declaration: Table, ontology: Ontology) -> None:
        self._types = {column.name: column.type for column in declaration.columns}
        self._key = declaration.key
        self._ontology = ontology
        self._streams: dict[str, hashlib._Hash] = {}

    def add(self, rows: pl.DataFrame, *, in_order: bool = False) -> None:
        """Add rows whose keys are above those added before, in any order unless `in_order`."""
        import polars as pl

        if not in_order and alike(rows.select(self._key)) is None:
            order = pl.arg_sort_by(self._key, nulls_last=True, maintain_order=True)
            rows = rows[rows.select(order).to_series()]
        for first in range(0, rows.height, BATCH) or (0,):
            for column in rows.slice(first, BATCH):
                self._node(_part(column.name), column, self._types.get(column.name))

    def hexdigest(self) -> str:
        """64 hex digits."""
        lines = sorted(f"{name} {stream.hexdigest()}" for name, stream in self._streams.items())
        text = "".join(f"{line}\n" for line in (DEFINITION, *lines))
        return hashlib.sha256(text.encode()).hexdigest()

    def _node(self, path: str, slots: pl.Series, kind: Type | None) -> None:
        """Add the slots of a node, and what is below it."""
        import polars as pl

        values = slots
        if slots.null_count():
            self._add(path, "there", _bytes(slots.is_not_null().cast(pl.UInt8)))
            values = slots.drop_nulls()
        else:
            self._add(path, "there", b"\x01" * slots.len())
        values = self._names(values, kind)
        dtype = values.dtype
        if isinstance(dtype, pl.Struct):
            kinds = dict(kind.fields) if isinstance(kind, Struct) else {}
            for field in dtype.fields:
                below = values.struct.field(field.name)
                self._node(f"{path}.{_part(field.name)}", below, kinds.get(field.name))
        elif isinstance(dtype, pl.List):
            self._add(path, "length", _bytes(values.list.len()))
            items = values.explode(empty_as_null=False, keep_nulls=False)
            self._node(f"{path}[]", items, kind.item if isinstance(kind, ListOf) else None)
        elif dtype == pl.String:
            lengths, texts = _utf8(values)
            self._add(path, "length", lengths)
            self._add(path, "value", texts)
        elif dtype != pl.Null:
            self._add(path, "value", _bytes(_numbers(values)))

    def _names(self, values: pl.Series, kind: Type | None) -> pl.Series:
        """Values with the names of labels in place of their ids, and all strings as one type."""
        import polars as pl

        if values.dtype in (pl.Categorical, pl.Enum):
            return values.cast(pl.String)
        if not isinstance(kind, ClassOf) or not values.dtype.is_integer():
            return values
        names = pl.Series(self._ontology.names(kind.vocabulary), dtype=pl.String)
        known = values.is_between(0, names.len() - 1)
        if known.all():
            return names.gather(values)
        return names.gather(values.set(~known, 0)).zip_with(known, values.cast(pl.String))

    def _add(self, path: str, stream: str, content: bytes | memoryview) -> None:
        self._streams.setdefault(f"{path} {stream}", hashlib.sha256()).update(content)


def _part(name: str) -> str:
    """A name as part of a path. Raises TypeError when it could be read as anything else."""
    if not re.fullmatch(r"\w+", name):
        raise TypeError(f"no contract has a column or field of the name {name!r}")
    return name


def _numbers(values: pl.Series) -> pl.Series:
    """Values that are no texts in the type of their stream. Raises TypeError."""
    import polars as pl

    dtype = values.dtype
    if dtype == pl.Boolean:
        return values.cast(pl.UInt8)
    if dtype.is_float():
        return values.cast(pl.Float64)
    if dtype.is_integer() or dtype == pl.Date or _in_utc(dtype):
        return values.cast(pl.Int64)
    raise TypeError(f"no contract has a column or field of the type {dtype}")


def _in_utc(dtype: pl.DataType) -> bool:
    import polars as pl

    return isinstance(dtype, pl.Datetime) and dtype.time_unit == "us" and bool(dtype.time_zone)


def _bytes(numbers: pl.Series) -> memoryview:
    """Numbers, none missing, least byte first."""
    found = numbers.to_numpy()
    return found.astype(found.dtype.newbyteorder("<"), copy=False).data


def _utf8(texts: pl.Series) -> tuple[memoryview, memoryview]:
    """Lengths in bytes of all texts, and the texts one behind the other."""
    import numpy as np
    import polars as pl

    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends, content = array.buffers()
    if not len(array) or content is None:
        return np.zeros(len(array), "<u4").data, memoryview(b"")
    limits = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(limits).astype("<u4")
    return lengths.data, memoryview(content)[limits[0] : limits[-1]]


def alike(keys: pl.DataFrame) -> pl.Series | None:
    """Numbers of the rows that are the same as the row behind them; None when rows are not sorted
    by all columns, nulls last."""
    import polars as pl

    found: pl.Series | None = None
    for name in keys.columns:
        values = keys[name]
        one = values.head(-1) if found is None else values.gather(found)
        other = values.slice(1) if found is None else values.gather(found + 1)
        differs = one.ne_missing(other)
        at = differs.arg_true()
        above, below = one.gather(at), other.gather(at)
        if (above > below).fill_null(above.is_null()).any():
            return None
        same = (~differs).arg_true()
        found = same if found is None else found.gather(same)
        if found.is_empty():
            break
    return pl.Series([], dtype=pl.UInt32) if found is None else found
