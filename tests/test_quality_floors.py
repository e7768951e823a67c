"""The cleaner keeps the quality that it once had on the evaluation set; see `evaluation/floors.py`."""

from __future__ import annotations

import tomllib

import pytest

from tests.evaluation.build import BODY, cases
from tests.evaluation.floors import (
    added,
    evaluated,
    holding,
    measured,
    objections,
    read,
    seal,
    set_digest,
    written,
)

WHY = "written for this very test"
FOUND = {"raw.all.f1": 0.9, "raw.en.f1": 0.8}


def test_floors() -> None:
    assert objections(read(), set_digest(), measured()) == []


def test_no_paragraph_twice_and_no_invented_date() -> None:
    for form, result in evaluated().forms.items():
        assert [page.id for page in result.pages if page.repeated] == [], form
        score = result.metadata["published_at"]
        assert (score.invented, score.wrong) == (0, 0), form


def test_the_other_converter_costs_next_to_nothing() -> None:
    loss = evaluated().loss
    assert loss is not None
    assert loss.difference.mean <= 0.01


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_both_dumps_hold_the_gold_and_the_site(case) -> None:
    # Otherwise the figures would judge the converters.
    for dump in (case.raw, case.raw2):
        assert all(paragraph in dump for paragraph in case.gold)
        assert case.metadata["outlet"] in dump
        for field in {"title", "byline", "agency", "dateline"} - set(case.html_only):
            assert (case.metadata[field] or "") in dump
    assert case.raw != case.raw2
    assert not case.metadata["published_at"] or _shows_a_date(case)
    assert len(set(case.gold)) == len(case.gold)
    assert "$" not in case.html.replace("$61,000", "").replace("$250,000", "")


def _shows_a_date(case) -> bool:
    year = case.metadata["published_at"][:4]
    return any(year in line or "۱۴۰۴" in line for line in case.raw.split("\n") if len(line) < 60)


def test_the_set_has_what_it_is_for() -> None:
    pages = cases()
    assert len(pages) >= 48
    assert len({case.metadata["outlet"] for case in pages}) >= 24
    assert len({case.lang for case in pages}) >= 15
    assert sum(not case.gold for case in pages) >= 2
    assert len(BODY) == 5


def history(**changes: object) -> list[dict]:
    first = added([], FOUND, date="2025-01-01", why=WHY, lowered={})
    return [first | changes]


def test_what_was_just_measured_holds_and_survives_writing() -> None:
    entry = history()[0]
    assert tomllib.loads(written(entry))["entry"] == [entry]
    assert objections([entry], set_digest(), FOUND) == []


@pytest.mark.parametrize(
    ("entries", "found", "said"),
    [
        (history(), FOUND | {"raw.en.f1": 0.799}, "below its floor"),
        (history(), FOUND | {"raw.en.f1": 0.83}, "raise its floor"),
        (history(), FOUND | {"raw.de.f1": 0.5}, "has no floor"),
        (history(), {"raw.all.f1": 0.9}, "not measured any more"),
        (history(floors={"raw.all.f1": 0.5, "raw.en.f1": 0.8}), FOUND, "was edited"),
        (history(set="0123456789abcdef"), FOUND, "add an entry"),
        ([], FOUND, "add an entry"),
    ],
)
def test_objections(entries, found, said) -> None:
    assert any(said in line for line in objections(entries, set_digest(), found))


def test_lowering_takes_a_reason() -> None:
    entries, found = history(), FOUND | {"raw.en.f1": 0.7}
    silent = added(entries, found, date="2025-02-01", why=WHY, lowered={})
    assert holding([*entries, silent]) == FOUND  # raising only
    forced = silent | {"floors": {"raw.en.f1": 0.7}}
    forced["seal"] = seal(entries[0]["seal"], forced)
    assert any(
        "lowers raw.en.f1" in line for line in objections([*entries, forced], set_digest(), found)
    )
    reason = {"raw.en.f1": "pages of a new kind came in, see the README"}
    lowered = added(entries, found, date="2025-02-01", why=WHY, lowered=reason)
    assert objections([*entries, lowered], set_digest(), found) == []
    # Taking the reason out again is editing.
    without = {key: value for key, value in lowered.items() if key != "lowered"}
    assert any(
        "was edited" in line for line in objections([*entries, without], set_digest(), found)
    )
    # So is taking the entry above out.
    assert any("was edited" in line for line in objections([lowered], set_digest(), found))
