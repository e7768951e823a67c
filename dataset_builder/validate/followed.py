"""SPN: rows that say something else than what was marked where they come from.

Labels, attributes, arguments, holders and targets are held against the annotations that the release
publishes with them. A row must say what some annotator said of the region that it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ontology import AUTHOR, mode_control
from dataset_builder.validate.conversion import SHIFTED, joined
from dataset_builder.validate.marks import (
    ENTITIES,
    ROW,
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


def _never(candidates: pl.DataFrame, *within: str) -> pl.DataFrame:
    """The rows (or what `within` tells apart in them) whose `found` is what none of their
    candidates has in `given`, one each."""
    import polars as pl

    keys = [*ROW, *within]
    same = candidates.select(pl.col("found").eq_missing(pl.col("given"))).to_series()
    if same.all():
        return candidates.clear()
    wrong = candidates.filter(~same).unique(keys, keep="first", maintain_order=True)
    return wrong.join(candidates.filter(same), on=keys, how="anti", maintain_order="left")


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
    typed = _never(both.with_columns(found=pl.col("type"), given=pl.col("marked")))
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
    wrong = _never(joined).with_columns(release.named(name, "given"), release.named(name, "found"))
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
    lists = numbers.unique().sort("given").group_by("region_key", maintain_order=True).agg("given")
    joined = rows.join(lists, on="region_key", how="left", maintain_order="left").with_columns(
        pl.col("given").fill_null(pl.lit([], pl.List(pl.Int64))),
        found=pl.col(column).cast(pl.List(pl.Int64)).list.sort(),
    )
    wrong = _never(joined)
    texts = [
        pl.col(name).list.eval(
            pl.element().replace_strict(
                dict(enumerate(names)), default="?", return_dtype=pl.String
            )
        ).list.join(", ").replace("", "none")
        for name in ("given", "found")
    ]  # fmt: skip
    yield from hits("events", wrong.with_columns(texts),
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
    yield from hits("events", _never(candidates),
                    "no arrow joins the mention to another one of its event", found="{event_id}")  # fmt: skip
    if both_ways.is_empty():
        return
    # A region that several annotators have may stand for either's.
    once_there = triggers.filter(pl.col("mention_id").is_unique())
    mentions = rows.select(*ROW, "mention_id", "event_id").unique("mention_id", keep="none")
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
    named = given.join(entities(release), left_on="filler", right_on="region_key", how="left")
    takes_part = traced.filter(pl.col("role").is_in([roles["ACTOR"], roles["RECIPIENT"]]))
    yield from _other_actors(takes_part, named)
    yield from _other_dates(release, traced.filter(pl.col("role") == roles["DATE"]), given)


def _other_actors(arguments: pl.DataFrame, named: pl.DataFrame) -> Hits:
    """Arguments with other ids than their mention has; where it cannot be told, none."""
    import polars as pl

    candidates = arguments.join(named, on="place", how="inner", maintain_order="left")
    own = pl.col("actor_ids").list.sort()
    candidates = candidates.with_columns(found=own, given=pl.coalesce("ids", own))
    wrong = _never(candidates, "place").with_columns(
        pl.col(name).list.join(", ") for name in ("found", "given")
    )
    yield from hits("events", wrong, "'{text}' stands for another actor than was chosen",
                    expected="{given}", found="{found}")  # fmt: skip


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
    wrong = _never(candidates.with_columns(found=pl.col("timex3")), "place")
    yield from hits("events", wrong, "the value of '{text}' is not the one that was entered",
                    expected="{given}", found="{found}")  # fmt: skip


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
    yield from hits("stance", _never(candidates), "label is not how the evidence was marked",
                    expected="{given}", found="{found}")  # fmt: skip
    candidates = where(candidates, pl.col("found") == pl.col("given"))
    candidates = candidates.with_columns(found=_ends_fit(release, candidates), given=True)
    yield from hits("stance", _never(candidates),
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
    wrong = _never(candidates).with_columns(
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


def _ends(release: Release) -> Hits:
    """Of rows of every basis: there are derived pairs and answers of the grid on marked mentions
    only."""
    import polars as pl

    place = hashed("article_id", "start", "end").alias("place")
    for end, kinds in (("holder", ("actor",)), ("target", ("actor", "issue"))):
        span, ids, kind = f"{end}_span", f"{end}_id", f"{end}_kind"
        rows = judged(release, release.rows("stance", "article_id", span, ids, kind, complete=True))
        rows = rows.drop_nulls([span, ids]).with_columns(
            start=pl.col(span).struct.field("start"),
            end=pl.col(span).struct.field("end"),
            words=pl.col(span).struct.field("text"),
            found=pl.col(ids),
        )
        for name in kinds:
            label = next(label for label, of in ENTITIES.items() if of == name)
            mine = rows.filter(pl.col(kind) == release.member(kind, name)).with_columns(place)
            mentions = regions(release).filter(pl.col("label") == label)
            mentions = mentions.select(place, "region_key")
            unmarked = where(mine, ~pl.col("place").is_in(mentions["place"].implode()))
            yield from hits("stance", unmarked,
                            f"nobody marked '{{words}}', the {end}, as {label}")  # fmt: skip
            told = mentions.join(entities(release), on="region_key", how="left")
            candidates = mine.join(told, on="place", how="inner", maintain_order="left")
            meant = pl.col("ids").list.contains(pl.col(ids)).fill_null(value=True)
            candidates = candidates.with_columns(
                given=pl.when(meant).then(pl.col(ids)).otherwise(pl.col("ids").list.join(", "))
            )
            yield from hits("stance", _never(candidates),
                            f"'{{words}}', the {end}, stands for somebody else",
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
