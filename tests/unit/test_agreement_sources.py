"""What agreement is counted on: work that moved, answers of the pair grid, adjudicated versions.

Every expected figure is calculated by hand, in the comment beside it.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dataset_builder.agreement import agreement, as_json, as_text, judge
from dataset_builder.agreement.gates import Gates
from dataset_builder.agreement.page import page
from dataset_builder.assemble.rows import pair_id
from dataset_builder.registries import Annotator
from tests.annotated import annotation, article, items, task
from tests.factory import registries

TEXT = (
    "Erdogan met Putin. Turkey condemned Assad. Russia backs Iran. "
    "Turkey threatened Russia with sanctions on Friday."
)
FURNITURE = "Share this story with your friends and sign up for the newsletter.\n\n"
HERE = article(TEXT)
PEOPLE = ("ann", "bob", "cem")
KNOWN = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in PEOPLE))
SPANS = {
    "a1": {"label": "ACTOR", "words": "Erdogan"},
    "t1": {"label": "CONSULT", "words": "met"},
    "a2": {"label": "ACTOR", "words": "Putin"},
    "a3": {"label": "ACTOR", "words": "Turkey"},
    "s1": {"label": "against", "words": "condemned"},
    "a4": {"label": "ACTOR", "words": "Assad"},
    "a5": {"label": "ACTOR", "words": "Russia"},
    "a6": {"label": "ACTOR", "words": "Iran"},
}
ARROWS = [("a1", "t1"), ("a2", "t1"), ("a3", "s1"), ("s1", "a4")]
RELEVANT = {"relevance": ["relevant"]}


def work(text=TEXT, **changed):
    return items(text, {**SPANS, **changed}, ARROWS, RELEVANT)


def figures(*tasks):
    found = agreement(tasks, KNOWN, samples=0)
    return found, {f"{row.layer} {row.metric}": row for row in found.rows}


def grid(answers, text=TEXT, order=None, **data):
    """A grid of the pairs of `answers` (who -> pair -> label), in the order of `order`."""
    pairs = order or sorted({pair for given in answers.values() for pair in given})
    rows = [
        {"id": pair_id(HERE.article_id, *pair), "holder": pair[0], "target": pair[1], "row": ""}
        for pair in pairs
    ]
    done = [
        annotation(
            who,
            [
                *(
                    {"id": f"g{n}", "from_name": f"pair_{n}", "type": "choices",
                     "value": {"choices": [given[pair]]}}
                    for n, pair in enumerate(pairs)
                    if pair in given
                ),
                {"id": "c", "from_name": "checked", "type": "choices", "value": {"choices": ["x"]}},
            ],
        )
        for who, given in answers.items()
    ]  # fmt: skip
    made = task(HERE, *done, text=text)
    return replace(made, data={**made.data, "kind": "grid", "pairs": rows, **data})


def test_work_on_an_old_text_counts_where_it_moved_exactly():
    old = task(HERE, annotation("ann", work(FURNITURE + TEXT)), text=FURNITURE + TEXT)
    second = work(t1={"label": "AGREE", "words": "met"})
    new = task(HERE, annotation("bob", second, ordinal=2))
    found, rows = figures(old, new)
    assert found.articles == {(HERE.article_id, HERE.text_sha256): ("ann", "bob")}
    assert rows["triggers exact_f1"].value == 1  # met, by both: 2 of 2
    assert rows["mentions exact_f1"].n == 12  # six each
    assert rows["mentions exact_f1"].value == 1
    assert rows["types percent"].value == 0  # CONSULT and AGREE
    (disagreement,) = found.disagreements
    assert disagreement.text_sha256 == HERE.text_sha256
    assert [TEXT[m.start : m.end] for s in disagreement.unit.sides for m in s.marks if m.main] == [
        "met", "met",
    ]  # fmt: skip
    assert found.waiting == {}


def test_work_in_doubt_is_left_out_and_named():
    before = TEXT.replace("Putin", "Mr Putin the president")
    marked = work(before, a2={"label": "ACTOR", "words": "Mr Putin the president"})
    old = task(HERE, annotation("ann", marked), text=before)
    new = task(HERE, annotation("bob", work(), ordinal=2), annotation("cem", work(), ordinal=3))
    found, rows = figures(old, new)
    assert found.articles == {(HERE.article_id, HERE.text_sha256): ("bob", "cem")}
    assert rows["mentions exact_f1"].value == 1
    assert found.waiting == {"ann": 1}
    told = as_text(found, Gates(0, ()), {})
    assert "left out until reviewed, because text or labels changed (articles): ann 1" in told
    # Settled in a review, it counts.
    settled = replace(task(HERE, annotation("ann", work(), ordinal=4)), line=2)
    settled = replace(settled, data={**settled.data, "kind": "review"})
    found, _ = figures(old, new, settled)
    assert found.articles == {(HERE.article_id, HERE.text_sha256): PEOPLE}
    assert found.waiting == {}


def test_the_text_with_most_work_is_the_one_that_is_compared():
    before = TEXT.replace("Putin", "Mr Putin the president")
    marked = work(before, a2={"label": "ACTOR", "words": "Mr Putin the president"})
    old = task(HERE, annotation("ann", marked), annotation("bob", marked), text=before)
    new = task(HERE, annotation("cem", work(), ordinal=2))
    found, rows = figures(old, new)
    ((key, names),) = found.articles.items()
    assert key == old.key
    # What cem did on the present text stands on the old one but for one span and its arrow.
    assert names == ("ann", "bob")
    assert found.waiting == {"cem": 1}
    assert rows["mentions exact_f1"].n == 12


def test_answers_of_the_grid_are_stances_of_their_own():
    both = task(HERE, annotation("ann", work()), annotation("bob", work()))
    answers = {
        "ann": {("rus", "irn"): "favor", ("irn", "rus"): "neutral", ("rus", "tur"): "neutral"},
        "bob": {("rus", "irn"): "neutral", ("irn", "rus"): "neutral"},
    }
    _, without = figures(both)
    assert without["stance_labels percent"].n == 1  # Turkey on Assad
    found, rows = figures(both, grid(answers))
    # Two pairs were answered by both: one alike, one not. Four values: favor 1, neutral 3.
    # Do = 2 (both orders of the unit that differs), De = 16 - 1 - 9 = 6: 1 - 3 * 2 / 6 = 0.
    assert rows["grid_labels percent"].n == 2
    assert rows["grid_labels percent"].value == 1 / 2
    assert rows["grid_labels alpha"].value == pytest.approx(0)
    # With Turkey on Assad, against by both: six values, against 2, favor 1, neutral 3.
    # Do = 2, De = 36 - 4 - 1 - 9 = 22: 1 - 5 * 2 / 22 = 12/22.
    assert rows["stance_labels percent"].n == 3
    assert rows["stance_labels percent"].value == pytest.approx(2 / 3)
    assert rows["stance_labels alpha"].value == pytest.approx(12 / 22)
    # Marks are marks: what was only answered is no pair that anybody listed.
    assert rows["stance_pairs f1"].n == 2
    assert rows["stance_labels_where_both percent"].n == 1
    assert found.confusions["stance_labels"] == {
        ("against", "against"): 1, ("favor", "neutral"): 1, ("neutral", "neutral"): 1,
    }  # fmt: skip
    assert found.counts["grid_labels"] == (1, 1)
    (unit,) = [item.unit for item in found.disagreements]
    assert unit.pair == ("rus", "irn")
    assert [side.values for side in unit.sides] == [("favor",), ("neutral",)]
    html = page(found, Gates(0, ()), {}, KNOWN.ontology, title="T")
    assert "other label: <bdi>ann" not in html  # names are plain, values isolated
    assert "ann <bdi>favor</bdi>; bob <bdi>neutral</bdi>" in html


def test_what_only_one_answered_is_not_compared_and_who_only_answered_is():
    both = task(HERE, annotation("ann", work()), annotation("bob", work()))
    answers = {
        "ann": {("rus", "irn"): "favor"},
        "cem": {("rus", "irn"): "favor", ("irn", "rus"): "against"},
    }
    found, rows = figures(both, grid(answers))
    assert rows["stance_labels percent"].n == 1  # cem finished no article; bob answered nothing
    assert rows["grid_labels percent"].n == 1
    assert rows["grid_labels percent"].value == 1
    pairs = {(row.pair, row.layer): row for row in found.by_pair if row.metric == "percent"}
    assert pairs[("ann", "cem"), "grid_labels"].value == 1
    assert pairs[("ann", "cem"), "types"].value is None
    assert ("bob", "cem") not in {row.pair for row in found.by_pair}
    assert found.articles == {HERE_KEY: ("ann", "bob")}


HERE_KEY = (HERE.article_id, HERE.text_sha256)


def test_answers_on_an_old_text_count_where_they_moved():
    both = task(HERE, annotation("ann", work(), ordinal=2), annotation("bob", work(), ordinal=2))
    before = FURNITURE + TEXT.replace("Russia backs Iran.", "Russia backs Iran and always did.")
    answers = {who: {("rus", "irn"): "favor", ("tur", "rus"): "neutral"} for who in ("ann", "bob")}
    _, rows = figures(both, grid(answers, text=before))
    # The sentence that names Russia and Iran was changed; the one of Turkey and Russia was not.
    assert rows["grid_labels percent"].n == 1
    _, rows = figures(both, grid(answers, text=FURNITURE + TEXT))
    assert rows["grid_labels percent"].n == 2


def decision(result, who="cem", **data):
    made = task(HERE, annotation(who, result, ordinal=5))
    return replace(made, data={**made.data, "kind": "adjudication", **data})


def test_each_annotator_is_held_against_the_adjudicated_version():
    agree = {"label": "AGREE", "words": "met"}
    first, second = work(), work(t1=agree, a6={"label": "ISSUE", "words": "Iran"})
    both = task(HERE, annotation("ann", first), annotation("bob", second))
    found, rows = figures(both, decision(work(t1=agree)))
    assert found.adjudicated == {HERE_KEY: "cem"}
    against = {(row.pair[0], f"{row.layer} {row.metric}"): row for row in found.against}
    assert {row.pair[1] for row in found.against} == {"adjudicated"}
    # ann has the type otherwise, bob calls Iran an issue: of 6 + 6 mentions 10 have a partner.
    assert against["ann", "types percent"].value == 0
    assert against["bob", "types percent"].value == 1
    assert against["ann", "mentions exact_f1"].value == 1
    assert against["bob", "mentions exact_f1"].value == pytest.approx(10 / 12)
    assert against["bob", "stance_pairs f1"].value == 1
    # Of the two annotators it changes nothing.
    assert rows == figures(both)[1]
    told = as_text(found, Gates(0, ()), {})
    assert "against the adjudicated version (1 articles)" in told
    made = json.loads(as_json(found, Gates(0, ()), judge(found.rows, Gates(0, ()), 1)))
    assert made["adjudicated"] == [
        {"article_id": HERE_KEY[0], "text_sha256": HERE_KEY[1], "annotator": "cem"}
    ]
    assert {"ann", "bob"} == {row["pair"][0] for row in made["against_adjudicated"]}
    assert "Against the adjudicated version" in page(
        found, Gates(0, ()), {}, KNOWN.ontology, title="T"
    )


def test_without_an_adjudication_nothing_is_said_of_one():
    both = task(HERE, annotation("ann", work()), annotation("bob", work()))
    found, _ = figures(both)
    assert (found.against, found.adjudicated) == ((), {})
    assert "adjudicated" not in as_text(found, Gates(0, ()), {})
    assert 'id="adjudicated"' not in page(found, Gates(0, ()), {}, KNOWN.ontology, title="T")


def test_an_adjudication_that_nobody_carried_over_is_not_used():
    before = TEXT.replace("Putin", "Mr Putin the president")
    marked = work(before, a2={"label": "ACTOR", "words": "Mr Putin the president"})
    old = replace(decision(marked), text_sha256=task(HERE, text=before).text_sha256)
    old = replace(old, data={**old.data, "text": before})
    both = task(HERE, annotation("ann", work()), annotation("bob", work()))
    assert figures(both, old)[0].adjudicated == {}
