"""What holds for every page, whatever its bytes."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_builder.articles import Article, RawPage, Rejected
from dataset_builder.clean import CleanedPage, clean_page, explain
from dataset_builder.clean.body import key_of
from dataset_builder.clean.metadata.dates import read_date
from dataset_builder.clean.text import normalise, sentences
from dataset_builder.damage import CONTROL, damage
from dataset_builder.sources import decode_page

PROSE = st.sampled_from(
    [
        "The ministers of Norway and Iceland agreed in Oslo to cut the quota by a fifth.",
        "“We have to live with it,” said the minister, who had asked for a smaller cut 👍🏽.",
        "Die Wissenschaft warnt seit Jahren, dass der Bestand sinkt, und niemand hört auf sie.",
        "قال الوزير إن المحادثات ستستمر في الأسبوع المقبل، وأضاف أن الأطراف اتفقت على ذلك.",
        "Le cafe\u0301 e\u0301tait ferme\u0301 depuis trois jours, et personne ne savait pourquoi.",
        "部长们就恢复谈判的计划达成一致意见，双方将在下周继续会面。",
        "Read also: Something else happened",
        "Source: AFP",
        "© 2020 The Paper",
        "Name *",
        "Oslo - Anna Berg",
        "By Anna Berg",
        "Published: 12 March 2020",
        "Johnson &amp;amp; Johnson said &quot;no&quot; to the offer&#8230;&#10;and left the room.",
        "It\u2060's a\ufeff pity, said the\u202e mayor, that \ufdd0 no bridge had been built a < b\uffff.",
        "The mayor of KÃ¶ln wrote it<br/>down for the newspapers and for the whole council.",
        "Demonstrantene bar plakater med «TROMSØ» og «MILJØ» da de gikk gjennom hele byen.",
        "",
    ]
)
LINES = st.one_of(
    PROSE,
    st.text(max_size=120),
    st.text('ab .\u0301\u200b\u00a0\u202e\x1b"”', max_size=40),
    st.lists(
        st.sampled_from(["a ", "&", "amp;", "lt;", "#10;", "<b", ">", "Ã", "©", "\ufeff"])
    ).map("".join),
)
PAGES = st.lists(LINES, max_size=30).map("\n".join)


def judge(page: RawPage | Rejected) -> CleanedPage | None:
    if isinstance(page, Rejected):
        assert page.reason in ("empty", "binary", "not-utf-8")
        return None
    cleaned = clean_page(page)
    assert (cleaned.article is None) != (cleaned.rejected is None)
    assert "\n".join(line.text for line in cleaned.lines) == page.text
    shown = explain(cleaned, colour=False)
    assert not any(unicodedata.category(char) == "Cc" for char in shown if char != "\n")
    assert not any(char in shown for char in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    if cleaned.article is not None:
        check(cleaned.article)
    return cleaned


def check(article: Article) -> None:
    text = article.text
    assert text
    assert unicodedata.is_normalized("NFC", text)
    assert text == normalise(text)
    paragraphs = [text[span.start : span.end] for span in article.paragraphs]
    assert "\n\n".join(paragraphs) == text
    assert all(part and part == part.strip() and "\n" not in part for part in paragraphs)
    # What validation refuses costs its page, or the words of the metadata, and never the release.
    stated = (article.title, article.outlet, article.agency, article.byline, article.dateline)
    for words in (text, *filter(None, stated)):
        assert damage(words) is None
        assert not re.search(CONTROL, words)
        assert unicodedata.is_normalized("NFC", words)
    keys = [key_of(part) for part in paragraphs]
    assert len(set(keys)) == len(keys)
    inside = set()
    for span in article.sentences:
        assert 0 <= span.start < span.end <= len(text)
        inside |= set(range(span.start, span.end))
        assert any(p.start <= span.start and span.end <= p.end for p in article.paragraphs)
    assert sum(span.end - span.start for span in article.sentences) == len(inside)
    assert all(left.end <= right.start for left, right in pairwise(article.sentences))
    assert all(at in inside for at, char in enumerate(text) if not char.isspace())


@given(PAGES)
@settings(max_examples=150, deadline=None)
def test_any_page(text: str) -> None:
    judge(decode_page("page", text.encode("utf-8", "replace")))


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes(data: bytes) -> None:
    judge(decode_page("page", data))


@given(PAGES)
@settings(max_examples=150, deadline=None)
def test_cleaning_what_was_cleaned(text: str) -> None:
    first = judge(decode_page("page", text.encode("utf-8", "replace")))
    if first is None or first.article is None:
        return
    again = judge(decode_page("page", first.article.text.encode()))
    assert again is not None
    if again.article is not None:
        before = first.article.text.split("\n\n")
        assert all(part in before for part in again.article.text.split("\n\n"))


@given(PAGES)
@settings(max_examples=100, deadline=None)
def test_same_page_same_result(text: str) -> None:
    page = decode_page("page", text.encode("utf-8", "replace"))
    if isinstance(page, RawPage):
        assert clean_page(page) == clean_page(page)


@given(st.text(max_size=600), st.sampled_from(["en", "de", "ar", "zh", "ru", "und", "xx"]))
@settings(max_examples=150, deadline=None)
def test_sentences_of_any_text(text: str, language: str) -> None:
    spans = sentences(text, language)
    inside = {at for span in spans for at in range(span.start, span.end)}
    assert sum(span.end - span.start for span in spans) == len(inside)
    assert all(at in inside for at, char in enumerate(text) if not char.isspace())


@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_random_text_states_no_date_without_a_year(text: str) -> None:
    found = read_date(text)
    assert found is None or str(found.at.year - 1)[:2] in ("18", "19", "20")


@given(
    st.dates(),
    st.sampled_from(["Published: {:%d %B %Y}", "{:%A, %d %B %Y}", "{:%Y-%m-%d}T00:00:00Z"]),
)
@settings(max_examples=200, deadline=None)
def test_dates_come_back(day: object, form: str) -> None:
    found = read_date(form.format(day))
    year = getattr(day, "year", 0)
    # Older than the web: of something else, unless it is said to be the publication's.
    if (1900 if form.startswith("Published") else 1990) <= year <= 2099:
        assert found is not None
        assert found.at.date() == day
    else:
        assert found is None
