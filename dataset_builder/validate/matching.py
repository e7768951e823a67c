"""Rows matched by numbers, which is faster than by their ids; and rows that are in order."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dataset_builder.release.content import alike
from dataset_builder.validate.release import once

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def numbered(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A number for each value, and the different values by their numbers.

    Rows are matched by numbers faster than by texts; and values that follow each other and are the
    same are looked at once.
    """
    import polars as pl

    if values.is_empty():
        return pl.Series(values.name, [], pl.UInt32), values
    begins = _begins(values)
    heads = values.filter(begins).alias("value").to_frame()
    known = heads.unique(maintain_order=True).with_row_index("number")
    found = heads.join(known, on="value", how="left", maintain_order="left", nulls_equal=True)
    of_row = found["number"].gather(begins.cast(pl.UInt32).cum_sum() - 1)
    return of_row.alias(values.name), known["value"].alias(values.name)


def changes(values: pl.Series) -> pl.Series:
    """The values without those that are the same as the one before."""
    return values.filter(_begins(values))


def _begins(values: pl.Series) -> pl.Series:
    """Whether each value is the first, or another than the one before."""
    import polars as pl

    value = pl.col(values.name)
    first = pl.int_range(pl.len()) == 0
    return values.to_frame().select(first | value.ne_missing(value.shift(1))).to_series()


def places(values: pl.Series, known: pl.Series) -> pl.Series:
    """Where each value stands in `known`, in which none is twice; null where it does not."""
    import polars as pl

    numbers, different = numbered(values)
    table = pl.DataFrame({"value": known}).with_row_index("place")
    found = pl.DataFrame({"value": different}).join(
        table, on="value", how="left", maintain_order="left"
    )
    return found["place"].gather(numbers)


def heads(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows that differ in any of `columns` from the row before: what holds for them holds for
    those behind them."""
    import polars as pl

    differs = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in columns)
    first = pl.int_range(pl.len()) == 0
    return frame.filter(first | pl.any_horizontal(differs))


def where(frame: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """What `filter` gives; quicker where no row fulfils the condition, or each does."""
    found = frame.select(condition).to_series()
    count = found.sum()
    if count == frame.height:
        return frame
    return frame.filter(found) if count else frame.clear()


def repeated(values: pl.Series) -> bool:
    """Whether one of some values is there twice."""
    return values.n_unique() < len(values)


def letters(texts: pl.Series) -> bytes:
    """All texts in UTF-8, one behind the other: looked at at once, faster than one by one."""
    import polars as pl

    content = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    return b"" if content is None else content.to_pybytes()


def holds(texts: pl.Series, sign: str) -> bool:
    """Whether one of some texts may have a sign of ASCII; those that are null may have had it."""
    import numpy as np
    import polars as pl

    content = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    return content is not None and bool((np.frombuffer(content, np.uint8) == ord(sign)).any())


@once
def order(release: Release) -> dict[tuple[str, str], pl.Series | None]:
    """Per table and split the rows that have the key of the row behind them; None where rows are not
    in the order of their keys. Tables without a column of their key are left out."""
    found: dict[tuple[str, str], pl.Series | None] = {}
    for table, frame in release.frames.items():
        key = release.tables[table].key
        if not set(key) <= set(frame.columns):
            continue
        firsts = _begins(frame["_split"]).arg_true().to_list()
        for first, end in itertools.pairwise([*firsts, frame.height]):
            place = (table, frame["_split"][first])
            if place in found:  # its rows are not all together
                found[place] = None
            else:
                found[place] = alike(frame.select(key).slice(first, end - first))
    return found
