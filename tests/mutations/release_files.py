"""REL: files that are damaged, missing, stray, or not what card and manifest say."""

from __future__ import annotations

import shutil

from tests.mutations.mutant import (
    Place,
    config_of,
    edit_card,
    edit_manifest,
    file_of,
    files,
    rewrite,
    seal,
)


def _name(release, path):
    return path.relative_to(release).as_posix()


def _write(release, name, text):
    (release / name).write_text(text, encoding="utf-8")
    seal(release)


def _replace(release, name, old, new):
    text = (release / name).read_text(encoding="utf-8")
    assert old in text
    _write(release, name, text.replace(old, new, 1))


@files("REL001")
def manifest_missing(release):
    (release / "MANIFEST.json").unlink()
    seal(release)
    return Place("MANIFEST.json")


@files("REL001")
def manifest_cut_off(release):
    text = (release / "MANIFEST.json").read_text(encoding="utf-8")
    _write(release, "MANIFEST.json", text[: len(text) // 2])
    return Place("MANIFEST.json", says="JSON")


@files("REL001")
def manifest_a_list(release):
    _write(release, "MANIFEST.json", "[]")
    return Place("MANIFEST.json")


@files("REL001")
def manifest_without_a_split(release):
    edit_manifest(release, lambda data: data["configs"]["events"].pop("test"))
    return Place("MANIFEST.json", says="events/test")


@files("REL001")
def manifest_without_its_head(release):
    edit_manifest(release, lambda data: data.pop("text"))
    return Place("MANIFEST.json", says="text")


@files("REL002")
def file_missing(release):
    path = file_of(release, "events", "test")
    path.unlink()
    return Place(_name(release, path), "test")


@files("REL002")
def licence_missing_but_listed(release):
    (release / "schemas" / "guidelines.md").unlink()
    return Place("schemas/guidelines.md")


@files("REL003")
def stray_note(release):
    (release / "notes.txt").write_text("x")
    return Place("notes.txt")


@files("REL003")
def stray_parquet(release):
    path = file_of(release, "stance", "test")
    digest = "0" * 12
    shutil.copy(path, path.with_name(f"test-00001-of-00002-{digest}.parquet"))
    return Place(f"stance/test-00001-of-00002-{digest}.parquet")


@files("REL004")
def licence_edited(release):
    (release / "LICENSE").write_text("do what you want")
    return Place("LICENSE")


@files("REL004")
def sum_edited(release):
    path = release / "SHA256SUMS"
    lines = path.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.endswith("CHANGELOG.md"))
    lines[at] = "0" * 64 + lines[at][64:]
    path.write_text("\n".join(lines) + "\n")
    return Place("CHANGELOG.md")


@files("REL005")
def checksum_edited(release):
    path = file_of(release, "stance", "validation")

    def change(data):
        data["configs"]["stance"]["validation"]["files"][0]["sha256"] = "0" * 64

    edit_manifest(release, change)
    return Place(_name(release, path), "validation")


@files("REL006")
def named_after_another_file(release):
    path = file_of(release, "events", "train")
    new = path.with_name("train-00000-of-00001-0123456789ab.parquet")
    old_name, new_name = _name(release, path), _name(release, new)
    path.rename(new)

    def manifest(data):
        data["configs"]["events"]["train"]["files"][0]["file"] = new_name

    def card(data):
        for item in config_of(data, "events")["data_files"]:
            item["path"] = [new_name if p == old_name else p for p in item["path"]]

    edit_manifest(release, manifest)
    edit_card(release, card)
    return Place(new_name, "train")


@files("REL007")
def rows_miscounted(release):
    def change(data):
        entry = data["configs"]["articles"]["train"]
        entry["rows"] += 1
        entry["files"][0]["rows"] += 1

    edit_manifest(release, change)
    return Place("articles", "train")


@files("REL008")
def content_of_other_rows(release):
    def change(data):
        data["configs"]["articles"]["test"]["content_sha256"] = "0" * 64

    edit_manifest(release, change)
    return Place("articles", "test")


@files("REL009")
def parquet_cut_off(release):
    path = file_of(release, "stance")
    path.write_bytes(path.read_bytes()[:-100])
    return Place(_name(release, path), "train")


@files("REL009")
def parquet_that_is_none(release):
    path = file_of(release, "annotations", "validation")
    path.write_bytes(b"not at all")
    return Place(_name(release, path), "validation")


@files("REL009")
def articles_empty_file(release):
    path = file_of(release, "articles")
    path.write_bytes(b"")
    return Place(_name(release, path), "train")


@files("REL010")
def card_missing(release):
    (release / "README.md").unlink()
    seal(release)
    return Place("README.md")


@files("REL010")
def card_of_broken_yaml(release):
    _replace(release, "README.md", "pretty_name: '", "pretty_name: a: b: '")
    return Place("README.md", says="YAML")


@files("REL010")
def card_without_yaml(release):
    _write(release, "README.md", "# A data set\n\nMade by the models draft-1 and draft-2.\n")
    return Place("README.md")


def _feature(data, table, name):
    return next(i for i in config_of(data, table, "dataset_info")["features"] if i["name"] == name)


@files("REL011")
def labels_reordered_in_the_card(release):
    def change(data):
        names = {"0": "neutral", "1": "favor", "2": "against"}
        _feature(data, "stance", "label")["dtype"]["class_label"]["names"] = names

    edit_card(release, change)
    return Place("README.md", says="label")


@files("REL011")
def nested_labels_reordered_in_the_card(release):
    def change(data):
        fields = _feature(data, "stance", "votes")["list"]
        kind = next(i for i in fields if i["name"] == "kind")
        kind["dtype"]["class_label"]["names"] = {"0": "model", "1": "human"}

    edit_card(release, change)
    return Place("README.md", says="votes")


@files("REL011")
def column_forgotten_in_the_card(release):
    def change(data):
        features = config_of(data, "events", "dataset_info")["features"]
        features.remove(_feature(data, "events", "tense"))

    edit_card(release, change)
    return Place("README.md", says="tense")


@files("REL011")
def offsets_as_text_in_the_card(release):
    def change(data):
        _feature(data, "stance", "evidence")["struct"][0]["dtype"] = "string"

    edit_card(release, change)
    return Place("README.md", says="evidence")


@files("REL011")
def config_without_features_in_the_card(release):
    def change(data):
        data["dataset_info"].remove(config_of(data, "articles", "dataset_info"))

    edit_card(release, change)
    return Place("README.md", says="articles")


def _metadata(change):
    import json

    def apply(table):
        info = json.loads(table.schema.metadata[b"huggingface"])
        change(info["info"]["features"])
        return table.replace_schema_metadata({"huggingface": json.dumps(info)})

    return apply


@files("REL012")
def labels_reordered_in_a_file(release):
    def change(features):
        features["label"]["names"] = ["neutral", "favor", "against"]

    rewrite(release, "stance", _metadata(change))
    return Place("stance", "train", says="label")


@files("REL012")
def file_without_features(release):
    rewrite(release, "events", lambda table: table.replace_schema_metadata(None), "test")
    return Place("events", "test")


@files("REL013")
def card_offers_another_file(release):
    def change(data):
        data_files = config_of(data, "stance")["data_files"]
        data_files[0]["path"] = data_files[1]["path"]

    edit_card(release, change)
    return Place("README.md", "train")


@files("REL013")
def card_offers_a_pattern(release):
    def change(data):
        config_of(data, "events")["data_files"][0]["path"] = "events/train-*"

    edit_card(release, change)
    return Place("README.md", "train", says="events/train-*")


@files("REL013")
def card_without_a_split(release):
    edit_card(release, lambda data: config_of(data, "events")["data_files"].pop())
    return Place("README.md", "test")


@files("REL014")
def card_miscounts(release):
    def change(data):
        config_of(data, "stance", "dataset_info")["splits"][0]["num_examples"] += 5

    edit_card(release, change)
    return Place("README.md", "train")


@files("REL015")
def events_by_default(release):
    def change(data):
        del config_of(data, "stance")["default"]
        config_of(data, "events")["default"] = True

    edit_card(release, change)
    return Place("README.md")


@files("REL016")
def card_of_another_version(release):
    edit_card(release, lambda data: config_of(data, "events").update(version="2.0.0"))
    return Place("README.md")


@files("REL016")
def citation_of_another_version(release):
    _replace(release, "CITATION.cff", 'version: "1.0.0"', 'version: "0.9.0"')
    return Place("CITATION.cff")


@files("REL017")
def split_without_rows(release):
    rewrite(release, "annotations", lambda table: table.slice(0, 0), "test")
    rewrite(release, "events", lambda table: table.slice(0, 0), "test")
    rewrite(release, "stance", lambda table: table.slice(0, 0), "test")
    return Place("events", "test")


@files("REL018")
def contract_loosened(release):
    _replace(release, "schemas/stance.yaml", "max_value: 2", "max_value: 99")
    return Place("schemas/stance.yaml")


@files("REL018")
def labels_of_another_scheme(release):
    _replace(release, "schemas/ontology.yaml", "name: against", "name: opposed")
    return Place("schemas/ontology.yaml")


@files("REL019")
def block_left_open(release):
    text = (release / "README.md").read_text(encoding="utf-8")
    _write(release, "README.md", f"{text}\n<!-- begin: more -->\n<!-- end: more -->\n")
    return Place("README.md", says="more")


@files("REL020")
def sums_missing(release):
    (release / "SHA256SUMS").unlink()
    return Place("SHA256SUMS")


@files("REL020")
def sums_garbled(release):
    path = release / "SHA256SUMS"
    path.write_text(path.read_text() + "what is this\n")
    return Place("SHA256SUMS")


@files("REL020")
def sums_outside(release):
    path = release / "SHA256SUMS"
    (release.parent / "secret").write_text("x")
    path.write_text(path.read_text() + "0" * 64 + "  ../secret\n")
    return Place("SHA256SUMS", says="outside")


@files("REL021")
def licence_missing(release):
    (release / "LICENSE").unlink()
    seal(release)
    return Place("LICENSE")


@files("REL022")
def link_to_elsewhere(release):
    (release / "LICENSE").unlink()
    (release / "LICENSE").symlink_to("/etc/hostname")
    return Place("LICENSE")
