"""SPL: what leaks from one split into another."""

from __future__ import annotations

import copy

from tests.mutations.mutant import (
    Place,
    at,
    clone,
    edit_card,
    edit_manifest,
    file_of,
    files,
    move,
    one,
    remove,
    retext,
    rows,
    stance,
)

OTHER = "ab" * 8


@rows("SPL001")
def article_in_two_splits(found):
    row = copy.deepcopy(one(found, "articles"))
    found["articles", "test"].append(row)
    return Place("articles", id=row["article_id"])


@rows("SPL002")
def stance_astray(found):
    row = stance(found)
    found["stance", "train"].remove(row)
    found["stance", "test"].append(row)
    return at("stance", row, "test")


@rows("SPL002")
def annotation_astray(found):
    article = one(found, "articles", "validation")["article_id"]
    moving = [r for r in found["annotations", "validation"] if r["article_id"] == article]
    found["annotations", "validation"] = [
        r for r in found["annotations", "validation"] if r["article_id"] != article
    ] or [copy.deepcopy(moving[0])]
    found["annotations", "train"] += moving[1:]
    return at("annotations", moving[1], "train")


@rows("SPL003")
def story_in_two_splits(found):
    stories = [row["story"] for row in found["articles", "train"]]
    row = next(r for r in found["articles", "train"] if stories.count(r["story"]) > 1)
    move(found, row["article_id"], "train", "test")
    return at("articles", row, "test")


@rows("SPL004")
def duplicates_in_two_splits(found):
    row = one(found, "articles", "test")
    row["duplicate_group"] = one(found, "articles")["duplicate_group"]
    return at("articles", row, "test")


@rows("SPL005")
def same_text_in_two_splits(found):
    clone(found, one(found, "articles")["article_id"], "train", "validation", OTHER)
    return Place("articles", id=OTHER, says="the same text")


@rows("SPL006")
def nearly_the_same_text_in_two_splits(found):
    found["articles", "test"].insert(0, found["articles", "test"].pop())
    clone(found, one(found, "articles")["article_id"], "train", "test", OTHER)
    row = one(found, "articles", "test", article_id=OTHER)
    found["articles", "test"].remove(row)
    found["articles", "test"].insert(0, row)
    retext(found, " That was all.", "test")
    return at("articles", row, "test")


@rows("SPL007")
def derived_in_validation(found):
    stories = [row["story"] for row in found["articles", "train"]]
    row = next(r for r in found["articles", "train"] if stories.count(r["story"]) == 1)
    move(found, row["article_id"], "train", "validation", derived=True)
    return at("stance", one(found, "stance", "validation", basis="derived"), "validation")


@files("SPL008")
def split_named_dev(release):
    renamed = {}
    for table in ("stance", "events", "articles", "annotations"):
        old = file_of(release, table, "validation")
        new = old.rename(old.with_name(old.name.replace("validation", "dev")))
        renamed[f"{table}/{old.name}"] = f"{table}/{new.name}"

    def manifest(data):
        for splits in data["configs"].values():
            splits["dev"] = splits.pop("validation")
            for shard in splits["dev"]["files"]:
                shard["file"] = renamed[shard["file"]]

    def card(data):
        for config in data["configs"]:
            for item in config["data_files"]:
                if item["split"] == "validation":
                    item["split"] = "dev"
                    item["path"] = [renamed[path] for path in item["path"]]
        for info in data["dataset_info"]:
            for item in info["splits"]:
                item["name"] = "dev" if item["name"] == "validation" else item["name"]

    edit_manifest(release, manifest)
    edit_card(release, card)
    return Place("stance", "dev")


@files("SPL009")
def nothing_to_train_on(release):
    for table in ("stance", "events", "articles", "annotations"):
        remove(release, table, "train")
    return Place("articles")


@rows("SPL010")
def no_event_in_train(found):
    found["events", "train"] = []
    return Place("events")
