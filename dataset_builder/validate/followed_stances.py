"""SPN: stances that say something else than what was marked where they come from.

A row must say what some annotator said of the evidence, the holder and the target that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ontology import AUTHOR
from dataset_builder.validate.followed import AFTER, REBUILD, never
from dataset_builder.validate.marks import (
    ENTITIES,
    each_entity,
    entities,
    fields,
    judged,
    links,
    placed,
    regions,
)
from dataset_builder.validate.matching import where
from dataset_builder.validate.release import Release, once
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl


def _stances(release: Release) -> Hits:
    import polars as pl

    columns = ("article_id", "label", "expression", "basis", "evidence", "holder_kind",
               "holder_span", "target_span")  # fmt: skip
    rows = judged(release, release.rows("stance", *columns, complete=True))
    annotated = pl.col("basis") == release.member("stance_basis", "annotated")
    rows = rows.filter(annotated, pl.col("evidence").is_not_null())
    labels = {name: at for at, name in enumerate(release.ontology.names("stance_label"))}
    place = hashed("article_id", "start", "end").alias("place")
    owners = regions(release).filter(pl.col("label").is_in(list(labels))).select(
        place, owner="region_key", given="label"
    )  # fmt: skip
    rows = rows.with_columns(
        release.named("stance_label", "label").alias("found"),
        start=pl.col("evidence").struct.field("start"),
        end=pl.col("evidence").struct.field("end"),
    ).with_columns(place)
    candidates = rows.join(owners, on="place", how="inner", maintain_order="left")
    yield from hits("stance", never(candidates), "label is not how the evidence was marked",
                    expected="{given}", found="{found}")  # fmt: skip
    candidates = where(candidates, pl.col("found") == pl.col("given"))
    candidates = candidates.with_columns(found=_ends_fit(release, candidates), given=True)
    yield from hits("stance", never(candidates),
                    "no arrows join this holder and this target to the evidence")  # fmt: skip
    candidates = where(candidates, pl.col("found"))
    default = release.member("expression", "none")
    legal = {name: at for at, name in enumerate(release.ontology.names("expression"))}
    entered = fields(release).filter(
        (pl.col("name") == "expression") & (pl.col("values").list.len() == 1)
    )
    chosen = entered.select(
        owner="region_key",
        given=pl.col("values").list.first().replace_strict(
            legal, default=None, return_dtype=pl.Int64
        ),
    )  # fmt: skip
    candidates = (
        candidates.drop("given")
        .join(chosen, on="owner", how="left", maintain_order="left")
        .with_columns(pl.col("given").fill_null(default), found=pl.col("expression").cast(pl.Int64))
    )
    wrong = never(candidates).with_columns(
        release.named("expression", name) for name in ("given", "found")
    )
    yield from hits("stance", wrong, "expression is not what was chosen for the evidence",
                    expected="{given}", found="{found}")  # fmt: skip


def _ends_fit(release: Release, candidates: pl.DataFrame) -> pl.Series:
    """Whether arrows of the region `owner` lead to the target of each row and from its holder; the
    author holds what no holder's arrow leads to."""
    import polars as pl

    said = links(release).filter(pl.col("owner").is_in(candidates["owner"].implode()))
    ends = placed(release, said).with_columns(place=hashed("owner", "start", "end"))
    author = pl.col("holder_kind") == release.member("holder_kind", AUTHOR)
    fits = []
    for end in ("holder", "target"):
        own = ends.filter(pl.col("role") == end)
        span = pl.col(f"{end}_span").struct
        joined = candidates.select(
            "owner", "holder_kind", f"{end}_span",
            start=span.field("start"), end=span.field("end"),
        )  # fmt: skip
        linked = hashed("owner", "start", "end").is_in(own["place"].implode())
        unknown = pl.col("start").is_null()  # a span that is not there is another rule's
        if end == "holder":
            alone = ~pl.col("owner").is_in(own["owner"].implode())
            linked = pl.when(author).then(alone).otherwise(linked | unknown)
        else:
            linked = linked | unknown
        fits.append(joined.select(linked.fill_null(value=True)).to_series())
    return fits[0] & fits[1]


@once
def _mentions(release: Release) -> pl.DataFrame:
    """Marked actors and issues: `place`, a number for article, start, end and label; region_key;
    `entity`, the hash of an id that it stands for, null where it cannot be told."""
    import polars as pl

    found = regions(release).filter(pl.col("label").is_in(list(ENTITIES)))
    place = hashed("article_id", "start", "end", "label").alias("place")
    return found.select(place, "region_key").join(each_entity(release), on="region_key", how="left")


def _ends(release: Release) -> Hits:
    """Of rows of every basis: there are derived pairs and answers of the grid on marked mentions
    only."""
    import polars as pl

    mentions = _mentions(release)
    unknown = mentions["place"].filter(mentions["entity"].is_null()).implode()
    fitting = mentions.select(hashed("place", "entity")).to_series().implode()
    labels = {kind: label for label, kind in ENTITIES.items()}
    for end in ("holder", "target"):
        span, ids, kind = f"{end}_span", f"{end}_id", f"{end}_kind"
        rows = judged(release, release.rows("stance", "article_id", span, ids, kind, complete=True))
        rows = rows.with_columns(
            release.named(kind, kind).replace_strict(labels, default=None).alias("label"),
            start=pl.col(span).struct.field("start"),
            end=pl.col(span).struct.field("end"),
            words=pl.col(span).struct.field("text"),
            entity=pl.col(ids).hash(),
        ).drop_nulls([span, ids, "label"])
        rows = rows.with_columns(place=hashed("article_id", "start", "end", "label"))
        unmarked = where(rows, ~pl.col("place").is_in(mentions["place"].implode()))
        yield from hits("stance", unmarked, f"nobody marked '{{words}}', the {end}, as {{label}}")
        rest = where(rows, ~hashed("place", "entity").is_in(fitting))
        if rest.is_empty():
            continue
        others = rest.filter(~pl.col("place").is_in(unknown)).join(
            mentions.unique("place", keep="first").select("place", "region_key"),
            on="place", how="inner", maintain_order="left",
        )  # fmt: skip
        told = others.join(
            entities(release).select("region_key", given=pl.col("ids").list.sort().list.join(", ")),
            on="region_key", how="inner", maintain_order="left",
        )  # fmt: skip
        yield from hits("stance", told, f"'{{words}}', the {end}, stands for somebody else",
                        expected="{given}", found=f"{{{ids}}}")  # fmt: skip


STANCE_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN032",
        "stance says something else than its evidence",
        _stances,
        "A label that was changed in the files alone is nobody's judgement.",
        REBUILD,
        "favor where the evidence was marked against",
        after=AFTER,
    ),
    Rule(
        "SPN033",
        "holder or target that nobody marked there",
        _ends,
        "Who holds a stance, and on whom, is what a model is asked about.",
        REBUILD,
        after=AFTER,
    ),
)
