"""Rows matched by numbers, which is faster than by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    runs = values.rle_id()
    heads = changes(values, runs).alias("value").to_frame()
    known = heads.unique(maintain_order=True).with_row_index("number")
    found = heads.join(known, on="value", how="left", maintain_order="left", nulls_equal=True)
    return found["number"].gather(runs).alias(values.name), known["value"].alias(values.name)


def changes(values: pl.Series, runs: pl.Series | None = None) -> pl.Series:
    """The values without those that are the same as the one before; `runs` is their `rle_id`."""
    runs = values.rle_id() if runs is None else runs
    return values.filter(runs.ne_missing(runs.shift(1)))


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
    """Whether one of some numbers, none of them null, is there twice."""
    import numpy as np

    ordered = np.sort(values.to_numpy())
    return bool((ordered[1:] == ordered[:-1]).any())


def letters(texts: pl.Series) -> bytes:
    """All texts in UTF-8, one behind the other: looked at at once, faster than one by one."""
    import polars as pl

    content = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    return b"" if content is None else content.to_pybytes()


@once
def _of_annotations(release: Release) -> pl.Series:
    import polars as pl

    frame = release.rows("annotations", "annotation_id", "article_id")
    both = [numbered(frame[name])[0].cast(pl.UInt64) for name in ("article_id", "annotation_id")]
    return (both[0] * (1 << 32) + both[1]).alias("annotation")


def annotation_rows(release: Release, *columns: str, complete: bool = False) -> pl.DataFrame:
    """`release.rows("annotations", ...)` with a number for the annotation, `annotation`: the same
    where article_id and annotation_id are the same. Raises Unavailable."""
    frame = release.rows("annotations", *columns, complete=complete)
    return frame.with_columns(_of_annotations(release))


def on_released_text(articles: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Whether the article_id and text_sha256 of each row are those of an article."""
    import polars as pl

    keys = ["article_id", "text_sha256"]
    if articles["article_id"].is_duplicated().any():
        rows = frame.select(keys).with_row_index("at")
        known = rows.join(articles.select(keys).unique(), on=keys, how="semi")
        return rows.select(pl.col("at").is_in(known["at"].implode())).to_series()
    released = articles["text_sha256"].gather(places(frame["article_id"], articles["article_id"]))
    return (released == frame["text_sha256"]).fill_null(value=False)
