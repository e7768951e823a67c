from __future__ import annotations

import pytest

from dataset_builder.agreement import AgreementRow, agreement
from tests.annotated import annotation, article, items, task
from tests.factory import registries

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
VARIED = ("types", "actor_ids", "stance_labels", "stance_labels_where_both", "stance_polarity")
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
    rows = agreement(tasks, registries(), samples=200, **more).rows
    assert agreement(tasks, registries(), samples=200, details=False, **more).rows == rows
    assert all(isinstance(row, AgreementRow) for row in rows)
    return {(row.layer, row.metric): row for row in rows}


def both(first, second, source="a.txt"):
    return task(article(TEXT, source), annotation("draft-1", first), annotation("draft-2", second))


def test_the_same_work_agrees_fully():
    found = figures(both(work(), work()))
    for (layer, metric), row in found.items():
        if layer in ("dates", "issue_ids", "grid_labels"):
            assert row.reason == "there is nothing to compare"
        elif metric == "alpha" and layer not in VARIED:
            assert row.value is None
            assert row.reason == "all values are the same"
        else:
            assert row.value == 1, (layer, metric)
    assert found["triggers", "exact_f1"].n == 4
    assert found["stance_labels", "alpha"].n == 2


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
    reasons = {layer: row.reason for (layer, _), row in found.items()}
    assert reasons.pop("relevance") == "all values are the same"
    assert set(reasons.values()) == {"there is nothing to compare"}


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

    from dataset_builder.registries import Annotator

    names = ("ann", "bob", "cem")
    known = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in names))
    done = [annotation("ann", work()), annotation("bob", work()), annotation("cem", work("met"))]
    rows = agreement([task(article(TEXT), *done)], known, samples=0).rows
    value = next(r.value for r in rows if (r.layer, r.metric) == ("triggers", "exact_f1"))
    assert value == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
