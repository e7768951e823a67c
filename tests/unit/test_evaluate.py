"""Scores against figures worked out by hand; labelled files; metadata right, wrong, missing, invented."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import Article, RawPage
from dataset_builder.clean import clean_page
from dataset_builder.clean.evaluate import LabelledPage, evaluate, read_labelled, report
from dataset_builder.clean.scores import estimate, overlap, score_page
from dataset_builder.errors import UsageError

TEXT = st.text("ab cd.\n", max_size=60)
BODY = (
    "The ministers of Corvia and Estmark agreed on Monday to share the water of the river Orre.",
    "Their deputies will meet again in the autumn to settle what the repair of the dam may cost.",
)


def test_grams_count_as_often_as_they_stand() -> None:
    # Gold: abcd bcde. Predicted: abcd bcdf; one of two shared.
    assert overlap("a b c d e", "a b c d f") == (0.5, 0.5, 0.5)
    # Predicted six of which one is in the gold, once: 1/6 and 1/1.
    precision, recall, f1 = overlap("a a a a", "a a a a b b b b b"[:17])
    assert (precision, recall) == (1 / 6, 1.0)
    assert f1 == pytest.approx(2 / 7)


def test_fewer_than_four_words_are_one_gram() -> None:
    assert overlap("one two", "one two") == (1.0, 1.0, 1.0)
    assert overlap("one two", "one") == (0.0, 0.0, 0.0)


def test_how_letters_are_composed_is_no_difference() -> None:
    gold = "Die Ga\u0308ste grüßten über den Fluss hinweg."
    found = score_page("a", "de", gold, "Die Gäste grüßten über den Fluss hinweg.")
    assert (found.f1, found.paragraph_f1) == (1.0, 1.0)


def test_pages_without_an_article() -> None:
    empty = score_page("a", "en", "", "")
    assert (empty.f1, empty.paragraph_f1, empty.repeated) == (1.0, 1.0, 0.0)
    for gold, found in (("", "Something else."), ("Something else.", "")):
        score = score_page("a", "en", gold, found)
        assert (score.f1, score.paragraph_f1) == (0.0, 0.0)


def test_paragraphs() -> None:
    gold = "One two three.\nFour five six.\nSeven."
    score = score_page("a", "en", gold, "ONE, two three\n\nFour five six. Seven.\n\nEight.")
    assert score.paragraph_precision == 2 / 3  # a paragraph may run over two of the gold
    assert score.paragraph_recall == 1.0
    assert score_page("a", "en", gold, "wo three").paragraph_precision == 0.0  # whole words only


def test_repeated_paragraphs() -> None:
    line = "one two three four five"
    assert (
        score_page("a", "en", line, f"{line}.\n\n{line.upper()}!\n\nshort\n\nshort").repeated == 0.5
    )


@given(TEXT, TEXT)
def test_scores_are_shares_and_symmetric(gold: str, found: str) -> None:
    there, back = score_page("a", "en", gold, found), score_page("a", "en", found, gold)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert there.f1 == pytest.approx(back.f1)
    figures = (there.precision, there.recall, there.f1, there.paragraph_f1, there.repeated)
    assert all(0 <= figure <= 1 for figure in figures)
    assert score_page("a", "en", gold, gold).f1 == 1


def test_intervals_are_the_same_every_time_and_hold_the_mean() -> None:
    values = [0.2, 0.9, 1.0, 0.4, 0.7]
    first = estimate(values)
    assert first == estimate(values)
    assert first.low < first.mean < first.high
    assert estimate([0.5]) == estimate([0.5, 0.5])
    assert estimate([]).mean == 0


def labelled(number: int, **metadata: str | None) -> LabelledPage:
    text = "\n\n".join(("Home", "Contact", f"Page {number}", *BODY, "© The Paper"))
    return LabelledPage(f"p{number}", "en", {"raw": text}, "\n".join(BODY), metadata)


def articles(**fields: object):
    """A cleaner that finds the same article in every page."""
    page = RawPage("0" * 16, "s", "0" * 64, "\n\n".join(BODY))
    article = clean_page(page).article
    assert article is not None
    found: Article = replace(article, **fields)  # type: ignore[arg-type]
    return lambda pages, _form: [found for _ in pages]


@pytest.mark.parametrize(
    ("name", "gold", "found", "outcome"),
    [
        ("title", "A “Title”, here", 'A "Title" here', "right"),
        ("title", "A Title", "Another Title", "wrong"),
        ("title", "A Title", None, "missing"),
        ("byline", None, "Anna Berg", "invented"),
        ("dateline", "ALDERMOUTH, Estmark", "Aldermouth", "right"),
        ("published_at", "2025-03-18", dt.datetime(2025, 3, 18, 23, tzinfo=dt.UTC), "right"),
        ("published_at", "2025-03-18", dt.datetime(2025, 3, 19, tzinfo=dt.UTC), "wrong"),
        # The day that the page shows, or the minute in UTC, which is a day later.
        ("published_at", "2025-09-30T21:02:00-04:00", dt.datetime(2025, 9, 30, tzinfo=dt.UTC), "right"),
        ("published_at", "2025-09-30T21:02:00-04:00", dt.datetime(2025, 10, 1, 1, 2, tzinfo=dt.UTC), "right"),
        ("published_at", "2025-09-30T21:02:00-04:00", dt.datetime(2025, 10, 1, 9, tzinfo=dt.UTC), "wrong"),
        ("published_at", None, dt.datetime(2025, 10, 1, tzinfo=dt.UTC), "invented"),
    ],
)  # fmt: skip
def test_metadata(name, gold, found, outcome) -> None:
    result = evaluate([labelled(1, **{name: gold})], articles(**{name: found}))
    score = result.forms["raw"].metadata[name]
    outcomes = {
        "right": score.right, "wrong": score.wrong, "missing": score.missing, "invented": score.invented,
    }  # fmt: skip
    assert {key for key, count in outcomes.items() if count} == {outcome}
    assert score.invented_rate == (outcome == "invented")


def test_what_only_the_html_states_is_not_asked_of_the_text() -> None:
    page = replace(labelled(1, byline="Anna Berg"), html_only=frozenset({"byline"}))
    page = replace(page, forms={**page.forms, "html": "<p>x</p>"})
    scores = evaluate([page], articles(byline="Anna Berg")).forms
    assert scores["html"].metadata["byline"].right == 1
    assert scores["raw"].metadata["byline"].invented == 1


def test_evaluating_with_the_cleaner() -> None:
    pages = [
        replace(labelled(n), forms={form: labelled(n).forms["raw"] for form in ("raw", "raw2")})
        for n in (1, 2)
    ]
    result = evaluate(pages)
    assert result.forms["raw"].estimate("f1").mean == 1
    assert result.loss is not None
    assert (result.loss.difference.mean, result.loss.agreement.mean) == (0, 1)
    assert json.loads(result.as_json())["forms"]["raw"]["pages"][0]["id"] == "p1"
    shown = report(result)
    assert "text, other converter  all   2" in shown
    assert "1.000 [1.000, 1.000]" in shown


def test_reading(tmp_path) -> None:
    file = tmp_path / "pages.jsonl"
    record = {"id": 1, "raw": "a", "html": "<p>a", "gold": ["a", "b"], "lang": "de", "byline": None}
    file.write_text(json.dumps(record) + "\n\n", encoding="utf-8")
    (page,) = read_labelled(file)
    assert page == LabelledPage("1", "de", {"raw": "a", "html": "<p>a"}, "a\nb", {"byline": None})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2"),
        ("[]", "not an object"),
        ('{"raw": "a", "gold": ""}', "no 'id'"),
        ('{"id": "b", "raw": "a"}', "no 'gold'"),
        ('{"id": "b", "gold": "a"}', "none of raw"),
        ('{"id": "b", "gold": 1, "raw": "a"}', "gold is not a text"),
        ('{"id": "a", "gold": "", "raw": "a"}', "further up"),
        ('{"id": "b", "gold": "", "raw": "a", "published_at": "soon"}', "soon"),
        ('{"id": "b", "gold": "", "raw": "a", "html_only": ["nose"]}', "html_only"),
        ("[" * 100_000, "line 2"),
    ],
)
def test_broken_files_are_told_by_line(tmp_path, line, said) -> None:
    file = tmp_path / "pages.jsonl"
    file.write_text('{"id": "a", "gold": "", "raw": "a"}\n' + line, encoding="utf-8")
    with pytest.raises(UsageError, match="line 2") as caught:
        read_labelled(file)
    assert said in str(caught.value)


def test_files_that_are_none(tmp_path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe")
    for file in (empty, binary, tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(UsageError):
            read_labelled(file)
