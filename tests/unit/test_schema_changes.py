"""What a change of form asks of the version number; `diff`, `build` and `validate` share it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dataset_builder.diff.schema import FULL_ONLY, Form, schema_changes
from dataset_builder.tables import SCHEMA_VERSION, TABLES
from dataset_builder.validate import contracts

STRING, INT = ("value", "string"), ("value", "int32")
SPAN = ("struct", (("start", INT), ("text", STRING)))
WIDER = ("struct", (("start", INT), ("text", STRING), ("unit", STRING)))
LABELS = ("class", ("favor", "against", "none"))
COLUMNS = {"id": STRING, "label": LABELS, "span": SPAN, "spans": ("list", SPAN)}


def changes(old, new, **told):
    """(level, kind, place) of what changed between the columns of two releases."""
    forms = [
        Form({"stance": columns} if columns else {}, SCHEMA_VERSION, "1.0", {})
        for columns in (old, new)
    ]
    found = schema_changes(forms[0], replace(forms[1], **told), frozenset())
    return [(change.level, change.kind, change.place) for change in found]


CASES = {
    "nothing": ({}, []),
    "column added": ({"byline": STRING}, [("MINOR", "column-added", "stance.byline")]),
    "column removed": ({"id": None}, [("MAJOR", "column-removed", "stance.id")]),
    "column retyped": ({"id": INT}, [("MAJOR", "type", "stance.id")]),
    "label added at the end": (
        {"label": ("class", ("favor", "against", "none", "mixed"))},
        [("MINOR", "labels-added", "stance.label")],
    ),
    "label inserted": (
        {"label": ("class", ("favor", "mixed", "against", "none"))},
        [("MAJOR", "labels-reordered", "stance.label"), ("MINOR", "labels-added", "stance.label")],
    ),
    "label renamed": (
        {"label": ("class", ("favor", "opposed", "none"))},
        [("MAJOR", "labels-renamed", "stance.label")],
    ),
    "label removed": (
        {"label": ("class", ("favor", "against"))},
        [("MAJOR", "labels-removed", "stance.label")],
    ),
    "labels became text": ({"label": STRING}, [("MAJOR", "type", "stance.label")]),
    "field added": ({"span": WIDER}, [("MINOR", "column-added", "stance.span.unit")]),
    "field removed": (
        {"span": ("struct", SPAN[1][:1])},
        [("MAJOR", "column-removed", "stance.span.text")],
    ),
    "fields reordered": (
        {"span": ("struct", SPAN[1][::-1])},
        [("MAJOR", "columns-reordered", "stance.span")],
    ),
    "field of a list's item added": (
        {"spans": ("list", WIDER)},
        [("MINOR", "column-added", "stance.spans[].unit")],
    ),
    "field of a list's item retyped": (
        {"spans": ("list", ("struct", (("start", STRING), ("text", STRING))))},
        [("MAJOR", "type", "stance.spans[].start")],
    ),
    "list's item of another kind": (
        {"spans": ("list", STRING)},
        [("MAJOR", "type", "stance.spans[]")],
    ),
    "list became its item": ({"spans": SPAN}, [("MAJOR", "type", "stance.spans")]),
}


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_what_a_change_asks_for(edit, expected):
    new = {name: shape for name, shape in {**COLUMNS, **edit}.items() if shape}
    assert changes(COLUMNS, new) == expected


def test_columns_in_another_order():
    swapped = dict(reversed(COLUMNS.items()))
    assert changes(COLUMNS, swapped) == [("MAJOR", "columns-reordered", "stance")]


def test_a_config_that_comes_goes_or_is_not_compared():
    assert changes(None, COLUMNS) == [("MINOR", "config-added", "stance")]
    assert changes(COLUMNS, None) == [("MAJOR", "config-removed", "stance")]
    full = Form({"triggers": COLUMNS}, SCHEMA_VERSION, "1.0", {})
    assert schema_changes(full, replace(full, configs={}), FULL_ONLY) == ()


def test_nulls_where_the_earlier_contract_had_none(tmp_path, monkeypatch):
    """Today `outlet` and `timex3` may be null, `language` and `role` are never."""

    def column(found):
        if found.name in ("outlet", "language"):
            return replace(found, nullable=not found.nullable)
        if found.name != "arguments":
            return found
        item = replace(found.type.item, nullable=frozenset({"role"}))
        return replace(found, type=replace(found.type, item=item))

    older = {
        name: replace(TABLES[name], columns=tuple(map(column, TABLES[name].columns)))
        for name in ("articles", "events")
    }
    (tmp_path / "0.yaml").write_text(contracts.as_yaml(older))
    monkeypatch.setattr(contracts, "FOLDER", tmp_path)
    new = Form({"articles": {}, "events": {}}, SCHEMA_VERSION, "1.0", {})
    found = schema_changes(replace(new, schema_version="0"), new, frozenset())
    assert {(change.level, change.kind, change.place) for change in found} == {
        ("MAJOR", "nulls", "articles.outlet"),
        ("PATCH", "nulls", "articles.language"),
        ("MAJOR", "nulls", "events.outlet"),
        ("MAJOR", "nulls", "events.arguments[].timex3"),
        ("PATCH", "nulls", "events.arguments[].role"),
    }


def test_a_label_that_was_split_means_something_else():
    ontology = {
        "migrations": [
            {
                "scheme_version": "1.1",
                "changes": [{"of": "event_type", "split": "COERCE", "into": ["COERCE", "ARREST"]}],
            }
        ]
    }
    told = {"scheme_version": "1.1", "ontology": ontology}
    assert changes(COLUMNS, COLUMNS, **told) == [("MAJOR", "meaning", "event_type")]
    assert changes(COLUMNS, COLUMNS, scheme_version="1.0", ontology=ontology) == []


@pytest.mark.parametrize("kind", [{"split": "none", "into": ["mixed", "unclear"]},
                                  {"merge": ["none", "unsure"], "to": "mixed"}])  # fmt: skip
def test_what_stands_in_the_place_of_a_label_that_ended_is_no_new_name_of_it(kind):
    told = {"of": "stance_label", **kind}
    ontology = {"migrations": [{"scheme_version": "1.1", "changes": [told]}]}
    new = {**COLUMNS, "label": ("class", ("favor", "against", "mixed"))}
    assert changes(COLUMNS, new, scheme_version="1.1", ontology=ontology) == [
        ("MAJOR", "labels-removed", "stance.label"),
        ("MINOR", "labels-added", "stance.label"),
        ("MAJOR", "meaning", "stance_label"),
    ]
    tags = {"tags": ("list", ("class", ("O", "B-none", "I-none")))}
    turned = {"tags": ("list", ("class", ("O", "B-mixed", "I-mixed")))}
    found = changes(tags, turned, scheme_version="1.1", ontology=ontology)
    assert ("MAJOR", "labels-renamed", "stance.tags[]") not in found
    # Undeclared, it is what another name in the same place always was.
    assert changes(COLUMNS, new) == [("MAJOR", "labels-renamed", "stance.label")]


def test_a_split_that_is_gone_is_as_bad_as_a_config_that_is():
    form = Form({"stance": COLUMNS}, SCHEMA_VERSION, "1.0", {}, {"stance": ("train", "test")})
    (change,) = schema_changes(form, replace(form, splits={"stance": ("train",)}), frozenset())
    assert (change.level, change.kind, change.place) == ("MAJOR", "split-removed", "stance")
    assert change.message == "the split test is gone"
    assert schema_changes(replace(form, splits={"stance": ("train",)}), form, frozenset()) == ()
