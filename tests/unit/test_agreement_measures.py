"""The measures against published values, reference libraries and hand calculations."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.agreement import krippendorff_alpha, measures
from dataset_builder.agreement.ratings import Marks, Ratings, masi

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


LABELS = st.sampled_from("abcd")
SETS = st.frozensets(LABELS, min_size=1, max_size=3)


def tables(values):
    """Units of two to four annotators, with gaps."""
    return st.integers(2, 4).flatmap(
        lambda coders: st.lists(
            st.lists(st.none() | values, min_size=coders, max_size=coders), min_size=1, max_size=12
        )
    )


def same(ours, theirs):
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=75)
@given(tables(LABELS))
def test_nominal_alpha_is_that_of_the_package_krippendorff(units):
    ours = krippendorff_alpha(units)
    rated = [[v for v in unit if v is not None] for unit in units]
    given_ = {value for unit in rated if len(unit) > 1 for value in unit}
    if len(given_) < 2:
        assert ours is None
        return
    codes = [[np.nan if v is None else float("abcd".index(v)) for v in unit] for unit in units]
    same(ours, krippendorff.alpha(np.array(codes).T, level_of_measurement="nominal"))


@settings(max_examples=75)
@given(tables(SETS))
def test_alpha_of_sets_is_that_of_nltk_with_its_masi(units):
    from nltk.metrics import masi_distance
    from nltk.metrics.agreement import AnnotationTask

    ours = krippendorff_alpha(units)
    rated = {
        number: unit
        for number, unit in enumerate(units)
        if sum(value is not None for value in unit) > 1
    }
    if len({value for unit in rated.values() for value in unit if value is not None}) < 2:
        assert ours is None
        return
    data = [
        (coder, number, value)
        for number, unit in rated.items()
        for coder, value in enumerate(unit)
        if value is not None
    ]
    same(ours, AnnotationTask(data, distance=masi_distance).alpha())


@given(SETS, SETS)
def test_masi_is_that_of_nltk(one, other):
    from nltk.metrics import masi_distance

    same(masi(one, other), masi_distance(one, other))
    assert masi(one, other) == masi(other, one)


def test_masi_by_hand():
    none, a, ab, bc = (frozenset(letters) for letters in ("", "a", "ab", "bc"))
    assert masi(none, none) == masi(ab, ab) == 0
    assert masi(none, a) == masi(a, bc) == 1
    assert masi(a, ab) == pytest.approx(1 - 2 / 3 * 1 / 2)
    assert masi(ab, bc) == pytest.approx(1 - 1 / 3 * 1 / 3)


@given(tables(LABELS), st.permutations("abcd"), st.randoms(use_true_random=False))
def test_alpha_knows_no_order_of_annotators_and_no_names_of_labels(units, names, rng):
    order = list(range(len(units[0])))
    rng.shuffle(order)
    renamed = [
        [None if unit[n] is None else names["abcd".index(unit[n])] for n in order] for unit in units
    ]
    ours, theirs = krippendorff_alpha(units), krippendorff_alpha(renamed)
    assert (ours is None) == (theirs is None)
    if ours is not None:
        same(ours, theirs)


@given(st.lists(tables(LABELS), min_size=1, max_size=6), st.data())
def test_weighing_articles_is_repeating_them(articles, data):
    """A bootstrap draw gives what the drawn articles, put together, give."""
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(articles), max_size=len(articles)))
    tallies = [Ratings() for _ in articles]
    repeated = Ratings()
    for units, tally, count in zip(articles, tallies, times, strict=True):
        for unit in units:
            values = [None if v is None else frozenset(v) for v in unit]
            tally.add(values)
            for _ in range(count):
                repeated.add(values)
    weights, once = np.array([times], dtype=float), np.ones((1, 1))
    for figure in (measures.alpha, measures.percent):
        np.testing.assert_allclose(figure(tallies, weights), figure([repeated], once), atol=1e-9)
    for figures in (measures.alpha_of_labels, measures.percent_of_labels):
        weighed = figures(tallies, ["a", "d"], weights)
        for label, expected in figures([repeated], ["a", "d"], once).items():
            np.testing.assert_allclose(weighed[label], expected, atol=1e-9)


@given(tables(LABELS))
def test_alpha_of_a_label_is_alpha_of_having_it(units):
    tally = Ratings()
    for unit in units:
        tally.add([None if v is None else frozenset(v) for v in unit])
    ours = measures.alpha_of_labels([tally], ["a"], np.ones((1, 1)))["a"][0]
    theirs = krippendorff_alpha([[None if v is None else v == "a" for v in u] for u in units])
    assert np.isnan(ours) == (theirs is None)
    if theirs is not None:
        same(ours, theirs)


def test_f1_and_its_interval_by_hand():
    """Three articles with 2 of 2, 0 of 2 and 2 of 4 marks matched."""
    tallies = [Marks(2, 2), Marks(0, 2), Marks(2, 4)]
    assert measures.f1(tallies, np.ones((1, 3)))[0] == 4 / 8
    drawn = np.array([[3, 0, 0], [0, 3, 0], [1, 0, 2], [0, 0, 0]], dtype=float)
    np.testing.assert_allclose(measures.f1(tallies, drawn), [1, 0, 6 / 10, np.nan])
    # The percentile interval of the draws that are defined, linear between the order statistics:
    # 0, .6, 1 at .025 * 2 and .975 * 2.
    low, high = measures.interval(measures.f1(tallies, drawn))
    assert (low, high) == pytest.approx((0.05 * 0.6, 0.6 + 0.95 * 0.4))
    assert measures.interval(np.array([np.nan])) is None


def test_draws_are_of_all_articles_and_repeatable():
    drawn = measures.draws(7, 50, seed=3)
    assert drawn.shape == (50, 7)
    assert (drawn.sum(axis=1) == 7).all()
    assert (drawn == measures.draws(7, 50, seed=3)).all()
    assert (drawn != measures.draws(7, 50, seed=4)).any()
