"""VOT: votes that do not add up, and annotators who are not who they seem."""

from __future__ import annotations

import copy

from tests.mutations.mutant import Place, all_of, at, files, one, rows, seal, stance


def _consult(found, split="train"):
    return one(found, "events", split, type="CONSULT")


@rows("VOT001")
def stranger(found):
    row = _consult(found)
    row["votes"][1]["annotator"] = "stranger"
    return at("events", row)


@rows("VOT002")
def one_voter_twice(found):
    row = _consult(found, "test")
    row["votes"][1]["annotator"] = row["votes"][0]["annotator"]
    return at("events", row, "test")


@rows("VOT003")
def nobody_voted(found):
    row = stance(found)
    row["votes"] = []
    return at("stance", row)


@rows("VOT004")
def nobody_voted_for_it(found):
    row = _consult(found, "validation")
    for vote in row["votes"]:
        vote["label"] = "unmarked"
    return at("events", row, "validation")


@rows("VOT004")
def label_flipped(found):
    row = stance(found, "e3")
    row["label"] = "favor"
    return at("stance", row)


@rows("VOT005")
def agreement_made_up(found):
    row = stance(found)
    row["agreement"] = 0.123
    return at("stance", row)


@rows("VOT005")
def agreement_of_a_derived_row(found):
    row = one(found, "stance", basis="derived")
    row["agreement"] = 0.0
    return at("stance", row)


@rows("VOT006")
def model_that_votes_as_a_person(found):
    row = _consult(found)
    row["votes"][0]["kind"] = "human"
    return at("events", row)


@rows("VOT006")
def model_registered_as_a_person(found):
    for (table, split), items in found.items():
        for row in items:
            if table == "annotations" and row["annotator"] == "draft-2":
                row["annotator_kind"] = "human"
            for vote in row.get("votes", ()):
                if vote["annotator"] == "draft-2":
                    vote["kind"] = "human"
        del split
    return at("annotations", one(found, "annotations", annotator="draft-2"))


@rows("VOT007")
def address_in_a_comment(found):
    row = copy.deepcopy(one(found, "annotations", kind="article", name="relevance"))
    row["name"], row["values"] = "comment", ["ask j.doe+x@news.example.org"]
    found["annotations", "train"].append(row)
    return at("annotations", row)


@rows("VOT007")
def address_as_a_voter(found):
    row = _consult(found)
    row["votes"][1]["annotator"] = "j@example.org"
    return at("events", row)


@files("VOT008")
def card_silent_on_a_model(release):
    path = release / "README.md"
    text = path.read_text(encoding="utf-8").replace("draft-2", "somebody")
    path.write_text(text, encoding="utf-8")
    seal(release)
    return Place("README.md")


@rows("VOT009")
def vote_left_out(found):
    row = _consult(found)
    del row["votes"][1]
    return at("events", row)


@rows("VOT009")
def annotator_who_never_finished(found):
    article = one(found, "articles", "test")["article_id"]
    for row in all_of(found, "annotations", "test", article_id=article, annotator="draft-2"):
        row["state"] = "draft"
    return at("events", one(found, "events", "test", article_id=article), "test")


@rows("VOT009")
def an_adjudicator_voted(found):
    article = one(found, "articles", "test")["article_id"]
    mine = {"article_id": article, "annotator": "draft-2", "name": "annotation"}
    for row in all_of(found, "annotations", "test", **mine):
        row["values"] = ["adjudication"]
    return at("events", one(found, "events", "test", article_id=article), "test")


@rows("VOT010")
def votes_out_of_order(found):
    row = _consult(found)
    row["votes"].reverse()
    return at("events", row)
