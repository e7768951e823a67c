"""Wordings are only tried on lines that hold the words they need; what they find stays the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.clean.patterns import _EITHER

INSIDE = [
    pytest.param(words, pattern, id=f"{wording.says.code}: {words}")
    for wording in _EITHER
    for words, pattern in wording.inside
]


@pytest.mark.parametrize(("words", "pattern"), INSIDE)
@given(data=st.data())
def test_whatever_a_pattern_matches_holds_its_words(words, pattern, data) -> None:
    assert words in data.draw(st.from_regex(pattern))
