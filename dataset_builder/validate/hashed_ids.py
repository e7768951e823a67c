"""KEY: ids that are hashes of what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.annotation_rows import annotation_rows
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def _article_ids(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("articles", "article_id", "raw_sha256")
    wrong = frame.filter(pl.col("raw_sha256").str.slice(0, 16) != pl.col("article_id"))
    return hits(
        "articles", wrong, "article_id is not the beginning of raw_sha256", found="{raw_sha256}"
    )


def _pair_ids(release: Release) -> Hits:
    import polars as pl

    keys = ["article_id", "holder_id", "target_id"]
    frame = release.rows("stance", "pair_id", *keys).drop_nulls(keys)
    pairs = frame.select(keys).unique(maintain_order=True)
    right = pairs.with_columns(right=_digests(pairs))
    joined = frame.join(right, on=keys, how="left", maintain_order="left")
    wrong = joined.filter(pl.col("pair_id") != pl.col("right"))
    return hits(
        "stance", wrong, "pair_id is not that of article, holder and target",
        expected="{right}", found="{pair_id}",
    )  # fmt: skip


def _digests(texts: pl.DataFrame) -> pl.Series:
    """`assemble.rows.digest` of each row, null where one of its texts is null."""
    import hashlib

    import polars as pl

    # Polars does not hash with SHA-256; but it writes the JSON of texts that need no escape.
    escaped = texts.select(pl.any_horizontal(pl.all().str.contains(r'["\\\x00-\x1f]'))).to_series()
    form = '["' + '","'.join(["{}"] * texts.width) + '"]'
    whole = texts.select(pl.format(form, *texts.columns).cast(pl.Binary)).to_series()
    sha256 = hashlib.sha256
    made = [None if text is None else sha256(text).hexdigest()[:16] for text in whole.to_list()]
    for at in escaped.fill_null(value=False).arg_true():
        from dataset_builder.assemble.rows import digest

        made[at] = digest(texts.row(at)) if made[at] is not None else None
    return pl.Series(made, dtype=pl.String)


def _stance_ids(release: Release) -> Hits:
    """The region id of the evidence is not in the row; it is looked up by its place."""
    import polars as pl

    frame = release.rows("stance", "stance_id", "pair_id", "evidence", "article_id", "label")
    release.lazy("articles", "article_id", "text_sha256", complete=True)
    annotations = annotation_rows(
        release, "article_id", "region_id", "start", "end", "kind", "released", complete=True
    )
    marked = annotations.filter(pl.col("kind") == release.member("annotation_kind", "span"))
    place = hashed("article_id", "start", "end").alias("place")
    spans = frame.with_columns(
        start=pl.col("evidence").struct.field("start"), end=pl.col("evidence").struct.field("end")
    ).with_columns(place)
    there = marked.drop_nulls(["article_id", "start", "end"])
    regions = there.select(place, "region_id").filter(
        pl.col("place").is_in(spans["place"].implode())
    )
    # Work that was moved from another text has other offsets there: any of its regions may be it.
    moved = (
        marked.filter(~pl.col("released"))
        .select("article_id", "region_id")
        .unique(maintain_order=True)
    )
    with_evidence = spans.filter(pl.col("evidence").is_not_null()).join(
        regions.unique(), on="place", how="inner", maintain_order="left"
    )
    elsewhere = spans.filter(pl.col("evidence").is_not_null()).join(
        moved, on="article_id", how="inner", maintain_order="left"
    )
    bare = spans.filter(pl.col("evidence").is_null()).with_columns(region_id=pl.lit("derived"))
    candidates = pl.concat(
        [with_evidence.select(bare.columns), elsewhere.select(bare.columns), bare]
    )
    made = _digests(candidates.select("pair_id", "region_id"))
    right = (made == candidates["stance_id"]).fill_null(value=False)
    if right.all():
        return iter(())
    fitting = candidates.filter(right)
    places = ["_split", "_row"]
    judged = candidates.select(places).unique()
    wrong = spans.join(judged, on=places, how="semi", maintain_order="left").join(
        fitting, on=places, how="anti", maintain_order="left"
    )
    return hits("stance", wrong, "stance_id is not that of its pair and evidence")


REBUILD = "Build the release again from its inputs."

HASHED_ID_RULES: tuple[Rule, ...] = (
    Rule(
        "KEY024",
        "article_id of another page",
        _article_ids,
        "article_id is computed from the page; by another value nobody finds the page again.",
        REBUILD,
        after=("KEY001", "SPL001", "SCH008", "VER005"),
    ),
    Rule(
        "KEY007",
        "pair_id is not its hash",
        _pair_ids,
        "pair_id is computed from article, holder and target; another value groups wrong rows.",
        REBUILD,
    ),
    Rule(
        "KEY008",
        "stance_id is not its hash",
        _stance_ids,
        "stance_id is computed from pair and evidence; another value breaks comparisons between"
        " releases.",
        REBUILD,
        after=("KEY001", "KEY007", "GRM011", "GRM012", "GRM020", "SPN001", "SPN002", "SPN003"),
    ),
)
