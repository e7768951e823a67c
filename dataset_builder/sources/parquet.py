"""Pages from Parquet files, row by row."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources.decoding import MAX_BYTES, too_large
from dataset_builder.sources.fields import no_fields, page_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from dataset_builder.sources.fields import FieldMap

_ROWS: Final = 256
_RATIO: Final = 1000
_FREE: Final = 4 * MAX_BYTES
_BUFFER: Final = 1 << 20
_FOOTER: Final = 100_000_000
"""Bytes, and a hundredth of it as items, that a file's footer may take."""


def read_parquet(source: str, file: BinaryIO, wanted: FieldMap) -> Iterator[RawPage | Rejected]:
    """Pages of the rows, each named `source#row` from 1; `a.b` is the field `b` of the struct `a`.

    A row group that cannot be read costs its rows from there on, and one `Rejected`; a file
    without a whole footer costs all. Only the mapped columns are read, 256 rows at a time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    unreadable = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError)
    try:
        leaves = _leaves(pq.read_schema(file))
        file.seek(0)
        columns = sorted({name for _, name in wanted.candidates() if name in leaves})
        table = pq.ParquetFile(
            file,
            # Values of a dictionary page stay there once: repeated in every row they could take
            # any amount of memory.
            read_dictionary=[name for name in columns if _is_string(leaves[name])],
            pre_buffer=False,
            buffer_size=_BUFFER,
            page_checksum_verification=True,
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=_FOOTER // 100,
        )
    except unreadable as error:
        yield Rejected(source, "unreadable", f"not a readable Parquet file: {_words(error)}")
        return
    if not any(name in columns for name in (*wanted.html, *wanted.text)):
        yield no_fields(source, leaves, wanted)
        return
    limit = _FREE + _RATIO * os.fstat(file.fileno()).st_size
    row = 1
    for number in range(table.num_row_groups):
        at = row
        try:
            # Not its columns' own sizes: pyarrow 26 ends the process on some broken ones.
            group = table.metadata.row_group(number)
            row += max(0, group.num_rows)
            if group.total_byte_size > limit:
                message = f"row group {number} expands more than {_RATIO} times: a bomb"
                yield Rejected(f"{source}#{at}", "too-large", message)
                continue
            batches = table.iter_batches(
                _ROWS, row_groups=[number], columns=columns, use_threads=False
            )
            for batch in batches:
                for item in _pages(source, batch, columns, wanted, at):
                    yield item
                    at += 1
        except unreadable as error:
            message = f"row group {number} cannot be read from here on: {_words(error)}"
            yield Rejected(f"{source}#{at}", "unreadable", message)


def _leaves(schema: pa.Schema) -> dict[str, pa.DataType]:
    """Names and types of the columns; of a struct its fields', as `struct.field`."""
    import pyarrow as pa

    found: dict[str, pa.DataType] = {}
    pending = [(field.name, field.type) for field in reversed(schema)]
    while pending:
        name, kind = pending.pop()
        if pa.types.is_struct(kind):
            pending += [(f"{name}.{field.name}", field.type) for field in reversed(kind)]
        else:
            found[name] = kind
    return found


def _is_string(kind: pa.DataType) -> bool:
    """Whether values are text or bytes, directly or through a dictionary."""
    import pyarrow as pa

    is_kind = pa.types
    if is_kind.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        is_kind.is_string(kind)
        or is_kind.is_large_string(kind)
        or is_kind.is_string_view(kind)
        or is_kind.is_binary(kind)
        or is_kind.is_large_binary(kind)
        or is_kind.is_binary_view(kind)
    )


def _pages(
    source: str, batch: pa.RecordBatch, columns: list[str], wanted: FieldMap, row: int
) -> Iterator[RawPage | Rejected]:
    values = {name: _values(batch, name) for name in columns}
    for at in range(batch.num_rows):
        where = f"{source}#{row + at}"
        try:
            record = {name: value(at) for name, value in values.items()}
        except _TooLarge:
            yield too_large(where)
        else:
            yield page_from(where, record, wanted)


class _TooLarge(Exception):  # noqa: N818 - caught a few lines above
    """A cell above `MAX_BYTES`."""


def _values(batch: pa.RecordBatch, name: str) -> Callable[[int], object]:
    """Gives the value of a row of the column; strings that are no UTF-8 as bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = batch.column(name) if name in batch.schema.names else None
    if column is None:
        first, *path = name.split(".")
        column = pc.struct_field(batch.column(first), path)
    places = None
    if pa.types.is_dictionary(column.type):
        places, column = column.indices.to_pylist(), column.dictionary
    is_string = _is_string(column.type)

    def value(at: int) -> object:
        place = at if places is None else places[at]
        if place is None:
            return None
        if not 0 <= place < len(column):  # Arrow does not look
            raise ValueError("an index beyond its dictionary")
        cell = column[place]
        if not cell.is_valid:
            return None
        if not is_string:
            try:
                found: object = cell.as_py()
            except (ValueError, OverflowError, KeyError, OSError, pa.ArrowException):
                return None  # dates beyond what Python can hold, unknown time zones
            return found
        buffer = cell.as_buffer()
        if buffer.size > MAX_BYTES:
            raise _TooLarge
        data: bytes = buffer.to_pybytes()
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data

    return value


def _words(error: BaseException) -> str:
    """What a library says, in one short line."""
    return " ".join(str(error).split())[:120] or type(error).__name__
