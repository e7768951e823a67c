"""KEY, SPN: annotations that are there twice, or in two articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.conversion import SHIFTED, marked
from dataset_builder.validate.matching import repeated
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    from dataset_builder.validate.release import Release

BLOCK = 4
"""Spans that an annotation has at least before it is called a copy of another."""


def _twice(release: Release) -> Hits:
    import polars as pl

    spans = marked(release)
    hashes = spans.select(hashed("annotation", "label", "start", "end")).to_series()
    if not repeated(hashes):
        return
    alike = spans.filter(hashes.is_duplicated())
    again = alike.filter(~pl.struct("annotation", "label", "start", "end").is_first_distinct())
    text = "{label} '{text}' at {start}:{end} is marked twice by one annotator"
    yield from hits("annotations", again, text)


def _copied(release: Release) -> Hits:
    """Global: compares the annotations of all articles. Of those that are alike, the ones are wrong
    whose words do not stand in their article; two articles of one text are a leak, not this."""
    import polars as pl

    kinds = release.ontology.names("annotation_kind")
    frame = release.lazy(
        "annotations", "annotation_id", "article_id", "kind", "values", "start", "end", "text"
    )
    marks = frame.filter(pl.col("kind") == kinds.index("span")).drop_nulls(["start", "end"])
    # The order of the rows does not matter to a sum; 40 bits leave room for millions of them.
    marks = marks.with_columns(label=pl.col("values").list.join("|"))
    mark = hashed("start", "end", "text", "label") % (1 << 40)
    blocks = (
        marks.group_by("annotation_id", "article_id")
        .agg(block=mark.sum(), marks=pl.len(), last=pl.col("end").max())
        .filter(pl.col("marks") >= BLOCK)
        .collect(engine="streaming")
    )
    key = ["block", "marks", "last"]
    alike = blocks.filter(pl.col("article_id").n_unique().over(key) > 1).with_columns(
        others=pl.col("article_id").n_unique().over(key) - 1
    )
    if alike.is_empty():
        return
    ids = alike["annotation_id"].unique().implode()
    names = alike["article_id"].unique().implode()
    texts = release.lazy("articles", "article_id", "text").filter(pl.col("article_id").is_in(names))
    words = pl.col("article_text").str.slice(pl.col("start"), pl.col("end") - pl.col("start"))
    told = (
        marks.filter(pl.col("annotation_id").is_in(ids) & (pl.col("start") >= 0))
        .join(texts.select("article_id", article_text="text").unique("article_id"), on="article_id")
        .group_by("annotation_id")
        .agg(
            right=(words == pl.col("text")).all(),
            _split=pl.col("_split").first(),
            _row=pl.col("_row").min(),
        )
        .filter(~pl.col("right"))
        .collect(engine="streaming")
    )
    wrong = told.join(alike, on="annotation_id").sort("_split", "_row")
    text = "has the same {marks} spans as annotations of {others} other articles"
    yield from hits("annotations", wrong, text)


COPY_RULES: tuple[Rule, ...] = (
    Rule(
        "KEY019",
        "annotations of another article",
        _copied,
        "The same spans at the same places in two articles: one of them has the other's"
        " annotations.",
        "Restore the annotations of the article they were made on, and build again.",
        scope="release",
    ),
    Rule(
        "SPN022",
        "span marked twice",
        _twice,
        "One annotator marked the same words twice with one label; they count twice.",
        "Delete one of the two spans in Label Studio, and pull.",
        severity="warning",
        after=(*SHIFTED, "KEY002", "GRM021"),
    ),
)
