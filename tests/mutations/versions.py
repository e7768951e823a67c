"""VER: versions, and changes that the version number does not allow."""

from __future__ import annotations

import json

from tests.mutations.mutant import (
    Place,
    at,
    edit_manifest,
    files,
    move,
    one,
    predecessor,
    remove,
    rewrite,
    seal,
    stance,
    successor,
)


@files("VER001")
def version_of_two_numbers(release):
    edit_manifest(release, lambda data: data.update(version="1.0"))
    return Place("MANIFEST.json")


@files("VER002")
def contract_of_the_future(release):
    edit_manifest(release, lambda data: data.update(schema_version="99"))
    return Place("MANIFEST.json")


@files("VER003")
def labels_of_another_version(release):
    edit_manifest(release, lambda data: data.update(scheme_version="0.1"))
    return Place("MANIFEST.json")


@successor("VER004")
def published_article_moved(found):
    stories = [row["story"] for row in found["articles", "train"]]
    row = next(r for r in found["articles", "train"] if stories.count(r["story"]) == 1)
    move(found, row["article_id"], "train", "test")
    return at("articles", row, "test")


@successor("VER005")
def article_id_of_another_page(found):
    row = one(found, "articles")
    row["raw_sha256"] = "0" * 64
    return at("articles", row)


@successor("VER005")
def mention_of_another_type(found):
    row = one(found, "events", "test", type="SUPPORT")
    row["type"] = "CONCEDE"
    for vote in row["votes"]:
        vote["label"] = "CONCEDE" if vote["label"] == "SUPPORT" else vote["label"]
    return at("events", row, "test")


@predecessor("VER006", version="1.1.0")
def column_gone(release):
    for split in ("train", "validation", "test"):
        rewrite(release, "events", _with_column("weather"), split)
    return Place("events", says="weather")


@predecessor("VER006", version="1.0.1")
def column_new(release):
    for split in ("train", "validation", "test"):
        rewrite(release, "stance", _without_column("expression"), split)
    return Place("stance", says="expression")


@predecessor("VER006", version="1.1.0")
def labels_reordered(release):
    for split in ("train", "validation", "test"):
        rewrite(release, "stance", _labels(["neutral", "favor", "against"]), split)
    return Place("stance", says="label")


@predecessor("VER006", version="1.0.1")
def label_added(release):
    for split in ("train", "validation", "test"):
        rewrite(release, "stance", _labels(["neutral", "against"]), split)
    return Place("stance", says="label")


@predecessor("VER006", version="1.0.1")
def config_new(release):
    for split in ("train", "validation", "test"):
        remove(release, "events", split)
    return Place("events")


def _features(table, change):
    info = json.loads(table.schema.metadata[b"huggingface"])
    change(info["info"]["features"])
    return table.replace_schema_metadata({"huggingface": json.dumps(info)})


def _labels(names):
    return lambda table: _features(table, lambda f: f["label"].update(names=names))


def _with_column(name):
    def change(table):
        wider = table.append_column(name, [["fine"] * table.num_rows])
        column = {name: {"dtype": "string", "_type": "Value"}}
        return _features(wider, lambda features: features.update(column))

    return change


def _without_column(name):
    return lambda table: _features(table.drop_columns([name]), lambda f: f.pop(name))


@successor("VER007", version="1.0.1")
def row_removed_by_a_patch(found):
    row = stance(found, "e3")
    found["stance", "train"].remove(row)
    return Place("stance", id=row["stance_id"], says="removed")


@predecessor("VER007", version="1.0.1")
def row_added_by_a_patch(release):
    rewrite(release, "stance", lambda table: table.slice(1))
    return Place("stance", says="added")


@successor("VER008", version="0.9.0")
def version_going_back(found):
    del found
    return Place("MANIFEST.json")


@files("VER009")
def changelog_silent(release):
    path = release / "CHANGELOG.md"
    path.write_text(path.read_text(encoding="utf-8").replace("[1.0.0]", "[0.9.9]"))
    seal(release)
    return Place("CHANGELOG.md")
