"""The body of HTML pages: never worse than the extractor alone, each paragraph once, no list of links."""

from __future__ import annotations

import pytest
import trafilatura

from dataset_builder.articles import RawPage
from dataset_builder.clean.body import key_of
from dataset_builder.clean.extracted import places, rows_of
from dataset_builder.clean.html import HtmlArticle, read_html
from dataset_builder.clean.scores import score_page
from tests.evaluation.build import Case, cases
from tests.evaluation.floors import GROUPS, evaluated

TEXT = [
    "The ministers of the islands agreed on Monday to cut the herring quota by a fifth.",
    "Scientists had warned that the stock was falling for the fourth year in a row.",
    "Fishing groups called the agreement a disaster and asked the government for help.",
    "The quota will be looked at again in March, when the new figures are known.",
]
PROSE = "".join(f"<p>{line}</p>" for line in TEXT)


def read(body: str, head: str = "") -> HtmlArticle:
    source = f"<html><head>{head}</head><body>{body}</body></html>"
    return read_html(RawPage("0" * 16, "page.html", "0" * 64, source, "html"))


def group_of(lang: str) -> str:
    return lang if lang in GROUPS else "other"


def extracted_alone(case: Case) -> float:
    text = trafilatura.extract(case.html, include_comments=False) or ""
    return score_page(case.id, case.lang, "\n".join(case.gold), text).f1


@pytest.mark.slow
@pytest.mark.parametrize("group", ["all", *GROUPS, "other"])
def test_never_worse_than_the_extractor_alone(group: str) -> None:
    chosen = {case.id: case for case in cases() if group in ("all", group_of(case.lang))}
    ours = [page.f1 for page in evaluated().forms["html"].pages if page.id in chosen]
    alone = [extracted_alone(case) for case in chosen.values()]
    assert len(ours) == len(alone) > 0
    assert sum(ours) >= sum(alone)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_pages_without_an_article_are_told_from_briefs(case: Case) -> None:
    result = read_html(RawPage("0" * 16, case.id, "0" * 64, case.html, "html"))
    assert (result.rejected is None) == bool(case.gold)
    if result.rejected is not None:
        assert result.rejected.reason == "no-body"
        assert all(line.role != "body" for line in result.lines)


@pytest.mark.parametrize("again", [TEXT[1], f"“{TEXT[1].upper()}”", "Yes."])
def test_each_paragraph_once(again: str) -> None:
    result = read(f"<article>{PROSE}<p>{again}</p><p>{TEXT[0]}</p><p>{again}</p></article>")
    keys = [key_of(line) for line in result.paragraphs or ()]
    assert len(keys) == len(set(keys)) >= len(TEXT)


def test_lines_that_the_extractor_joined_are_found() -> None:
    lines = ["Home", "Sleep.", *TEXT, "Home"]
    found, share = places(lines, ["".join(f"{line} " for line in TEXT[:2]), *TEXT[2:]])
    assert found == [2, 3, 4, 5]
    assert share == 1


def test_cells_out_of_order_are_found() -> None:
    lines = [*TEXT, "A caption of some length under the picture"]
    rows = [lines[-1], " ".join(TEXT)]
    assert places(lines, rows) == ([0, 1, 2, 3, 4], 1.0)


def test_marks_of_lists_and_tables_go() -> None:
    assert rows_of("- one\n| a | b |\n|---|---|\n\n2. two") == ["one", "a | b", "2. two"]


def test_text_that_only_a_script_holds_is_read() -> None:
    data = f'{{"@type": "NewsArticle", "articleBody": "{" ".join(TEXT)}"}}'
    result = read("<p>Loading</p>", f'<script type="application/ld+json">{data}</script>')
    assert " ".join(result.paragraphs or ()) == " ".join(TEXT)


def test_what_stands_above_the_title_is_no_body() -> None:
    result = read(
        f"<div>Two sides of every story</div><h1>Quota cut</h1>{PROSE}", "<title>Quota cut</title>"
    )
    assert result.paragraphs == tuple(TEXT)


def test_teasers_are_no_article() -> None:
    teasers = "".join(
        f'<div><a href="/{at}">Ministers quarrel over number {at}</a><p>{line}</p></div>'
        for at, line in enumerate(TEXT)
    )
    assert read(teasers).rejected is not None
    assert read(PROSE).rejected is None


def test_links_between_paragraphs_go_and_the_text_stays() -> None:
    link = '<p><a href="/b">Read also: Boats stay in port for a week</a></p>'
    result = read(f"<article>{link.join(f'<p>{line}</p>' for line in TEXT)}</article>")
    assert result.paragraphs == tuple(TEXT)


def test_explains_with_scores() -> None:
    result = read(f"<article>{PROSE}</article><footer>© The Daily Fish</footer>")
    scores = {line.text: line.score for line in result.lines}
    assert min(scores[line] for line in TEXT) > scores["© The Daily Fish"]
