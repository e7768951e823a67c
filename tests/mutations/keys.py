"""KEY: ids that clash, lead nowhere, or are not what they are made of."""

from __future__ import annotations

import copy

from dataset_builder.tables import ARTICLE_ROW
from tests.mutations.mutant import all_of, at, identify, one, region_of, rows, stance


@rows("KEY001")
def id_twice(found):
    first, second = all_of(found, "stance", basis="annotated")[:2]
    second["stance_id"] = first["stance_id"]
    return at("stance", second)


@rows("KEY001")
def article_twice(found):
    row = copy.deepcopy(one(found, "articles"))
    found["articles", "train"].append(row)
    return at("articles", row)


@rows("KEY002")
def annotation_twice(found):
    row = copy.deepcopy(one(found, "annotations", "test", kind="arrow"))
    found["annotations", "test"].append(row)
    return at("annotations", row, "test")


@rows("KEY003")
def stance_of_no_article(found):
    row = stance(found)
    region = region_of(found, row)
    row["article_id"] = "0" * 16
    identify(row, region)
    return at("stance", row)


@rows("KEY003")
def annotation_of_no_article(found):
    row = one(found, "annotations", kind="article", name=ARTICLE_ROW)
    row["annotation_id"] = row["annotation_id"].replace(row["article_id"], "0" * 16)
    row["article_id"] = "0" * 16
    return at("annotations", row)


@rows("KEY004")
def event_of_no_mention(found):
    row = one(found, "events", type="CONSULT")
    row["event_id"] = f"{row['article_id']}:nothing"
    return at("events", row)


@rows("KEY005")
def event_over_two_articles(found):
    first, second = all_of(found, "events", type="CONSULT")[:2]
    second["event_id"] = first["mention_id"]
    return at("events", second)


@rows("KEY006")
def mention_named_after_another_article(found):
    first, second = all_of(found, "events", type="CONSULT")[:2]
    name = second["mention_id"].replace(second["article_id"], first["article_id"])
    second["mention_id"] = second["event_id"] = name
    return at("events", second)


@rows("KEY007")
def pair_id_of_nothing(found):
    row = stance(found, "e2")
    row["pair_id"] = "f" * 16
    return at("stance", row)


@rows("KEY008")
def stance_id_of_nothing(found):
    row = stance(found, "e3")
    row["stance_id"] = "e" * 16
    return at("stance", row)


@rows("KEY008")
def derived_id_of_nothing(found):
    row = one(found, "stance", basis="derived")
    row["stance_id"] = "d" * 16
    return at("stance", row)


@rows("KEY009")
def arrow_to_nothing(found):
    row = one(found, "annotations", "validation", kind="arrow")
    row["to_id"] = "gone"
    return at("annotations", row, "validation")


@rows("KEY009")
def arrow_from_another_annotation(found):
    rows = all_of(found, "annotations", kind="arrow")
    other = next(r for r in rows if r["annotator"] != rows[0]["annotator"])
    rows[0]["from_id"] = other["from_id"]
    return at("annotations", rows[0])


@rows("KEY010")
def field_of_nothing(found):
    row = one(found, "annotations", kind="field", name="actor_id")
    row["region_id"] = "gone"
    return at("annotations", row)


@rows("KEY011")
def holder_unknown(found):
    row = stance(found)
    region = region_of(found, row)
    row["holder_id"] = "nobody"
    identify(row, region)
    return at("stance", row)


@rows("KEY012")
def target_actor_unknown(found):
    row = stance(found)
    region = region_of(found, row)
    row["target_id"] = "nobody"
    identify(row, region)
    return at("stance", row)


@rows("KEY012")
def issue_that_is_an_actor(found):
    row = stance(found, "e2", "test")
    region = region_of(found, row, "test")
    row["target_id"] = "erdogan"
    row["holder_id"] = "putin" if row["holder_id"] == "erdogan" else row["holder_id"]
    row["holder_code"] = {"putin": "RUS GOV"}.get(row["holder_id"], row["holder_code"])
    identify(row, region)
    return at("stance", row, "test")


@rows("KEY013")
def participant_unknown(found):
    row = one(found, "events", type="CONSULT")
    row["arguments"][0]["actor_ids"] = ["nobody"]
    return at("events", row)


@rows("KEY014")
def code_of_another(found):
    row = stance(found)
    row["holder_code"] = "XXX GOV"
    return at("stance", row)


@rows("KEY014")
def participant_with_the_code_of_another(found):
    row = one(found, "events", "test", type="CONSULT")
    row["arguments"][0]["actor_codes"] = ["XXX GOV"]
    return at("events", row, "test")


@rows("KEY015")
def story_of_another_article(found):
    row = stance(found)
    row["story"] = "another"
    return at("stance", row, says="story")


@rows("KEY015")
def publication_forgotten(found):
    row = next(r for r in found["events", "validation"] + found["events", "train"]
               if r["published_at"])  # fmt: skip
    split = "validation" if row in found["events", "validation"] else "train"
    row["published_at"] = None
    return at("events", row, split, says="published_at")


@rows("KEY016")
def code_missing_beside_an_id(found):
    row = one(found, "events", type="CONSULT")
    row["arguments"][0]["actor_codes"] = []
    return at("events", row)


@rows("KEY017")
def annotation_named_after_another(found):
    row = one(found, "annotations", kind="article", name=ARTICLE_ROW)
    row["annotation_id"] = row["annotation_id"].replace(row["annotator"], "somebody")
    return at("annotations", row)


@rows("KEY018")
def mention_that_nobody_marked(found):
    row = one(found, "events", type="CONSULT")
    row["mention_id"] = row["event_id"] = f"{row['article_id']}:ghost"
    return at("events", row)
