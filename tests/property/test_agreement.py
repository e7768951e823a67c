"""What holds of agreement whatever people marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.agreement import agreement
from dataset_builder.agreement.align import align
from dataset_builder.assemble.regions import Region
from dataset_builder.assemble.votes import match
from dataset_builder.registries import Annotator
from tests.annotated import annotation, article, task
from tests.factory import registries

TEXT = "Ankara met 😀 Moscow and أنقرة warned the rebels, who backed Assad again."
NAMES = ("ann", "bob", "cem")
KNOWN = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in NAMES))
TYPES = ("CONSULT", "ASSAULT", "AGREE")
OTHERS = ("ACTOR", "ISSUE", "DATE", "favor", "against")


@st.composite
def spans(draw):
    start = draw(st.integers(0, len(TEXT) - 2))
    end = draw(st.integers(start + 1, min(start + 12, len(TEXT))))
    return (start, end, draw(st.sampled_from((*TYPES, *OTHERS))))


@st.composite
def works(draw):
    marks = draw(st.lists(spans(), max_size=6, unique=True))
    ends = st.integers(0, max(len(marks) - 1, 0))
    arrows = draw(st.lists(st.tuples(ends, ends), max_size=6)) if marks else []
    return (marks, arrows)


def result(work, names=None):
    marks, arrows = work
    items = [
        {
            "id": f"r{n}", "from_name": "span", "to_name": "text", "type": "labels",
            "value": {
                "start": a, "end": b, "text": TEXT[a:b], "labels": [(names or {}).get(label, label)]
            },
        }
        for n, (a, b, label) in enumerate(marks)
    ]  # fmt: skip
    relevance = {"value": {"choices": ["relevant"]}, "type": "choices"}
    items.append({"id": "x", "from_name": "relevance", "to_name": "text", **relevance})
    return items + [
        {"type": "relation", "from_id": f"r{a}", "to_id": f"r{b}", "direction": "right"}
        for a, b in arrows
    ]


def compared(articles, order=NAMES, names=None):
    tasks = [
        task(
            article(TEXT, f"{number}.txt"),
            *(annotation(who, result(work, names)) for who, work in zip(order, done, strict=False)),
        )
        for number, done in enumerate(articles)
    ]
    return agreement(tasks, KNOWN, samples=0)


def values(found):
    return {(row.layer, row.metric): (row.value, row.n) for row in found.rows}


def alike(one, other):
    assert one.keys() == other.keys()
    for name, (value, n) in one.items():
        assert (value is None) == (other[name][0] is None), name
        assert n == other[name][1], name
        if value is not None:
            assert value == pytest.approx(other[name][0], abs=1e-9), name


ARTICLES = st.lists(st.tuples(works(), works(), works()), min_size=1, max_size=2)


@settings(max_examples=25, deadline=None)
@given(ARTICLES, st.permutations(NAMES))
def test_who_is_called_what_does_not_matter(articles, order):
    one, other = compared(articles), compared(articles, order)
    alike(values(one), values(other))
    assert one.counts == other.counts


@settings(max_examples=40, deadline=None)
@given(st.tuples(works(), works()))
def test_two_annotators_are_symmetric(pair):
    one, other = compared([pair]), compared([pair[::-1]])
    alike(values(one), values(other))
    for layer, cells in one.confusions.items():
        assert cells == {(b, a): n for (a, b), n in other.confusions[layer].items()}


@settings(max_examples=40, deadline=None)
@given(works())
def test_the_same_work_agrees_in_everything(work):
    found = compared([(work, work, work)])
    for row in (*found.rows, *found.by_label, *found.by_pair):
        assert row.value in (None, 1), row
    assert not found.disagreements
    assert all(differ == 0 for _, differ in found.counts.values())


@settings(max_examples=25, deadline=None)
@given(ARTICLES, st.permutations(TYPES))
def test_alpha_of_types_does_not_know_their_names(articles, names):
    renamed = compared(articles, names=dict(zip(TYPES, names, strict=True)))
    one, other = values(compared(articles)), values(renamed)
    rated = [name for name in one if name[0] in ("types", "triggers", "stance_labels")]
    alike({name: one[name] for name in rated}, {name: other[name] for name in rated})


@settings(max_examples=25, deadline=None)
@given(ARTICLES)
def test_figures_stay_in_their_range(articles):
    found = compared(articles)
    for row in (*found.rows, *found.by_label, *found.by_pair):
        if row.value is not None:
            assert (-1 if row.metric == "alpha" else 0) - 1e-9 <= row.value <= 1 + 1e-9, row
        else:
            assert row.reason


COLUMN = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6), st.sampled_from(TYPES)), max_size=5
)


def regions(column):
    made = [Region(f"r{n}", c, "trigger", a, a + b, "", {}) for n, (a, b, c) in enumerate(column)]
    return sorted(made, key=lambda region: region.order)


@given(st.lists(COLUMN, min_size=2, max_size=4))
def test_every_mark_is_in_one_unit_and_two_annotators_are_matched_as_votes_are(columns):
    marks = [regions(column) for column in columns]
    units = align(marks)
    placed = [mark for unit in units for mark in unit.items()]
    every = [(n, i) for n, column in enumerate(marks) for i in range(len(column))]
    assert sorted(placed) == every
    two = align(marks[:2])
    assert sorted((u[0], u[1]) for u in two if len(u) == 2) == match(*marks[:2])
