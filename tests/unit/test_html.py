"""HTML pages: body and metadata as a reader takes them, and pages that want to break the reader."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.articles import RawPage, Stated
from dataset_builder.clean.html import ELEMENTS, LARGEST, HtmlArticle, read_html

PAGES = sorted((Path(__file__).parents[1] / "golden" / "html").glob("*.html"))
FIELDS = ("title", "outlet", "agency", "byline", "dateline", "published_basis", "url")
SENTENCE = "The ministers of the islands agreed on Monday to cut the herring quota by a fifth. "
ROLES = {"body", "title", "outlet", "byline", "dateline", "date", "agency", "cut"}


def read(text: str, url: str | None = None) -> HtmlArticle:
    return read_html(RawPage("0" * 16, "page.html", "0" * 64, text, "html", Stated(url=url)))


def article(head: str = "", body: str = "") -> str:
    paragraphs = "".join(f"<p>{SENTENCE}Number {number}.</p>" for number in range(4))
    return f"<html><head>{head}</head><body><article>{body}{paragraphs}</article></body></html>"


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_page_is_read_as_its_markup_states(file: Path) -> None:
    expected = yaml.safe_load(file.with_suffix(".yaml").read_text(encoding="utf-8"))
    result = read(file.read_text(encoding="utf-8"))
    found = {name: getattr(result.found, name) for name in FIELDS}
    moment = result.found.published_at
    found["published_at"] = moment.isoformat() if moment else None
    found["language"] = result.language
    found["paragraphs"] = list(result.paragraphs or ())
    assert found == expected
    assert result.rejected is None


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_every_visible_line_is_accounted_for(file: Path) -> None:
    result = read(file.read_text(encoding="utf-8"))
    assert {line.role for line in result.lines} <= ROLES
    assert all((line.code is None) == (line.role == "body") for line in result.lines)
    kept = [line.text for line in result.lines if line.role == "body"]
    words = " ".join(result.paragraphs or ()).replace("- ", "").replace(" | ", " ").split()
    assert " ".join(kept).replace(" | ", " ").split() == words


def test_there_are_pages() -> None:
    assert len(PAGES) >= 10


def test_lines_say_why_they_were_cut() -> None:
    (file,) = (file for file in PAGES if file.stem == "json_ld_en")
    codes = {line.text: line.code for line in read(file.read_text(encoding="utf-8")).lines}
    assert codes["Read also: Ferry fares to rise in May"] == "related-link"
    assert codes["By Anna Berg"] == "byline"
    repeated = [
        line
        for line in read(file.read_text(encoding="utf-8")).lines
        if line.code == "repeated-in-page"
    ]
    assert len(repeated) == 1
    assert repeated[0].text.startswith("Fishermen asked")


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (json_ld('{"@type": "NewsArticle", "datePublished": "2020-03-12T23:30:00-05:00"}'), "2020-03-13T04:30:00"),
        (json_ld('{"@type": ["Article"], "datePublished": "2020-03-12"}'), "2020-03-12T00:00:00"),
        (json_ld('{"@type": "WebPage", "datePublished": "2020-03-12"}'), "2020-03-12T00:00:00"),
        (json_ld('{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": "2020-03-12"}}'), "2020-03-12T00:00:00"),
        (json_ld('<!-- {"@type": "Article", "datePublished": "2020-03-12"} -->;'), "2020-03-12T00:00:00"),
        ('<meta name="parsely-pub-date" content="2020-03-12T10:00:00Z">', "2020-03-12T10:00:00"),
        ('<meta property="article:published_time" content="Thu, 12 Mar 2020 10:00:00 GMT">', "2020-03-12T10:00:00"),
        ('<meta name="date" content="2020-03-12">', "2020-03-12T00:00:00"),
        # Seconds apart is the same moment; a day without a time fits it too.
        ('<meta name="pubdate" content="2020-03-12T10:00:30Z"><meta name="publishdate" content="2020-03-12T10:00:00Z">', "2020-03-12T10:00:30"),
        ('<meta name="pubdate" content="2020-03-12T23:00:00Z"><meta name="publishdate" content="2020-03-13">', "2020-03-12T23:00:00"),
        # Hours apart, on one day: only the day is sure.
        ('<meta name="pubdate" content="2020-03-12T10:00:00Z"><meta name="publishdate" content="2020-03-12T10:00:00+05:00">', "2020-03-12T00:00:00"),
        ('<meta name="pubdate" content="2020-03-12"><meta name="publishdate" content="2020-03-20">', None),
        ('<meta name="pubdate" content="03/04/2020">', None),
        ('<meta name="pubdate" content="1970-01-01T00:00:00Z">', None),
        ('<meta name="pubdate" content="2020-13-45">', None),
        ('<meta name="pubdate" content="yesterday">', None),
        ('<meta property="article:modified_time" content="2020-03-12T10:00:00Z">', None),
        ('<meta name="copyright" content="2020">', None),
        ('<link rel="canonical" href="https://courier.example/2020/03/12/pier">', None),
        # Far from the day in the address.
        ('<link rel="canonical" href="https://courier.example/2018/03/12/pier"><meta name="pubdate" content="2020-03-12">', None),
        (json_ld('{"@type": "JobPosting", "datePublished": "2020-03-12"}'), None),
        (json_ld('{"@type": "ItemList", "itemListElement": [{"@type": "Article", "datePublished": "2020-03-12"}]}'), None),
        (json_ld('{"@type": "Article", "datePublished": ["2020-03-12"]}'), None),
        (json_ld('{"@type": "Article", "datePublished": 20200312}'), None),
    ],
)  # fmt: skip
def test_date(head: str, published: str | None) -> None:
    found = read(article(head)).found
    expected = None if published is None else f"{published}+00:00"
    assert (found.published_at and found.published_at.isoformat()) == expected
    assert found.published_basis == ("metadata" if published else "none")


@pytest.mark.parametrize(
    "body",
    [
        '<aside><time datetime="2020-03-12">12 March</time> Other news</aside>',
        '<time class="updated" datetime="2020-03-12T10:00:00Z"></time>',
        "<footer>© 2020 Coastal Courier</footer>",
    ],
)
def test_dates_that_are_not_the_articles(body: str) -> None:
    assert read(article(body=body)).found.published_at is None


@pytest.mark.parametrize(
    ("head", "stated", "url"),
    [
        ('<link rel="canonical" href="https://www.courier.example/a?b=1&utm_source=x#c">', None, "https://www.courier.example/a?b=1"),
        ('<link rel="canonical" href="/a">', "https://courier.example/b?c=1", "https://courier.example/a"),
        ('<link rel="canonical" href="https://m.courier.example/a">', "https://www.courier.example/a", "https://m.courier.example/a"),
        ('<link rel="canonical" href="https://other.example/a">', "https://courier.example/b", "https://courier.example/b"),
        ('<link rel="canonical" href="https://courier.example/">', "https://courier.example/b", "https://courier.example/b"),
        ('<meta property="og:url" content="https://courier.example/a">', None, "https://courier.example/a"),
        (json_ld('{"@type": "Article", "mainEntityOfPage": {"@id": "https://courier.example/a"}}'), None, "https://courier.example/a"),
        ('<link rel="canonical" href="javascript:alert(1)">', None, None),
        ('<link rel="canonical" href="https://[broken/">', "not an address", None),
        ("", "https://user:secret@courier.example:443/a?fbclid=1", "https://courier.example/a"),
    ],
)  # fmt: skip
def test_address(head: str, stated: str | None, url: str | None) -> None:
    assert read(article(head), stated).found.url == url


@pytest.mark.parametrize(
    ("head", "byline", "agency"),
    [
        (json_ld('{"@type": "Article", "author": [{"name": "Anna Berg"}, {"name": "Paul Novak"}]}'), "Anna Berg, Paul Novak", None),
        (json_ld('{"@type": "Article", "author": "By Anna Berg"}'), "Anna Berg", None),
        (json_ld('{"@type": "Article", "author": {"name": "Agence France-Presse"}}'), None, "Agence France-Presse"),
        ('<meta name="author" content="Redaktion">', None, None),
        ('<meta name="author" content="admin">', None, None),
        ('<meta name="author" content="https://social.example/anna">', None, None),
        ('<meta property="og:site_name" content="Anna Berg"><meta name="author" content="Anna Berg">', None, None),
        (json_ld('{"@type": "Article", "author": {"name": {"@value": 1}}}'), None, None),
    ],
)  # fmt: skip
def test_authors(head: str, byline: str | None, agency: str | None) -> None:
    found = read(article(head)).found
    assert (found.byline, found.agency) == (byline, agency)


@pytest.mark.parametrize(
    ("head", "body", "title", "outlet"),
    [
        ("<title>Ministers cut the quota - Politics | The Daily Fish</title>", "<h1>Ministers cut the quota</h1>", "Ministers cut the quota", "The Daily Fish"),
        ("<title>Ministers cut the quota | Fish</title><meta property='og:site_name' content='Fish'>", "", "Ministers cut the quota", "Fish"),
        ("<meta property='og:title' content='Fish: Quota &amp;amp; ministers'>", "", "Fish: Quota & ministers", None),
        ("<title>Ministers cut the quota</title>", "<h1>The Daily Fish</h1>", "Ministers cut the quota", None),
        ("<meta property='og:site_name' content='@dailyfish'>", "", None, None),
        ("<title> </title>", "", None, None),
    ],
)  # fmt: skip
def test_title_and_outlet(head: str, body: str, title: str | None, outlet: str | None) -> None:
    found = read(article(head, body)).found
    assert found.title == title
    assert found.outlet == outlet


N = 30_000
HOSTILE = {
    "empty": "",
    "nothing but space": " \n\t" * 100,
    "nested": f"<html><body>{'<div>' * N}<p>{SENTENCE}</p>",
    "inline nested": f"<html><body>{'<b><i>' * N}{SENTENCE}",
    "tables": f"<html><body>{'<table><tr><td>' * N}",
    "unclosed": "<a<b<c<" * N,
    "less than": f"<html>{'<' * N}",
    "ampersands": f"<html><body><p>{'&' * N}",
    "open comment": f"<html><body><!--{'-' * N}",
    "open script": f"<html><body><script>{'if (a<b) ' * N}",
    "doctype": f"<!DOCTYPE html {'/' * N}\n<html><body><p>{SENTENCE}</p>",
    "doctypes": "<!DOCTYPE " * N,
    "attributes": f"<html><body><p {' '.join(f'a{at}=1' for at in range(N))}>{SENTENCE}</p>",
    "attributes in quotes": "<html><body><p "
    + " ".join(f"a{at}='>'" for at in range(N))
    + f">{SENTENCE}",
    "classes": f"<html><body><p class='{'comment ' * N}'>{SENTENCE}</p>",
    "one word": f"<html><body><p>{'a' * N}</p>",
    "marks": "<html><body><p>e" + "\u0301" * N + f" {SENTENCE}</p>",
    "spaces": f"<html><body><p>{' ' * N}x</p>",
    "lines": "<html><body><pre>" + "a\n" * N + "</pre>",
    "title": f"<html><head><title>{'a - ' * N}</title></head><body><p>{SENTENCE * 4}</p>",
    "json with no end": article(json_ld('"@type":["x",' * N)),
    "json nested": article(json_ld("[" * N)),
    "json number": article(json_ld('{"@type": "Article", "datePublished": ' + "9" * N + "}")),
    "nul": "\x00".join(article()),
    "surrogates": article().replace("Number", "\ud800\udfff"),
    "bidi": article().replace("Number", "\u202e"),
    "billion laughs": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))
    + "]><html><body><p>&a11;</p></body></html>",
    "too large": "a" * (LARGEST + 1),
    "too many elements": f"<html><body>{'<p>a</p>' * ELEMENTS}",
    "encoding lies": '<?xml version="1.0" encoding="utf-16"?>' + article(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_read_or_rejected(name: str) -> None:
    result = read(HOSTILE[name])
    assert (result.paragraphs is None) == (result.rejected is not None)
    if result.rejected is not None:
        assert result.rejected.reason in ("no-body", "too-large")
        assert result.rejected.source == "page.html"
    for line in result.paragraphs or ():
        assert line == line.strip() != ""
        assert "\n" not in line
        assert not any(
            ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in line if char != "\t"
        )


def test_pages_survive_what_is_broken_around_them() -> None:
    for name in ("nul", "encoding lies", "json with no end", "json nested", "json number"):
        assert len(read(HOSTILE[name]).paragraphs or ()) == 4


def test_limits_are_told() -> None:
    assert "5,000,000 characters" in str(read(HOSTILE["too large"]).rejected)
    assert "50,000 HTML elements" in str(read(HOSTILE["too many elements"]).rejected)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not read this", encoding="utf-8")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a page made the reader open a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    page = article(
        '<link rel="stylesheet" href="http://example.org/a.css">',
        '<img src="http://example.org/a.png">',
    )
    page = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + page.replace("Number", "&e;")
    result = read(page)
    assert result.paragraphs
    assert "do not read" not in " ".join(result.paragraphs)


def test_warnings_of_the_library_stay_silent(capfd: pytest.CaptureFixture[str]) -> None:
    read("<html><body><p>too little</p></body></html>")
    read("")
    assert capfd.readouterr() == ("", "")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([
    "<p>", "</p>", "<div>", "</div>", "<article>", "<table>", "<td>", "<li>", "<br>", "<script>", "</script>", "<!--", "-->",
    "<title>", "<h1>", "&amp;", "&#0;", "&#x110000;", "<![CDATA[", "]]>", "<time datetime='2020-01-01' pubdate>", "\x00", "\u202e", "é",
    SENTENCE, "Published 3 May 2020", "By Anna Berg", "<meta name=author content='", "'>", "<a href=x>", '{"@type":', "Oslo - AFP",
]), max_size=60))  # fmt: skip
def test_no_page_breaks_the_reader(parts: list[str]) -> None:
    text = "<html><body>" + "".join(parts)
    assert read(text) == read(text)
