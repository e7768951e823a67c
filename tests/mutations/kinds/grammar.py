"""GRM: events and stances that cannot be."""

from __future__ import annotations

import copy
import datetime as dt

from dataset_builder.assemble.rows import digest
from tests.factory import registries
from tests.mutations.kind import NotHere, rows

ONTOLOGY = registries().ontology
DAY = dt.timedelta(1)


def at(draft, site, row, says=""):
    return draft.at(site.table, row, site.split, says=says)


def _retype(row, name):
    """Give an event another type, and the votes that go with it."""
    old = row["type"]
    row["type"], row["quad"], row["modes"] = name, ONTOLOGY.by_type[name].quad, []
    for vote in row["votes"]:
        vote["label"] = name if vote["label"] == old else vote["label"]


def alone(draft, row):
    """Whether no other mention has the event of this one."""
    return len(draft.all("events", event_id=row["event_id"])) == 1


@rows("GRM001", "events")
def required_role_missing(draft, site, rng):
    def fits(row):
        return not any(a["role"] == "RECIPIENT" for a in row["arguments"]) and alone(draft, row)

    row = draft.pick(site, rng, fits)
    _retype(row, rng.choice([kind.name for kind in ONTOLOGY.event_types if kind.requires]))
    return at(draft, site, row)


def _with_role(draft, site, rng, *roles):
    """An event and one of its arguments in one of these roles."""
    row = draft.pick(site, rng, lambda row: any(a["role"] in roles for a in row["arguments"]))
    return row, rng.choice([a for a in row["arguments"] if a["role"] in roles])


@rows("GRM002", "events")
def no_date_with_a_date(draft, site, rng):
    row, argument = _with_role(draft, site, rng, "ACTOR", "RECIPIENT", "LOCATION")
    argument["timex3"] = "2017"
    return at(draft, site, row)


@rows("GRM002", "events")
def no_actor_with_an_actor(draft, site, rng):
    row, argument = _with_role(draft, site, rng, "LOCATION", "DATE")
    argument["actor_ids"], argument["actor_codes"] = ["kalin"], ["TUR GOV"]
    return at(draft, site, row)


@rows("GRM002", "events")
def actor_without_an_id(draft, site, rng):
    row, argument = _with_role(draft, site, rng, "ACTOR", "RECIPIENT")
    argument["actor_ids"] = argument["actor_codes"] = []
    return at(draft, site, row)


@rows("GRM003", "events")
def mode_of_another_type(draft, site, rng):
    row = draft.pick(site, rng)
    own = set(ONTOLOGY.by_type[row["type"]].modes)
    row["modes"] = [rng.choice([name for name in ONTOLOGY.names("mode") if name not in own])]
    return at(draft, site, row)


@rows("GRM004", "events")
def quad_of_another_type(draft, site, rng):
    row = draft.pick(site, rng)
    row["quad"] = rng.choice([name for name in ONTOLOGY.names("quad") if name != row["quad"]])
    return at(draft, site, row)


@rows("GRM005", "stance")
def holder_on_itself(draft, site, rng):
    row = draft.pick(
        site, rng,
        lambda r: r["basis"] == "annotated" and r["holder_kind"] == r["target_kind"] == "actor",
    )  # fmt: skip
    region = draft.region_of(row, site.split)
    for name in ("id", "code"):
        row[f"target_{name}"] = row[f"holder_{name}"]
    row["target"] = row["holder"]
    draft.identify(row, region)
    return at(draft, site, row)


def _author(row):
    return row["holder_kind"] == "author"


def _marked_holder(row):
    return row["holder_kind"] == "actor" and row["holder_span"] is not None


@rows("GRM006", "stance")
def author_with_a_mention(draft, site, rng):
    row = draft.pick(site, rng, _author)
    row["holder_span"] = copy.deepcopy(row["target_span"])
    return at(draft, site, row)


@rows("GRM006", "stance")
def author_with_a_code(draft, site, rng):
    row = draft.pick(site, rng, _author)
    row["holder_code"] = "TUR GOV"
    return at(draft, site, row)


@rows("GRM006", "stance")
def actor_without_a_mention(draft, site, rng):
    row = draft.pick(site, rng, _marked_holder)
    row["holder_span"] = None
    return at(draft, site, row)


@rows("GRM006", "stance")
def author_by_id_only(draft, site, rng):
    row = draft.pick(site, rng, _author)
    row["holder_kind"] = "actor"
    return at(draft, site, row)


@rows("GRM006", "stance")
def author_by_kind_only(draft, site, rng):
    row = draft.pick(site, rng, lambda row: _marked_holder(row) and row["basis"] == "annotated")
    row["holder_kind"] = "author"
    return at(draft, site, row)


@rows("GRM007", "events")
def one_event_of_two_types(draft, site, rng):
    row = draft.pick(site, rng, lambda row: alone(draft, row) and row["date_basis"] == "none")
    others = [
        other
        for other in draft.all("events", site.split, article_id=row["article_id"])
        if other["type"] != row["type"] and other["event_id"] == other["mention_id"]
        and other["date_basis"] == "none"
    ]  # fmt: skip
    if not others:
        raise NotHere
    row["event_id"] = rng.choice(others)["mention_id"]
    return at(draft, site, row)


@rows("GRM008", "events")
def end_before_the_start(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["date_start"] and row["date_end"])
    row["date_end"] = row["date_start"] - rng.randint(1, 400) * DAY
    return at(draft, site, row)


def dated(row):
    return row["date_start"] is not None


def _undated(row):
    return row["date_basis"] == "none"


@rows("GRM009", "events")
def date_from_nowhere(draft, site, rng):
    row = draft.pick(site, rng, dated)
    row["date_basis"] = "none"
    return at(draft, site, row)


@rows("GRM009", "events")
def date_of_unknown_precision(draft, site, rng):
    row = draft.pick(site, rng, dated)
    row["date_precision"] = "unknown"
    return at(draft, site, row)


@rows("GRM009", "events")
def precision_of_no_date(draft, site, rng):
    row = draft.pick(site, rng, _undated)
    row["date_precision"] = rng.choice(("day", "week", "month", "year"))
    return at(draft, site, row)


@rows("GRM009", "events")
def basis_of_no_date(draft, site, rng):
    row = draft.pick(site, rng, _undated)
    row["date_basis"] = "explicit"
    return at(draft, site, row)


@rows("GRM010", "events")
def dated_from_an_unknown_day(draft, site, rng):
    row = draft.pick(site, rng, lambda row: dated(row) and row["published_at"] is None)
    row["date_basis"] = rng.choice(("dct", "inferred_dct"))
    return at(draft, site, row)


@rows("GRM010", "events")
def dated_in_another_age(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["date_basis"] == "dct" and alone(draft, row)
                     and row["date_precision"] == "day" and row["date_end"])  # fmt: skip
    row["date_start"] = row["date_end"] = dt.date(rng.choice((1, 217, 7019)), 5, 3)
    return at(draft, site, row)


@rows("GRM011", "stance")
def annotated_without_evidence(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] == "annotated")
    row["evidence"] = None
    return at(draft, site, row)


def _derived(row):
    return row["basis"] == "derived"


@rows("GRM012", "stance", splits=("train",))
def derived_with_a_side(draft, site, rng):
    row = draft.pick(site, rng, _derived)
    row["label"] = rng.choice(("favor", "against"))
    return at(draft, site, row)


@rows("GRM012", "stance", splits=("train",))
def derived_with_evidence(draft, site, rng):
    row = draft.pick(site, rng, _derived)
    row["evidence"] = copy.deepcopy(row["holder_span"])
    return at(draft, site, row)


@rows("GRM012", "stance", splits=("train",))
def derived_with_expression(draft, site, rng):
    row = draft.pick(site, rng, _derived)
    row["expression"] = rng.choice(("stated", "reported", "implicit"))
    return at(draft, site, row)


@rows("GRM013", "articles")
def published_without_a_basis(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["published_at"])
    row["published_basis"] = "none"
    return at(draft, site, row)


@rows("GRM013", "articles")
def basis_without_publication(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["published_at"] is None)
    row["published_basis"] = rng.choice(("stated", "metadata"))
    return at(draft, site, row)


@rows("GRM014", "events")
def event_of_nobody(draft, site, rng):
    row = draft.pick(site, rng, lambda r: not ONTOLOGY.by_type[r["type"]].requires)
    row["arguments"] = [a for a in row["arguments"] if a["role"] not in ("ACTOR", "RECIPIENT")]
    return at(draft, site, row)


@rows("GRM015", "stance")
def both_sides_of_one_pair(draft, site, rng):
    row = draft.pick(
        site, rng,
        lambda r: r["basis"] == "annotated" and r["label"] in ("favor", "against")
        and r["holder_kind"] == "actor"
        and all(o["label"] == r["label"] for o in draft.all("stance", pair_id=r["pair_id"])),
    )  # fmt: skip
    article = draft.article(row)
    # The evidence of another stance, whose region the second row rests on.
    others = [
        other
        for other in draft.all("stance", site.split, article_id=row["article_id"])
        if other["basis"] == "annotated" and other["pair_id"] != row["pair_id"]
    ]
    if not others:
        raise NotHere
    other = rng.choice(others)
    again = copy.deepcopy(row)
    again["evidence"] = copy.deepcopy(other["evidence"])
    again["stance_id"] = digest((row["pair_id"], draft.region_of(other, site.split)))
    again["text"], again["context_start"] = article["text"], 0
    again["label"] = "against" if row["label"] == "favor" else "favor"
    for number, vote in enumerate(again["votes"]):
        vote["label"] = "unmarked" if number else again["label"]
    again["agreement"] = 1 / len(again["votes"])
    draft["stance", site.split].append(again)
    return at(draft, site, again)


@rows("GRM016", "events.modes", "events.contexts")
def list_out_of_order(draft, site, rng):
    vocabulary = site.column.removesuffix("s")

    def legal(row):
        return ONTOLOGY.by_type[row["type"]].modes if vocabulary == "mode" else (
            ONTOLOGY.names("context"))  # fmt: skip

    row = draft.pick(site, rng, lambda row: len(legal(row)) > 1)
    order = ONTOLOGY.names(vocabulary).index
    one, other = sorted(rng.sample(list(legal(row)), 2), key=order, reverse=True)
    row[site.column] = rng.choice(([one, other], [one, one]))
    return at(draft, site, row)


@rows("GRM016", "events.arguments")
def arguments_out_of_order(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len(row["arguments"]) > 1)
    row["arguments"].reverse()
    return at(draft, site, row)


@rows("GRM017", "stance")
def issue_with_a_code(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["target_kind"] == "issue")
    row["target_code"] = "TUR GOV"
    return at(draft, site, row)


@rows("GRM018", "events")
def actor_and_recipient(draft, site, rng):
    def fits(row):
        roles = {a["role"] for a in row["arguments"] if a["actor_ids"]}
        return {"ACTOR", "RECIPIENT"} <= roles

    row = draft.pick(site, rng, fits)
    first = next(a for a in row["arguments"] if a["role"] == "ACTOR")
    second = next(a for a in row["arguments"] if a["role"] == "RECIPIENT")
    second["actor_ids"], second["actor_codes"] = first["actor_ids"], first["actor_codes"]
    return at(draft, site, row)


@rows("GRM019", "stance", splits=("train",))
def derived_where_somebody_spoke(draft, site, rng):
    row = draft.pick(site, rng, _derived)
    said = [
        other
        for other in draft.all("stance", site.split, article_id=row["article_id"])
        if other["basis"] == "annotated" and other["holder_kind"] == other["target_kind"] == "actor"
    ]
    if not said:
        raise NotHere
    other = rng.choice(said)
    for side in ("holder", "target"):
        row[side] = other[side]
        row[f"{side}_id"], row[f"{side}_code"] = other[f"{side}_id"], other[f"{side}_code"]
    draft.identify(row, "derived")
    return at(draft, site, row)


@rows("GRM020", "annotations.from_id", "annotations.to_id")
def arrow_with_one_end(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["kind"] == "arrow")
    row[site.column] = None
    return at(draft, site, row)


@rows("GRM020", "annotations.start", "annotations.end")
def span_with_one_offset(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["kind"] == "span" and row["start"] is not None)
    row[site.column] = None
    return at(draft, site, row)


@rows("GRM020", "annotations")
def span_with_the_ends_of_an_arrow(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["kind"] == "span")
    row["direction"] = "right"
    return at(draft, site, row)


@rows("GRM021", "annotations")
def label_of_another_scheme(draft, site, rng):
    row = draft.pick(site, rng, lambda r: r["kind"] == "span" and r["values"] == ["LOCATION"]
                     and r["state"] == "completed")  # fmt: skip
    row["values"] = [rng.choice(("INVESTIGATE", "location", "LOC"))]
    return at(draft, site, row)


@rows("GRM021", "annotations")
def labels_but_one(draft, site, rng):
    row = draft.pick(site, rng, lambda r: r["kind"] == "span" and r["values"] == ["LOCATION"]
                     and r["state"] == "completed")  # fmt: skip
    row["values"] = rng.choice((["LOCATION", "DATE"], []))
    return at(draft, site, row)


@rows("GRM022", "stance")
def evidence_that_expresses_nothing(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["evidence"] and row["expression"] != "none")
    row["expression"] = "none"
    return at(draft, site, row)


@rows("GRM023", "events")
def argument_twice(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["arguments"])
    number = rng.randrange(len(row["arguments"]))
    row["arguments"].insert(number, copy.deepcopy(row["arguments"][number]))
    return at(draft, site, row)
