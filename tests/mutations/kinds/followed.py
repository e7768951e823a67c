"""Rows that say something else than the annotations that are published beside them, consistently:
ids, votes and agreement follow, so that nothing else is wrong."""

from __future__ import annotations

from dataset_builder.ontology import AUTHOR
from tests.factory import registries
from tests.mutations.kind import NotHere, rows

KNOWN = registries()
ONTOLOGY = KNOWN.ontology
ROLES = ONTOLOGY.names("role")


def at(draft, site, row, says=""):
    return draft.at(site.table, row, site.split, says=says)


def _other(rng, names, *but):
    return rng.choice([name for name in names if name not in but])


def _agree(row):
    wanted = "unmarked" if row["basis"] == "derived" else row["label"]
    cast = [vote["label"] for vote in row["votes"]]
    row["agreement"] = cast.count(wanted) / len(cast)


@rows("SPN030", "events.polarity", "events.modality", "events.tense")
def attribute_changed(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len(draft.all("events", event_id=row["event_id"])) == 1)
    row[site.column] = _other(rng, ONTOLOGY.names(site.column), row[site.column])
    return at(draft, site, row, site.column)


@rows("SPN030", "events")
def type_changed(draft, site, rng):
    """To one with the same roles."""
    row = draft.pick(site, rng, lambda row: row["event_id"] == row["mention_id"])
    same = [e for e in draft.all("events", event_id=row["event_id"]) if e is not row]
    marked = [r["values"] for r in draft.all("annotations", region_id=_region(row))]
    types = {
        kind.name: kind
        for kind in ONTOLOGY.event_types
        if not kind.requires and [kind.name] not in marked
    }
    kind = types[rng.choice(sorted(types))]
    if same:
        raise NotHere
    for vote in row["votes"]:
        if vote["label"] == row["type"]:
            vote["label"] = kind.name
    row.update(type=kind.name, quad=kind.quad, modes=[])
    return at(draft, site, row, "type")


def _region(row):
    return row["mention_id"].partition(":")[2]


@rows("SPN030", "events")
def modes_gone(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["modes"])
    row["modes"] = []
    return at(draft, site, row, "modes")


@rows("SPN030", "events")
def context_made_up(draft, site, rng):
    row = draft.pick(site, rng, lambda row: not row["contexts"])
    row["contexts"] = [rng.choice(ONTOLOGY.names("context"))]
    return at(draft, site, row, "contexts")


@rows("SPN030", "events")
def chain_broken(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["event_id"] != row["mention_id"])
    row["event_id"] = row["mention_id"]
    others = [r for r in draft.all("events", article_id=row["article_id"]) if r is not row]
    if any(r["event_id"] == row["event_id"] for r in others):
        raise NotHere
    return draft.at("events", row, site.split, says="arrow joins")


@rows("SPN031", "events")
def roles_turned_round(draft, site, rng):
    both = {"ACTOR", "RECIPIENT"}
    row = draft.pick(site, rng, lambda row: both <= {a["role"] for a in row["arguments"]})
    turned = {"ACTOR": "RECIPIENT", "RECIPIENT": "ACTOR"}
    for argument in row["arguments"]:
        argument["role"] = turned.get(argument["role"], argument["role"])
    row["arguments"].sort(key=lambda a: (ROLES.index(a["role"]), a["start"], a["end"]))
    return at(draft, site, row, "no arrow")


@rows("SPN031", "events")
def argument_made_up(draft, site, rng):
    row = draft.pick(site, rng, lambda row: any(a["role"] == "LOCATION" for a in row["arguments"]))
    like = next(a for a in row["arguments"] if a["role"] == "LOCATION")
    more = {**like, **row["trigger"]}
    row["arguments"].insert(row["arguments"].index(like), more)
    row["arguments"].sort(key=lambda a: (ROLES.index(a["role"]), a["start"], a["end"]))
    return at(draft, site, row, "no arrow")


@rows("SPN031", "events")
def argument_of_another_actor(draft, site, rng):
    row = draft.pick(site, rng, lambda row: any(a["actor_ids"] for a in row["arguments"]))
    taken = {name for a in row["arguments"] for name in a["actor_ids"]}
    actor = rng.choice([a for a in KNOWN.actors if a.id not in taken])
    one = rng.choice([a for a in row["arguments"] if a["actor_ids"]])
    one["actor_ids"], one["actor_codes"] = [actor.id], [actor.code or ""]
    return at(draft, site, row, "another actor")


def _annotated(row):
    return row["basis"] == "annotated"


@rows("SPN032", "stance")
def label_of_all_votes_changed(draft, site, rng):
    def fits(row):
        return _annotated(row) and len(draft.all("stance", pair_id=row["pair_id"])) == 1

    row = draft.pick(site, rng, fits)
    span = row["evidence"]
    marked = [
        r["values"]
        for r in draft.all("annotations", site.split, article_id=row["article_id"], kind="span")
        if (r["start"], r["end"]) == (span["start"], span["end"])
    ]
    legal = [n for n in ("favor", "against", "neutral") if [n] not in marked]
    label = rng.choice(legal)
    for vote in row["votes"]:
        if vote["label"] == row["label"]:
            vote["label"] = label
    row["label"] = label
    if label not in [vote["label"] for vote in row["votes"]]:
        raise NotHere
    _agree(row)
    return at(draft, site, row, "label")


@rows("SPN032", "stance")
def expression_changed(draft, site, rng):
    row = draft.pick(site, rng, _annotated)
    row["expression"] = _other(rng, ONTOLOGY.names("expression"), row["expression"], "none")
    return at(draft, site, row, "expression")


@rows("SPN032", "stance")
def holder_made_the_author(draft, site, rng):
    def fits(row):
        return _annotated(row) and row["holder_kind"] == "actor"

    row = draft.pick(site, rng, fits)
    region = draft.region_of(row, site.split)
    row.update(
        holder="the author", holder_id=AUTHOR, holder_kind=AUTHOR, holder_code=None,
        holder_span=None,
    )  # fmt: skip
    draft.identify(row, region)
    if len(draft.all("stance", pair_id=row["pair_id"])) > 1:
        raise NotHere
    return at(draft, site, row, "holder")


@rows("SPN032", "stance")
def ends_turned_round(draft, site, rng):
    def fits(row):
        return _annotated(row) and row["holder_kind"] == row["target_kind"] == "actor"

    row = draft.pick(site, rng, fits)
    region = draft.region_of(row, site.split)
    for name in ("", "_id", "_code", "_span"):
        one, other = f"holder{name}", f"target{name}"
        row[one], row[other] = row[other], row[one]
    draft.identify(row, region)
    if len(draft.all("stance", pair_id=row["pair_id"])) > 1:
        raise NotHere
    return at(draft, site, row, "holder")


def _renamed(draft, site, rng, end, fits):
    row = draft.pick(site, rng, lambda r: r[f"{end}_kind"] == "actor" and fits(r))
    region = draft.region_of(row, site.split)
    taken = {
        name
        for other in draft.all("stance", article_id=row["article_id"])
        for name in (other["holder_id"], other["target_id"])
    }
    actor = rng.choice([a for a in KNOWN.actors if a.id not in taken])
    row.update({end: actor.name, f"{end}_id": actor.id, f"{end}_code": actor.code})
    draft.identify(row, region)
    return at(draft, site, row, f"the {end}, stands for")


@rows("SPN033", "stance.holder", "stance.target")
def end_replaced(draft, site, rng):
    return _renamed(draft, site, rng, site.column, lambda row: row["basis"] != "grid")


@rows("KEY023", "stance.holder", "stance.target")
def another_name(draft, site, rng):
    row = draft.pick(site, rng)
    row[site.column] = rng.choice(("Angela Merkel", row[site.column] + " "))
    return at(draft, site, row, "another name")


@rows("KEY023", "stance.holder", "stance.target")
def no_name(draft, site, rng):
    row = draft.pick(site, rng)
    row[site.column] = rng.choice(("", " "))
    return at(draft, site, row, "no name")


@rows("VOT021", "events")
def disagreement_hidden(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len({v["label"] for v in row["votes"]}) > 1)
    _one_mark_of(draft, row, site.split)
    for vote in row["votes"]:
        vote["label"] = row["type"]
    return at(draft, site, row, "marked no")


def _one_mark_of(draft, row, split):
    """Raises NotHere unless every annotator finished the article once."""
    mine = draft.all("annotations", split, article_id=row["article_id"], name="annotation")
    mine = [r for r in mine if r["values"] != ["grid"]]
    if len({r["annotator"] for r in mine}) < len(mine):
        raise NotHere
    if len(mine) < 2:
        raise NotHere


@rows("VOT021", "events")
def disagreement_made_up(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len({v["label"] for v in row["votes"]}) == 1)
    _one_mark_of(draft, row, site.split)
    row["votes"][-1]["label"] = "unmarked"
    return at(draft, site, row, "votes otherwise")


@rows("VOT021", "stance")
def opposite_vote(draft, site, rng):
    def fits(row):
        return _annotated(row) and len({v["label"] for v in row["votes"]}) == 1

    row = draft.pick(site, rng, fits)
    _one_mark_of(draft, row, site.split)
    row["votes"][-1]["label"] = {"favor": "against"}.get(row["label"], "favor")
    _agree(row)
    return at(draft, site, row, "marked no evidence")


@rows("VOT021", "stance")
def vote_not_counted(draft, site, rng):
    def fits(row):
        alone = len(draft.all("stance", pair_id=row["pair_id"])) == 1
        return _annotated(row) and alone and len({v["label"] for v in row["votes"]}) == 1

    row = draft.pick(site, rng, fits)
    _one_mark_of(draft, row, site.split)
    row["votes"][-1]["label"] = "unmarked"
    _agree(row)
    return at(draft, site, row, "votes otherwise")


@rows("VOT022", "stance", splits=("train",))
def vote_on_a_derived_pair(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] == "derived")
    rng.choice(row["votes"])["label"] = "favor"
    _agree(row)
    return at(draft, site, row, "nobody marked")


@rows("VOT022", "stance", splits=("train",))
def answers_changed(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] == "grid")
    for vote in row["votes"]:
        vote["label"] = "against"
    row["label"] = "against"
    _agree(row)
    return at(draft, site, row, "answered otherwise")


@rows("VOT022", "stance", splits=("train",))
def answer_of_the_fewer(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] == "grid")
    row["label"] = "against"
    _agree(row)
    return at(draft, site, row, "most said")


@rows("SPN034", "articles")
def article_without_its_events(draft, site, rng):
    article = draft.pick(site, rng)
    if draft.all("annotations", article_id=article["article_id"], name="comment"):
        raise NotHere
    for table in ("events", "triggers"):
        draft[table, site.split] = [
            row for row in draft[table, site.split] if row["article_id"] != article["article_id"]
        ]
    if not draft["events", site.split]:
        raise NotHere
    return at(draft, site, article)


@rows("SPN024", "stance", splits=("validation", "test"))
def stances_of_a_split_lost(draft, site, rng):
    rows = draft[site.table, site.split]
    if any(row["basis"] == "grid" for row in rows):
        raise NotHere
    row = next(row for row in rows if row["holder_kind"] == AUTHOR)
    region = draft.region_of(row, site.split)
    draft[site.table, site.split] = []
    marks = draft.all("annotations", site.split, region_id=region, name="span")
    return draft.at("annotations", marks[0], site.split)
