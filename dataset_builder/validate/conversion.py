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

from dataset_builder.validate.matching import annotation_rows, on_released_text, where
from dataset_builder.validate.release import Unavailable, once
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

PLACES = ("ACTOR", "LOCATION", "DATE")
"""Labels of spans that can be arguments."""
PARAGRAPHS = "\n\n"
SPAN = ["annotation", "region_id"]
"""What a span is known by (see `matching.annotation_rows`)."""
SHIFTED = ("SPN001", "SPN002", "SPN003", "SPN017", "SPN020", "KEY019")
"""What moves spans away from the rows that were made from them."""


@once
def marked(release: Release) -> pl.DataFrame:
    """Spans of completed annotations of the present text that nobody has to mend first:
    annotation, annotation_id, article_id, region_id, label, start, end, text, with the row they
    are. Raises Unavailable."""
    import polars as pl

    texts = release.rows("articles", "article_id", "text_sha256", complete=True)
    frame = annotation_rows(
        release, "article_id", "annotation_id", "region_id", "kind", "name", "values",
        "state", "start", "end", "text", "text_sha256", complete=True,
    )  # fmt: skip
    spans = frame.filter(
        (pl.col("kind") == release.member("annotation_kind", "span"))
        & (pl.col("name") == "span")
        & (pl.col("state") == release.member("annotation_state", "completed"))
        & (pl.col("values").list.len() == 1)
        & pl.all_horizontal(pl.col("region_id", "start", "end").is_not_null())
    ).drop("kind", "name", "state")
    spans = where(spans, pl.lit(on_released_text(texts, spans))).drop("text_sha256")
    paragraphs = pl.col("text").str.contains(PARAGRAPHS, literal=True).fill_null(value=False)
    left_out = _unknown(release)
    if not left_out.is_empty():
        spans = spans.join(left_out, on=SPAN, how="anti", maintain_order="left")
    spans = where(spans, ~paragraphs)
    return spans.with_columns(label=pl.col("values").list.first()).drop("values")


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
    """SPAN of mentions for which an id was chosen that is in no registry, as far as one is at
    hand, and in no row: what has it is left out."""
    import polars as pl

    fields = annotation_rows(release, "region_id", "kind", "name", "values", complete=True)
    known = _used(release.whole)
    if release.registries is not None:
        entries = [actor.id for actor in release.registries.actors]
        entries += [target.id for target in release.registries.targets]
        known = pl.concat([known, pl.Series(entries, dtype=pl.String)])
    chosen = fields.filter(
        (pl.col("kind") == release.member("annotation_kind", "field"))
        & pl.col("name").is_in(["actor_id", "issue_id"])
    ).explode("values")
    return chosen.filter(~pl.col("values").is_in(known.implode())).select(SPAN)


def _apart(triggers: pl.DataFrame) -> pl.DataFrame:
    """The triggers that none of the same annotation lies over: of others only the longest is used."""
    import polars as pl

    order = triggers.sort("annotation", "start", "end")
    one = pl.col("annotation")
    reached = pl.col("end").cum_max().shift(1).over(one)
    following = pl.col("start").shift(-1).over(one)
    alone = (reached.is_null() | (reached <= pl.col("start"))) & (
        following.is_null() | (following >= pl.col("end"))
    )
    return triggers.join(order.filter(alone), on=SPAN, how="semi", maintain_order="left")


@once
def _sources(release: Release) -> pl.DataFrame:
    """article_id and `annotation` of annotations that certainly make all rows of their article:
    the only one that has a span for each of its mentions."""
    import polars as pl

    mentions = release.rows("events", "mention_id", "article_id", complete=True).drop_nulls()
    wanted = mentions.group_by("article_id").agg(wanted=pl.col("mention_id").n_unique())
    types = [kind.name for kind in release.ontology.event_types]
    made = (
        marked(release)
        .filter(pl.col("label").is_in(types))
        .with_columns(mention_id=pl.col("article_id") + ":" + pl.col("region_id"))
    )
    return (
        made.join(mentions.select("mention_id").unique(), on="mention_id", how="semi")
        .group_by("article_id", "annotation")
        .agg(have=pl.col("mention_id").n_unique())
        .join(wanted, on="article_id")
        .filter(pl.col("have") == pl.col("wanted"))
        .filter(pl.len().over("article_id") == 1)
        .select("article_id", "annotation")
    )


@once
def _agreed(release: Release) -> pl.DataFrame:
    """Spans that a majority cannot have voted down: of at most two annotations, or marked alike by
    more than half of them."""
    import polars as pl

    spans = marked(release)
    teams = spans.select("article_id", "annotation").unique().group_by("article_id").len("team")
    if teams["team"].max() in (None, 1, 2):
        return spans
    place = ["article_id", "label", "start", "end"]
    alike = pl.col("annotation").n_unique().over(place)
    joined = spans.join(teams, on="article_id", maintain_order="left")
    return joined.filter((pl.col("team") <= 2) | (2 * alike > pl.col("team")))


@once
def _arrows(release: Release) -> pl.DataFrame:
    """Arrows that can be read one way only: annotation, tail, head (regions), tail_label,
    head_label."""
    import polars as pl

    frame = annotation_rows(
        release, "kind", "state", "from_id", "to_id", "direction", complete=True
    )
    left = release.member("direction", "left")
    right = release.member("direction", "right")
    ends = (pl.col("from_id").hash() // 64) + (pl.col("to_id").hash() // 64)  # in either order
    arrows = (
        frame.filter(
            (pl.col("kind") == release.member("annotation_kind", "arrow"))
            & (pl.col("state") == release.member("annotation_state", "completed"))
        )
        .drop_nulls(["from_id", "to_id"])
        .filter(((pl.col("annotation").hash() // 64) + ends).is_unique())
        .filter(pl.col("direction").is_in([left, right]))
        .select(
            "annotation",
            tail=pl.when(pl.col("direction") == right).then("from_id").otherwise("to_id"),
            head=pl.when(pl.col("direction") == right).then("to_id").otherwise("from_id"),
        )
    )
    labels = marked(release).select("label", at=hashed(*SPAN))
    labels = labels.filter(pl.col("at").is_unique())
    for end in ("tail", "head"):
        arrows = (
            arrows.with_columns(at=hashed("annotation", end))
            .join(labels.rename({"label": f"{end}_label"}), on="at", how="inner")
            .drop("at")
        )
    return arrows


def _events_lost(release: Release) -> Hits:
    import polars as pl

    types = {kind.name: kind.requires for kind in release.ontology.event_types}
    known = release.rows("events", "mention_id", "article_id", complete=True)
    triggers = _apart(marked(release).filter(pl.col("label").is_in(list(types)))).join(
        _sources(release), on=["article_id", "annotation"], how="semi", maintain_order="left"
    )
    # The same words marked twice make one row.
    place = ["annotation", "label", "start", "end"]
    lost = (
        triggers.filter(pl.len().over(place) == 1)
        .with_columns(mention_id=pl.format("{}:{}", "article_id", "region_id"))
        .join(known.unique(), on=["article_id", "mention_id"], how="anti", maintain_order="left")
    )
    if lost.is_empty():
        return
    lost = lost.join(_agreed(release), on=SPAN, how="semi", maintain_order="left")
    arrows = _arrows(release)
    acted = arrows.filter(pl.col("tail_label") == "ACTOR")
    suffered = arrows.filter(pl.col("head_label") == "ACTOR")
    recipients = suffered.select("annotation", region_id="tail", suffers=True)
    taking = pl.concat([acted.select("annotation", region_id="head"), recipients.drop("suffers")])
    needy = [name for name, roles in types.items() if roles]
    lost = (
        lost.join(taking, on=SPAN, how="semi", maintain_order="left")
        .join(recipients.unique(), on=SPAN, how="left", maintain_order="left")
        .filter(~pl.col("label").is_in(needy) | pl.col("suffers").is_not_null())
    )
    text = "{label} '{text}' was marked, and is not in the table events"
    yield from hits("annotations", lost, text)


def _named(release: Release) -> pl.DataFrame:
    """SPAN and actor of spans whose annotator named one actor."""
    import polars as pl

    frame = annotation_rows(release, "region_id", "kind", "name", "values")
    kind = release.member("annotation_kind", "field")
    return frame.filter(
        (pl.col("kind") == kind)
        & (pl.col("name") == "actor_id")
        & (pl.col("values").list.len() == 1)
    ).select(*SPAN, actor=pl.col("values").list.first())


def _certain(arrows: pl.DataFrame, drawn: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """SPAN of evidence that must make a row: the author's on one thing, or one holder's on one
    other. `drawn` has a row for each end of each arrow."""
    import polars as pl

    ends = drawn.group_by(SPAN).len("drawn")
    target = arrows.filter(pl.col("head_label").is_in(["ACTOR", "ISSUE"])).select(
        "annotation", "head", "head_label", region_id="tail"
    )
    holder = arrows.filter(pl.col("tail_label") == "ACTOR").select(
        "annotation", "tail", region_id="head"
    )
    authors = ends.filter(pl.col("drawn") == 1).join(target, on=SPAN)
    both = ends.filter(pl.col("drawn") == 2).join(target, on=SPAN).join(holder, on=SPAN)
    for end in ("head", "tail"):
        names = named.unique(SPAN, keep="none").rename({"region_id": end, "actor": f"{end}_actor"})
        both = both.join(names, on=["annotation", end], how="left")
    # A holder that is its own target makes none.
    apart = (pl.col("head_label") == "ISSUE") | (pl.col("head_actor") != pl.col("tail_actor"))
    return pl.concat([authors.select(SPAN), both.filter(apart).select(SPAN)]).unique()


def _stances_lost(release: Release) -> Hits:
    import polars as pl

    rows = release.rows("stance", "article_id", "evidence", "basis", complete=True)
    there = rows.drop_nulls("evidence").select(
        "article_id",
        start=pl.col("evidence").struct.field("start"),
        end=pl.col("evidence").struct.field("end"),
    )
    # A grid may have the pair instead.
    grid = rows.filter(pl.col("basis") == release.member("stance_basis", "grid"))
    lost = (
        marked(release)
        .filter(
            pl.col("label").is_in(list(release.ontology.names("stance_label")))
            # Where a split has no stances at all that is said already.
            & pl.col("_split").is_in(rows["_split"].unique().implode())
        )
        .join(there.unique(), on=["article_id", "start", "end"], how="anti", maintain_order="left")
        .join(grid.select("article_id").unique(), on="article_id", how="anti",
              maintain_order="left")
        .join(_sources(release), on=["article_id", "annotation"], how="semi",
              maintain_order="left")
    )  # fmt: skip
    if lost.is_empty():
        return
    whole = annotation_rows(release, "kind", "from_id", "to_id", complete=True)
    whole = whole.filter(pl.col("kind") == release.member("annotation_kind", "arrow"))
    drawn = pl.concat([whole.select("annotation", region_id=end) for end in ("from_id", "to_id")])
    drawn = drawn.join(lost, on=SPAN, how="semi")
    lost = (
        lost.join(_agreed(release), on=SPAN, how="semi", maintain_order="left")
        .join(_certain(_arrows(release), drawn, _named(release)), on=SPAN, how="semi",
              maintain_order="left")
    )  # fmt: skip
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
        .join(_sources(release), on="annotation")
        .with_columns(mention_id=pl.format("{}:{}", "article_id", "tail"))
        .join(
            spans.select("annotation", "start", "end", "text", "label", head="region_id"),
            on=["annotation", "head"],
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
