"""Whatever the text: every suggested span is where it says, and our own reading finds no fault."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_builder.prelabel.run import project_rules
from dataset_builder.prelabel.suggestion import understood
from dataset_builder.prelabel.words import words_of
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from tests.annotated import article

PROJECT = find_project(Path(__file__))
REGISTRIES = load_registries(PROJECT)
RULES = project_rules(PROJECT, REGISTRIES)
PIECES = [
    "Turkey",
    "Russia",
    "Ankara",
    "Putin",
    "Erdoğan",
    "ERDOĞAN",
    "İbrahim",
    "Kalın",
    "rebels",
    "Islamic",
    "State",
    "(IS)",
    "Merkel",
    "Macron",
    "the",
    "a",
    "his",
    "and",
    ",",
    ".",
    ";",
    ":",
    '"',
    "'",
    "’",
    "s",
    "-",
    "who",
    "which",
    "that",
    "but",
    "by",
    "with",
    "against",
    "on",
    "in",
    "near",
    "to",
    "of",
    "for",
    "between",
    "met",
    "meeting",
    "talks",
    "attacked",
    "attack",
    "condemned",
    "threatened",
    "agreed",
    "signed",
    "deal",
    "withdrew",
    "sold",
    "arrested",
    "troops",
    "government",
    "President",
    "minister",
    "has",
    "been",
    "was",
    "will",
    "not",
    "yet",
    "n't",
    "backs",
    "opposes",
    "Idlib",
    "agreement",
    "September",
    "28",
    "2018",
    "Tuesday",
    "last",
    "week",
    "ago",
    "three",
    "days",
    "in",
    "late",
    "2015",
    "May",
    "March",
    "😀",
    "🇹🇷",
    "👩\u200d👩\u200d👧",
    "قال",
    "الرئيس",
    "موسكو",
    "אנקרה",
    "हिन्दी",
    "Café",
    "ȩ́",
    "\u200f",
    "ﬁ",
    "ǅ",
    "ß",
    "ŉ",
    "\u2028",
    "½",
    "١٢",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map(" ".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join),
    st.text(max_size=80),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_suggested_spans_are_in_the_text_and_without_fault(text: str) -> None:
    text = re.sub(r"[\ud800-\udfff]", "", text)
    made = article(text)
    (suggestion,) = RULES.suggest([made])
    for item in suggestion.items:
        if item["type"] == "labels":
            value = item["value"]
            assert text[value["start"] : value["end"]] == value["text"] != ""
            assert value["text"] == value["text"].strip()
    _, findings = understood(made, suggestion, REGISTRIES.ontology)
    assert findings == []
    assert next(RULES.suggest([made])) == suggestion


@given(st.text(max_size=200))
def test_words_cover_everything_but_white_space(text: str) -> None:
    end = 0
    for word in words_of(text):
        assert text[word.start : word.end] == word.text
        assert text[end : word.start].strip() == ""
        end = word.end
    assert text[end:].strip() == ""
