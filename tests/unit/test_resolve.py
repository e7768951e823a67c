from __future__ import annotations

import pytest

from dataset_builder.assemble.codes import Notes, Place
from dataset_builder.assemble.entries import read_entries
from dataset_builder.assemble.regions import Region
from dataset_builder.assemble.resolve import known_only, lexicon, resolve, slug
from tests.annotated import items
from tests.factory import registries

KNOWN = lexicon(registries())


def look_up(words, label="ACTOR", **fields):
    region = Region("r1", label, label, 0, len(words), words, fields)
    notes = Notes(Place("0123456789abcdef"))
    found = resolve([region], KNOWN, notes)["r1"]
    return [(e.id, e.name, e.code) for e in found], [finding.code for finding in notes.found]


ERDOGAN = ("erdogan", "Recep Tayyip Erdogan", "TUR GOV")
PUTIN = ("putin", "Vladimir Putin", "RUS GOV")


def test_the_annotators_choice_wins_over_the_words():
    assert look_up("Putin", actor_id=("erdogan",)) == ([ERDOGAN], [])


def test_all_chosen_actors_are_taken_in_one_order():
    assert look_up("the pair", actor_id=("putin", "erdogan")) == ([ERDOGAN, PUTIN], [])


def test_a_new_actor_is_named_with_country_and_sector():
    found = ("new:hezbollah", "Hezbollah", "LBN REB")
    assert look_up("it", actor_new=("Hezbollah, LBN, REB",)) == ([found], [])
    assert look_up("it", actor_new=("Hezbollah, LBN REB",)) == ([found], [])


@pytest.mark.parametrize("entered", ["Hezbollah", "Hezbollah, Lebanon, rebels", "Hezbollah, lbn"])
def test_a_new_actor_without_a_code_has_none(entered):
    assert look_up("it", actor_new=(entered,)) == ([("new:hezbollah", "Hezbollah", None)], [])


def test_a_new_actor_that_the_registry_knows_is_that_one():
    assert look_up("he", actor_new=("Vladimir Putin, RUS, GOV",)) == ([PUTIN], [])


def test_a_compound_may_have_a_member_that_the_registry_lacks():
    found, codes = look_up("both", actor_id=("putin",), actor_new=("Hezbollah, LBN, REB",))
    assert [entity for entity, *_ in found] == ["new:hezbollah", "putin"]
    assert codes == []


@pytest.mark.parametrize("words", ["the  KREMLIN", "Moscow", "The Russian\ngovernment"])
def test_an_alias_is_found_whatever_its_case_and_spaces(words):
    assert look_up(words) == ([("rus", "Russia", "RUS GOV")], [])


def test_an_unknown_mention_keeps_its_words_and_is_reported():
    assert look_up("The Rebels") == ([("text:rebels", "The Rebels", None)], ["KEY204"])


def test_a_mention_with_an_id_that_the_registry_lacks_stands_for_nobody():
    spans = {
        "a1": {"label": "ACTOR", "words": "Putin", "fields": {"actor_id": ["putin", "napoleon"]}},
        "a2": {"label": "ACTOR", "words": "he", "fields": {"actor_id": ["putin"]}},
        "i1": {"label": "ISSUE", "words": "it", "fields": {"issue_id": ["napoleon"]}},
        "l1": {"label": "LOCATION", "words": "there", "fields": {"actor_id": ["napoleon"]}},
    }
    text = "Putin said he wants it there."
    notes = Notes(Place("0123456789abcdef"))
    entries, _ = read_entries(items(text, spans), text, notes.place)
    broken = {e.region_id: e.broken for e in known_only(entries, KNOWN, notes) if e.kind == "span"}
    assert broken == {"a1": "KEY203", "a2": None, "i1": "KEY203", "l1": None}
    assert [(f.code, f.ids["region_id"], f.found) for f in notes.found] == [
        ("KEY203", "a1", '"napoleon"'), ("KEY203", "i1", '"napoleon"'),
    ]  # fmt: skip
    assert all(f.severity == "warning" and f.fix for f in notes.found)


def test_issues_resolve_like_actors_and_have_no_code():
    name = "Ending the Syrian war by negotiation"
    found = [("ending_syrian_war", name, None)]
    assert look_up("it", "ISSUE", issue_id=("ending_syrian_war",)) == (found, [])
    assert look_up("political settlement process", "ISSUE") == (found, [])
    new = [("new:a-bridge-dam-or-wall", "A bridge, dam, or wall", None)]
    assert look_up("it", "ISSUE", issue_new=("A bridge, dam, or wall",)) == (new, [])


def test_an_actor_id_means_nothing_on_an_issue():
    assert look_up("it", "ISSUE", actor_id=("putin",)) == ([("text:it", "it", None)], ["KEY204"])


def test_places_and_dates_are_not_resolved():
    notes = Notes(Place("0123456789abcdef"))
    region = Region("r1", "LOCATION", "LOCATION", 0, 6, "Moscow", {})
    assert resolve([region], KNOWN, notes) == {}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("The Islamic State (IS)", "islamic-state-is"),
        ("حزب الله", "حزب-الله"),
        ("Хезболла", "хезболла"),
        ("हिज़्बुल्लाह", "हिज़्बुल्लाह"),
        ("中国", "中国"),
        ("a_b/c", "a-b-c"),
    ],
)
def test_slugs_keep_the_letters_of_every_script(words, expected):
    assert slug(words) == expected


def test_slugs_of_signs_differ_and_are_not_empty():
    assert slug("🇹🇷") != slug("🇷🇺")
    assert slug("🇹🇷")
