"""`content_sha256`: a digest of the rows themselves, so another Parquet writer is no other data.

The rows stand in the order of their keys, each as one line of canonical JSON: names sorted, no
blanks, UTF-8. A million rows have it in seconds, because polars writes the JSON of all columns that
hold what contracts hold; floats, and whatever no contract has, pass through Python.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from dataset_builder.tables import ClassOf, ListOf, Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

BATCH = 131_072
"""Rows whose lines are held at once."""


def content_sha256(table: pa.Table, declaration: Table, ontology: Ontology) -> str:
    """SHA-256 of the rows in the order of their keys, each as one line of canonical JSON.

    Class ids count by their label's name, timestamps and dates as ISO 8601, floats by `repr`; so
    neither the writer, nor the order of rows or labels matters. An id that no label has counts as
    the number that it is. Raises ColumnNotFoundError of polars when `table` lacks a column of the
    key, TypeError when a value is none that JSON could say.
    """
    import polars as pl

    frame = pl.from_arrow(table.combine_chunks())
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
        self._digest = hashlib.sha256()

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows, in any order, whose keys are above those added before."""
        for piece in self._ordered(rows).iter_slices(BATCH):
            if piece.height:
                self._add(piece)

    def hexdigest(self) -> str:
        """64 hex digits."""
        return self._digest.hexdigest()

    def _ordered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows by key, nulls last, equal keys as they stand; labels by their name."""
        import polars as pl

        by = rows.select(self._key)
        labels = [name for name in self._key if isinstance(self._types.get(name), ClassOf)]
        by = by.with_columns(self._ranked(by[name]) for name in labels)
        first = by.to_series()
        if first.null_count() == 0 and first.is_sorted():
            by = by.with_columns(first.rle_id())  # the same order, in small numbers
        if _in_order(by):
            return rows
        if labels and list(self._key[1:2]) == labels[:1] and by.dtypes[0].is_integer():
            # Files have labels in the order of their ids; mostly nothing else is to be sorted.
            places = _by_two(by)
            if _in_order(by[places]):
                return rows[places]
        order = pl.arg_sort_by(self._key, nulls_last=True, maintain_order=True)
        return rows[by.select(order).to_series()]

    def _ranked(self, ids: pl.Series) -> pl.Series:
        """Where each label stands when they are sorted by their names."""
        import polars as pl

        different = ids.drop_nulls().unique()
        names = dict(zip(different, self._odd(different), strict=True))
        ranks = {label: rank for rank, label in enumerate(sorted(names, key=names.__getitem__))}
        return ids.replace_strict(ranks, default=None, return_dtype=pl.Int64)

    def _add(self, rows: pl.DataFrame) -> None:
        import polars as pl

        usual: list[pl.Series] = []
        members: list[pl.Series] = []
        for name in sorted(rows.columns):
            values = self._usual(rows[name])
            if values is not None:
                usual.append(values)
                continue
            text = pl.Series(self._odd(rows[name]), dtype=pl.String)
            members += [*_members(usual), f"{_encode(name)}:" + text]
            usual = []
        if not members:
            pl.DataFrame(usual).write_ndjson(cast("IO[bytes]", _Hashing(self._digest)))
            return
        members += _members(usual)
        frame = pl.DataFrame([one.alias(str(number)) for number, one in enumerate(members)])
        whole = pl.concat_str(pl.all(), separator=",")
        lines = frame.select(pl.concat_str(pl.lit("{"), whole, pl.lit("}\n"))).to_series()
        for line in lines:
            self._digest.update(line.encode())

    def _usual(self, values: pl.Series) -> pl.Series | None:
        """The column as polars writes it in JSON just so; None when it has to be made by hand."""
        made = _usual(values, self._types.get(values.name), self._ontology)
        return None if made is None else made.alias(values.name)

    def _odd(self, values: pl.Series) -> list[str]:
        """Each value as JSON, each different one made once."""
        import polars as pl

        kind = self._types.get(values.name)
        if values.dtype.is_nested() or values.dtype == pl.String:
            return [self._json(value, kind) for value in values.to_list()]
        made: dict[Any, str] = {None: "null"}
        texts = []
        for value in values.to_list():
            if value:
                if value not in made:
                    made[value] = self._json(value, kind)
                texts.append(made[value])
            else:  # 0.0 and -0.0 are equal, and not the same
                texts.append(self._json(value, kind))
        return texts

    def _json(self, value: Any, kind: Type | None) -> str:
        return _encode(_plain(value, kind, self._ontology))


class _Hashing:
    """A file that only hashes what is written into it."""

    def __init__(self, digest: hashlib._Hash) -> None:
        self._digest = digest

    def write(self, content: bytes) -> int:
        """Take bytes."""
        self._digest.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""


def _by_two(keys: pl.DataFrame) -> pl.Series:
    """The places of rows by their first two columns of numbers, equal ones as they stand."""
    import polars as pl

    one, two = keys.to_series(0).cast(pl.Int64), keys.to_series(1)
    last = two.max()
    beyond = int(last) + 1 if isinstance(last, int) else 0
    whole = one * (beyond + 1) + two.fill_null(beyond)
    return pl.Series(whole.to_numpy().argsort(kind="stable"))


def _in_order(keys: pl.DataFrame) -> bool:
    """Whether rows are sorted by all columns, nulls last."""
    alike: pl.Series | None = None  # rows that are so far as the one behind them
    for name in keys.columns:
        values = keys[name]
        one = values.head(-1) if alike is None else values.gather(alike)
        other = values.slice(1) if alike is None else values.gather(alike + 1)
        greater = one > other
        if values.null_count():
            greater = greater.fill_null(one.is_null() & other.is_not_null())
        if greater.any():
            return False
        same = one.eq_missing(other)
        alike = same.arg_true() if alike is None else alike.filter(same)
        if alike.is_empty():
            break
    return True


def _members(columns: list[pl.Series]) -> list[pl.Series]:
    """`"a":1,"b":2` of each row, of columns that polars writes as they should be."""
    import polars as pl

    if not columns:
        return []
    objects = pl.DataFrame(columns).select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return [objects.str.strip_prefix("{").str.strip_suffix("}")]


def _usual(values: pl.Series, kind: Type | None, ontology: Ontology) -> pl.Series | None:
    """`values` in types that polars writes as canonical JSON; None when there is no such."""
    import polars as pl

    dtype = values.dtype
    if isinstance(kind, ClassOf):
        names = ontology.names(kind.vocabulary)
        inside = values.is_between(0, len(names) - 1).all() if dtype.is_integer() else False
        return pl.Series(names, dtype=pl.String).gather(values) if inside else None
    if isinstance(dtype, pl.List):
        item = kind.item if isinstance(kind, ListOf) else None
        items = values.explode(empty_as_null=False, keep_nulls=False)
        inner = _usual(items, item, ontology)
        if inner is None or inner is items:
            return None if inner is None else values
        return _relisted(values, inner)
    if isinstance(dtype, pl.Struct):
        kinds = dict(kind.fields) if isinstance(kind, Struct) else {}
        fields = [
            _usual(values.struct.field(field.name), kinds.get(field.name), ontology)
            for field in sorted(dtype.fields, key=lambda field: field.name)
        ]
        if not fields or any(field is None for field in fields):
            return None
        names_of = sorted(field.name for field in dtype.fields)
        whole = pl.DataFrame(
            [
                field.alias(name)
                for name, field in zip(names_of, fields, strict=True)
                if field is not None
            ]
        ).to_struct()
        missing = values.is_null()
        return whole.set(missing, None) if missing.any() else whole
    if dtype == pl.String or dtype.is_integer() or dtype == pl.Boolean:
        return values
    if dtype == pl.Float64 and _written_out(values):
        return values
    if dtype == pl.Date:
        return values.dt.to_string("iso")
    if dtype == pl.Datetime("us", "UTC"):
        text = values.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        return text.str.replace(".000000+", "+", literal=True)
    return None


def _written_out(values: pl.Series) -> bool:
    """Whether Python and polars write all these numbers alike: without exponent, and finite."""
    size = values.abs()
    ordinary = (size == 0) | ((size >= 1e-4) & (size < 1e15))
    return bool(ordinary.all() and not size.is_nan().any())


def _relisted(values: pl.Series, inner: pl.Series) -> pl.Series:
    """Lists of the lengths of `values`, of the items `inner`."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    lengths = values.list.len().fill_null(0).cast(pl.Int64)
    # Made of buffers: of a list or a mask Arrow would import pandas, or all its functions, first.
    offsets = pl.concat([pl.Series([0]), lengths.cum_sum()]).to_arrow()
    items = inner.to_arrow(compat_level=pl.CompatLevel.oldest())
    there = np.packbits(values.is_not_null().to_numpy(), bitorder="little")
    valid = pa.py_buffer(there) if values.null_count() else None
    array = pa.Array.from_buffers(
        pa.large_list(items.type), len(values), [valid, offsets.buffers()[1]], children=[items]
    )
    return pl.Series(_Exported(array))


@dataclass(frozen=True)
class _Exported:
    """An Arrow array that polars takes as it takes those of others: for one of pyarrow itself it
    would import all functions of Arrow first, which takes as long as to digest 100,000 rows."""

    array: pa.Array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The array for the C data interface."""
        found: tuple[object, object] = self.array.__arrow_c_array__(requested_schema)
        return found


def _plain(value: Any, kind: Type | None, ontology: Ontology) -> Any:
    """A value as JSON has it."""
    if isinstance(value, list):
        item = kind.item if isinstance(kind, ListOf) else None
        return [_plain(inner, item, ontology) for inner in value]
    if isinstance(value, dict):
        kinds = dict(kind.fields) if isinstance(kind, Struct) else {}
        return {name: _plain(inner, kinds.get(name), ontology) for name, inner in value.items()}
    if isinstance(kind, ClassOf) and isinstance(value, int):
        names = ontology.names(kind.vocabulary)
        return names[value] if 0 <= value < len(names) else int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


_encode: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
).encode
