"""What the rules suggest: golden articles, names in any script, dates, and what is never suggested."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dataset_builder.assemble.dates import Expression, event_date
from dataset_builder.errors import ProjectError
from dataset_builder.prelabel.cues import FILE, load_cues
from dataset_builder.prelabel.language import load_language, load_places
from dataset_builder.prelabel.measure import as_version
from dataset_builder.prelabel.names import Names
from dataset_builder.prelabel.rules import Rules
from dataset_builder.prelabel.run import predictions, project_rules
from dataset_builder.prelabel.suggestion import Draft, Mark, Suggestion, as_suggestion, understood
from dataset_builder.prelabel.times import Times
from dataset_builder.prelabel.words import Words, key, words_of
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.starting import start
from tests.annotated import article

if TYPE_CHECKING:
    from dataset_builder.articles import Article
    from dataset_builder.prelabel.mentions import Mention
    from dataset_builder.project import Project

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "prelabel").glob("*.yaml"))
PROJECT = find_project(Path(__file__))
REGISTRIES = load_registries(PROJECT)
CUES = load_cues(PROJECT, REGISTRIES.ontology)
RULES = Rules(REGISTRIES, CUES)
NAMES = Names(REGISTRIES)
ENGLISH = load_language("en", CUES)
assert ENGLISH is not None


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_golden(file: Path) -> None:
    """A case is a file: the text, and every event and stance that is suggested for it."""
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    made = article(case["text"])
    (suggestion,) = RULES.suggest([made])
    _, findings = understood(made, suggestion, REGISTRIES.ontology)
    assert findings == []
    version = as_version(made, suggestion, REGISTRIES)
    events = []
    for trigger in version.decoded.triggers:
        found: dict[str, Any] = {"type": trigger.region.label, "trigger": trigger.region.text}
        arguments = []
        for argument in trigger.arguments:
            value = argument.region.one("timex3")
            if argument.region.label == "ACTOR":
                value = " ".join(sorted(e.id for e in version.entities[argument.region.id]))
            shown = [argument.role, argument.region.text]
            arguments.append([*shown, value] if value else shown)
        for name, default in (
            ("polarity", "POSITIVE"),
            ("modality", "ASSERTED"),
            ("tense", "PAST"),
        ):
            if trigger.attributes[name] != default:
                found[name] = trigger.attributes[name]
        if trigger.modes:
            found["modes"] = list(trigger.modes)
        events.append({**found, "arguments": sorted(arguments)})
    wanted = [{**event, "arguments": sorted(event["arguments"])} for event in case["events"]]
    stances = [
        [s.region.label, s.region.text, s.holders[0].text, s.targets[0].text, s.expression]
        for s in version.decoded.stances
    ]
    # The texts that are about stances show events, too, and the other way round.
    if wanted:
        assert events == wanted
    if case["stances"] or not wanted:
        assert stances == case["stances"]
    if not (wanted or case["stances"]):
        assert suggestion.items == ()


def mentions(text: str) -> list[tuple[str, Mention]]:
    words = Words(text, [(0, len(text))])
    found: list[tuple[str, Mention]] = []
    for first, after in words.sentences:
        named = NAMES.in_sentence(words, ENGLISH, first, after)
        found += [(text[words.all[m.first].start : words.all[m.after - 1].end], m) for m in named]
    return found


@pytest.mark.parametrize(
    ("text", "surface", "ids"),
    [
        ("a word from ERDOĞAN today", "ERDOĞAN", ("erdogan",)),
        ("İBRAHİM KALIN answered", "İBRAHİM KALIN", ("kalin",)),
        ("ibrahim kalın answered", None, ()),  # a name has capitals
        ("Erdoğan'ın sözü", "Erdoğan", ("erdogan",)),
        ("Turkey’s president", "Turkey’s president", ("tur",)),
        ("US forces and us", "US forces", ()),
        ("he told us that", None, ()),
        ("it is so", None, ()),
        ("the IS fighters", "the IS fighters", ("is",)),
        ("the West agreed", "the West", ("west",)),
        ("the West Bank", "West Bank", ()),
        ("going West quickly", None, ()),
        ("Erdogans party", None, ()),  # no boundary after the name
        ("German Chancellor Angela Merkel spoke", "German Chancellor Angela Merkel", ("merkel",)),
        ("French Foreign Minister Jean Dupont", "French Foreign Minister Jean Dupont", ()),
        ("a Turkish fighter jet", "a Turkish fighter jet", ("tur_mil",)),
        ("Moscow-backed groups", None, ()),
        ("Turkey and Russia", "Turkey and Russia", ("rus", "tur")),
    ],
)
def test_names(text: str, surface: str | None, ids: tuple[str, ...]) -> None:
    found = [(words, m) for words, m in mentions(text) if not m.adjective]
    assert [words for words, _ in found] == ([surface] if surface else [])
    if surface:
        assert found[0][1].ids == ids


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("talks in Ankara", "LOCATION"),
        ("talks with Ankara", "ACTOR"),
        ("Ankara said no", "ACTOR"),
        ("travelled to Russia", "LOCATION"),
        ("sold jets to Russia", "ACTOR"),
        ("near the northern Syria border", "LOCATION"),
        ("in Aleppo", "LOCATION"),
        ("Aleppo fell", "LOCATION"),
    ],
)
def test_a_capital_is_a_government_unless_something_is_there(text: str, label: str) -> None:
    assert [m.label for _, m in mentions(text)] == [label]


def test_a_country_that_the_registry_lacks_is_named_with_its_code() -> None:
    ((_, found),) = mentions("Japan agreed")
    assert (found.ids, found.new) == ((), ("Japan, JPN, GOV",))


@pytest.mark.parametrize(
    ("text", "surface", "value"),
    [
        ("on September 28", "September 28", "XXXX-09-28"),
        ("on 28 September 2018", "28 September 2018", "2018-09-28"),
        ("on Sept. 28, 2018,", "Sept. 28, 2018", "2018-09-28"),
        ("on 2018-09-28", "2018-09-28", "2018-09-28"),
        ("am 28.09.2018", "28.09.2018", "2018-09-28"),
        ("3-5 May 2019", "3-5 May 2019", "2019-05-03/2019-05-05"),
        ("in late 2015", "late 2015", "2015"),
        ("since December", "December", "XXXX-12"),
        ("earlier this month", "earlier this month", "XXXX-XX"),
        ("last week", "last week", "XXXX-WXX"),
        ("today", "today", "XXXX-XX-XX"),
        ("on Tuesday", "Tuesday", "XXXX-WXX-2"),
        ("on Tuesday morning", "Tuesday morning", "XXXX-WXX-2TMO"),
        ("on Tuesday, September 28, 2021", "Tuesday, September 28, 2021", "2021-09-28"),
        ("three days ago", "three days ago", None),
        ("for two weeks", "two weeks", "P2W"),
        ("over the past two decades", "past two decades", "P20Y"),
        ("between 2015 and 2017", "2015 and 2017", "2015/2017"),
        ("in the first half of 2018", "first half of 2018", "2018-H1"),
        ("in spring 2018", "spring 2018", "2018-SP"),
        ("in the 1990s", "1990s", "199X"),
        ("in May", "May", "XXXX-05"),
        ("it may rain", None, None),
        ("troops march on", None, None),
        ("2018 people", None, None),
        ("31 February 2018", "31 February 2018", None),  # no such day: the words, without a value
        ("99 May", "May", "XXXX-05"),
    ],
)
def test_dates(text: str, surface: str | None, value: str | None) -> None:
    words = Words(text, [(0, len(text))])
    found = Times(ENGLISH).in_sentence(words.all, 0, len(words.all))
    if text == "99 May":
        assert [t.value for t in found] in ([], [value])
        return
    shown = [text[words.all[t.first].start : words.all[t.after - 1].end] for t in found]
    assert shown == ([surface] if surface else [])
    if surface:
        assert found[0].value == value
        assert event_date([Expression(value, surface)], None, "none", "PAST")[1] == []


def test_words_of_every_script_keep_their_marks() -> None:
    texts = [w.text for w in words_of("हिन्दी قَالَ Cafe\u0301 can't U.S. 👩‍👩‍👧 Erdoğan’ın")]
    assert texts[:2] == ["हिन्दी", "قَالَ"]
    assert {"Cafe\u0301", "ca", "n't", "U.S.", "Erdoğan", "ın"} <= set(texts)
    assert key("İSTANBUL") == key("istanbul") == key("ISTANBUL") == key("ıstanbul")


def test_a_language_without_a_file_has_no_suggestions() -> None:
    made = article("Turkey attacked Russia.", language="fi")
    assert [s.items for s in RULES.suggest([made])] == [()]
    unknown = article("Turkey attacked Russia.", language="und")
    assert next(RULES.suggest([unknown])).items


def test_every_label_has_cues() -> None:
    cues = CUES.languages["en"]
    assert set(cues.triggers) == set(REGISTRIES.ontology.by_type)
    assert set(cues.stance) == REGISTRIES.ontology.stance_names
    assert all(len(code) == 3 and code.isupper() for code in load_places().title)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return start(tmp_path / "transfers", None, today=dt.date(2026, 11, 23)).project


def test_another_dataset_is_suggested_its_own_labels(project: Project) -> None:
    """The template's words, and a verb that a team adds."""
    text = "Turkey paid Russia. Iran did not back Russia. Iran will loan Japan."
    rules = project_rules(project, load_registries(project))
    version = as_version(
        made := article(text), next(rules.suggest([made])), load_registries(project)
    )
    assert [(t.region.label, t.region.text) for t in version.decoded.triggers] == [("HELP", "paid")]
    assert [s.region.label for s in version.decoded.stances] == ["against"]
    file = project.path(FILE)
    words = file.read_text(encoding="utf-8").replace("verbs: [help,", "verbs: [loan, help,")
    file.write_text(words, encoding="utf-8")
    other = project_rules(project, load_registries(project))
    assert other.model_version != rules.model_version
    found = as_version(made, next(other.suggest([made])), load_registries(project)).decoded.triggers
    assert [t.region.text for t in found] == ["paid", "loan"]
    file.unlink()
    (bare,) = project_rules(project, load_registries(project)).suggest([made])
    assert {label for item in bare.items for label in item["value"].get("labels", ())} <= {
        "ACTOR",
        "LOCATION",
        "DATE",
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    HELP:", "    ASSAULT:", "en.triggers.ASSAULT: 'ASSAULT' is no event type; there are AGREE"),
        ("promise: [promise", "offer: [promise", "en.triggers.AGREE.verbs: 'offer' is no mode of AGREE"),
        ("object: ACTOR\n      has", "object: DATE\n      has", "'DATE' is no role; there are ACTOR"),
        ("has_content: true\n      verbs: [crit", "content: yes\n      verbs: [crit", "'content' is no key"),
        ("[donation, grant, loan]", "donation", "en.triggers.HELP.nouns: must be a mapping"),
        ("[donation, grant, loan]", "[donation, '=']", "'=' has no word in it"),
        ("[donation, grant, loan]", "[[a]]", "must be a list of words"),
        ("negated: against", "negated: opposed", "'opposed' is no stance label"),
        ("stated: [endorse", "said: [endorse", "'said' is no expression"),
        ("en:\n", "- en\n", "not valid YAML"),
        ("en:\n", "english:\n", "'english' is no language with a grammar; there are en"),
    ],
)  # fmt: skip
def test_cues_that_say_nothing_to_this_ontology(
    project: Project, old: str, new: str, told: str
) -> None:
    file = project.path(FILE)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProjectError, match=re.escape(told)) as raised:
        project_rules(project, load_registries(project))
    assert str(file) in raised.value.message


def test_a_suggestion_with_a_fault_is_held_back() -> None:
    made = article("Turkey attacked Russia.")

    class Faulty:
        model_version = "rules-faulty"

        def suggest(self, articles: list[Article]) -> list[Suggestion]:
            return [as_suggestion(a, Draft({("DATE", 0, 6): Mark("DATE", 0, 6)})) for a in articles]

    held: list[Any] = []
    (found,) = predictions([made], Faulty(), REGISTRIES.ontology, held)  # type: ignore[arg-type]
    assert found.result == ()
    assert [finding.code for finding in held] == ["GRM206"]


def test_region_ids_follow_from_text_label_and_place_alone() -> None:
    made = article("Turkey attacked Russia.")
    (one,) = RULES.suggest([made])
    (other,) = RULES.knowing(REGISTRIES).suggest([made])
    assert one == other
    longer = article("Turkey attacked Russia. Iran condemned Turkey.", source="b.txt")
    ids = {json.dumps(i["value"]): i["id"] for i in one.items if i["type"] == "labels"}
    again = {
        json.dumps(i["value"]): i["id"]
        for i in next(RULES.suggest([longer])).items
        if i["type"] == "labels"
    }
    assert ids.keys() & again.keys()
    assert all(ids[place] != again[place] for place in ids.keys() & again.keys())  # another text
