"""The validator finds the context of every row that assembling would have given it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import Span
from dataset_builder.assemble.rows import context
from dataset_builder.validate.contexts import _asked_for, _sentences_of
from tests.factory import named


@st.composite
def cases(draw):
    """Articles, and rows: an article's number, a main span and others."""
    articles, rows = [], []
    for number in range(draw(st.integers(1, 3))):
        gaps = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=8)
        sentences, at = [], 0
        for gap, length in draw(gaps):
            sentences.append(Span(at + gap, at + gap + length))
            at += gap + length
        text = "".join(chr(97 + n % 26) for n in range(at + draw(st.integers(0, 3))))
        (blank,) = named([f"{number:016x}"])
        articles.append(replace(blank, text=text, sentences=tuple(sentences)))
        place = st.integers(0, len(text) - 1).flatmap(
            lambda start, text=text: st.integers(start + 1, len(text)).map(
                lambda end: Span(start, end)
            )
        )
        spans = st.lists(place, min_size=1, max_size=4)
        rows += [(number, *found) for found in draw(st.lists(spans, min_size=1, max_size=4))]
    return articles, rows


@given(cases())
def test_it_is_the_one_that_assembling_takes(case):
    articles, rows = case
    ranges = [[{"start": s.start, "end": s.end} for s in a.sentences] for a in articles]
    table = pl.DataFrame({"article_id": [a.article_id for a in articles], "sentences": ranges})
    frame = pl.DataFrame(
        [
            {
                "article": number,
                "start": main.start,
                "end": main.end,
                "low": min(span.start for span in (main, *others)),
                "high": max(span.end for span in (main, *others)),
            }
            for number, main, *others in rows
        ]
    )
    found = _asked_for(frame, _sentences_of(table))
    for (number, main, *others), begins, ends in zip(
        rows, found["begins"], found["ends"], strict=True
    ):
        expected = context(articles[number], main, others)
        assert (begins, articles[number].text[begins:ends]) == expected


def test_articles_whose_sentences_are_in_no_order_are_left_out():
    good, bad = [(0, 4), (5, 9)], [(5, 9), (0, 4)]
    table = pl.DataFrame(
        {
            "article_id": ["a", "b", "c"],
            "sentences": [[{"start": s, "end": e} for s, e in r] for r in (good, bad, good)],
        }
    )
    known = _sentences_of(table)
    assert known.articles.to_list() == ["a", "c"]
    first, last = known.around(np.array([0, 1]), np.array([0, 5]), np.array([4, 9]))
    assert (first.tolist(), last.tolist()) == ([0, 3], [0, 3])
