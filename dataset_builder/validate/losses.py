"""SPN: articles that were annotated, and have lost every event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.annotation_rows import annotation_rows
from dataset_builder.validate.conversion import SHIFTED, TRAIN, _agreed, _apart, _arrows
from dataset_builder.validate.marks import judged, regions
from dataset_builder.validate.rules import Hits, Rule, hits
from dataset_builder.validate.votes import ADJUDICATION

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def _certain(release: Release) -> pl.Series:
    """Annotations with a trigger that makes a row whichever of them is taken."""
    import polars as pl

    free = [kind.name for kind in release.ontology.event_types if not kind.requires]
    triggers = _apart(
        regions(release).filter(
            pl.col("label").is_in([kind.name for kind in release.ontology.event_types])
        )
    )
    arrows = _arrows(release)
    taking_part = pl.concat(
        [
            arrows.filter(pl.col("tail_label") == "ACTOR")["head"],
            arrows.filter(pl.col("head_label") == "ACTOR")["tail"].alias("head"),
        ]
    )
    key = pl.col("region_key")
    sure = triggers.filter(
        pl.col("label").is_in(free),
        key.is_in(taking_part.implode()),
        key.is_in(_agreed(release).implode()),
    )
    return sure["annotation"].unique()


def _no_events(release: Release) -> Hits:
    import polars as pl

    frame = annotation_rows(
        release,
        "article_id",
        "annotation_id",
        "annotator",
        "kind",
        "name",
        "values",
        "state",
        complete=True,
    ).filter(
        pl.col("kind") == release.member("annotation_kind", "article"),
        pl.col("state") == release.member("annotation_state", "completed"),
    )
    events = release.rows("events", "article_id", complete=True)
    there = events["article_id"].unique()
    if frame.select(pl.col("article_id").is_in(there.implode()).all()).item():
        return
    says = pl.col("name") == "relevance"
    of_one = frame.group_by("article_id", "annotation").agg(
        pl.col("annotator").first(),
        finished=says.any(),
        relevant=(pl.col("values").list.join(",") == "relevant").filter(says).all(),
        decides=pl.col("values").list.contains(ADJUDICATION).any(),
    ).filter("finished")  # fmt: skip
    sure = pl.col("relevant") & pl.col("annotation").is_in(_certain(release).implode())
    own = ~pl.col("decides")
    articles = of_one.group_by("article_id").agg(
        sure=sure.all(),
        decided=pl.col("decides").any(),
        voters=pl.col("annotator").filter(own).unique().sort(),
    ).with_columns(there=pl.col("article_id").is_in(there.implode()))  # fmt: skip
    # What annotators finished whom the settings leave out makes no rows. Elsewhere these did.
    used = articles.filter(pl.col("there") & ~pl.col("decided"))["voters"]
    alone = used.filter(used.list.len() == 1).list.first()
    voters = pl.col("voters")
    counts = voters.list.join("\n").is_in(used.list.join("\n").unique().implode()) | (
        voters.list.eval(pl.element().is_in(alone.unique().to_list())).list.any()
    )
    whole = judged(release, articles).filter(
        ~pl.col("there"), pl.col("sure"), voters.list.len() > 0, counts | pl.col("decided")
    )
    lost = release.rows("articles", "article_id").filter(
        pl.col("article_id").is_in(whole["article_id"].implode()),
        # That the split train has none at all has a finding of its own.
        (pl.col("_split") != TRAIN) | (events["_split"] == TRAIN).any(),
    )
    yield from hits("articles", lost, "its annotators marked events, and the table has none of it")


LOSS_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN034",
        "article that lost its events",
        _no_events,
        "Whoever trains on it learns that nothing happens in a text in which something does.",
        "Build the release again from its inputs.",
        after=(*SHIFTED, "SCH010", "SCH013", "REL001", "REL002", "REL013", "KEY001", "KEY003",
               "KEY006", "KEY018", "SPN012", "SPN019", "GRM021"),
    ),
)  # fmt: skip
