"""GRM: events and stances that cannot be."""

from __future__ import annotations

import copy
import datetime as dt

from dataset_builder.assemble.rows import digest
from tests.mutations.mutant import all_of, at, identify, one, region_of, rows, stance


def _consult(found, split="train"):
    return one(found, "events", split, type="CONSULT")


@rows("GRM001")
def aid_for_nobody(found):
    row = one(found, "events", type="SUPPORT")
    row["type"], row["quad"] = "AID", "material_cooperation"
    for vote in row["votes"]:
        vote["label"] = "AID" if vote["label"] == "SUPPORT" else vote["label"]
    return at("events", row)


@rows("GRM002")
def actor_with_a_date(found):
    row = _consult(found)
    row["arguments"][0]["timex3"] = "2017"
    return at("events", row)


@rows("GRM002")
def place_with_an_actor(found):
    row = _consult(found, "test")
    place = next(a for a in row["arguments"] if a["role"] == "LOCATION")
    place["actor_ids"], place["actor_codes"] = ["kalin"], ["TUR GOV"]
    return at("events", row, "test")


@rows("GRM002")
def actor_without_an_id(found):
    row = _consult(found)
    row["arguments"][0]["actor_ids"] = row["arguments"][0]["actor_codes"] = []
    return at("events", row)


@rows("GRM003")
def mode_of_another_type(found):
    row = _consult(found)
    row["modes"] = ["strike"]
    return at("events", row)


@rows("GRM004")
def quad_of_another_type(found):
    row = _consult(found, "validation")
    row["quad"] = "material_conflict"
    return at("events", row, "validation")


@rows("GRM005")
def holder_on_itself(found):
    row = stance(found)
    region = region_of(found, row)
    for name in ("id", "code"):
        row[f"target_{name}"] = row[f"holder_{name}"]
    row["target"] = row["holder"]
    identify(row, region)
    return at("stance", row)


@rows("GRM006")
def author_with_a_mention(found):
    row = stance(found, "e3")
    row["holder_span"] = copy.deepcopy(row["target_span"])
    return at("stance", row)


@rows("GRM006")
def author_with_a_code(found):
    row = stance(found, "e3", "test")
    row["holder_code"] = "TUR GOV"
    return at("stance", row, "test")


@rows("GRM006")
def actor_without_a_mention(found):
    row = stance(found)
    row["holder_span"] = None
    return at("stance", row)


@rows("GRM006")
def author_by_id_only(found):
    row = stance(found, "e3")
    row["holder_kind"] = "actor"
    return at("stance", row)


@rows("GRM007")
def one_event_of_two_types(found):
    first = _consult(found)
    second = one(found, "events", article_id=first["article_id"], type="ACCUSE")
    second["event_id"] = first["mention_id"]
    return at("events", second)


@rows("GRM008")
def end_before_the_start(found):
    row = _consult(found)
    row["date_end"] = dt.date(2017, 9, 1)
    return at("events", row)


@rows("GRM009")
def date_from_nowhere(found):
    row = _consult(found)
    row["date_basis"] = "none"
    return at("events", row)


@rows("GRM009")
def date_of_unknown_precision(found):
    row = _consult(found)
    row["date_precision"] = "unknown"
    return at("events", row)


@rows("GRM009")
def precision_of_no_date(found):
    row = one(found, "events", type="SUPPORT")
    row["date_precision"] = "day"
    return at("events", row)


@rows("GRM010")
def dated_from_an_unknown_day(found):
    row = one(found, "events", type="CONSULT", published_at=None)
    row["date_basis"] = "dct"
    return at("events", row)


@rows("GRM011")
def annotated_without_evidence(found):
    row = stance(found)
    row["evidence"] = None
    return at("stance", row)


@rows("GRM012")
def derived_in_favour(found):
    row = one(found, "stance", basis="derived")
    row["label"] = "favor"
    return at("stance", row)


@rows("GRM012")
def derived_with_evidence(found):
    row = one(found, "stance", basis="derived")
    row["evidence"] = copy.deepcopy(row["holder_span"])
    return at("stance", row)


@rows("GRM012")
def derived_with_expression(found):
    row = one(found, "stance", basis="derived")
    row["expression"] = "stated"
    return at("stance", row)


@rows("GRM013")
def published_without_a_basis(found):
    split = next(s for s in ("train", "validation", "test")
                 if any(r["published_at"] for r in found["articles", s]))  # fmt: skip
    row = next(r for r in found["articles", split] if r["published_at"])
    row["published_basis"] = "none"
    return at("articles", row, split)


@rows("GRM013")
def basis_without_publication(found):
    row = one(found, "articles", published_at=None)
    row["published_basis"] = "metadata"
    return at("articles", row)


@rows("GRM014")
def event_of_nobody(found):
    row = one(found, "events", type="SUPPORT")
    row["arguments"] = []
    return at("events", row)


@rows("GRM015")
def both_sides_of_one_pair(found):
    row = stance(found)
    article = one(found, "articles", article_id=row["article_id"])
    # The author's evidence is the region that the second row rests on.
    other = one(found, "stance", article_id=row["article_id"], holder_kind="author")
    again = copy.deepcopy(row)
    again["evidence"] = copy.deepcopy(other["evidence"])
    again["stance_id"] = digest((row["pair_id"], region_of(found, other)))
    again["text"], again["context_start"] = article["text"], 0
    again["label"] = "favor"
    for vote, label in zip(again["votes"], ("favor", "unmarked"), strict=True):
        vote["label"] = label
    again["agreement"] = 0.5
    found["stance", "train"].append(again)
    return at("stance", again)


@rows("GRM016")
def contexts_out_of_order(found):
    row = _consult(found)
    row["contexts"] = ["economic", "military"]
    return at("events", row)


@rows("GRM016")
def arguments_out_of_order(found):
    row = _consult(found, "test")
    row["arguments"].reverse()
    return at("events", row, "test")


@rows("GRM017")
def issue_with_a_code(found):
    row = stance(found, "e2")
    row["target_code"] = "TUR GOV"
    return at("stance", row)


@rows("GRM018")
def actor_and_recipient(found):
    row = _consult(found)
    first, second = row["arguments"][:2]
    second["actor_ids"], second["actor_codes"] = first["actor_ids"], first["actor_codes"]
    return at("events", row)


@rows("GRM019")
def derived_where_somebody_spoke(found):
    row = one(found, "stance", basis="derived")
    said = one(found, "stance", article_id=row["article_id"], basis="annotated",
               holder_kind="actor", target_kind="actor")  # fmt: skip
    for side in ("holder", "target"):
        row[side] = said[side]
        row[f"{side}_id"], row[f"{side}_code"] = said[f"{side}_id"], said[f"{side}_code"]
    identify(row, "derived")
    return at("stance", row)


@rows("GRM020")
def arrow_with_one_end(found):
    row = one(found, "annotations", kind="arrow")
    row["from_id"] = None
    return at("annotations", row)


@rows("GRM020")
def span_with_one_offset(found):
    row = one(found, "annotations", "validation", kind="span", values=["LOCATION"])
    row["end"] = None
    return at("annotations", row, "validation")


@rows("GRM021")
def label_of_another_scheme(found):
    row = one(found, "annotations", kind="span", values=["LOCATION"])
    row["values"] = ["INVESTIGATE"]
    return at("annotations", row)


@rows("GRM021")
def two_labels_on_a_span(found):
    row = one(found, "annotations", "test", kind="span", values=["LOCATION"])
    row["values"] = ["LOCATION", "DATE"]
    return at("annotations", row, "test")


@rows("GRM022")
def evidence_that_expresses_nothing(found):
    row = stance(found, "e2")
    row["expression"] = "none"
    return at("stance", row)


@rows("GRM023")
def argument_twice(found):
    row = all_of(found, "events", type="CONSULT")[-1]
    row["arguments"].insert(0, copy.deepcopy(row["arguments"][0]))
    return at("events", row)
