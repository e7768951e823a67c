"""GRM: what an event or a stance can be, by the ontology and the guidelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.migration.declared import LABELS
from dataset_builder.ontology import AUTHOR
from dataset_builder.validate.matching import where
from dataset_builder.validate.rules import Hits, Rule, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

FAR: Final = 1000
"""Years between a publication and what is dated from it that are a mistake in writing."""


def _typed(release: Release, *columns: str) -> pl.DataFrame:
    """Events whose type is known, with its name as `type_name`."""
    import polars as pl

    frame = release.rows("events", "type", *columns)
    return frame.with_columns(type_name=release.named("event_type", "type")).filter(
        pl.col("type_name").is_not_null()
    )


def _arguments(release: Release) -> pl.DataFrame:
    """Arguments whose role is known, with its name as `role_name` and its filler."""
    import polars as pl

    fillers = {role.name: role.filler for role in release.ontology.roles}
    return (
        release.arguments.with_columns(role_name=release.named("role", "role"))
        .filter(pl.col("role_name").is_not_null())
        .with_columns(filler=pl.col("role_name").replace_strict(fillers, return_dtype=pl.String))
    )


def _required(release: Release) -> Hits:
    import polars as pl

    frame = _typed(release, "arguments").drop_nulls("arguments")
    roles = pl.col("arguments").list.eval(pl.element().struct.field("role"))
    for kind in release.ontology.event_types:
        for role in kind.requires:
            wrong = frame.filter(
                (pl.col("type_name") == kind.name)
                & ~roles.list.contains(release.member("role", role))
            )
            text = f"{kind.name} without {role}"
            yield from hits("events", wrong, text, expected=f"an argument {role}")


def _filler(release: Release) -> Hits:
    import polars as pl

    frame = _arguments(release)
    dated = frame.filter((pl.col("filler") != "DATE") & pl.col("timex3").is_not_null())
    text = "{role_name} '{text}' carries a TIMEX3 value, which only a date has"
    yield from hits("events", dated, text, found="{timex3}")
    actors = frame.filter((pl.col("filler") != "ACTOR") & (pl.col("actor_ids").list.len() > 0))
    actors = actors.with_columns(shown=pl.col("actor_ids").list.join(", "))
    text = "{role_name} '{text}' carries actors, which only an actor has"
    yield from hits("events", actors, text, found="{shown}")
    nobody = frame.filter((pl.col("filler") == "ACTOR") & (pl.col("actor_ids").list.len() == 0))
    yield from hits("events", nobody, "{role_name} '{text}' names no actor")


def _mode(release: Release) -> Hits:
    import polars as pl

    legal = [(kind.name, mode) for kind in release.ontology.event_types for mode in kind.modes]
    allowed = pl.DataFrame(
        legal, schema={"type_name": pl.String, "mode_name": pl.String}, orient="row"
    )
    frame = _typed(release, "modes")
    flat = frame.filter(pl.col("modes").list.len() > 0).explode("modes")
    wrong = (
        flat.with_columns(mode_name=release.named("mode", "modes"))
        .drop_nulls("mode_name")
        .join(allowed, on=["type_name", "mode_name"], how="anti", maintain_order="left")
    )
    return hits("events", wrong, "{type_name} cannot have the mode {mode_name}")


def _quad(release: Release) -> Hits:
    import polars as pl

    quads = {kind.name: kind.quad for kind in release.ontology.event_types}
    frame = _typed(release, "quad").with_columns(
        right=pl.col("type_name").replace_strict(quads, return_dtype=pl.String),
        quad_name=release.named("quad", "quad"),
    )
    wrong = frame.filter(pl.col("quad_name") != pl.col("right"))
    text = "quad is not that of {type_name}"
    return hits("events", wrong, text, expected="{right}", found="{quad_name}")


def _self(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "holder_id", "target_id")
    same = frame.filter(pl.col("holder_id") == pl.col("target_id"))
    return hits("stance", same, "{holder_id} is holder and target")


def _holder_kind(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "holder_kind", "holder_id", "holder_span", "holder_code")
    author = pl.col("holder_kind") == release.member("holder_kind", AUTHOR)
    named = pl.col("holder_id") == AUTHOR
    marked = pl.col("holder_span").is_not_null()
    for wrong, text in (
        (author & ~named, "holder_kind is author, but holder_id is {holder_id}"),
        (~author & named, "holder_id is author, but holder_kind is actor"),
        (author & named & marked, "the author has a mention in the text"),
        (author & named & pl.col("holder_code").is_not_null(), "the author has an actor's code"),
        (~author & ~named & ~marked, "{holder_id} has no mention in the text"),
    ):
        yield from hits("stance", frame.filter(wrong), text)


def _target_kind(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "target_kind", "target_id", "target_code")
    issue = pl.col("target_kind") == release.member("target_kind", "issue")
    coded = frame.filter(issue & pl.col("target_code").is_not_null())
    yield from hits("stance", coded, "an issue has an actor's code", found="{target_code}")
    author = frame.filter(pl.col("target_id") == AUTHOR)
    yield from hits("stance", author, "the author cannot be a target")


def _coreferent(release: Release) -> Hits:
    import polars as pl

    frame = _typed(release, "event_id", "mention_id", "article_id")
    keys = ["article_id", "event_id"]
    heads = frame.unique(["article_id", "mention_id"], keep="first").select(
        "article_id", event_id="mention_id", head_type="type_name"
    )
    joined = frame.join(heads, on=keys, how="inner", maintain_order="left")
    wrong = joined.filter(pl.col("type_name") != pl.col("head_type"))
    text = "mention of a {head_type} event has the type {type_name}"
    return hits("events", wrong, text, expected="{head_type}", found="{type_name}")


def _dates_backwards(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("events", "date_start", "date_end")
    wrong = frame.filter(pl.col("date_end") < pl.col("date_start"))
    yield from hits("events", wrong, "ends on {date_end}, before it starts on {date_start}")


def _dates_unfounded(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("events", "date_start", "date_end", "date_precision", "date_basis")
    frame = frame.with_columns(
        basis=release.named("date_basis", "date_basis"),
        precision=release.named("date_precision", "date_precision"),
    ).drop_nulls(["basis", "precision"])
    dated = pl.col("date_start").is_not_null() | pl.col("date_end").is_not_null()
    for wrong, text in (
        (dated & (pl.col("basis") == "none"), "has a date, but date_basis is none"),
        (dated & (pl.col("precision") == "unknown"), "has a date, but its precision is unknown"),
        (~dated & (pl.col("basis") != "none"), "has no date, but date_basis is {basis}"),
        (~dated & (pl.col("precision") != "unknown"), "has no date, but precision {precision}"),
    ):
        found = "{date_start} to {date_end}, {precision}, {basis}"
        yield from hits("events", frame.filter(wrong), text, found=found)


def _dct(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("events", "date_basis", "published_at", "date_start", "date_end")
    bases = [release.member("date_basis", name) for name in ("dct", "inferred_dct")]
    frame = where(frame, pl.col("date_basis").is_in(bases))
    wrong = where(frame, pl.col("published_at").is_null())
    yield from hits("events", wrong, "dated from the publication, which is not known")
    year = pl.coalesce("date_start", "date_end").dt.year()
    far = where(frame, (year - pl.col("published_at").dt.year()).abs() > FAR)
    text = "dated from the publication, but centuries away from it"
    yield from hits("events", far, text, expected="near {published_at}",
                    found="{date_start} to {date_end}")  # fmt: skip


def _unfounded(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "basis", "evidence")
    rows = frame.filter(pl.col("basis") == release.member("stance_basis", "annotated"))
    bare = rows.filter(pl.col("evidence").is_null())
    return hits("stance", bare, "annotated, but without evidence")


def _unexpressed(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "evidence", "expression")
    rows = frame.filter(pl.col("evidence").is_not_null())
    unsaid = rows.filter(pl.col("expression") == release.member("expression", "none"))
    return hits("stance", unsaid, "there is evidence, but the expression is none")


def _derived(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "basis", "evidence", "expression", "label")
    rows = frame.with_columns(label_name=release.named("stance_label", "label")).filter(
        pl.col("basis") == release.member("stance_basis", "derived")
    )
    labelled = rows.filter(pl.col("label_name") != "neutral")
    text = "derived, but labelled {label_name}"
    yield from hits("stance", labelled, text, expected="neutral", found="{label_name}")
    founded = rows.filter(pl.col("evidence").is_not_null())
    yield from hits("stance", founded, "derived, but with evidence")
    said = rows.filter(pl.col("expression") != release.member("expression", "none"))
    yield from hits("stance", said, "derived, but with an expression", expected="none")


def _derived_taken(release: Release) -> Hits:
    import polars as pl

    keys = ["article_id", "pair_id"]
    frame = release.rows("stance", "basis", *keys)
    derived = pl.col("basis") == release.member("stance_basis", "derived")
    taken = frame.filter(~derived).select(keys).unique()
    wrong = frame.filter(derived).join(taken, on=keys, how="semi", maintain_order="left")
    return hits("stance", wrong, "derived as neutral, but somebody took a stance on this pair")


def _published(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("articles", "published_at", "published_basis")
    none = pl.col("published_basis") == release.member("published_basis", "none")
    dated = pl.col("published_at").is_not_null()
    yield from hits("articles", frame.filter(none & dated), "published_at without a basis")
    yield from hits("articles", frame.filter(~none & ~dated), "a basis without published_at")


def _nobody(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("events", "arguments").drop_nulls("arguments")
    people = [
        release.member("role", role.name) for role in release.ontology.roles
        if role.filler == "ACTOR"
    ]  # fmt: skip
    roles = pl.col("arguments").list.eval(pl.element().struct.field("role").is_in(people))
    return hits("events", frame.filter(~roles.list.any()), "nobody takes part in the event")


def _contradiction(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "pair_id", "label", "basis", "article_id")
    said = frame.filter(pl.col("basis") != release.member("stance_basis", "derived"))
    opposed = said.with_columns(name=release.named("stance_label", "label")).filter(
        pl.col("name") != "neutral"
    )
    both = opposed.filter(pl.col("name").n_unique().over("article_id", "pair_id") > 1)
    return hits("stance", both, "the pair is also labelled the other way", found="{name}")


def _lists(release: Release) -> Hits:
    import polars as pl

    for column in ("modes", "contexts"):
        for _, frame in release.having(column, among=("events",)):
            values = pl.col(column)
            wrong = frame.filter(values != values.list.unique().list.sort())
            yield from hits("events", wrong, f"{column} are doubled or not in the order of ids")
    frame = release.arguments.filter(pl.col("role").is_not_null())
    of_one = (pl.col("_row") == pl.col("_row").shift(1)) & (
        pl.col("_split") == pl.col("_split").shift(1)
    )
    last_role, last_start = pl.col("role").shift(1), pl.col("start").shift(1)
    wrong = frame.filter(
        of_one
        & (
            (pl.col("role") < last_role)
            | ((pl.col("role") == last_role) & (pl.col("start") < last_start))
        )
    )
    yield from hits("events", wrong, "arguments are not in the order of roles and places")


def _doubled_arguments(release: Release) -> Hits:
    import polars as pl

    frame = release.arguments
    again = frame.filter(~pl.struct("_split", "_row", "role", "start", "end").is_first_distinct())
    return hits("events", again, "argument '{text}' is there twice")


def _both_roles(release: Release) -> Hits:
    import polars as pl

    people = _arguments(release).filter(pl.col("actor_ids").list.len() > 0).explode("actor_ids")
    keys = ["_split", "_row", "actor_ids"]
    wrong = people.filter(pl.col("role").n_unique().over(keys) > 1).unique(
        keys, keep="first", maintain_order=True
    )
    return hits("events", wrong, "{actor_ids} is ACTOR and RECIPIENT of one event")


def _shape(release: Release) -> Hits:
    """Each kind of annotation row has its own fields filled."""
    import polars as pl

    frame = release.rows(
        "annotations", "kind", "region_id", "name", "start", "end", "from_id", "to_id", "direction"
    )
    kinds = release.ontology.names("annotation_kind")
    none = release.member("direction", "none")
    has = {name: pl.col(name).is_not_null() for name in ("region_id", "name", "from_id", "to_id")}
    undirected = pl.col("direction") == none
    unplaced = pl.col("start").is_null() != pl.col("end").is_null()
    for kind, wrong, text in (
        ("span", ~has["region_id"] | ~has["name"], "a span without region or control"),
        ("field", ~has["region_id"] | ~has["name"], "a field without region or control"),
        ("article", ~has["name"], "a field of the article without its control"),
        ("arrow", ~has["from_id"] | ~has["to_id"], "an arrow without one of its ends"),
        ("span", has["from_id"] | has["to_id"] | ~undirected, "a span with an arrow's ends"),
        ("span", unplaced, "a span with only one end"),
    ):
        rows = where(frame, (pl.col("kind") == kinds.index(kind)) & wrong)
        yield from hits("annotations", rows, text)


def _unknown_label(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("annotations", "kind", "values", "name", "region_id", "state")
    frame = where(frame, pl.col("state") == release.member("annotation_state", "completed"))
    spans = frame.filter(
        (pl.col("kind") == release.member("annotation_kind", "span")) & (pl.col("name") == "span")
    )
    # The table shows what was entered: a label of an earlier scheme stays in it under its old name.
    earlier = (c for m in release.ontology.migrations for c in m.changes if c.of in LABELS)
    known = {*release.ontology.span_labels, *(name for c in earlier for name in c.sources)}
    entered = spans["values"].explode(empty_as_null=False, keep_nulls=False)
    one_each = spans["values"].list.len().eq(1).all()
    if one_each and entered.unique().is_in(sorted(known)).all():
        return
    labels = spans.filter(pl.col("values").list.len() > 0).explode("values")
    wrong = where(labels, ~pl.col("values").is_in(sorted(known)))
    yield from hits("annotations", wrong, "label {values} is not in the ontology")
    bare = where(spans, pl.col("values").list.len() != 1)
    yield from hits("annotations", bare, "a span has exactly one label")


REBUILD = "Build the release again from its inputs."
ENTER = "Correct the annotation in Label Studio, and pull."

RULES: tuple[Rule, ...] = (
    Rule("GRM001", "required role missing", _required,
         "Some types mean nothing without a role: who was aided, who was displaced.",
         ENTER, "AID without RECIPIENT"),
    Rule("GRM002", "argument does not fit its role", _filler,
         "Actors fill ACTOR and RECIPIENT and have ids; dates carry TIMEX3; places neither.",
         ENTER, "a LOCATION with actor_ids"),
    Rule("GRM003", "mode of another type", _mode,
         "Each type has its own modes.", ENTER, "CONSULT with the mode strike"),
    Rule("GRM004", "quad of another type", _quad,
         "The quad class follows from the type; two opinions on it make counts differ.", REBUILD),
    Rule("GRM005", "holder is its own target", _self,
         "A stance is towards somebody or something else.", ENTER),
    Rule("GRM006", "holder contradicts its kind", _holder_kind,
         "The author has no mention and no code; an actor has a mention.", REBUILD),
    Rule("GRM007", "mentions of one event differ in type", _coreferent,
         "Two types are two events.", ENTER, after=("KEY001",)),
    Rule("GRM008", "date backwards", _dates_backwards,
         "An event ends after it starts.", ENTER, after=("GRM009",)),
    Rule("GRM009", "date without foundation", _dates_unfounded,
         "A date has a basis and a precision, and no date has neither; a date from nowhere is an"
         " invented one.", REBUILD, after=("GRM008",)),
    Rule("GRM010", "dated from no such publication", _dct,
         "A date relative to the publication needs one that the page states, and is of its time.",
         REBUILD, after=("GRM030",)),
    Rule("GRM011", "annotated stance without evidence", _unfounded,
         "Every annotated label rests on words in the text.", ENTER),
    Rule("GRM012", "derived row that says something", _derived,
         "Derived rows are pairs on which nobody said anything: neutral, without evidence.",
         REBUILD),
    Rule("GRM013", "publication without basis, or the reverse", _published,
         "published_at is null unless the page states it, and the basis says where.", REBUILD),
    Rule("GRM014", "event without participant", _nobody,
         "Somebody does it or has it done to them.", ENTER, severity="warning",
         after=("GRM001",)),
    Rule("GRM015", "pair labelled both ways", _contradiction,
         "A text may show both sides; look whether it does. Both rows are kept.",
         ENTER, severity="warning"),
    Rule("GRM016", "list doubled or out of order", _lists,
         "Lists have one order, so that equal rows are equal bytes.", REBUILD),
    Rule("GRM017", "stance on what cannot be a target", _target_kind,
         "Issues have no code, and the author is never a target.", REBUILD),
    Rule("GRM018", "both ACTOR and RECIPIENT", _both_roles,
         "Nobody does an act and has it done to them; look whether an arrow is reversed.", ENTER,
         severity="warning"),
    Rule("GRM019", "derived pair that has a stance", _derived_taken,
         "A pair that somebody took a stance on is not neutral by silence.", REBUILD,
         after=("KEY007", "GRM012")),
    Rule("GRM020", "annotation row of the wrong shape", _shape,
         "Spans have a region and a place, arrows two ends, fields a control.", ENTER),
    Rule("GRM021", "label that the ontology does not have", _unknown_label,
         "A label outside the ontology has no meaning and no definition.",
         "Add it to the ontology, or relabel the span in Label Studio and pull."),
    Rule("GRM022", "evidence without expression", _unexpressed,
         "Whether a stance is stated, reported or implicit is part of the annotation.", ENTER,
         severity="warning", after=("GRM012",)),
    Rule("GRM023", "argument twice", _doubled_arguments,
         "The same words marked twice count twice.", ENTER, severity="warning"),
)  # fmt: skip
