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

from dataset_builder.validate.annotation_rows import annotation_rows
from dataset_builder.validate.matching import repeated, where
from dataset_builder.validate.release import Unavailable, once
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

PLACES = ("ACTOR", "LOCATION", "DATE")
"""Labels of spans that can be arguments."""
TRAIN = "train"
PARAGRAPHS = "\n\n"
SHIFTED = ("SPN001", "SPN002", "SPN003", "SPN017", "SPN020", "KEY019")
"""What moves spans away from the rows that were made from them."""


@once
def marked(release: Release) -> pl.DataFrame:
    """Spans of completed annotations of the present text that nobody has to mend first:
    annotation, annotation_id, article_id, region_id, region_key, label, start, end, text, with the
    row they are. Raises Unavailable."""
    import polars as pl

    release.lazy("articles", "article_id", "text_sha256", complete=True)
    frame = annotation_rows(
        release, "article_id", "annotation_id", "region_id", "region_key", "kind", "name",
        "values", "state", "start", "end", "text", "released", complete=True,
    )  # fmt: skip
    spans = frame.filter(
        (pl.col("kind") == release.member("annotation_kind", "span"))
        & (pl.col("name") == "span")
        & (pl.col("state") == release.member("annotation_state", "completed"))
        & (pl.col("values").list.len() == 1)
        & pl.all_horizontal(pl.col("region_id", "start", "end").is_not_null())
        & pl.col("released")
    ).drop("kind", "name", "state", "released")
    paragraphs = pl.col("text").str.contains(PARAGRAPHS, literal=True).fill_null(value=False)
    left_out = pl.col("region_key").is_in(_unknown(release).implode())
    spans = where(spans, ~paragraphs & ~left_out)
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


def _unknown(release: Release) -> pl.Series:
    """Keys of mentions for which an id was chosen that is in no registry, as far as one is at
    hand, and in no row: what has it is left out."""
    import polars as pl

    fields = annotation_rows(release, "region_key", "kind", "name", "values", complete=True)
    known = _used(release.whole)
    if release.registries is not None:
        entries = [actor.id for actor in release.registries.actors]
        entries += [target.id for target in release.registries.targets]
        known = pl.concat([known, pl.Series(entries, dtype=pl.String)])
    chosen = fields.filter(
        (pl.col("kind") == release.member("annotation_kind", "field"))
        & ((pl.col("name") == "actor_id") | (pl.col("name") == "issue_id"))
    ).explode("values")
    return chosen.filter(~pl.col("values").is_in(known.implode()))["region_key"]


def apart(triggers: pl.DataFrame) -> pl.DataFrame:
    """The triggers that none of the same annotation lies over: of others only the longest is used."""
    import polars as pl

    order = triggers.sort("annotation", "start", "end")
    one = pl.col("annotation")
    over = (one == one.shift(-1)) & (pl.col("end") > pl.col("start").shift(-1))
    if not order.select(over.any()).item():
        return triggers
    reached = pl.col("end").cum_max().shift(1).over(one)
    following = pl.col("start").shift(-1).over(one)
    alone = (reached.is_null() | (reached <= pl.col("start"))) & (
        following.is_null() | (following >= pl.col("end"))
    )
    apart = order.filter(alone)["region_key"]
    return triggers.filter(pl.col("region_key").is_in(apart.implode()))


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
def _agreed(release: Release) -> pl.Series:
    """Keys of spans that a majority cannot have voted down: of at most two annotations, or marked
    alike by more than half of them."""
    import polars as pl

    spans = marked(release)
    teams = spans.select("article_id", "annotation").unique().group_by("article_id").len("team")
    if teams["team"].max() in (None, 1, 2):
        return spans["region_key"]
    place = ["article_id", "label", "start", "end"]
    alike = pl.col("annotation").n_unique().over(place)
    joined = spans.join(teams, on="article_id", maintain_order="left")
    return joined.filter((pl.col("team") <= 2) | (2 * alike > pl.col("team")))["region_key"]


@once
def drawn(release: Release) -> pl.DataFrame:
    """Completed arrows that point somewhere: annotation, tail, head (keys of regions), `both` when
    one points both ways, and `alone` when no other is drawn between its ends."""
    import polars as pl

    frame = annotation_rows(
        release, "kind", "state", "from_key", "to_key", "direction", complete=True
    )
    arrows = frame.filter(
        (pl.col("kind") == release.member("annotation_kind", "arrow"))
        & (pl.col("state") == release.member("annotation_state", "completed"))
    ).drop_nulls(["from_key", "to_key"])
    pair = arrows.select(pl.col("from_key") + pl.col("to_key")).to_series()  # in either order
    turned = pl.col("direction") == release.member("direction", "left")
    alone = pair.is_unique() if repeated(pair) else pl.lit(value=True)
    return arrows.with_columns(
        tail=pl.when(turned).then("to_key").otherwise("from_key"),
        head=pl.when(turned).then("from_key").otherwise("to_key"),
        both=pl.col("direction") == release.member("direction", "bi"),
        alone=alone,
    ).filter(pl.col("direction") != release.member("direction", "none")).select(
        "annotation", "tail", "head", "both", "alone"
    )  # fmt: skip


@once
def _drawn(release: Release) -> pl.DataFrame:
    """Arrows that can be read one way only: annotation, tail, head (keys of regions)."""
    import polars as pl

    one_way = where(drawn(release), ~pl.col("both") & pl.col("alone"))
    return one_way.select("annotation", "tail", "head")


@once
def _labels(release: Release) -> pl.DataFrame:
    """region_key and label of marked spans whose key no other one has."""
    labels = marked(release).select("region_key", "label")
    if repeated(labels["region_key"]):
        labels = labels.filter(labels["region_key"].is_unique())
    return labels


@once
def joined(release: Release) -> pl.DataFrame:
    """`drawn`, between marked spans, with their labels: tail_label, head_label."""
    import polars as pl

    arrows = drawn(release)
    ends = pl.concat([arrows["tail"], arrows["head"].alias("tail")]).alias("region_key")
    found = ends.to_frame().join(
        _labels(release), on="region_key", how="left", maintain_order="left"
    )["label"]  # both ends at once: most of the time is in looking up the spans
    labels = {"tail_label": found.head(arrows.height), "head_label": found.tail(arrows.height)}
    there = pl.all_horizontal(pl.col(*labels).is_not_null())
    return where(arrows.with_columns(**labels), there)


@once
def _arrows(release: Release) -> pl.DataFrame:
    """Those of `joined` that can be read one way only."""
    import polars as pl

    return where(joined(release), ~pl.col("both") & pl.col("alone"))


def that_make_rows(release: Release, triggers: pl.DataFrame) -> pl.DataFrame:
    """The triggers that certainly make rows: a majority agrees on them, and arrows give them a
    participant and the roles that their type requires."""
    import polars as pl

    arrows = _arrows(release)
    acting = arrows.filter(pl.col("tail_label") == "ACTOR")["head"]
    suffering = arrows.filter(pl.col("head_label") == "ACTOR")["tail"]
    needy = [kind.name for kind in release.ontology.event_types if kind.requires]
    key = pl.col("region_key")
    suffers = key.is_in(suffering.implode())
    return triggers.filter(
        key.is_in(_agreed(release).implode()),
        key.is_in(acting.implode()) | suffers,
        ~pl.col("label").is_in(needy) | suffers,
    )


def _events_lost(release: Release) -> Hits:
    import polars as pl

    types = [kind.name for kind in release.ontology.event_types]
    known = release.rows("events", "mention_id", "article_id", complete=True)
    triggers = apart(marked(release).filter(pl.col("label").is_in(types))).join(
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
    lost = that_make_rows(release, lost)
    text = "{label} '{text}' was marked, and is not in the table events"
    yield from hits("annotations", lost, text)


def _named(release: Release) -> pl.DataFrame:
    """Key and actor of spans whose annotator named one actor."""
    import polars as pl

    frame = annotation_rows(release, "region_key", "kind", "name", "values")
    kind = release.member("annotation_kind", "field")
    return frame.filter(
        (pl.col("kind") == kind)
        & (pl.col("name") == "actor_id")
        & (pl.col("values").list.len() == 1)
    ).select("region_key", actor=pl.col("values").list.first())


def _certain(arrows: pl.DataFrame, drawn: pl.Series, named: pl.DataFrame) -> pl.Series:
    """Keys of evidence that must make a row: the author's on one thing, or one holder's on one
    other. `drawn` has each end of each arrow."""
    import polars as pl

    ends = drawn.alias("region_key").to_frame().group_by("region_key").len("drawn")
    target = arrows.filter(pl.col("head_label").is_in(["ACTOR", "ISSUE"])).select(
        "head", "head_label", region_key="tail"
    )
    holder = arrows.filter(pl.col("tail_label") == "ACTOR").select("tail", region_key="head")
    authors = ends.filter(pl.col("drawn") == 1).join(target, on="region_key")
    both = ends.filter(pl.col("drawn") == 2).join(target, on="region_key")
    both = both.join(holder, on="region_key")
    for end in ("head", "tail"):
        names = named.unique("region_key", keep="none")
        names = names.rename({"region_key": end, "actor": f"{end}_actor"})
        both = both.join(names, on=end, how="left")
    # A holder that is its own target makes none.
    apart = (pl.col("head_label") == "ISSUE") | (pl.col("head_actor") != pl.col("tail_actor"))
    return pl.concat([authors["region_key"], both.filter(apart)["region_key"]])


def _stances_lost(release: Release) -> Hits:
    import polars as pl

    rows = release.rows("stance", "article_id", "evidence", "basis", complete=True)
    place = hashed("article_id", "start", "end")
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
            pl.col("label").is_in(list(release.ontology.names("stance_label"))),
            # That the split train has none at all has a finding of its own.
            (pl.col("_split") != TRAIN) | (rows["_split"] == TRAIN).any(),
        )
        .filter(~place.is_in(there.select(place).to_series().implode()))
        .join(grid.select("article_id").unique(), on="article_id", how="anti",
              maintain_order="left")
        .join(_sources(release), on=["article_id", "annotation"], how="semi",
              maintain_order="left")
    )  # fmt: skip
    if lost.is_empty():
        return
    whole = annotation_rows(release, "kind", "from_key", "to_key", complete=True)
    whole = whole.filter(pl.col("kind") == release.member("annotation_kind", "arrow"))
    drawn = pl.concat([whole["from_key"], whole["to_key"].alias("from_key")]).drop_nulls()
    drawn = drawn.filter(drawn.is_in(lost["region_key"].implode()))
    key = pl.col("region_key")
    lost = lost.filter(
        key.is_in(_agreed(release).implode()),
        key.is_in(_certain(_arrows(release), drawn, _named(release)).implode()),
    )
    text = "{label} '{text}' was marked, and is not in the table stance"
    yield from hits("annotations", lost, text)


def _arguments_lost(release: Release) -> Hits:
    import polars as pl

    spans = marked(release)
    arrows, labels = _drawn(release), _labels(release)
    types = [kind.name for kind in release.ontology.event_types]
    triggers, places = (
        labels.filter(pl.col("label").is_in(names))["region_key"].implode()
        for names in (types, PLACES)
    )
    ends = [
        arrows.filter(pl.col(one).is_in(triggers) & pl.col(other).is_in(places)).select(
            "annotation", trigger=one, region_key=other
        )
        for one, other in (("tail", "head"), ("head", "tail"))
    ]  # an arrow may be drawn in either direction
    columns = ("region_key", "start", "end", "text", "label")
    regions = spans.select("region_id", trigger="region_key")
    linked = (
        pl.concat(ends)
        .join(_sources(release), on="annotation")
        .join(spans.select(columns), on="region_key")
        .join(regions, on="trigger")
        .with_columns(mention_id=pl.format("{}:{}", "article_id", "region_id"))
    )
    place = hashed("mention_id", "start", "end")
    there = release.arguments.select(place).to_series()
    missing = where(linked, ~place.is_in(there.implode()))
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
        after=(*SHIFTED, "SCH010", "SCH013", "REL001", "REL002", "REL013", "KEY001", "KEY003", "GRM011",
               "SPN012", "SPN019", "GRM021"),
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
