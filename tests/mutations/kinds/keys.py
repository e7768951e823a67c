"""KEY: ids that clash, lead nowhere, or are not what they are made of."""

from __future__ import annotations

import copy
from itertools import pairwise

from dataset_builder.tables import ARTICLE_ROW
from dataset_builder.validate.release import ROW_ID
from tests.factory import place_in_table, registries
from tests.mutations.kind import TABLES, NotHere, Place, rows

NOBODY = "0" * 16


def _annotated(row):
    return row["basis"] == "annotated"


@rows("KEY001", "stance", "events")
def id_twice(draft, site, rng):
    key = ROW_ID[site.table]
    found = [row for row in draft[site.table, site.split] if row.get("basis") != "derived"]
    pairs = [p for p in pairwise(found) if p[0]["article_id"] == p[1]["article_id"]]
    if not pairs:
        raise NotHere
    first, second = rng.choice(pairs)
    if site.table == "events":
        if len(draft.all("events", event_id=second["mention_id"])) > 1:
            raise NotHere
        if second["event_id"] == second["mention_id"]:
            second["event_id"] = first["mention_id"]
    second[key] = first[key]
    return draft.at(site.table, second, site.split)


@rows("KEY001", "articles")
def article_twice(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng))
    draft["articles", site.split].append(row)
    return draft.at("articles", row, site.split)


@rows("KEY002", "annotations")
def annotation_twice(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng, lambda row: row["kind"] == "arrow"))
    draft["annotations", site.split].append(row)
    return draft.at("annotations", row, site.split)


@rows("KEY003", "stance")
def stance_of_no_article(draft, site, rng):
    original = draft.pick(site, rng, lambda row: row["basis"] != "grid")
    region = draft.region_of(original, site.split)
    row = {**original, "article_id": NOBODY}
    draft.identify(row, region)
    draft["stance", site.split].append(row)
    return draft.at("stance", row, site.split)


@rows("KEY003", "annotations")
def annotation_of_no_article(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng, lambda row: row["name"] == ARTICLE_ROW))
    row["annotation_id"] = row["annotation_id"].replace(row["article_id"], NOBODY)
    row["article_id"] = NOBODY
    draft["annotations", site.split].append(row)
    return draft.at("annotations", row, site.split)


@rows("KEY003", "events")
def event_of_no_article(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng))
    marked = draft.one("annotations", site.split, article_id=row["article_id"], kind="span",
                       region_id=row["mention_id"].partition(":")[2])  # fmt: skip
    for key in ("mention_id", "event_id"):
        row[key] = f"{NOBODY}:{marked['region_id']}"
    row["article_id"] = NOBODY
    draft["events", site.split].append(row)
    return draft.at("events", row, site.split)


@rows("KEY004", "events")
def event_of_no_mention(draft, site, rng):
    row = draft.pick(site, rng)
    row["event_id"] = f"{row['article_id']}:nothing"
    return draft.at("events", row, site.split)


@rows("KEY005", "events")
def event_over_two_articles(draft, site, rng):
    row = draft.pick(site, rng)
    others = [
        other
        for other in draft.all("events")
        if other["article_id"] != row["article_id"] and other["type"] == row["type"]
        and other["mention_id"] == other["event_id"]
    ]  # fmt: skip
    if not others:
        raise NotHere
    row["event_id"] = rng.choice(others)["mention_id"]
    return draft.at("events", row, site.split)


@rows("KEY006", "events")
def mention_named_after_another_article(draft, site, rng):
    row = draft.pick(site, rng)
    if len(draft.all("events", event_id=row["mention_id"])) > 1:
        raise NotHere
    other = NOBODY if row["article_id"] != NOBODY else "1" * 16
    name = row["mention_id"].replace(row["article_id"], other)
    row["mention_id"] = row["event_id"] = name
    return draft.at("events", row, site.split)


@rows("KEY024", "articles")
def page_of_another_article(draft, site, rng):
    row = draft.pick(site, rng)
    row["raw_sha256"] = f"{rng.getrandbits(256):064x}"
    return draft.at("articles", row, site.split)


@rows("KEY007", "stance")
def pair_id_of_nothing(draft, site, rng):
    row = draft.pick(site, rng)
    row["pair_id"] = "f" * 16
    return draft.at("stance", row, site.split)


@rows("KEY008", "stance")
def stance_id_of_nothing(draft, site, rng):
    row = draft.pick(site, rng)
    row["stance_id"] = "e" * 16
    return draft.at("stance", row, site.split)


@rows("KEY009", "annotations.from_id", "annotations.to_id")
def arrow_to_nothing(draft, site, rng):
    row = draft.pick(site, rng, lambda r: r["kind"] == "arrow" and r["state"] == "completed")
    row[site.column] = "gone"
    return draft.at("annotations", row, site.split)


@rows("KEY009", "annotations.from_id", "annotations.to_id")
def arrow_into_another_annotation(draft, site, rng):
    row = draft.pick(site, rng, lambda r: r["kind"] == "arrow" and r["state"] == "completed")
    mine = {r["region_id"] for r in draft.all("annotations", annotation_id=row["annotation_id"])}
    others = [
        other["region_id"]
        for other in draft.all("annotations", site.split, kind="span")
        if other["region_id"] not in mine
    ]
    if not others:
        raise NotHere
    row[site.column] = rng.choice(others)
    return draft.at("annotations", row, site.split)


@rows("KEY010", "annotations")
def field_of_nothing(draft, site, rng):
    row = draft.pick(site, rng, lambda r: r["kind"] == "field" and r["state"] == "completed")
    row["region_id"] = "gone"
    return draft.at("annotations", row, site.split)


def _renamed(draft, site, rng, side, kind, name):
    """A stance whose holder or target has another id, and the ids that follow."""
    row = draft.pick(
        site, rng, lambda row: row["basis"] == "annotated" and row[f"{side}_kind"] == kind
    )
    region = draft.region_of(row, site.split)
    row[f"{side}_id"] = name
    draft.identify(row, region)
    return row


@rows("KEY011", "stance")
def holder_unknown(draft, site, rng):
    row = _renamed(draft, site, rng, "holder", "actor", "nobody")
    return draft.at("stance", row, site.split)


@rows("KEY012", "stance")
def target_actor_unknown(draft, site, rng):
    row = _renamed(draft, site, rng, "target", "actor", "nobody")
    return draft.at("stance", row, site.split)


@rows("KEY012", "stance")
def issue_unknown(draft, site, rng):
    row = _renamed(draft, site, rng, "target", "issue", rng.choice(("world-peace", "weather")))
    return draft.at("stance", row, site.split)


def _peopled(draft, site, rng):
    """An event and one of its arguments that names actors."""
    row = draft.pick(site, rng, lambda row: any(a["actor_ids"] for a in row["arguments"]))
    return row, rng.choice([a for a in row["arguments"] if a["actor_ids"]])


@rows("KEY013", "events")
def participant_unknown(draft, site, rng):
    row, argument = _peopled(draft, site, rng)
    argument["actor_ids"][0] = "nobody"
    return draft.at("events", row, site.split)


@rows("KEY014", "stance.holder_code", "stance.target_code")
def code_of_another(draft, site, rng):
    side = site.column.partition("_")[0]
    row = draft.pick(site, rng, lambda row: row[f"{side}_kind"] == "actor" and row[site.column])
    row[site.column] = rng.choice(("XXX GOV", "TUR  GOV"))
    return draft.at("stance", row, site.split)


@rows("KEY014", "events")
def participant_with_the_code_of_another(draft, site, rng):
    row = draft.pick(site, rng, lambda row: any(any(a["actor_codes"]) for a in row["arguments"]))
    argument = rng.choice([a for a in row["arguments"] if any(a["actor_codes"])])
    argument["actor_codes"][0] = "XXX GOV"
    return draft.at("events", row, site.split)


@rows("KEY015", "stance.story", "events.story", "stance.outlet", "events.outlet")
def row_of_another_article(draft, site, rng):
    row = draft.pick(site, rng)
    row[site.column] = "another"
    return draft.at(site.table, row, site.split, says=site.column)


@rows("KEY015", "stance", "events")
def publication_forgotten(draft, site, rng):
    row = draft.pick(
        site, rng,
        lambda r: r["published_at"] and "dct" not in str(r.get("date_basis")),
    )  # fmt: skip
    row["published_at"] = None
    return draft.at(site.table, row, site.split, says="published_at")


@rows("KEY016", "events")
def code_missing_beside_an_id(draft, site, rng):
    row, argument = _peopled(draft, site, rng)
    argument["actor_codes"].pop()
    return draft.at("events", row, site.split)


@rows("KEY017", "annotations")
def annotation_named_after_another(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["name"] == ARTICLE_ROW and not row["values"])
    row["annotation_id"] = row["annotation_id"].replace(row["annotator"], "somebody")
    return draft.at("annotations", row, site.split)


@rows("KEY018", "events")
def mention_that_nobody_marked(draft, site, rng):
    row = draft.pick(site, rng)
    if len(draft.all("events", event_id=row["event_id"])) > 1:
        raise NotHere
    row["mention_id"] = row["event_id"] = f"{row['article_id']}:ghost"
    return draft.at("events", row, site.split)


@rows("KEY019", "annotations")
def annotations_of_another_article(draft, site, rng):
    """One annotator's marks of one article stand in another as well."""
    ids = _blocks(draft, site.split)
    homes = _blocks(draft)
    pairs = [
        (one, other)
        for one in ids
        for other in homes
        if one.split(":")[1:] == other.split(":")[1:] and one != other
    ]
    if not pairs:
        raise NotHere
    mine, theirs = rng.choice(pairs)
    spans = [r for r in draft.all("annotations", annotation_id=theirs) if r["start"] is not None]
    stay = [r for r in draft["annotations", site.split]
            if r["annotation_id"] != mine or (r["start"] is None and r["kind"] != "arrow")]  # fmt: skip
    like = next(r for r in stay if r["annotation_id"] == mine)
    copies = [
        {**row, **{k: like[k] for k in ("annotation_id", "article_id", "text_sha256", "state")}}
        for row in copy.deepcopy(spans)
    ]
    draft["annotations", site.split] = stay + copies
    return Place("annotations", site.split, mine)


def _blocks(draft, split=""):
    """Annotations of the last annotator with at least four spans."""
    counts = {}
    for row in draft.all("annotations", split, kind="span", state="completed"):
        counts[row["annotation_id"]] = counts.get(row["annotation_id"], 0) + 1
    return sorted(name for name, n in counts.items() if n > 3 and ":draft-2:" in name)


def _first_below(draft, site):
    """The first row that stands behind one with a larger key."""
    found = draft[site.table, site.split]
    keys = [place_in_table(row, site.table, registries().ontology) for row in found]
    row = next(row for row, (one, key) in zip(found[1:], pairwise(keys), strict=True) if key < one)
    return draft.at(site.table, row, site.split, says="order")


@rows("KEY025", *TABLES)
def rows_shuffled(draft, site, rng):
    found = draft[site.table, site.split]
    if len(found) < 2:
        raise NotHere
    before = list(found)
    while all(one is other for one, other in zip(found, before, strict=True)):
        rng.shuffle(found)
    draft.in_order = False
    return _first_below(draft, site)


@rows("KEY025", *TABLES)
def row_at_the_end(draft, site, rng):
    """As somebody leaves it who corrects a row and appends it."""
    found = draft[site.table, site.split]
    if len(found) < 2:
        raise NotHere
    found.append(found.pop(rng.randrange(len(found) - 1)))
    draft.in_order = False
    return _first_below(draft, site)
