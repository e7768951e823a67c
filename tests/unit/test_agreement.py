from __future__ import annotations

import pytest

from dataset_builder.agreement import AgreementRow, agreement, krippendorff_alpha
from tests.annotated import annotation, article, items, task
from tests.factory import registries

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), with the values given there.
TWO_BINARY = ["0100000010", "1110010000"]
TWO_NOMINAL = ["aabbdcccedda", "babbbccceddd"]
FOUR_WITH_GAPS = [
    "123321412...",
    "1233224125.3",
    ".333234225 1.".replace(" ", ""),
    "1233244125 1.".replace(" ", ""),
]


def units(observers):
    return [[None if v == "." else v for v in unit] for unit in zip(*observers, strict=True)]


@pytest.mark.parametrize(
    ("observers", "alpha"),
    [(TWO_BINARY, 0.095), (TWO_NOMINAL, 0.692), (FOUR_WITH_GAPS, 0.743)],
)
def test_alpha_of_published_examples(observers, alpha):
    assert krippendorff_alpha(units(observers)) == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_perfect_agreement_and_of_none():
    assert krippendorff_alpha([("a", "a"), ("b", "b")]) == 1
    # By hand: n = 4, all observed differ, expected 4*4 - 2*2 - 2*2 = 8: 1 - 3*4/8.
    assert krippendorff_alpha([("a", "b"), ("b", "a")]) == pytest.approx(-0.5)


@pytest.mark.parametrize("given", [[], [("a", None)], [("a", "a"), ("a", "a")]])
def test_alpha_is_not_defined_without_pairs_or_variation(given):
    assert krippendorff_alpha(given) is None


TEXT = "Erdogan met Putin. Turkey condemned Assad. Russia backs Iran. Turkey threatened Russia."
ACTORS = {
    name.lower(): {"label": "ACTOR", "words": name}
    for name in ("Erdogan", "Putin", "Turkey", "Assad", "Russia", "Iran")
}
EVENTS = {
    "met": {"label": "CONSULT", "words": "met"},
    "threatened": {"label": "THREATEN", "words": "threatened"},
}
STANCES = {
    "condemned": {"label": "against", "words": "condemned"},
    "backs": {"label": "favor", "words": "backs"},
}
ARROWS = [
    ("erdogan", "met"), ("putin", "met"), ("turkey", "threatened"), ("threatened", "russia"),
    ("turkey", "condemned"), ("condemned", "assad"), ("russia", "backs"), ("backs", "iran"),
]  # fmt: skip


def work(*without, **changed):
    spans = {**ACTORS, **EVENTS, **STANCES, **changed}
    spans = {key: span for key, span in spans.items() if key not in without}
    arrows = [a for a in ARROWS if a[0] in spans and a[1] in spans]
    return items(TEXT, spans, arrows, {"relevance": ["relevant"]})


def figures(*tasks, **more):
    rows = agreement(tasks, registries(), samples=200, **more)
    assert all(isinstance(row, AgreementRow) for row in rows)
    return {(row.layer, row.metric): row for row in rows}


def both(first, second, source="a.txt"):
    return task(article(TEXT, source), annotation("draft-1", first), annotation("draft-2", second))


def test_the_same_work_agrees_fully():
    found = figures(both(work(), work()))
    for (layer, metric), row in found.items():
        if layer in ("polarity", "modality", "tense") and metric == "alpha":
            assert row.value is None
            assert row.reason == "all values are the same"
        else:
            assert row.value == 1, (layer, metric)
    assert found["triggers", "exact_f1"].n == 4
    assert found["stance_labels", "alpha"].n == 2


def test_different_work_by_hand():
    second = work(
        "backs",
        met={"label": "AGREE", "words": "met Putin"},  # overlaps by 3/9: no match
        threatened={
            "label": "REQUEST",
            "words": "threatened R",  # overlaps by 10/12
            "fields": {"tense": ["FUTURE"]},
        },
        condemned={"label": "favor", "words": "condemned"},
    )
    found = figures(both(work(), second))
    assert found["triggers", "exact_f1"].value == 0
    assert found["triggers", "overlap_f1"].value == 2 * 1 / 4
    assert found["types", "percent"].value == 0
    assert found["types", "percent"].n == 1
    assert found["tense", "percent"].value == 0
    assert found["polarity", "percent"].value == 1
    assert found["arguments", "f1"].value == 1
    assert found["stance_evidence", "exact_f1"].value == pytest.approx(2 * 1 / 3)
    assert found["stance_pairs", "f1"].value == pytest.approx(2 * 1 / 3)
    assert found["stance_labels_where_both", "percent"].value == 0
    # Units (against, favor), (favor, neutral): n = 4, observed 4, expected 16 - (1 + 4 + 1).
    assert found["stance_labels", "alpha"].value == pytest.approx(1 - 3 * 4 / 10)


def test_a_role_must_be_the_same_to_count():
    turned = [("met", "putin") if a == ("putin", "met") else a for a in ARROWS]
    second = items(TEXT, {**ACTORS, **EVENTS, **STANCES}, turned, {"relevance": ["relevant"]})
    assert figures(both(work(), second))["arguments", "f1"].value == 2 * 3 / 8


def test_nothing_to_compare_is_no_figure():
    of = article(TEXT)
    found = figures(task(of, annotation("draft-1", work())))
    assert {row.value for row in found.values()} == {None}
    assert {row.reason for row in found.values()} == {"no article was finished by two annotators"}
    empty = items(TEXT, {}, (), {"relevance": ["irrelevant"]})
    found = figures(both(empty, empty))
    assert {row.value for row in found.values()} == {None}
    assert {row.reason for row in found.values()} == {"there is nothing to compare"}


def test_unfinished_work_does_not_count():
    of = article(TEXT)
    unfinished = annotation("draft-2", work(), "draft")
    found = figures(task(of, annotation("draft-1", work()), unfinished))
    assert found["triggers", "exact_f1"].value is None


def test_intervals_are_over_articles_and_seeded():
    tasks = [both(work(), work(*(["met", "backs"] if i % 2 else [])), f"{i}.txt") for i in range(6)]
    found = figures(*tasks)
    row = found["triggers", "exact_f1"]
    assert row.value == pytest.approx(2 * 9 / 21)
    assert row.low < row.value < row.high
    assert figures(*tasks[::-1])["triggers", "exact_f1"] == row
    assert figures(*tasks, seed=5)["triggers", "exact_f1"] != row
    single = figures(tasks[0])["triggers", "exact_f1"]
    assert (single.low, single.high) == (None, None)


def test_three_annotators_give_the_mean_of_their_pairs():
    from dataclasses import replace

    from dataset_builder.ontology import Annotator

    names = ("ann", "bob", "cem")
    known = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in names))
    done = [annotation("ann", work()), annotation("bob", work()), annotation("cem", work("met"))]
    rows = agreement([task(article(TEXT), *done)], known, samples=0)
    value = next(r.value for r in rows if (r.layer, r.metric) == ("triggers", "exact_f1"))
    assert value == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
