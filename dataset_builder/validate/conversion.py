"""SPN: what got lost between the table annotations and the rows made from it.

Converters lose what they did not expect: all but one event of a sentence, arguments in another
sentence. So whatever an annotator marked is counted again in the rows. Only what certainly makes a
row is judged: marks of the one annotation that an article's mentions come from, on the present text,
joined by arrows that can be read one way only. What an annotator has to mend first (spans over
paragraphs, mentions with unknown ids, triggers over each other) certainly makes none.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dataset_builder.validate.release import Unavailable, once
from dataset_builder.validate.rules import Hits, Rule, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

PLACES = ("ACTOR", "LOCATION", "DATE")
"""Labels of spans that can be arguments."""
PARAGRAPHS = "\n\n"
SHIFTED = ("SPN001", "SPN002", "SPN003", "SPN017", "SPN020", "KEY019")
"""What moves spans away from the rows that were made from them."""


@once
def marked(release: Release) -> pl.DataFrame:
    """Spans of completed annotations of the present text that nobody has to mend first:
    annotation_id, article_id, region_id, label, start, end, text, with the row they are. Raises
    Unavailable."""
    import polars as pl

    texts = release.rows("articles", "article_id", "text_sha256", complete=True)
    frame = release.rows(
        "annotations", "article_id", "annotation_id", "region_id", "kind", "name", "values",
        "state", "start", "end", "text", "text_sha256", complete=True,
    )  # fmt: skip
    return (
        frame.filter(
            (pl.col("kind") == release.member("annotation_kind", "span"))
            & (pl.col("name") == "span")
            & (pl.col("state") == release.member("annotation_state", "completed"))
            & (pl.col("values").list.len() == 1)
        )
        .join(
            texts.select("article_id", "text_sha256").unique(),
            on=["article_id", "text_sha256"], how="semi", maintain_order="left",
        )
        .drop_nulls(["region_id", "start", "end"])
        .filter(~pl.col("text").str.contains(PARAGRAPHS, literal=True).fill_null(value=False))
        .join(_unknown(release), on=["annotation_id", "region_id"], how="anti", maintain_order="left")
        .with_columns(label=pl.col("values").list.first())
        .drop("kind", "name", "values", "state", "text_sha256")
    )  # fmt: skip


@once
def _used(release: Release) -> pl.Series:
    """Ids of actors and issues that any row of the whole release has. Raises Unavailable."""
    import polars as pl

    actors = pl.col("arguments").list.explode().struct.field("actor_ids").list.explode()
    ids = [
        piece.drop_nulls("arguments").select(actors.unique()).to_series()
        for piece in release.pieces("events", "arguments")
    ]
    for column in ("holder_id", "target_id"):
        with contextlib.suppress(Unavailable):  # a release may have no stances
            ids.append(release.distinct("stance", column)[column])
    return pl.concat(ids).drop_nulls().unique()


def _unknown(release: Release) -> pl.DataFrame:
    """annotation_id and region_id of mentions for which an id was chosen that no row has: ids that
    the registry lacks are left out, and the registry may not be at hand."""
    import polars as pl

    fields = release.rows(
        "annotations", "annotation_id", "region_id", "kind", "name", "values", complete=True
    )
    known = _used(release.whole)
    chosen = fields.filter(
        (pl.col("kind") == release.member("annotation_kind", "field"))
        & pl.col("name").is_in(["actor_id", "issue_id"])
    ).explode("values")
    return chosen.filter(~pl.col("values").is_in(known.implode())).select(
        "annotation_id", "region_id"
    )


def _apart(triggers: pl.DataFrame) -> pl.DataFrame:
    """The triggers that none of the same annotation lies over: of others only the longest is used."""
    import polars as pl

    order = triggers.sort("annotation_id", "start", "end")
    one = pl.col("annotation_id")
    reached = pl.col("end").cum_max().shift(1).over(one)
    following = pl.col("start").shift(-1).over(one)
    alone = (reached.is_null() | (reached <= pl.col("start"))) & (
        following.is_null() | (following >= pl.col("end"))
    )
    kept = order.filter(alone).select("annotation_id", "region_id")
    return triggers.join(kept, on=["annotation_id", "region_id"], how="semi", maintain_order="left")


@once
def _sources(release: Release) -> pl.DataFrame:
    """article_id and annotation_id of annotations that certainly make all rows of their article:
    the only one that has a span for each of its mentions."""
    import polars as pl

    mentions = release.rows("events", "mention_id", "article_id", complete=True).drop_nulls()
    wanted = mentions.group_by("article_id").agg(wanted=pl.col("mention_id").n_unique())
    made = marked(release).with_columns(mention_id=pl.col("article_id") + ":" + pl.col("region_id"))
    return (
        made.join(mentions.select("mention_id").unique(), on="mention_id", how="semi")
        .group_by("article_id", "annotation_id")
        .agg(have=pl.col("mention_id").n_unique())
        .join(wanted, on="article_id")
        .filter(pl.col("have") == pl.col("wanted"))
        .filter(pl.len().over("article_id") == 1)
        .select("article_id", "annotation_id")
    )


@once
def _agreed(release: Release) -> pl.DataFrame:
    """Spans that a majority cannot have voted down: of at most two annotations, or marked alike by
    more than half of them."""
    import polars as pl

    spans = marked(release)
    place = ["article_id", "label", "start", "end"]
    everyone = pl.col("annotation_id").n_unique().over("article_id")
    alike = pl.col("annotation_id").n_unique().over(place)
    return spans.filter((everyone <= 2) | (2 * alike > everyone))


@once
def _arrows(release: Release) -> pl.DataFrame:
    """Arrows that can be read one way only: annotation_id, tail, head (regions), tail_label,
    head_label."""
    import polars as pl

    frame = release.rows(
        "annotations", "annotation_id", "kind", "state", "from_id", "to_id", "direction",
        complete=True,
    )  # fmt: skip
    left = release.member("direction", "left")
    right = release.member("direction", "right")
    both = [
        pl.min_horizontal("from_id", "to_id").alias("one"),
        pl.max_horizontal("from_id", "to_id").alias("other"),
    ]
    arrows = (
        frame.filter(
            (pl.col("kind") == release.member("annotation_kind", "arrow"))
            & (pl.col("state") == release.member("annotation_state", "completed"))
        )
        .drop_nulls(["from_id", "to_id"])
        .with_columns(both)
        .filter(pl.len().over("annotation_id", "one", "other") == 1)
        .filter(pl.col("direction").is_in([left, right]))
        .select(
            "annotation_id",
            tail=pl.when(pl.col("direction") == right).then("from_id").otherwise("to_id"),
            head=pl.when(pl.col("direction") == right).then("to_id").otherwise("from_id"),
        )
    )
    spans = marked(release)
    labels = spans.select("annotation_id", "region_id", "label").unique(
        ["annotation_id", "region_id"], keep="none"
    )
    for end in ("tail", "head"):
        arrows = arrows.join(
            labels.rename({"region_id": end, "label": f"{end}_label"}),
            on=["annotation_id", end],
            how="inner",
        )
    return arrows


def _events_lost(release: Release) -> Hits:
    import polars as pl

    spans = marked(release)
    types = {kind.name: kind.requires for kind in release.ontology.event_types}
    triggers = _apart(spans.filter(pl.col("label").is_in(list(types)))).join(
        _sources(release), on=["article_id", "annotation_id"], how="semi",
        maintain_order="left",
    )  # fmt: skip
    # The same words marked twice make one row.
    place = ["annotation_id", "label", "start", "end"]
    triggers = triggers.filter(pl.len().over(place) == 1)
    triggers = triggers.join(_agreed(release).select("annotation_id", "region_id"),
                             on=["annotation_id", "region_id"], how="semi", maintain_order="left")  # fmt: skip
    arrows = _arrows(release)
    acted = arrows.filter(pl.col("tail_label") == "ACTOR")
    suffered = arrows.filter(pl.col("head_label") == "ACTOR")
    recipients = suffered.select("annotation_id", region_id="tail", suffers=True)
    taking = pl.concat(
        [acted.select("annotation_id", region_id="head"), recipients.drop("suffers")]
    )
    needy = [name for name, roles in types.items() if roles]
    known = release.rows("events", "mention_id", "article_id", complete=True)
    lost = (
        triggers.join(taking, on=["annotation_id", "region_id"], how="semi", maintain_order="left")
        .join(recipients.unique(), on=["annotation_id", "region_id"], how="left",
              maintain_order="left")
        .filter(~pl.col("label").is_in(needy) | pl.col("suffers").is_not_null())
        .with_columns(mention_id=pl.format("{}:{}", "article_id", "region_id"))
        .join(known.select("mention_id").unique(), on="mention_id", how="anti",
              maintain_order="left")
    )  # fmt: skip
    text = "{label} '{text}' was marked, and is not in the table events"
    yield from hits("annotations", lost, text)


def _named(release: Release) -> pl.DataFrame:
    """annotation_id, region_id and actor of spans whose annotator named one actor."""
    import polars as pl

    frame = release.rows("annotations", "annotation_id", "region_id", "kind", "name", "values")
    kind = release.member("annotation_kind", "field")
    return frame.filter(
        (pl.col("kind") == kind)
        & (pl.col("name") == "actor_id")
        & (pl.col("values").list.len() == 1)
    ).select("annotation_id", "region_id", actor=pl.col("values").list.first())


def _certain(arrows: pl.DataFrame, drawn: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """annotation_id and region_id of evidence that must make a row: the author's on one thing, or
    one holder's on one other. `drawn` has a row for each end of each arrow."""
    import polars as pl

    ends = drawn.group_by("annotation_id", "region_id").len("drawn")
    keys = ["annotation_id", "region_id"]
    target = arrows.filter(pl.col("head_label").is_in(["ACTOR", "ISSUE"])).select(
        "annotation_id", "head", "head_label", region_id="tail"
    )
    holder = arrows.filter(pl.col("tail_label") == "ACTOR").select(
        "annotation_id", "tail", region_id="head"
    )
    authors = ends.filter(pl.col("drawn") == 1).join(target, on=keys)
    both = ends.filter(pl.col("drawn") == 2).join(target, on=keys).join(holder, on=keys)
    for end in ("head", "tail"):
        names = named.unique(keys, keep="none").rename({"region_id": end, "actor": f"{end}_actor"})
        both = both.join(names, on=["annotation_id", end], how="left")
    # A holder that is its own target makes none.
    apart = (pl.col("head_label") == "ISSUE") | (pl.col("head_actor") != pl.col("tail_actor"))
    return pl.concat([authors.select(keys), both.filter(apart).select(keys)]).unique()


def _stances_lost(release: Release) -> Hits:
    import polars as pl

    spans = marked(release)
    evidence = spans.filter(pl.col("label").is_in(list(release.ontology.names("stance_label"))))
    sources = _sources(release)
    rows = release.rows("stance", "article_id", "evidence", "basis", complete=True)
    # Where a split has no stances at all that is said already.
    evidence = evidence.filter(pl.col("_split").is_in(rows["_split"].unique().implode()))
    # A grid may have the pair instead.
    grid = rows.filter(pl.col("basis") == release.member("stance_basis", "grid"))
    evidence = (
        evidence.join(sources, on=["article_id", "annotation_id"], how="semi",
                      maintain_order="left")
        .join(grid.select("article_id").unique(), on="article_id", how="anti",
              maintain_order="left")
        .join(_agreed(release).select("annotation_id", "region_id"),
              on=["annotation_id", "region_id"], how="semi", maintain_order="left")
    )  # fmt: skip
    whole = release.rows("annotations", "annotation_id", "kind", "from_id", "to_id", complete=True)
    whole = whole.filter(pl.col("kind") == release.member("annotation_kind", "arrow"))
    drawn = pl.concat(
        [whole.select("annotation_id", region_id=end) for end in ("from_id", "to_id")]
    )
    arrows = _arrows(release)
    certain = _certain(arrows, drawn, _named(release))
    there = rows.drop_nulls("evidence").select(
        "article_id",
        start=pl.col("evidence").struct.field("start"),
        end=pl.col("evidence").struct.field("end"),
    )
    lost = evidence.join(
        certain, on=["annotation_id", "region_id"], how="semi", maintain_order="left"
    ).join(there.unique(), on=["article_id", "start", "end"], how="anti", maintain_order="left")
    text = "{label} '{text}' was marked, and is not in the table stance"
    yield from hits("annotations", lost, text)


def _arguments_lost(release: Release) -> Hits:
    import polars as pl

    spans = marked(release)
    arrows = _arrows(release)
    types = [kind.name for kind in release.ontology.event_types]
    turned = arrows.rename(
        {"tail": "head", "head": "tail", "tail_label": "head_label", "head_label": "tail_label"}
    ).select(arrows.columns)
    linked = (
        pl.concat([arrows, turned])
        .filter(pl.col("tail_label").is_in(types) & pl.col("head_label").is_in(PLACES))
        .join(_sources(release), on="annotation_id")
        .with_columns(mention_id=pl.format("{}:{}", "article_id", "tail"))
        .join(
            spans.select("annotation_id", "start", "end", "text", "label", head="region_id"),
            on=["annotation_id", "head"],
        )
    )
    there = release.arguments.select("mention_id", "start", "end").unique()
    missing = linked.join(there, on=["mention_id", "start", "end"], how="anti")
    events = release.rows("events", "mention_id", "article_id", complete=True)
    lost = events.join(
        missing.select("mention_id", "start", "end", "text", "label"),
        on="mention_id", how="inner", maintain_order="left",
    ).sort("_split", "_row", "start")  # fmt: skip
    text = "{label} '{text}' at {start}:{end} was linked to the trigger, and is no argument"
    yield from hits("events", lost, text)


PULL = "Pull again, and build; a mark that was left out on purpose would be reported then."

CONVERSION_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN023",
        "marked event lost",
        _events_lost,
        "A converter that keeps one event of a sentence loses the others, and nothing ever fails.",
        PULL,
        "a trigger with its actor in annotations, and no such row in events",
        after=(*SHIFTED, "KEY001", "KEY003", "KEY006", "KEY018", "SPN012", "SPN019", "GRM021"),
    ),
    Rule(
        "SPN024",
        "marked stance lost",
        _stances_lost,
        "Whoever marked it took a stance; without its row the pair may even be derived as neutral.",
        PULL,
        after=(*SHIFTED, "KEY001", "KEY003", "GRM011", "SPN012", "SPN019", "GRM021"),
    ),
    Rule(
        "SPN025",
        "linked argument lost",
        _arguments_lost,
        "A converter that looks at one sentence at a time drops arguments in another.",
        PULL,
        "an arrow from a trigger to a place that is no argument of its event",
        after=(*SHIFTED, "KEY003", "KEY006", "KEY018", "SPN012", "SPN019", "GRM021", "GRM014",
               "GRM001"),
    ),
)  # fmt: skip
