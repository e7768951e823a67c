"""Reads the Parquet files of a release one by one; what cannot be read is an error beside the file.

A file is looked at before it is decoded: what its footer says of rows must be possible for its size.
One that is not named after its own content was damaged, or written by somebody else, and is decoded
with Arrow first, which never fails worse than with an exception.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from dataset_builder.release.manifest import file_sha256
from dataset_builder.validate.documents import LARGEST, no_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl
    import pyarrow.parquet as pq

ROWS_A_BYTE = 4
"""Rows that a byte of a file may hold; even one column of one value has fewer in a real file."""
GROUP_ROWS = 4_000_000
"""Rows that a row group may have: what is decoded at once."""
SHARD = re.compile(r"(?P<split>.+?)-\d{5}-of-\d{5}(?:-(?P<digest>[0-9a-f]{12}))?\.parquet")


@dataclass(frozen=True)
class Part:
    """One Parquet file of a config, or those of its rows that a chunk of the release has."""

    table: str
    split: str
    file: str
    """Path in the release, with `/`."""
    path: Path
    error: str | None
    """Why the file cannot be read; None when it can."""
    features: dict[str, Any] | None
    """`datasets` features that the file carries in its schema metadata."""
    schema: dict[str, pl.DataType]
    """Columns as the file has them; empty when it cannot be read."""
    rows: int
    """Rows of the file, also where only some of them are held."""
    first_row: int
    """Rows of the same table and split in the files before this one."""
    held: pl.DataFrame | None = None
    """Rows in memory, with their numbers in the column `row_number`; None: read when asked for."""
    sha256: str | None = None
    """SHA-256 of the file, once it was read."""
    whole: pl.DataFrame | None = None
    """The rows of all files of the table, of which `held` are a part; None: they differ, or are not
    all held."""

    @property
    def frame(self) -> pl.DataFrame | None:
        """The rows as the file has them; None when it cannot be read."""
        if self.error is not None:
            return None
        rows = self._rows
        return rows[[name for name in rows.columns if name != self.row_number]]

    @property
    def numbers(self) -> pl.Series:
        """Number in table and split of each row of `frame`."""
        return self._rows[self.row_number]

    @cached_property
    def row_number(self) -> str:
        """Name of the column of row numbers: one that the file does not have."""
        name = "_row"
        while name in self.schema:
            name += "_"
        return name

    @property
    def _rows(self) -> pl.DataFrame:
        return self.lazy().collect() if self.held is None else self.held

    def lazy(self) -> pl.LazyFrame:
        """The rows, from memory or from the file, with their numbers as the last column."""
        import polars as pl

        if self.held is not None:
            return self.held.lazy()
        # What statistics a file states of itself must not decide which of its rows are judged.
        scan = pl.scan_parquet(
            self.path, use_statistics=False, glob=False, hive_partitioning=False,
            row_index_name=self.row_number,
        )  # fmt: skip
        number = pl.col(self.row_number).cast(pl.Int64) + self.first_row
        return scan.select(pl.all().exclude(self.row_number), number)


def read_parts(folder: Path, files: Sequence[str], *, held: int) -> tuple[Part, ...]:
    """The Parquet files among `files` that lie in the folder of a config, readable or not.

    Their rows are in memory when they are no more than `held` in all.
    """
    parts = [_look(folder, file) for file in files if re.fullmatch(r"[^/]+/[^/]+\.parquet", file)]
    keep = sum(part.rows for part in parts) <= held
    found: list[Part] = []
    for _, of_table in groupby(parts, key=attrgetter("table")):  # each as a whole, to save memory
        found += _in_one_piece(list(_numbered(_decoded(part, keep=keep) for part in of_table)))
    return tuple(found)


def _in_one_piece(parts: list[Part]) -> list[Part]:
    """Put the rows of the files of a table one behind the other, if all have the same columns."""
    import polars as pl

    frames = [part.held for part in parts if part.error is None]
    held = [frame for frame in frames if frame is not None]
    if not held or len(held) < len(frames) or any(f.schema != held[0].schema for f in held):
        return parts
    whole = pl.concat(held).rechunk()
    found, first = [], 0
    for part in parts:
        if part.error is None:
            rows = whole.slice(first, part.rows)
            part = replace(part, held=rows, whole=whole)  # noqa: PLW2901
            first += rows.height
        found.append(part)
    return found


def _numbered(parts: Iterator[Part]) -> Iterator[Part]:
    """The parts with `first_row` set, which is known when those before them are read."""
    done: dict[tuple[str, str], int] = {}
    for part in parts:
        first = done.get((part.table, part.split), 0)
        done[part.table, part.split] = first + part.rows
        held = part.held
        if held is not None and first:
            held = held.with_columns(held[part.row_number] + first)
        yield replace(part, first_row=first, held=held)


def _look(folder: Path, file: str) -> Part:
    """A file by its name and its footer."""
    import pyarrow.parquet as pq

    table, _, name = file.partition("/")
    match = SHARD.fullmatch(name)
    split = match["split"] if match else name.removesuffix(".parquet")
    path = folder / file
    rows, features = 0, None
    error = no_file(path, folder)
    if error is None:
        try:
            with pq.ParquetFile(path) as opened:
                error = impossible_footer(opened.metadata, path.stat().st_size)
                error = error or _doubled(opened.schema_arrow.names)
                rows = 0 if error else opened.metadata.num_rows
                features = _features(opened.schema_arrow.metadata)
        except Exception as problem:  # noqa: BLE001 - every damage has its own; all mean "damaged"
            error, rows = _told(problem), 0
    return Part(table, split, file, path, error, features, {}, rows, 0)


def impossible_footer(footer: pq.FileMetaData, size: int) -> str | None:
    """Why what a footer says cannot be; None when it can."""
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    if min((group.num_rows for group in groups), default=0) < 0 or footer.num_rows != sum(
        group.num_rows for group in groups
    ):
        return "the rows of its row groups are not those of the file"
    if footer.num_rows > size * ROWS_A_BYTE:
        return f"it says that it has {footer.num_rows} rows, in {size} bytes"
    told = sum(
        group.column(number).total_compressed_size
        for group in groups
        for number in range(group.num_columns)
    )
    if size > 2 * max(told, 0) + LARGEST:
        return f"it says what {told} of its {size} bytes are"
    largest = max((group.num_rows for group in groups), default=0)
    if largest > GROUP_ROWS:
        return f"a row group of {largest} rows; no more than {GROUP_ROWS} are read at once"
    return None


def _doubled(names: Sequence[str]) -> str | None:
    """What is wrong with columns of which two have one name; None when all have their own."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    return f"the column {', '.join(twice)} is there twice" if twice else None


def _features(metadata: dict[bytes, bytes] | None) -> dict[str, Any] | None:
    try:
        found = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decoded(part: Part, *, keep: bool) -> Part:
    """The part with its columns, and its rows if `keep`; every value was decoded once."""
    import polars as pl

    if part.error is not None:
        return part
    try:
        if keep:
            content = part.path.read_bytes()
            part = replace(part, sha256=hashlib.sha256(content).hexdigest())
            _check(part, io.BytesIO(content))
            frame = pl.read_parquet(content, use_statistics=False)
            if frame.height != part.rows:
                raise ValueError(f"{frame.height} rows where the footer says {part.rows}")
            schema = dict(frame.schema)
            part = replace(part, schema=schema)
            numbers = pl.int_range(frame.height, dtype=pl.Int64, eager=True)
            return replace(part, held=frame.with_columns(numbers.alias(part.row_number)))
        part = replace(part, sha256=file_sha256(part.path))
        _check(part, part.path)
        part = replace(part, schema=dict(pl.read_parquet_schema(part.path)))
        for first in range(0, part.rows, GROUP_ROWS // 8):
            part.lazy().slice(first, GROUP_ROWS // 8).collect()
    except (Exception, pl.exceptions.PanicException) as problem:  # noqa: BLE001 - as above
        return replace(part, error=_told(problem), rows=0, schema={}, features=None, held=None)
    return part


def _check(part: Part, source: Path | io.BytesIO) -> None:
    """Decode a file that is not named after its own content, a row group at a time. Raises."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    match = SHARD.fullmatch(part.file.rpartition("/")[2])
    if match and part.sha256 and match["digest"] == part.sha256[:12]:
        return
    with pq.ParquetFile(source) as opened:
        for batch in opened.iter_batches(batch_size=16384):
            pa.Table.from_batches([batch]).validate(full=True)


def _told(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:500] or type(problem).__name__
