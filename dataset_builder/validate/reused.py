"""VER: ids that stood for something else in the earlier release.

A `pair_id` is a hash of what it stands for (KEY007), and an `event_id` is the id of a mention
(KEY004): they stand for something else only where a `mention_id` does, or are wrong by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.validate.earlier import before
from dataset_builder.validate.matching import where
from dataset_builder.validate.release import ROW_ID, Unavailable
from dataset_builder.validate.rules import Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

IDENTITY: Final = {
    "articles": ("raw_sha256",),
    "stance": ("pair_id", "article_id"),
    "events": ("article_id",),
}
"""What an id stands for. A label or type that is corrected, renamed or split is a value of its row."""
MARKED: Final = {"stance": "evidence", "events": "trigger"}
"""What it stands for besides: words that somebody marked."""


def _reused(release: Release) -> Hits:
    import polars as pl

    for table, columns in IDENTITY.items():
        said = pl.concat_str(columns, separator="\n", ignore_nulls=False).hash()
        try:
            changed = _changed(release, table, columns, said)
        except Unavailable:
            continue
        for name in columns:
            wrong = changed.filter(pl.col(name) != pl.col(f"old_{name}"))
            text = f"the id stood for another {name}"
            expected, found = f"{{old_{name}}}", f"{{{name}}}"
            yield from hits(table, wrong, text, expected=expected, found=found)
    for table, column in MARKED.items():
        yield from _elsewhere(release, table, column)


def _changed(release: Release, table: str, columns: tuple[str, ...], said: pl.Expr) -> pl.DataFrame:
    """Rows whose id has other `columns` in the earlier release, with those as `old_...`; `said` is
    one number for them. Raises Unavailable."""
    import polars as pl

    earlier, key = before(release), ROW_ID[table]
    # Hashes first: most ids stand for what they stood for, and are done with.
    known, kept = (
        pl.concat(
            piece.select(key=pl.col(key).hash(), said=said)
            for piece in of.pieces(table, key, *columns)
        )
        for of in (earlier, release)
    )
    both = kept.join(known, on="key").filter(pl.col("said") != pl.col("said_right"))
    doubted = pl.col(key).hash().is_in(both["key"].unique().implode())
    old = earlier.lazy(table, key, *columns).filter(doubted).collect()
    new = release.lazy(table, key, *columns).filter(doubted).collect()
    old = old.unique(key, keep="first").select(
        key, *(pl.col(name).alias(f"old_{name}") for name in columns)
    )
    return new.join(old, on=key, how="inner", maintain_order="left")


def _elsewhere(release: Release, table: str, column: str) -> Hits:
    """Rows whose id stood for a mark with other words in another place. In a text that has changed,
    places tell nothing: there the two marks have no word in common."""
    import polars as pl

    try:
        changed = _changed(release, table, ("article_id", column), pl.col(column).hash())
        texts = _texts(release).join(_texts(before(release)), on="article_id", suffix="_old")
    except Unavailable:
        return
    flat = changed.drop_nulls([column, f"old_{column}"]).with_columns(
        pl.col(of).struct.field(name).alias(f"{prefix}{name}")
        for prefix, of in (("", column), ("old_", f"old_{column}"))
        for name in ("start", "end", "text")
    )
    both = flat.filter(pl.col("text") != pl.col("old_text")).join(
        texts, on="article_id", how="inner", maintain_order="left"
    )
    same = pl.col("text_sha256") == pl.col("text_sha256_old")
    apart = (pl.col("end") <= pl.col("old_start")) | (pl.col("start") >= pl.col("old_end"))
    mine, theirs = (
        pl.col(name).str.to_lowercase().str.extract_all(r"\w+") for name in ("text", "old_text")
    )
    unlike = mine.list.set_intersection(theirs).list.len() == 0
    wrong = where(both, pl.when(same).then(apart).otherwise(unlike))
    yield from hits(
        table, wrong, f"the id stood for another {column}",
        expected="'{old_text}' at {old_start}:{old_end}", found="'{text}' at {start}:{end}",
    )  # fmt: skip


def _texts(release: Release) -> pl.DataFrame:
    """article_id and text_sha256 of the articles. Raises Unavailable."""
    articles = release.rows("articles", "article_id", "text_sha256").drop_nulls()
    return articles.unique("article_id", keep="first").select("article_id", "text_sha256")


REUSED_RULES: tuple[Rule, ...] = of_release(
    Rule(
        "VER005",
        "id used for something else",
        _reused,
        "Ids are for ever: analyses and corrections refer to them. A mention that is corrected keeps"
        " its id, whatever its type and wherever the text moved it; another trigger has another one.",
        "Give the new content its own id.",
        "the mention_id of 'met' in 1.0.0, of 'denounced' two sentences on in 1.1.0",
        after=("KEY006", "KEY007", "SPN001", "SPN002", "SPN003", "VER004", "VER006"),
    ),
)
