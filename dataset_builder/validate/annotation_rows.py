"""The rows of the table annotations, most of all rows of a release, with what is made of them once.

The rows of an annotation follow each other, and each repeats what holds for all of them: annotator,
article, text and state. So they are looked at in runs: what a rule asks of these columns it asks of
the first row of each run (`firsts`), and what it works out for these rows holds for those behind
them. Ids of regions are matched by keys, which are numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.validate.matching import numbered, order, places
from dataset_builder.validate.release import once

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

TABLE: Final = "annotations"
SHARED: Final = (
    "annotation_id", "article_id", "annotator", "annotator_kind", "state", "text_sha256",
)  # fmt: skip
"""Columns that are the same in all rows of a run."""
KEYS: Final = {"region_key": "region_id", "from_key": "from_id", "to_key": "to_id"}
"""Numbers that are the same where annotation and id of a region are; null where the id is."""


def shared(release: Release) -> tuple[str, ...]:
    """Those of SHARED that are there."""
    there = release.columns(TABLE)
    return tuple(name for name in SHARED if name in there)


@once
def _begins(release: Release) -> pl.Series:
    """Whether each row differs from the one before in its split or any of SHARED."""
    import polars as pl

    there = shared(release)
    differs = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in ("_split", *there))
    first = pl.int_range(pl.len()) == 0
    frame = release.rows(TABLE, *there)
    return frame.select(first | pl.any_horizontal(differs)).to_series()


@once
def _run(release: Release) -> pl.Series:
    """The number of each row's run."""
    import polars as pl

    return _begins(release).cast(pl.UInt32).cum_sum() - 1


def firsts(release: Release, *columns: str, complete: bool = False) -> pl.DataFrame:
    """The first row of each run: what `release.rows` gives of them. Raises Unavailable."""
    return release.rows(TABLE, *columns, complete=complete).filter(_begins(release))


def annotation_rows(release: Release, *columns: str, complete: bool = False) -> pl.DataFrame:
    """`release.rows("annotations", ...)`, and the number of each row's annotation, `annotation`: the
    same where article_id and annotation_id are the same. Any of KEYS and `released`, whether a row
    is of the released text of its article, may be among the `columns`. Raises Unavailable."""
    made = [name for name in columns if name in (*KEYS, "released")]
    of_table = [KEYS.get(name, name) for name in columns if name != "released"]
    frame = release.rows(TABLE, *dict.fromkeys(of_table), complete=complete)
    found = [_annotation(release), *(_keys(release)[name] for name in made if name in KEYS)]
    if "released" in made:
        found.append(released(release))
    unasked = {KEYS[name] for name in made if name in KEYS} - set(columns)
    return frame.drop(unasked).with_columns(found)


@once
def _annotation(release: Release) -> pl.Series:
    import polars as pl

    frame = firsts(release, "annotation_id", "article_id")
    both = [numbered(frame[name])[0].cast(pl.UInt64) for name in ("article_id", "annotation_id")]
    return (both[0] * (1 << 32) + both[1]).gather(_run(release)).alias("annotation")


@once
def _keys(release: Release) -> dict[str, pl.Series]:
    import polars as pl

    there = release.columns(TABLE)
    keys = {key: name for key, name in KEYS.items() if name in there}
    frame = release.rows(TABLE, *keys.values()).with_columns(_annotation(release))
    annotation = pl.col("annotation").hash() // 64  # small enough for the sum to be exact
    found = frame.select(
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash() // 64 + annotation).alias(key)
        for key, name in keys.items()
    )
    return dict(zip(keys, found, strict=True))


@once
def released(release: Release) -> pl.Series:
    """Whether each row is of the released text: its article has its text_sha256. Raises Unavailable."""
    articles = release.rows("articles", "article_id", "text_sha256")
    frame = firsts(release, "article_id", "text_sha256").with_row_index("at")
    known = articles.select("article_id", "text_sha256").unique()
    there = frame.join(known, on=["article_id", "text_sha256"], how="semi")["at"]
    return frame["at"].is_in(there.implode()).gather(_run(release)).alias("released")


def of_articles(release: Release, ids: pl.Series) -> pl.Series:
    """Where the article of each row stands in `ids`, in which none is twice; null where it does
    not. Raises Unavailable."""
    return places(firsts(release, "article_id")["article_id"], ids).gather(_run(release))


def certainly_different(release: Release) -> bool:
    """Whether no two rows have the same key, in whatever splits; if not, they have to be compared.
    Raises Unavailable."""
    found = [alike for (table, _), alike in order(release).items() if table == TABLE]
    if not found or any(alike is None or len(alike) for alike in found):
        return False
    of_split = firsts(release, "annotation_id").select("annotation_id", "_split").unique()
    return not of_split["annotation_id"].is_duplicated().any()
