"""Groups of nearly equal texts, found without holding the texts of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    import pyarrow as pa


def near_groups(pieces: Callable[[], Iterator[pl.DataFrame]], across: str) -> pl.DataFrame:
    """Rows in groups of near-duplicates that have several values of the column `across`, in their
    order, with `n`, their number, and `group`.

    `pieces` gives the rows, with a column `text` that is never null, and is read several times.
    """
    import polars as pl

    from dataset_builder.grouping import near_duplicate_table

    def numbered() -> Iterator[pl.DataFrame]:
        done = 0
        for piece in pieces():
            yield piece.with_row_index("n", done)
            done += piece.height

    def batches() -> Iterator[pa.RecordBatch]:
        for piece in numbered():  # ids may be missing or doubled: the number stands for the article
            names = piece.select(article_id=pl.format("{}", pl.col("n")), text="text")
            yield from names.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    members = pl.concat(piece.select("n", across) for piece in numbered())
    groups = pl.from_arrow(near_duplicate_table(batches).select(["article_id", "duplicate_group"]))
    assert isinstance(groups, pl.DataFrame)  # noqa: S101 - for the type checker
    found = groups.select(n=pl.col("article_id").cast(pl.UInt32), group="duplicate_group")
    crossing = (
        members.join(found, on="n")
        .filter(pl.col(across).n_unique().over("group") > 1)
        .select("n", "group")
    )
    return pl.concat(
        piece.join(crossing, on="n", how="inner", maintain_order="left") for piece in numbered()
    )
