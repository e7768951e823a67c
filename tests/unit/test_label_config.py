"""The rendered labelling config: what Label Studio and `pull` rely on, and what it refuses."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.ontology import EventType, mode_control
from dataset_builder.project import find_project
from dataset_builder.registries import Actor, Registries, Target, load_registries
from dataset_builder.studio.label_config import (
    AUTOMATIC_KEYS,
    READABLE,
    free_keys,
    render_label_config,
    white_contrast,
)


@pytest.fixture(scope="module")
def registries() -> Registries:
    return load_registries(find_project(Path(__file__)))


def tree(registries: Registries) -> ET.Element:
    return ET.fromstring(render_label_config(registries))


def with_types(registries: Registries, *types: EventType) -> Registries:
    ontology = dataclasses.replace(registries.ontology, event_types=types)
    return dataclasses.replace(registries, ontology=ontology)


def choices(root: ET.Element, name: str) -> list[str]:
    (control,) = root.findall(f".//Choices[@name='{name}']")
    return [choice.get("alias") or choice.attrib["value"] for choice in control]


def keys_of(root: ET.Element) -> list[str]:
    return [item.attrib["hotkey"] for item in root.iter() if "hotkey" in item.attrib]


def test_control_names_are_those_of_the_contract(registries: Registries) -> None:
    root = tree(registries)
    modes = [mode_control(t.name) for t in registries.ontology.event_types if t.modes]
    region = {"polarity", "modality", "tense", "context", "expression", *modes}
    region |= {"actor_id", "actor_new", "issue_id", "issue_new", "timex3"}
    controls = [item for item in root.iter() if "toName" in item.attrib]
    assert {c.attrib["name"] for c in controls} == region | {"span", "relevance", "comment"}
    assert {c.attrib["name"] for c in controls if c.get("perRegion")} == region
    assert {c.attrib["toName"] for c in controls} == {"text"}
    assert [c.tag for c in controls].count("Labels") == 1


def test_every_member_of_every_vocabulary_can_be_had(registries: Registries) -> None:
    root, ontology = tree(registries), registries.ontology
    labels = [label.attrib["value"] for label in root.findall(".//Labels[@name='span']//Label")]
    assert Counter(labels) == Counter(ontology.span_labels)
    for attribute in ontology.attributes:
        assert choices(root, attribute.name) == [value.name for value in attribute.values]
    assert choices(root, "context") == [context.name for context in ontology.contexts]
    assert choices(root, "expression") == [x.name for x in ontology.expressions if x.name != "none"]
    assert choices(root, "relevance") == [label.name for label in ontology.relevance]
    for kind in ontology.event_types:
        if kind.modes:
            assert choices(root, mode_control(kind.name)) == list(kind.modes)
    assert set(choices(root, "actor_id")) == {actor.id for actor in registries.actors}
    assert set(choices(root, "issue_id")) == {target.id for target in registries.targets}


def test_fields_belong_to_the_labels_they_are_about(registries: Registries) -> None:
    """Label Studio drops a value of a field whose labels the span does not have."""
    root, ontology = tree(registries), registries.ontology
    types = {kind.name for kind in ontology.event_types}
    wanted = dict.fromkeys(("polarity", "modality", "tense", "context"), types)
    wanted |= {mode_control(kind.name): {kind.name} for kind in ontology.event_types if kind.modes}
    wanted |= {"actor_id": {"ACTOR"}, "actor_new": {"ACTOR"}, "timex3": {"DATE"}}
    wanted |= {"issue_id": {"ISSUE"}, "issue_new": {"ISSUE"}}
    wanted |= {"expression": set(ontology.stance_names)}
    found = {
        control.attrib["name"]: set(control.attrib["whenLabelValue"].split(","))
        for control in root.iter()
        if control.get("perRegion")
    }
    assert found == wanted


def test_no_choice_is_preselected_and_long_lists_are_dropdowns(registries: Registries) -> None:
    root = tree(registries)
    assert not [item for item in root.iter() if "selected" in item.attrib]
    lists = {c.attrib["name"] for c in root.iter("Choices") if c.get("layout") == "select"}
    modes = {mode_control(kind.name) for kind in registries.ontology.event_types if kind.modes}
    assert lists == {"actor_id", "issue_id", "context", *modes}


def test_label_studio_accepts_it_and_needs_text_title_and_meta_only(
    registries: Registries,
) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(render_label_config(registries))
    interface.validate()
    assert set(interface.get_control("span").labels) == set(registries.ontology.span_labels)
    shown = {value for item in tree(registries).iter() for value in item.attrib.values()}
    assert {value for value in shown if value.startswith("$")} == {"$text", "$title", "$meta"}


def test_all_keys_that_label_studio_would_hand_out_are_taken(registries: Registries) -> None:
    """Otherwise a hidden list gets one, and a stray press picks a mode nobody sees."""
    keys = keys_of(tree(registries))
    assert set(AUTOMATIC_KEYS) <= set(keys)
    assert len(keys) == len(set(keys))
    fewer = with_types(registries, *registries.ontology.event_types[2:])
    root = tree(fewer)
    assert set(AUTOMATIC_KEYS) <= set(keys_of(root))
    (dead,) = root.findall(".//Choices[@name='unused_keys']")
    assert dead.attrib["readonly"] == "true"
    assert sorted(choice.attrib["hotkey"] for choice in dead) == ["1", "2"]


@pytest.mark.parametrize(
    ("hotkey", "message"),
    [
        ("2", "both .*AGREE.* and .*CONSULT|both .*CONSULT.* and .*AGREE"),
        ("u", "'u'"),
        ("ab", "'ab'"),
    ],
)
def test_a_bad_hotkey_is_refused_with_the_free_ones(
    registries: Registries, hotkey: str, message: str
) -> None:
    first, *rest = registries.ontology.event_types
    clash = with_types(registries, dataclasses.replace(first, hotkey=hotkey), *rest)
    with pytest.raises(ProjectError, match=message) as refused:
        render_label_config(clash)
    assert refused.value.hint is not None
    assert "leave `hotkey` out" in refused.value.hint
    free = re.findall("'(.)'", refused.value.hint)
    assert free == list(free_keys(clash.ontology))
    assert first.hotkey in free
    good = with_types(registries, dataclasses.replace(first, hotkey=free[0]), *rest)
    assert free[0] in keys_of(tree(good))


def test_a_type_without_a_key_still_gets_its_place(registries: Registries) -> None:
    first, *rest = registries.ontology.event_types
    root = tree(with_types(registries, dataclasses.replace(first, hotkey=None), *rest))
    (label,) = root.findall(f".//Label[@value='{first.name}']")
    assert "hotkey" not in label.attrib


@pytest.mark.parametrize("colour", ["#ffff00", "#7a7a7a", "red", "#12345", "#1b7837;}"])
def test_an_unreadable_colour_is_refused(registries: Registries, colour: str) -> None:
    first, *rest = registries.ontology.event_types
    bad = with_types(registries, dataclasses.replace(first, colour=colour), *rest)
    with pytest.raises(ProjectError, match=first.name):
        render_label_config(bad)


def test_contrast_is_that_of_wcag() -> None:
    assert white_contrast("#000000") == pytest.approx(21)
    assert white_contrast("#ffffff") == pytest.approx(1)
    assert white_contrast("#767676") == pytest.approx(4.54, abs=0.01)  # the known limit for grey
    assert white_contrast("#777777") < READABLE


HOSTILE = [
    '"><Label value="X"/>',
    "a & b < c > d ' e",
    "line\nbreak\ttab\r\nmore",
    "bell\x07 esc\x1b[31m nul\x00 sep\u2028 rtl\u202e",
    "$text",
    "]]> <!-- -->",
    "Erdoğan 😀 الرئيس",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(registries: Registries, name: str) -> None:
    actors = (Actor("first", name, "TUR GOV", (), None), Actor("second", name, "TUR GOV", (), None))
    made = dataclasses.replace(registries, actors=actors, targets=(Target("t", name, (), None),))
    root = tree(made)
    assert Counter(item.tag for item in root.iter("Label")) == {
        "Label": len(registries.ontology.span_labels)
    }
    (control,) = root.findall(".//Choices[@name='actor_id']")
    assert [choice.get("alias") for choice in control] == ["first", "second"]
    shown = [choice.attrib["value"] for choice in control]
    assert len(set(shown)) == 2  # Label Studio finds a choice by what it shows
    assert all(text.isprintable() and not text.startswith("$") for text in shown)


def test_order_of_the_registry_does_not_matter(registries: Registries) -> None:
    turned = dataclasses.replace(
        registries, actors=registries.actors[::-1], targets=registries.targets[::-1]
    )
    assert render_label_config(turned) == render_label_config(registries)
