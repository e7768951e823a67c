from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import Span
from dataset_builder.assemble.votes import match, overlap


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ((0, 10), (0, 10), 1),
        ((0, 10), (10, 20), 0),
        ((0, 10), (5, 15), 1 / 3),
        ((0, 10), (0, 5), 0.5),
        ((0, 40), (10, 14), 0.1),
    ],
)
def test_overlap_is_a_share_of_the_union(one, other, share):
    assert overlap(Span(*one), Span(*other)) == pytest.approx(share)
    assert overlap(Span(*other), Span(*one)) == pytest.approx(share)


def pairs(left, right, same=None):
    return match([Span(*s) for s in left], [Span(*s) for s in right], same)


def test_half_is_enough_and_less_is_not():
    assert pairs([(0, 10)], [(0, 5)]) == [(0, 0)]
    assert pairs([(0, 10)], [(0, 4)]) == []


def test_each_is_matched_once():
    assert pairs([(0, 10), (0, 10)], [(0, 10)]) == [(0, 0)]
    assert pairs([(0, 10)], [(0, 10), (0, 10)]) == [(0, 0)]
    assert pairs([(0, 10), (0, 10)], [(0, 10), (0, 10)]) == [(0, 0), (1, 1)]


def test_the_larger_overlap_comes_first():
    # Taken from the left, (0, 10) would have (0, 8), and (0, 8) only what is left.
    assert pairs([(0, 10), (0, 8)], [(0, 8), (0, 9)]) == [(0, 1), (1, 0)]


def test_of_equal_overlaps_the_earlier_comes_first():
    assert pairs([(4, 8)], [(4, 6), (6, 8)]) == [(0, 0)]
    assert pairs([(4, 8)], [(6, 8), (4, 6)]) == [(0, 1)]


def test_order_of_the_right_does_not_matter():
    spans = [(0, 4), (3, 9), (8, 12), (20, 30), (22, 30)]
    forward = {(spans[i], spans[j]) for i, j in pairs(spans, spans)}
    backward = {(spans[i], spans[::-1][j]) for i, j in pairs(spans, spans[::-1])}
    assert forward == backward == {(s, s) for s in spans}


def test_what_is_not_the_same_kind_does_not_match():
    assert pairs([(0, 4)], [(0, 4), (0, 3)], lambda _, other: other.end == 3) == [(0, 1)]


places = st.tuples(st.integers(0, 30), st.integers(1, 12)).map(lambda p: (p[0], p[0] + p[1]))


@given(st.lists(places, max_size=8), st.lists(places, max_size=8))
def test_no_pair_is_overlooked(left, right):
    every = sorted(
        (-overlap(Span(*one), Span(*other)), one[0], other[0], i, j)
        for i, one in enumerate(left)
        for j, other in enumerate(right)
    )
    expected: dict[int, int] = {}
    for share, *_, i, j in every:
        if share <= -0.5 and i not in expected and j not in expected.values():
            expected[i] = j
    assert pairs(left, right) == sorted(expected.items())
