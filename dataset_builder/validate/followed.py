"""SPN: events that say something else than what was marked where they come from.

Labels, attributes and arguments are held against the annotations that the release publishes with
them. A row must say what some annotator said of the region that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ontology import mode_control
from dataset_builder.validate.conversion import SHIFTED, joined
from dataset_builder.validate.marks import (
    ROW,
    entities,
    fields,
    judged,
    links,
    placed,
    regions,
    who,
)
from dataset_builder.validate.matching import where
from dataset_builder.validate.release import Release, once
from dataset_builder.validate.rules import Hits, Rule, hashed, hits

if TYPE_CHECKING:
    import polars as pl


@once
def _triggers(release: Release) -> pl.DataFrame:
    """Regions that are triggers of rows: annotation, region_key, label, article_id, mention_id."""
    import polars as pl

    types = [kind.name for kind in release.ontology.event_types]
    mention = pl.col("mention_id").hash()
    events = release.rows("events", "mention_id", complete=True).select(mention).to_series()
    found = regions(release).filter(pl.col("label").is_in(types))
    found = found.select(
        "annotation", "region_key", "label", "article_id",
        mention_id=pl.format("{}:{}", "article_id", "region_id"),
    )  # fmt: skip
    return where(found, mention.is_in(events.implode()))


def never(candidates: pl.DataFrame, *within: str) -> pl.DataFrame:
    """The rows (or what `within` tells apart in them) whose `found` is what none of their
    candidates has in `given`, one each."""
    import polars as pl

    keys = [*ROW, *within]
    same = candidates.select(pl.col("found").eq_missing(pl.col("given"))).to_series()
    if same.all():
        return candidates.clear()
    row = hashed(*keys)
    right = candidates.filter(same).select(row).to_series().implode()
    wrong = where(candidates.filter(~same), ~row.is_in(right))
    return wrong.unique(keys, keep="first", maintain_order=True)


def _as_marked(release: Release) -> Hits:
    import polars as pl

    ontology = release.ontology
    names = [attribute.name for attribute in ontology.attributes]
    columns = ("mention_id", "article_id", "event_id", "type", "modes", "contexts", *names)
    rows = judged(release, release.rows("events", *columns, complete=True))
    both = rows.join(
        _triggers(release).drop("article_id"), on="mention_id", how="inner", maintain_order="left"
    )
    types = {name: at for at, name in enumerate(ontology.names("event_type"))}
    number = pl.col("label").replace_strict(types, return_dtype=pl.Int64)
    both = both.with_columns(pl.col("type").cast(pl.Int64), marked=number)
    typed = never(both.with_columns(found=pl.col("type"), given=pl.col("marked")))
    typed = typed.with_columns(found=release.named("event_type", "found"))
    yield from hits("events", typed, "type is not how the trigger was marked",
                    expected="{label}", found="{found}")  # fmt: skip
    both = where(both, pl.col("type") == pl.col("marked"))
    entered = fields(release).filter(pl.col("region_key").is_in(both["region_key"].implode()))
    for attribute in ontology.attributes:
        yield from _attribute(release, both, entered, attribute.name, attribute.default)
    modes = entered.filter(pl.col("name").str.starts_with(mode_control("")))
    yield from _several(release, both, modes, "modes", "mode")
    contexts = entered.filter(pl.col("name") == "context")
    yield from _several(release, both, contexts, "contexts", "context")
    yield from _same_events(release, rows)


def _attribute(
    release: Release, rows: pl.DataFrame, entered: pl.DataFrame, name: str, default: str
) -> Hits:
    """Rows with another value than was chosen, or than the default where none was."""
    import polars as pl

    legal = {value: at for at, value in enumerate(release.ontology.names(name))}
    one = entered.filter((pl.col("name") == name) & (pl.col("values").list.len() == 1))
    chosen = one.select(
        "region_key",
        given=pl.col("values").list.first().replace_strict(
            legal, default=None, return_dtype=pl.Int64
        ),
    )  # fmt: skip
    joined = rows.join(chosen, on="region_key", how="left", maintain_order="left").with_columns(
        pl.col("given").fill_null(legal[default]), found=pl.col(name).cast(pl.Int64)
    )
    wrong = never(joined).with_columns(release.named(name, "given"), release.named(name, "found"))
    yield from hits("events", wrong, f"{name} is not what was chosen for the trigger",
                    expected="{given}", found="{found}")  # fmt: skip


def _several(
    release: Release, rows: pl.DataFrame, entered: pl.DataFrame, column: str, vocabulary: str
) -> Hits:
    """Rows with other modes or contexts than were chosen, of those that the type has."""
    import polars as pl

    names = release.ontology.names(vocabulary)
    chosen = rows.select("region_key", "label").unique().join(entered, on="region_key")
    if vocabulary == "mode":
        controls = {name: mode_control(name) for name in release.ontology.by_type}
        own = pl.col("label").replace_strict(controls, return_dtype=pl.String)
        chosen = chosen.filter(pl.col("name") == own)
    given = chosen.explode("values").drop_nulls("values")
    if vocabulary == "mode":
        of_types = [
            (kind.name, mode) for kind in release.ontology.event_types for mode in kind.modes
        ]
        schema = {"label": pl.String, "values": pl.String}
        legal = pl.DataFrame(of_types, schema=schema, orient="row")
        given = given.join(legal, on=["label", "values"], how="semi")
    places = {name: at for at, name in enumerate(names)}
    numbers = given.select(
        "region_key",
        given=pl.col("values").replace_strict(places, default=None, return_dtype=pl.Int64),
    ).drop_nulls()
    by_region = numbers.unique().sort("given").group_by("region_key", maintain_order=True)
    lists = by_region.agg(pl.col("given").alias("chosen"))
    lists = lists.with_columns(given=who(lists["chosen"]))
    found = who(rows[column].cast(pl.List(pl.Int64)))
    candidates = rows.with_columns(found=found).join(
        lists.select("region_key", "given"), on="region_key", how="left", maintain_order="left"
    )
    nothing = who(pl.Series([[]], dtype=pl.List(pl.Int64)))[0]
    wrong = never(candidates.with_columns(pl.col("given").fill_null(nothing)))
    wrong = wrong.join(
        lists.select("region_key", "chosen"), on="region_key", how="left", maintain_order="left"
    )
    texts = {
        said: pl.col(name).list.eval(
            pl.element().replace_strict(
                dict(enumerate(names)), default="?", return_dtype=pl.String
            )
        ).list.join(", ").fill_null("").replace("", "none")
        for said, name in (("given", "chosen"), ("found", column))
    }  # fmt: skip
    yield from hits("events", wrong.with_columns(**texts),
                    f"{column} are not those chosen for the trigger",
                    expected="{given}", found="{found}")  # fmt: skip


def _same_events(release: Release, rows: pl.DataFrame) -> Hits:
    """Mentions that an arrow joins are of one event, and those of another's event have an arrow."""
    import polars as pl

    triggers = _triggers(release)
    drawn = joined(release).filter(
        (pl.col("tail_label") == pl.col("head_label"))
        & pl.col("tail_label").is_in(triggers["label"].unique().implode())
    )
    turned = drawn.select(tail="head", head="tail")
    both_ways = pl.concat([drawn.select("tail", "head"), turned]).unique()
    ends = both_ways["tail"].implode()
    later = rows.filter(pl.col("mention_id") != pl.col("event_id"))
    candidates = later.join(triggers, on="mention_id", how="inner", maintain_order="left")
    candidates = candidates.with_columns(found=pl.col("region_key").is_in(ends), given=True)
    yield from hits("events", never(candidates),
                    "no arrow joins the mention to another one of its event", found="{event_id}")  # fmt: skip
    if both_ways.is_empty():
        return
    # A region that several annotators have may stand for either's.
    once_there = triggers.filter(pl.col("mention_id").is_unique())
    mentions = rows.select(*ROW, "article_id", "mention_id", "event_id")
    mentions = mentions.unique("mention_id", keep="none")
    known = mentions.join(once_there.select("mention_id", "region_key"), on="mention_id")
    pairs = both_ways.join(known, left_on="tail", right_on="region_key").join(
        known.select("region_key", other="event_id"), left_on="head", right_on="region_key"
    )
    apart = pairs.filter(pl.col("event_id") != pl.col("other"))
    apart = apart.sort(*ROW, "other").unique(ROW, keep="first", maintain_order=True)
    yield from hits("events", apart,
                    "an arrow joins the mention to one of another event",
                    expected="{other}", found="{event_id}")  # fmt: skip


def _arguments(release: Release) -> Hits:
    import polars as pl

    known = _triggers(release)
    roles = {name: at for at, name in enumerate(release.ontology.names("role"))}
    said = links(release).filter(pl.col("owner").is_in(known["region_key"].implode()))
    given = placed(release, said).join(
        known.select("region_key", "mention_id"), left_on="owner", right_on="region_key"
    ).select(
        "mention_id", "start", "end", "filler",
        role=pl.col("role").replace_strict(roles, return_dtype=pl.Int64),
    )  # fmt: skip
    there = release.arguments.with_columns(pl.col("role").cast(pl.Int64))
    traced = there.filter(pl.col("mention_id").is_in(known["mention_id"].implode()))
    place = hashed("mention_id", "role", "start", "end").alias("place")
    traced = traced.with_columns(place)
    given = given.select(place, "filler")
    unlinked = where(traced, ~pl.col("place").is_in(given["place"].implode()))
    unlinked = unlinked.with_columns(release.named("role", "role"))
    text = "no arrow makes '{text}' at {start}:{end} the {role} of the trigger"
    yield from hits("events", unlinked, text)
    known_by = entities(release).select("region_key", "who")
    named = given.join(known_by, left_on="filler", right_on="region_key", how="left")
    takes_part = traced.filter(pl.col("role").is_in([roles["ACTOR"], roles["RECIPIENT"]]))
    yield from _other_actors(release, takes_part, named)
    yield from _other_dates(release, traced.filter(pl.col("role") == roles["DATE"]), given)


def _other_actors(release: Release, arguments: pl.DataFrame, named: pl.DataFrame) -> Hits:
    """Arguments with other ids than their mention has; where it cannot be told, none."""
    import polars as pl

    arguments = arguments.with_columns(found=who(arguments["actor_ids"]))
    candidates = arguments.select(*ROW, "place", "found").join(
        named, on="place", how="inner", maintain_order="left"
    )
    wrong = never(candidates.with_columns(given=pl.coalesce("who", "found")), "place")
    ids = entities(release).select("region_key", "ids")
    wrong = wrong.select(*ROW, "place", "filler").join(
        ids, left_on="filler", right_on="region_key", how="left", maintain_order="left"
    )
    told = arguments.join(wrong, on=[*ROW, "place"], how="inner", maintain_order="left")
    told = told.with_columns(
        pl.col(name).list.sort().list.join(", ") for name in ("ids", "actor_ids")
    )
    yield from hits("events", told, "'{text}' stands for another actor than was chosen",
                    expected="{ids}", found="{actor_ids}")  # fmt: skip


def _other_dates(release: Release, arguments: pl.DataFrame, given: pl.DataFrame) -> Hits:
    import polars as pl

    from dataset_builder.assemble.dates import timex3_problem

    entered = fields(release).filter(
        (pl.col("name") == "timex3") & (pl.col("values").list.len() == 1)
    )
    values = entered.select("region_key", given=pl.col("values").list.first())
    wrong_form = [v for v in values["given"].unique() if timex3_problem(v) is not None]
    values = values.filter(~pl.col("given").is_in(wrong_form))
    dated = given.join(values, left_on="filler", right_on="region_key", how="left")
    candidates = arguments.join(dated, on="place", how="inner", maintain_order="left")
    wrong = never(candidates.with_columns(found=pl.col("timex3")), "place")
    yield from hits("events", wrong, "the value of '{text}' is not the one that was entered",
                    expected="{given}", found="{found}")  # fmt: skip


REBUILD = "Build the release again from its inputs; labels are changed in Label Studio only."
AFTER = (
    *SHIFTED, "KEY001", "KEY002", "KEY003", "KEY004", "KEY005", "KEY006", "KEY009", "KEY010", "KEY011", "KEY012",
    "KEY013", "KEY018", "SPN012", "SPN019", "GRM001", "GRM002", "GRM003", "GRM005", "GRM006", "GRM007",
    "GRM015", "GRM016", "GRM018", "GRM019", "GRM020", "GRM021", "GRM022", "GRM024", "GRM026", "GRM027",
    "GRM028", "VOT004", "VOT009",
)  # fmt: skip
"""What is said of the row itself, or of the annotation it was made from, comes first."""

FOLLOWED_RULES: tuple[Rule, ...] = (
    Rule(
        "SPN030",
        "event says something else than its trigger",
        _as_marked,
        "Type, attributes and coreference come from what was marked; a label that was changed in"
        " the files alone is nobody's judgement.",
        REBUILD,
        "POSITIVE where the annotator chose NEGATIVE",
        after=AFTER,
    ),
    Rule(
        "SPN031",
        "argument that nobody linked so",
        _arguments,
        "Who did what to whom is what the arrows say; turned round, the event is another one.",
        REBUILD,
        "a RECIPIENT whose arrow leads to the trigger",
        after=(*AFTER, "GRM024"),
    ),
)
