"""KEY: rows that are not in the order of their keys, in which every release is written."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from dataset_builder.release.content import alike
from dataset_builder.tables import polars_type
from dataset_builder.validate.matching import order
from dataset_builder.validate.release import ROW_ID
from dataset_builder.validate.rules import Hit, Hits, Rule, listed, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.tables import Table
    from dataset_builder.validate.reading import Part
    from dataset_builder.validate.release import Release

PIECE: Final = 200_000
"""Rows whose keys are looked at at once, where not all are held."""


def _disordered(release: Release) -> Hits:
    """One finding a file: behind one row that moved there may be many."""
    known = order(release) if release.in_memory else {}
    last: dict[tuple[str, str], pl.DataFrame] = {}
    for part in release.parts:
        place = (part.table, part.split)
        table = release.tables.get(part.table)
        if table is None or not release.fitting[part.file].issuperset(table.key):
            continue
        if known.get(place) is not None:
            continue
        row, end = _first_below(part, table, last.get(place))
        if end is not None:
            last[place] = end
        if row is not None:
            yield _hit(part, table, row)


def _first_below(
    part: Part, table: Table, before: pl.DataFrame | None
) -> tuple[int | None, pl.DataFrame | None]:
    """Number in its file of the first row whose key is below that of the row before it; `before` is
    the key of the last row of the file before. Beside it, the key of this file's last row."""
    import polars as pl

    types = {column.name: polars_type(column.type) for column in table.columns}
    found = None
    for first in range(0, part.rows, PIECE):
        piece = part.lazy().slice(first, PIECE)
        keys = piece.select(pl.col(name).cast(types[name]) for name in table.key).collect()
        whole = keys if before is None else pl.concat([before, keys])
        if found is None and alike(whole) is None:
            many = bisect_left(range(whole.height), True, key=lambda n: _fall(whole, n))
            found = first + many - 1 - (whole.height - keys.height)
        before = keys.tail(1)
    return found, before


def _fall(keys: pl.DataFrame, count: int) -> bool:
    """Whether one of the first rows has a key below that of the row before it."""
    return alike(keys.head(count)) is None


def _hit(part: Part, table: Table, row: int) -> Hit:
    import polars as pl

    ids = [name for name in ("article_id", ROW_ID[table.name]) if name in part.schema]
    found = part.lazy().slice(row, 1).select(pl.col(ids).cast(pl.String)).collect()
    said = {name: value for name, value in found.row(0, named=True).items() if value is not None}
    return Hit(
        f"{part.file}: rows are not in the order of {listed(table.key)}; this one is the first that"
        " belongs further up",
        part.table,
        part.split,
        part.first_row + row,
        said,
    )


ORDER_RULES: tuple[Rule, ...] = of_release(
    Rule(
        "KEY025",
        "rows out of order",
        _disordered,
        "Every release has its rows in the order of their key, so that the same rows are the same"
        " bytes, and whoever streams it or takes the first thousand gets the same ones each time. Rows"
        " in another order were written by something else than `build`.",
        "Build the release again; never sort, shuffle or join its files by hand.",
        "the rows of stance/train, shuffled",
        after=("KEY001", "SCH004", "REL025", "REL026"),
    ),
)
