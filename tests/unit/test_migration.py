"""Declared changes of the labels: what they mean, and which declarations are refused."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from dataset_builder.errors import ProjectError
from dataset_builder.migration.apply import migrate
from dataset_builder.migration.report import as_text, uses_in_exports
from dataset_builder.ontology import load_ontology
from dataset_builder.project import Project, packaged
from dataset_builder.registries import load_registries
from dataset_builder.studio.kept import earlier_offers, is_earlier, with_kept, without_kept
from dataset_builder.studio.label_config import render_label_config
from dataset_builder.studio.migrate_work import waiting
from dataset_builder.studio.orphans import offered
from dataset_builder.studio.review import review_task
from tests.annotated import annotation, items, task
from tests.assembling import ARROWS, HERE, RELEVANT, SPANS, TEXT, build, codes
from tests.factory import registries, settings

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = yaml.safe_load(packaged("schemas/ontology.yaml").read_text(encoding="utf-8"))


def ontology_file(folder: Path, change=None, *steps, version="1.1") -> Path:
    """The declarations, changed, with migrations to 1.1 (and 1.2, ...)."""
    data = copy.deepcopy(DECLARED)
    if change:
        change(data)
    data["scheme_version"] = version
    data["migrations"] = [
        {"scheme_version": f"1.{number}", "changes": list(step)}
        for number, step in enumerate(steps, start=1)
    ]
    file = folder / "ontology.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML, and quicker
    return file


def rename(data, vocabulary, old, new):
    (entry,) = [item for item in data[vocabulary] if item["name"] == old]
    entry["name"] = new


def renamed_type(data):
    rename(data, "event_types", "CONSULT", "MEET")


def split_type(data):
    (entry,) = [item for item in data["event_types"] if item["name"] == "CONSULT"]
    entry["name"] = "VISIT"
    data["event_types"].append({**entry, "name": "CALL", "hotkey": "h", "modes": []})
    (neutral,) = [item for item in data["stance_labels"] if item["name"] == "neutral"]
    neutral["hotkey"] = None


RENAME = {"of": "event_type", "rename": "CONSULT", "to": "MEET"}
SPLIT = {"of": "event_type", "split": "CONSULT", "into": ["VISIT", "CALL"]}
WORK = items(TEXT, SPANS, ARROWS, RELEVANT)


def at(scheme, *annotations):
    made = task(HERE, *annotations)
    return replace(made, scheme_version=scheme, data={**made.data, "scheme_version": scheme})


def known(ontology):
    return replace(registries(), ontology=ontology)


def test_there_are_no_migrations_yet():
    assert registries().ontology.migrations == ()
    assert migrate(WORK, "1.0", registries().ontology).items == tuple(WORK)
    assert "no migrations" in as_text([], registries().ontology)


def test_a_rename_is_exact_and_modes_follow_their_type(tmp_path):
    ontology = load_ontology(ontology_file(tmp_path, renamed_type, [RENAME]))
    done = migrate(WORK, "1.0", ontology)
    assert len(done.items) == len(WORK)
    assert [use.value for use in done.rewritten] == ["CONSULT", "CONSULT"]
    assert not done.undecided
    assert not done.retired
    for before, after in zip(WORK, done.items, strict=True):
        if before.get("from_name") == "mode_consult":
            assert after == {**before, "from_name": "mode_meet"}
        elif before.get("value", {}).get("labels") == ["CONSULT"]:
            assert after["value"] == {**before["value"], "labels": ["MEET"]}
        else:
            assert after == before
    assert migrate(done.items, "1.1", ontology).items == done.items
    plain = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    found = build([HERE], [at("1.0", annotation("draft-1", WORK))], known=known(ontology))
    assert codes(found) == []
    ids = ontology.names("event_type")
    types = [ids[row["type"]] for row in found.tables["events"].to_pylist()]
    assert types == ["MEET", "MEET"]
    modes = [row["modes"] for row in found.tables["events"].to_pylist()]
    assert [len(mode) for mode in modes] == [1, 0]
    entered = {
        value
        for row in found.tables["annotations"].to_pylist()
        if row["name"] == "span"
        for value in row["values"]
    }
    assert "CONSULT" in entered  # the table shows what was entered
    assert plain.tables["stance"] == found.tables["stance"]


def test_a_merge_joins_values_and_keeps_each_once(tmp_path):
    def change(data):
        data["contexts"] = [x for x in data["contexts"] if x["name"] not in ("gender", "lgbt")]
        data["contexts"].append({"name": "gender_lgbt", "definition": "both"})

    merge = {"of": "context", "merge": ["gender", "lgbt"], "to": "gender_lgbt"}
    ontology = load_ontology(ontology_file(tmp_path, change, [merge]))
    spans = {
        "t1": {
            "label": "CONSULT",
            "words": "met",
            "fields": {"context": ["lgbt", "legal", "gender"]},
        }
    }
    done = migrate(items(TEXT, spans), "1.0", ontology)
    (field,) = [item for item in done.items if item["from_name"] == "context"]
    assert field["value"]["choices"] == ["gender_lgbt", "legal"]
    assert len(done.rewritten) == 2


@pytest.mark.parametrize(
    ("change", "field", "left"),
    [
        ({"of": "mode", "type": "CONSULT", "retire": "phone"}, {"mode_consult": ["phone", "visit"]}, ["visit"]),
        ({"of": "mode", "retire": "phone"}, {"mode_consult": ["phone"]}, None),
        ({"of": "tense", "rename": "UNSPECIFIED", "to": "UNKNOWN"}, {"tense": ["UNSPECIFIED"]}, ["UNKNOWN"]),
    ],
)  # fmt: skip
def test_values_of_fields(tmp_path, change, field, left):
    def edit(data):
        for item in data["event_types"]:
            item["modes"] = [mode for mode in item["modes"] if mode != "phone"]
        for attribute in data["attributes"]:
            for value in attribute["values"]:
                if value["name"] == "UNSPECIFIED":
                    value["name"] = "UNKNOWN"

    changes = [change]
    ontology = load_ontology(ontology_file(tmp_path, edit, changes))
    work = items(TEXT, {"t1": {"label": "CONSULT", "words": "met", "fields": field}})
    done = migrate(work, "1.0", ontology)
    found = [item["value"]["choices"] for item in done.items if item["type"] == "choices"]
    assert found == ([left] if left else [])
    count = len(done.rewritten) + len(done.retired)
    assert count == 1


def test_registry_ids_migrate_too(tmp_path):
    step = {"of": "actor", "merge": ["old_erdogan"], "to": "erdogan"}
    ontology = load_ontology(ontology_file(tmp_path, None, [step]))
    spans = {
        **SPANS,
        "a2": {"label": "ACTOR", "words": "He", "fields": {"actor_id": ["old_erdogan"]}},
    }
    work = items(TEXT, spans, ARROWS, RELEVANT)
    found = build([HERE], [at("1.0", annotation("draft-1", work))], known=known(ontology))
    plain = build([HERE], [task(HERE, annotation("draft-1", WORK))])
    assert codes(found) == []
    assert found.tables["events"] == plain.tables["events"]


def test_a_split_waits_and_a_review_decides(tmp_path):
    ontology = load_ontology(ontology_file(tmp_path, split_type, [SPLIT]))
    old = at("1.0", annotation("draft-1", WORK))
    found = build([HERE], [old], known=known(ontology))
    assert found.tables["events"].num_rows == 0
    assert codes(found, "error") == []
    assert [f.ids["region_id"] for f in found.findings if f.code == "SCH207"] == ["t1", "t2"]
    assert found.tables["stance"].num_rows == 2  # the rest stays
    assert waiting([old], ontology) == {HERE.article_id}
    made = review_task([old], HERE, ontology)
    (prediction,) = made.predictions
    labels = {i["id"]: i["value"]["labels"] for i in prediction["result"] if i["type"] == "labels"}
    assert labels["t1"] == labels["t2"] == ["CONSULT"]
    assert not any(item.get("from_name") == "mode_consult" for item in prediction["result"])
    assert "CONSULT “arrived”" in made.data["review"]
    assert "VISIT or CALL" in made.data["review"]
    assert made.data["scheme_version"] == "1.1"
    chosen = copy.deepcopy(prediction["result"])
    for item in chosen:
        if item.get("id") == "t1" and item["type"] == "labels":
            item["value"]["labels"] = ["VISIT"]
        if item.get("id") == "t2" and item["type"] == "labels":
            item["value"]["labels"] = ["CALL"]
    review = at("1.1", annotation("draft-1", chosen, ordinal=2))
    review = replace(review, data={**review.data, "kind": "review"})
    decided = build([HERE], [old, review], known=known(ontology))
    types = [ontology.names("event_type")[r["type"]] for r in decided.tables["events"].to_pylist()]
    assert types == ["VISIT", "CALL"]
    assert codes(decided) == ["GRM205"]  # they were one event: the arrow between them is told
    assert waiting([old, review], ontology) == set()
    # Submitted without a choice, it still waits, though under the new scheme.
    lazy = at("1.1", annotation("draft-1", prediction["result"], ordinal=2))
    lazy = replace(lazy, data={**lazy.data, "kind": "review"})
    assert codes(build([HERE], [old, lazy], known=known(ontology))).count("SCH207") == 2


def test_a_split_may_keep_the_name(tmp_path):
    def change(data):
        split_type(data)
        rename(data, "event_types", "VISIT", "CONSULT")

    step = {**SPLIT, "into": ["CONSULT", "CALL"]}
    ontology = load_ontology(ontology_file(tmp_path, change, [step]))
    assert len(migrate(WORK, "1.0", ontology).undecided) == 2
    assert migrate(WORK, "1.1", ontology).undecided == []


def test_what_is_retired_makes_no_row_and_nothing_else_of_it(tmp_path):
    def change(data):
        data["entities"] = [item for item in data["entities"] if item["name"] != "DATE"]

    ontology = load_ontology(ontology_file(tmp_path, change, [{"of": "entity", "retire": "DATE"}]))
    found = build([HERE], [at("1.0", annotation("draft-1", WORK))], known=known(ontology))
    events = found.tables["events"].to_pylist()
    roles = [ontology.names("role")[a["role"]] for row in events for a in row["arguments"]]
    assert "DATE" not in roles
    assert len(events) == 2
    assert codes(found) == ["SCH208"]
    assert any(row["values"] == ["DATE"] for row in found.tables["annotations"].to_pylist())


def test_changes_follow_each_other_and_work_is_counted(tmp_path):
    def change(data):
        rename(data, "event_types", "CONSULT", "TALK")

    again = {"of": "event_type", "rename": "MEET", "to": "TALK"}
    file = ontology_file(tmp_path, change, [RENAME], [again], version="1.2")
    ontology = load_ontology(file)
    for scheme, name in (("1.0", "CONSULT"), ("1.1", "MEET"), ("1.2", "CONSULT")):
        work = items(TEXT, {"t1": {"label": name, "words": "met"}})
        (item,) = migrate(work, scheme, ontology).items
        assert item["value"]["labels"] == ["TALK"]
    uses = uses_in_exports([at("1.0", annotation("draft-1", WORK))], ontology)
    text = as_text([uses], ontology)
    assert "event_type CONSULT is called MEET now: 2 in exports" in text
    assert "event_type MEET is called TALK now: 2 in exports" in text


@pytest.mark.parametrize(
    ("change", "steps", "message"),
    [
        (None, [[RENAME]], "MEET is not declared after it"),
        (None, [[{**RENAME, "rename": "AGREE", "to": "AID"}]], "AGREE goes away, but is still"),
        (renamed_type, [[RENAME, {**RENAME, "rename": "CONSULT"}]], "already goes away in entry 1"),
        (renamed_type, [[RENAME, {"of": "event_type", "rename": "MEET", "to": "CONSULT"}]], "1.1, entry 2"),
        (None, [[{"of": "event_type", "rename": "AID", "to": "AID"}]], "cannot become itself"),
        (None, [[{"of": "role", "rename": "ACTOR", "to": "AGENT"}]], "roles are read from arrows"),
        (None, [[{"of": "weather", "retire": "rain"}]], "`of: weather` is no vocabulary"),
        (None, [[{"of": "context", "retire": "legal"}]], "legal goes away, but is still declared"),
        (None, [[{"of": "context", "split": "x", "into": ["legal"]}]], "at least two"),
        (None, [[{"of": "context", "retire": ["x"]}]], "`retire` must be a name"),
        (None, [[{"of": "context", "retire": "x", "to": "legal"}]], "`to` does not belong"),
        (None, [[{"of": "context", "type": "AID", "retire": "x"}]], "`type` is the event type"),
        (None, [[{"of": "context"}]], "must be one of"),
        (None, [["x"]], "must be one of"),
        (None, [[]], "at least one entry"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(tmp_path, change, steps, message):
    file = ontology_file(tmp_path, change, *steps)
    with pytest.raises(ProjectError) as caught:
        load_ontology(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert "migrations" in str(caught.value)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        (["1.2", "1.1"], "1.1: comes after 1.2"),
        (["1.1", "1.1"], "comes after"),
        (["9.0"], "is newer than the scheme_version"),
        (["new"], "must be numbers"),
        ([1.1], "must be numbers in quotes"),
    ],
)
def test_versions_are_in_order(tmp_path, versions, message):
    data = copy.deepcopy(DECLARED)
    data["scheme_version"] = "1.2"
    changes = [{"of": "context", "retire": "x"}]
    data["migrations"] = [{"scheme_version": v, "changes": changes} for v in versions]
    file = tmp_path / "ontology.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ProjectError, match=message):
        load_ontology(file)


def test_registries_are_held_against_the_declarations(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "annotations").mkdir()
    shutil.copy(packaged("annotations/actors.yaml"), tmp_path / "annotations")
    step = {"of": "actor", "merge": ["erdogan"], "to": "putin"}
    ontology_file(tmp_path / "schemas", None, [step])
    with pytest.raises(ProjectError, match="erdogan goes away, but is still declared"):
        load_registries(Project(tmp_path, settings()))
    step = {"of": "actor", "merge": ["gone"], "to": "nobody_such"}
    ontology_file(tmp_path / "schemas", None, [step])
    with pytest.raises(ProjectError, match="nobody_such is not declared"):
        load_registries(Project(tmp_path, settings()))


def test_labels_in_use_stay_readable_on_the_server(tmp_path):
    ontology = load_ontology(ontology_file(tmp_path, renamed_type, [RENAME]))
    config = render_label_config(known(ontology))
    earlier = earlier_offers(ontology)
    lost = offered(render_label_config(registries())) - offered(config)
    assert ("span", "CONSULT") in lost
    assert ("mode_consult", "visit") in lost
    assert all(is_earlier(offer, earlier) for offer in lost)
    kept = with_kept(config, lost)
    assert offered(kept) == offered(config) | lost
    assert without_kept(kept) == config
    assert not is_earlier(("span", "AGREE"), earlier)
    assert with_kept(config, ()) == config
