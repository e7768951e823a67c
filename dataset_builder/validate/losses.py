"""SPN: articles that were annotated, and have lost every event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.validate.conversion import SHIFTED, TRAIN, apart, that_make_rows
from dataset_builder.validate.marks import finished, judged, regions
from dataset_builder.validate.rules import Hits, Rule, hits
from dataset_builder.validate.votes import ADJUDICATION

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release


def _certain(release: Release) -> pl.Series:
    """Annotations with a trigger that makes a row whichever of them is taken."""
    import polars as pl

    types = {kind.name: kind.requires for kind in release.ontology.event_types}
    triggers = apart(regions(release).filter(pl.col("label").is_in(list(types))))
    free = [name for name, roles in types.items() if not roles]
    sure = that_make_rows(release, triggers.filter(pl.col("label").is_in(free)))
    return sure["annotation"].unique()


def _no_events(release: Release) -> Hits:
    import polars as pl

    frame = finished(release)
    events = release.rows("events", "article_id", complete=True)
    there = events["article_id"].unique()
    if frame.select(pl.col("article_id").is_in(there.implode()).all()).item():
        return
    says = pl.col("name") == "relevance"
    of_one = frame.group_by("article_id", "annotation").agg(
        pl.col("annotator").first(),
        whole=says.any(),
        relevant=(pl.col("values").list.join(",") == "relevant").filter(says).all(),
        decides=pl.col("values").list.contains(ADJUDICATION).any(),
    ).filter("whole")  # fmt: skip
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
