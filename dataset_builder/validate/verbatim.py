"""SPL: single sentences that stand in several splits, though their articles are not alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.rules import Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

WORDS = 12
"""Words that a sentence has at least: shorter ones recur by chance, or are set phrases."""


def _sentences(release: Release) -> pl.LazyFrame:
    """Long sentences of every article, folded, as hashes: _split, _row, article_id, hash, words."""
    import polars as pl

    start = pl.col("sentences").struct.field("start").cast(pl.Int64)
    end = pl.col("sentences").struct.field("end").cast(pl.Int64)
    folded = pl.col("words").str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars(" ")
    return (
        release.lazy("articles", "article_id", "text", "sentences")
        .drop_nulls("text")
        .filter(pl.col("sentences").list.len() > 0)
        .explode("sentences")
        .filter((start >= 0) & (end > start))
        .select("_split", "_row", "article_id", words=pl.col("text").str.slice(start, end - start))
        .filter(pl.col("words").str.count_matches(r"\S+") >= WORDS)
        .with_columns(hash=folded.hash())
    )


def _verbatim(release: Release) -> Hits:
    import polars as pl

    sentences = _sentences(release)
    # What a model was trained on must not be asked of it, nor what it was chosen by.
    for earlier, later in (("train", pl.col("_split") != "train"),
                           ("validation", pl.col("_split") == "test")):  # fmt: skip
        seen = sentences.filter(pl.col("_split") == earlier).select("hash").unique()
        again = (
            sentences.filter(later)
            .join(seen, on="hash", how="semi", maintain_order="left")
            .collect(engine="streaming")
        )
        wrong = again.group_by("_split", "_row", "article_id", maintain_order=True).agg(
            pl.col("words").first(), count=pl.len()
        )
        text = f"{{count}} sentences of it stand word for word in {earlier}"
        yield from hits("articles", wrong, text, found="{words}")


VERBATIM_RULES = of_release(
    Rule("SPL014", "sentence of another split", _verbatim,
         "Articles quote one another: what a model is asked about such a sentence it has been"
         " trained on, or, between validation and test, chosen by.", "Put both articles into one story (annotations/stories.yaml), and build.",
         severity="warning",
         after=("SPL001", "SPL003", "SPL004", "SPL005", "SPL006", "SPL008", "SPN012", "SPN013",
                "SPN014")),
)  # fmt: skip
