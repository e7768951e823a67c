"""VOT: votes that do not add up, and annotators who are not who they seem."""

from __future__ import annotations

import copy

from tests.factory import registries
from tests.mutations.disk import seal
from tests.mutations.kind import VOTED, NotHere, Place, files, rows

ONTOLOGY = registries().ontology
LABEL = {"stance": "label", "events": "type"}


def at(draft, site, row, says=""):
    return draft.at(site.table, row, site.split, says=says)


@rows("VOT001", *VOTED)
def stranger(draft, site, rng):
    row = draft.pick(site, rng)
    row["votes"][-1]["annotator"] = "stranger"
    return at(draft, site, row)


@rows("VOT002", *VOTED)
def one_voter_twice(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len(row["votes"]) > 1)
    row["votes"].insert(0, copy.deepcopy(row["votes"][0]))
    return at(draft, site, row)


@rows("VOT003", *VOTED)
def nobody_voted(draft, site, rng):
    row = draft.pick(site, rng)
    row["votes"] = []
    return at(draft, site, row)


def _decided(draft):
    """Articles whose label need not have a vote: they were adjudicated."""
    found = draft.all("annotations")
    return {row["article_id"] for row in found if row["values"] == ["adjudication"]}


def _fair(draft, row):
    return row["article_id"] not in _decided(draft) and row.get("basis", "annotated") == "annotated"


@rows("VOT004", *VOTED)
def nobody_voted_for_it(draft, site, rng):
    row = draft.pick(site, rng, lambda row: _fair(draft, row))
    for vote in row["votes"]:
        vote["label"] = "unmarked"
    return at(draft, site, row)


@rows("VOT004", "stance")
def label_flipped(draft, site, rng):
    row = draft.pick(site, rng, lambda row: _fair(draft, row) and len(
        {v["label"] for v in row["votes"]} & {"favor", "against", "neutral"}) == 1
        and not _sides(draft, row))  # fmt: skip
    row["label"] = rng.choice([x for x in ("favor", "against", "neutral") if x != row["label"]])
    return at(draft, site, row)


def _sides(draft, row):
    return len(draft.all("stance", pair_id=row["pair_id"])) > 1


@rows("VOT005", "stance")
def agreement_made_up(draft, site, rng):
    row = draft.pick(site, rng)
    row["agreement"] = 0.123
    return at(draft, site, row)


@rows("VOT006", *VOTED)
def kind_that_votes_as_another(draft, site, rng):
    row = draft.pick(site, rng)
    vote = rng.choice(row["votes"])
    vote["kind"] = "human" if vote["kind"] == "model" else "model"
    return at(draft, site, row)


@rows("VOT006", "annotations")
def model_registered_as_a_person(draft, site, rng):
    for table in ("stance", "events"):
        for row in draft.all(table):
            for vote in row["votes"]:
                vote["kind"] = "human" if vote["annotator"] == "draft-2" else vote["kind"]
    for row in draft.all("annotations", annotator="draft-2"):
        row["annotator_kind"] = "human"
    return at(draft, site, draft.one("annotations", site.split, annotator="draft-2"))


@rows("VOT007", "annotations")
def address_in_a_comment(draft, site, rng):
    row = copy.deepcopy(
        draft.pick(site, rng, lambda r: r["kind"] == "article" and r["name"] == "relevance")
    )
    address = rng.choice(("j.doe+x@news.example.org", "a@b.de", "Erika.M@example.co.uk"))
    key = ("comment", row["annotation_id"])
    rows = draft["annotations", site.split]
    there = [one for one in rows if (one["name"], one["annotation_id"]) == key]
    if there:
        row = there[0]
    else:
        row["name"] = "comment"
        rows.append(row)
    row["values"] = [f"ask {address}"]
    return at(draft, site, row)


@rows("VOT007", *VOTED)
def address_as_a_voter(draft, site, rng):
    row = draft.pick(site, rng)
    row["votes"][-1]["annotator"] = "j@example.org"
    return at(draft, site, row)


@rows("VOT007", "annotations")
def address_as_an_origin(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["kind"] == "span")
    row["origin"] = "me@example.org"
    return at(draft, site, row)


@files("VOT008")
def card_silent_on_a_model(release, site, rng):
    path = release / "README.md"
    text = path.read_text(encoding="utf-8")
    name = rng.choice(("draft-1", "draft-2"))
    if name not in text:
        raise NotHere
    path.write_text(text.replace(name, "somebody"), encoding="utf-8")
    seal(release)
    return Place("README.md")


@files("VOT008")
def card_that_calls_no_model_so(release, site, rng):
    path = release / "README.md"
    head, front, prose = path.read_text(encoding="utf-8").split("---\n", 2)
    for word in ("language models", "language model", "models", "model", "Models", "Model"):
        prose = prose.replace(word, "machine")
    path.write_text(f"{head}---\n{front}---\n{prose}", encoding="utf-8")
    seal(release)
    return Place("README.md")


@rows("VOT009", *VOTED)
def vote_left_out(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len(row["votes"]) > 1)
    label = row[LABEL[site.table]]
    for number, vote in enumerate(row["votes"]):
        rest = row["votes"][:number] + row["votes"][number + 1 :]
        if vote["label"] != label and (row.get("basis") == "grid" or any(
                v["label"] == label for v in rest)):  # fmt: skip
            row["votes"] = rest
            break
    else:
        row["votes"] = row["votes"][:1]
    if "agreement" in row:
        wanted = "unmarked" if row["basis"] == "derived" else label
        cast = [vote["label"] for vote in row["votes"]]
        row["agreement"] = cast.count(wanted) / len(cast)
    return at(draft, site, row)


@rows("VOT009", *VOTED)
def annotator_who_never_finished(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row.get("basis") != "grid")
    mine = draft.all("annotations", site.split, article_id=row["article_id"], annotator="draft-2")
    for other in mine:
        if not other["annotation_id"].endswith(":1001"):
            other["state"] = "draft"
    return at(draft, site, row)


@rows("VOT009", *VOTED)
def nobody_ever_finished(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row.get("basis") != "grid")
    for other in draft.all("annotations", site.split, article_id=row["article_id"]):
        if not (other["name"] or "").startswith("pair:"):
            other["state"] = "draft"
    return at(draft, site, row)


@rows("VOT009", *VOTED)
def an_adjudicator_voted(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row.get("basis") != "grid")
    mine = {"article_id": row["article_id"], "annotator": "draft-2", "name": "annotation"}
    for other in draft.all("annotations", site.split, **mine):
        if not other["values"]:
            other["values"] = ["adjudication"]
    return at(draft, site, row)


@rows("VOT010", *VOTED)
def votes_out_of_order(draft, site, rng):
    row = draft.pick(site, rng, lambda row: len(row["votes"]) > 1)
    row["votes"].reverse()
    return at(draft, site, row)
