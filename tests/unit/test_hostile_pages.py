"""Pages that nobody would write: no crash, no hang, and everything that holds for a page."""

from __future__ import annotations

import os

import pytest

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.clean import clean_batch
from dataset_builder.sources.decoding import decode_page
from tests.hostile import HTML_SHAPES, SENTENCE, SHAPES, alike, at_most, judge, page_of

SMALL, LARGE = 3_000, 100_000 if os.environ.get("CI") else 40_000
LIMIT = 60


@pytest.mark.parametrize("shape", SHAPES)
def test_text(shape: str) -> None:
    with at_most(LIMIT):
        judge(page_of(SHAPES[shape](SMALL)))
        judge(page_of(SHAPES[shape](LARGE)))


@pytest.mark.parametrize("shape", HTML_SHAPES)
def test_html(shape: str) -> None:
    with at_most(LIMIT):
        judge(page_of(HTML_SHAPES[shape](SMALL), "html"))
        judge(page_of(HTML_SHAPES[shape](LARGE), "html"))


@pytest.mark.slow
def test_all_shapes_in_one_batch() -> None:
    pages = [page_of(make(SMALL)) for make in SHAPES.values()]
    pages += [page_of(make(SMALL), "html") for make in HTML_SHAPES.values()]
    with at_most(LIMIT):
        alike(pages)


def test_no_pages() -> None:
    assert clean_batch([]) == []


def test_many_lines() -> None:
    with at_most(LIMIT):
        cleaned = judge(page_of("\n" * 300_000 + SENTENCE * 2 + "\n" + SENTENCE.upper()))
    assert cleaned.article is not None
    assert len(cleaned.lines) == 300_002


def test_one_long_line_of_prose_is_a_body() -> None:
    text = " ".join(f"{SENTENCE}It was the {number}th time." for number in range(5_000))
    with at_most(LIMIT):
        cleaned = judge(page_of(text))
    assert cleaned.article is not None
    assert cleaned.article.text == text
    assert len(cleaned.article.sentences) >= 5_000


@pytest.mark.parametrize(
    "inside",
    ["\u200b", "\u200d", "\u2066", "\u00ad", "\U0001f469\u200d\U0001f467"],
)
def test_what_stands_inside_the_text_stays(inside: str) -> None:
    # Nothing but what controls the rest of the text is taken out; only printing shows escapes.
    text = f"{SENTENCE}They said {inside}nothing{inside} more about it, and went home."
    cleaned = judge(page_of(f"{text}\n\n{SENTENCE}"))
    assert cleaned.article is not None
    assert text in cleaned.article.text


@pytest.mark.parametrize(
    "inside", ["\ud800", "\x1b", "\x07", "\x9b", "\u202e", "\ufeff"], ids=ascii
)
def test_what_no_text_may_hold_goes(inside: str) -> None:
    cleaned = judge(page_of(f"{SENTENCE}They said {inside}nothing more.\n\n{SENTENCE}"))
    assert cleaned.article is not None
    assert f"{SENTENCE}They said nothing more." in cleaned.article.text


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "shift_jis", "koi8-r", "utf-16", "utf-7"]
)
def test_other_encodings_are_pages_or_rejected(encoding: str) -> None:
    text = f"{SENTENCE}\n{SENTENCE}".replace("o", "ö" if encoding in ("latin-1", "cp1252") else "o")
    page = decode_page("page", text.encode(encoding))
    if isinstance(page, RawPage):
        judge(page)
    else:
        assert isinstance(page, Rejected)
        assert page.reason
