"""What is to mend in pulled work: whose, which of their submissions, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dataset_builder.assemble.mending import LEFT_OUT, MENDING, left_out
from dataset_builder.studio import to_mend as listing
from dataset_builder.studio.to_mend import as_text, in_short, to_mend
from dataset_builder.validate.inputs import CODES
from tests.annotated import annotation, article, items, task
from tests.factory import registries

TEXT = "Turkey met Russia on Thursday."
SOUND = {
    "a1": {"label": "ACTOR", "words": "Turkey"},
    "t1": {"label": "CONSULT", "words": "met"},
}
LOOSE = {**SOUND, "a2": {"label": "ACTOR", "words": "Russia"}}
RELEVANT = {"relevance": ["relevant"]}


def work(
    spans, who="draft-1", *, arrows=(("a1", "t1"),), at=1, state="completed", relevance=RELEVANT
):
    made = annotation(who, items(TEXT, spans, arrows, relevance), state, at)
    return replace(made, updated_at=f"2026-01-{at:02d}T12:00:00.000000Z")


def on(*annotations, kind="articles"):
    made = task(article(TEXT), *annotations)
    return replace(made, data={**made.data, "kind": kind} if kind != "articles" else made.data)


def codes(*tasks):
    return [(i.task[0], i.annotator, i.finding.code) for i in to_mend(tasks, registries())]


def test_every_annotators_work_is_read():
    found = codes(on(work(LOOSE), work(LOOSE, "draft-2"), work(SOUND, "draft-2", at=2)))
    assert found == [("articles", "draft-1", "GRM206")]  # draft-2 has mended it


@pytest.mark.parametrize("state", ["draft", "skipped"])
def test_what_was_not_submitted_is_not_listed(state):
    assert codes(on(work(LOOSE, state=state))) == []
    # A draft that would mend it does not, either.
    assert codes(on(work(LOOSE), work(SOUND, at=2, state=state))) == [
        ("articles", "draft-1", "GRM206")
    ]


def test_of_article_and_review_what_was_submitted_last_is_read():
    first, later = on(work(LOOSE)), on(work(SOUND, at=2), kind="review")
    assert codes(first, later) == codes(later, first) == []
    assert codes(on(work(SOUND)), on(work(LOOSE, at=2), kind="review")) == [
        ("review", "draft-1", "GRM206")
    ]


def test_an_adjudication_supersedes_nobodys_own_work():
    tasks = on(work(LOOSE)), on(work(LOOSE, at=2), kind="adjudication")
    assert codes(*tasks) == [
        ("articles", "draft-1", "GRM206"), ("adjudication", "draft-1", "GRM206"),
    ]  # fmt: skip


def test_a_submission_without_relevance_is_named_with_its_marks():
    assert codes(on(work(LOOSE, relevance={}))) == [
        ("articles", "draft-1", "GRM206"), ("articles", "draft-1", "GRM213"),
    ]  # fmt: skip


def test_causes_come_before_what_follows_and_doubts_last():
    spans = {
        **LOOSE,
        "a3": {"label": "ACTOR", "words": "Thursday"},
        "t2": {"label": "AGREE", "words": "on"},
    }
    arrows = (("a1", "t1"), ("a3", "t2", "bi"))
    found = to_mend([on(work(spans, arrows=arrows))], registries())
    assert [(i.finding.code, i.left_out, i.follows) for i in found] == [
        ("GRM203", True, False),
        ("GRM206", True, False),
        ("KEY204", False, False),
        ("GRM208", True, True),
    ]
    said = "2 marks that are left out of the release (GRM203 1, GRM206 1), 1 doubtful ones"
    assert said in in_short(found)
    assert left_out(i.finding for i in found).total() == 2


def test_the_list_names_task_rule_words_and_cure():
    of = on(work(LOOSE))
    found = to_mend([of], registries())
    link = "http://127.0.0.1:8080/projects/1/data?task=5"
    lines = as_text(found, {("articles", *of.key): link}).split("\n")
    assert lines[:4] == [
        f"draft-1, article {of.article_id}: {link}",
        f"  GRM206 {CODES['GRM206'].title}",
        '      ACTOR "Russia" takes part in no arrow',
        "      to mend: draw its arrow (Alt+R), or delete the span",
    ]
    assert "not on the server" in as_text(found, {})
    assert as_text([], {}) == ""


def test_words_of_a_page_do_not_steer_the_terminal(monkeypatch):
    evil = "Tur\x1b[31mkey"
    of = article(f"{evil} met Russia.")
    spans = {"a1": {"label": "ACTOR", "words": evil}}
    made = task(of, annotation("draft-1", items(of.text, spans, (), RELEVANT)))
    text = as_text(to_mend([made], registries()), {})
    assert "\x1b" not in text
    assert "Tur\\x1b[31mkey" in text
    monkeypatch.setattr(listing, "SHOWN", 0)
    assert "and 3 more" in as_text(to_mend([made], registries()), {})


def test_every_mark_that_is_left_out_can_be_mended():
    assert CODES.keys() >= LEFT_OUT
    assert MENDING.keys() <= CODES.keys()
    assert LEFT_OUT - {"SCH201"} <= MENDING.keys()  # which says itself what to do
