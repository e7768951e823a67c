"""Whole folders: what becomes an article, what is rejected, in which order."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest

from dataset_builder.articles import RawPage, sha256_text
from dataset_builder.clean import clean_page, clean_pages, collect
from dataset_builder.errors import ProjectError
from dataset_builder.sources import decode_page

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    "The ministers of Norway and Iceland agreed in Oslo to cut the herring quota by a fifth.\n\n"
    "Scientists had warned that the stock was falling for the fourth year in a row, they said."
)
OTHER = TEXT.replace("herring", "cod")


def test_pages_with_one_text_are_articles_of_their_own(tmp_path: Path) -> None:
    for name, content in (("a", TEXT), ("b", f"Home\n\n{TEXT}\n"), ("c", OTHER)):
        (tmp_path / f"{name}.txt").write_text(content)
    result = clean_pages(tmp_path)
    ids = [item.article_id for item in result.articles]
    assert ids == sorted(set(ids))
    assert {item.source for item in result.articles} == {"a.txt", "b.txt", "c.txt"}
    assert len({item.text_sha256 for item in result.articles}) == 2
    assert result.rejected == ()


def test_order_of_pages_does_not_matter() -> None:
    pages = [
        decode_page(f"{name}.txt", text.encode())
        for name, text in (("a", TEXT), ("b", OTHER), ("c", f"x\n\n{TEXT}"), ("d", ""))
    ]
    assert collect(pages) == collect(reversed(pages))


def test_page_without_article_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "menu.txt").write_text("Home\nNews\nContact\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "good.txt").write_text(TEXT)
    result = clean_pages(tmp_path)
    assert [item.source for item in result.articles] == ["good.txt"]
    assert [(item.source, item.reason) for item in result.rejected] == [
        ("empty.txt", "empty"),
        ("menu.txt", "no-body"),
    ]


def test_article_fields() -> None:
    page = decode_page("dir/a.txt", f"Ministers agree to cut herring quota\n\n{TEXT}\n".encode())
    assert isinstance(page, RawPage)
    article = clean_page(page).article
    assert article is not None
    assert article.text == TEXT
    assert article.text_sha256 == sha256_text(TEXT)
    assert (article.article_id, article.source, article.raw_sha256) == (
        page.article_id,
        "dir/a.txt",
        page.raw_sha256,
    )
    assert article.title == "Ministers agree to cut herring quota"
    assert article.url is None
    assert article.published_basis == "none"


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        clean_pages(tmp_path / "none")


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "\n" * 200_000 + TEXT,
        "a\n" * 50_000,
        f"{TEXT}\n" * 5_000,
        '"' * 200_000,
        "." * 200_000,
        "By " * 100_000,
        ("12 March 2020 " * 10 + "\n") * 5_000,
        "a" + "\u0315\u0300" * 100_000,
        "\u202e\u200b\x1b[31m x. " * 20_000,
        "Read also " * 50_000,
        "© " * 100_000,
        (" " * 200 + ":" * 90 + "\n") * 2_000,
        "- | » " * 50_000,
        "(" * 100_000 + "a. B" + ")" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_monsters_come_through(text: str) -> None:
    page = decode_page("monster", text.encode())
    assert isinstance(page, RawPage)
    result = clean_page(page)
    assert (result.article is None) != (result.rejected is None)
    assert len(result.lines) == page.text.count("\n") + 1


@pytest.mark.parametrize("form", ["text", "html"])
@pytest.mark.parametrize(
    "harm", ["her\ufffding", "herring Ã¼ber", "herring <br/>", "&amp;" * 2 + "amp;" * 9]
)
def test_damaged_text_is_no_article(form, harm) -> None:
    damaged = TEXT.replace("herring", harm)
    html = "".join(f"<p>{escape(part)}</p>" for part in damaged.split("\n\n"))
    shown = f"<html><body><article>{html}</article></body></html>" if form == "html" else damaged
    result = clean_page(RawPage("0" * 16, "page", "0" * 64, shown, form))
    assert result.article is None
    assert result.rejected is not None
    assert result.rejected.reason == "damaged"
    assert not any(line.kept for line in result.lines)
    assert "damaged" in {line.code for line in result.lines}


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        ("AT&amp;T", "AT&T"),
        ("a&nbsp;&amp;mdash;&#8217;", "a\u00a0—’"),
        ("line&#10;end&#x1b;", "line end"),
        ("Q&As; M&Ms; a<b and b>c &notit;", "Q&As; M&Ms; a<b and b>c &notit;"),
        ("«TROMSØ» «AMANHû", "«TROMSØ» «AMANHû"),
        ("one\ufeff two\u202e three\ufdd0\uffff", "one two three"),
    ],
)
def test_what_a_bad_conversion_leaves_is_mended(found, mended) -> None:
    page = decode_page("a.txt", f"{TEXT}\n\nThe {found} is far away.".encode())
    assert isinstance(page, RawPage)
    article = clean_page(page).article
    assert article is not None
    assert article.text == f"{TEXT}\n\nThe {mended} is far away."


def test_a_damaged_title_is_left_out() -> None:
    page = decode_page(
        "a.txt", f"Ministers agree to cut KÃ¶ln's herring quota\n\n{TEXT}\n".encode()
    )
    assert isinstance(page, RawPage)
    article = clean_page(page).article
    assert article is not None
    assert (article.title, article.text) == (None, TEXT)
