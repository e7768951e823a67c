"""Pages that nobody would write, and what has to hold for every page all the same."""

from __future__ import annotations

import contextlib
import math
import signal
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from dataset_builder.articles import LINE_BREAKS, RawPage, sha256_text
from dataset_builder.clean import clean_batch, clean_page, explain
from dataset_builder.clean.text import normalise_lines, strip
from dataset_builder.clean.wrapped import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.clean import CleanedPage

SENTENCE = "The ministers of Corvia and Estmark agreed on Monday to share the water of the river. "
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u2061"


def prose_with(junk: str) -> Callable[[int], str]:
    """Paragraphs that differ, with the junk at the start, inside and at the end of each."""

    def make(size: int) -> str:
        count = size // (len(SENTENCE) + 3 * len(junk.encode("utf-8", "surrogatepass")) + 24)
        return "\n\n".join(
            f"{junk}{SENTENCE}It was {junk} the {number}th time.{junk}" for number in range(count)
        )

    return make


SHAPES: dict[str, Callable[[int], str]] = {
    "one_line_of_prose": lambda size: SENTENCE * (size // len(SENTENCE)),
    "one_line_of_one_letter": lambda size: "a" * size,
    "one_line_without_spaces": lambda size: "中" * (size // 3),
    "one_line_of_points": lambda size: "." * size,
    "one_line_of_spaces": lambda size: "a" + " " * size + "b",
    "one_line_of_quotes": lambda size: "“" * (size // 3),
    "one_line_of_dates": lambda size: "12 March 2019 " * (size // 14),
    "one_line_of_addresses": lambda size: "http://a.example/b?c=d " * (size // 23),
    "empty_lines": lambda size: "\n" * size,
    "empty_lines_around_prose": lambda size: (
        "\n" * (size // 2) + SENTENCE * 3 + "\n" * (size // 2) + SENTENCE * 2
    ),
    "lines_of_a_letter": lambda size: "a\n" * (size // 2),
    "lines_of_punctuation": lambda size: "-- ** .. !? ((\n" * (size // 15),
    "lines_of_one_word": lambda size: "word word word word word word word.\n" * (size // 36),
    "identical_paragraphs": lambda size: (SENTENCE + "\n\n") * (size // (len(SENTENCE) + 2)),
    "numbered_paragraphs": lambda size: "\n".join(
        f"{SENTENCE}It was the {number}th time." for number in range(size // (len(SENTENCE) + 24))
    ),
    "lines_of_numbers": lambda size: "\n".join(str(number) for number in range(size // 7)),
    "lines_of_names": lambda size: "By Anna Berg\nOslo - Anna Berg\nSource: AFP\n" * (size // 42),
    "lines_of_dates": lambda size: "Published: 12 March 2019\n2019-03-12\n" * (size // 36),
    "growing_lines": lambda size: "\n".join(
        "so it goes " * number for number in range(1, int(math.sqrt(size / 5.5)) + 1)
    ),
    "nested_lines": lambda size: "\n".join(
        SENTENCE * (1 + number % 7) for number in range(size // (4 * len(SENTENCE)))
    ),
    "combining_marks": lambda size: "e" + "\u0301\u0323" * (size // 4) + " " + SENTENCE,
    "combining_marks_everywhere": lambda size: ("o" + "\u0300\u0316" * 40 + " ") * (size // 162),
    "bidi_overrides": prose_with(BIDI),
    "zero_width_junk": lambda size: ZERO_WIDTH.join(SENTENCE * (size // 2000)) + "\n" + SENTENCE,
    "control_characters": prose_with("\x1b[31m\x07\x08\x7f\x9b\x1b]0;x\x07"),
    "other_line_ends": prose_with("\x0b\x0c\x85\u2028\u2029\r"),
    "surrogates": prose_with("\ud800\udfff"),
    "unassigned_and_private": prose_with("\ufdd0\U000e0001\ue000\U0010ffff"),
    "emoji_families": lambda size: "👩\u200d👩\u200d👧\u200d👦🏽 " * (size // 30),
    "tabs_and_no_break_spaces": lambda size: "\t\u00a0\u3000\u2003" * (size // 9) + SENTENCE,
    "html_as_text": lambda size: (
        "<div class=x><p>" + SENTENCE + "</p><script>if(a<b){c()}</script></div>\n"
    ) * (size // 150),
    "open_tags_as_text": lambda size: "<div>" * (size // 5),
    "entities_as_text": lambda size: "&amp;&lt;&#x202e;&nbsp; " * (size // 25),
    "open_brackets": lambda size: "([{<" * (size // 4),
    "read_also": lambda size: "Read also: " * (size // 11),
    "copyright": lambda size: "©" * (size // 2),
    "mixed_scripts": lambda size: "Мир pace 和平 سلام שלום शांति สันติภาพ. " * (size // 70),
}  # fmt: skip
"""Text of about so many bytes."""

HTML_SHAPES: dict[str, Callable[[int], str]] = {
    "deep": lambda size: "<div>" * (size // 5) + SENTENCE,
    "deep_and_closed": lambda size: (
        "<div>" * (size // 11) + SENTENCE + "</div>" * (size // 11)
    ),
    "deep_inline": lambda size: "<b><i>" * (size // 6) + SENTENCE,
    "deep_lists": lambda size: "<ul><li>" * (size // 8) + SENTENCE,
    "deep_tables": lambda size: "<table><tr><td>" * (size // 15) + SENTENCE,
    "wide": lambda size: f"<p>{SENTENCE}</p>" * (size // (len(SENTENCE) + 7)),
    "unclosed": lambda size: f"<p>{SENTENCE}<a href='" * (size // (len(SENTENCE) + 12)),
    "attributes": lambda size: "<p " + "a=b " * (size // 4) + f">{SENTENCE}</p>",
    "comments": lambda size: "<!-- " * (size // 5) + SENTENCE,
    "entities": lambda size: "<p>" + "&#x202e;&zwj;&bogus;&#xd800;&#0;" * (size // 33),
    "script_only": lambda size: "<script>" + "var a='</p>';" * (size // 13),
    "json_ld": lambda size: (
        '<script type="application/ld+json">' + '[{"a":' * (size // 6) + "</script>" + SENTENCE
    ),
    "meta": lambda size: '<meta property="og:title" content="x">' * (size // 38) + SENTENCE,
    "doctype": lambda size: "<!DOCTYPE html [" + "<!ENTITY a 'aaaa'>" * (size // 18) + "]>&a;",
    "frameset": lambda size: "<frameset><frame src=a>" * (size // 23),
    "nothing": lambda _size: "<html><body></body></html>",
    "not_html": lambda size: SENTENCE * (size // len(SENTENCE)),
    "nul": lambda size: ("<p>\0" + SENTENCE + "</p\0>") * (size // 100),
}  # fmt: skip
"""HTML of about so many bytes."""


def page_of(text: str, form: str = "text") -> RawPage:
    """A page of any text, with its line ends made one as sources do, but surrogates and all."""
    text = LINE_BREAKS.sub("\n", text)
    digest = sha256_text(text.encode("utf-8", "backslashreplace").decode())
    return RawPage(digest[:16], "hostile \x1b[31m\u202e page", digest, text, form)  # type: ignore[arg-type]


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """An end to what would go on for ever; far longer than anything may take."""

    def stop(_signal: int, _frame: object) -> None:
        raise AssertionError(f"still not done after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(page: RawPage) -> CleanedPage:
    """Clean a page, and check what holds for every page."""
    cleaned = clean_page(page)
    assert cleaned.page == page
    assert (cleaned.article is None) != (cleaned.rejected is None)
    for number, line in enumerate(cleaned.lines, start=1):
        assert line.number == number
        if line.role == "blank":
            assert (line.code, line.reason, line.score) == (None, None, None)
        elif line.kept:
            assert (line.code, line.reason) == (None, None)
        else:
            assert line.code
            assert line.reason
        assert line.score is None or math.isfinite(line.score)
    if page.form == "text":
        assert "\n".join(line.text for line in cleaned.lines) == page.text
        texts = [strip(text) for text in normalise_lines(page.text)]
        kept = [texts[at] for at, line in enumerate(cleaned.lines) if line.kept]
        found = cleaned.article.text if cleaned.article else ""
        if joined(*_filled(texts)) is None:
            assert "\n\n".join(kept) == found
        else:  # lines of one paragraph were put together
            assert "".join("".join(kept).split()) == "".join(found.split())
        assert all(
            (line.role == "blank") == (not text)
            for line, text in zip(cleaned.lines, texts, strict=True)
        )
    if cleaned.article is not None:
        check(cleaned.article)
        assert (cleaned.article.article_id, cleaned.article.source, cleaned.article.raw_sha256) == (
            page.article_id, page.source, page.raw_sha256,
        )  # fmt: skip
    printable(cleaned)
    return cleaned


def _filled(lines: list[str]) -> tuple[list[str], list[int]]:
    """The lines that are not blank, and how many blank ones are before each."""
    at = [number for number, line in enumerate(lines) if line]
    gaps = [after - before - 1 for before, after in pairwise([-1, *at])]
    return [lines[number] for number in at], gaps


def check(article: Article) -> None:
    """What holds for every article."""
    text = article.text
    assert text
    text.encode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert article.text_sha256 == sha256_text(text)
    parts = [text[span.start : span.end] for span in article.paragraphs]
    assert "\n\n".join(parts) == text
    assert all(part and part == part.strip() and "\n" not in part for part in parts)
    assert not any(unicodedata.category(char) == "Cc" for char in text if char not in "\n\t")
    folded = [" ".join(part.casefold().split()) for part in parts]
    assert len(set(folded)) == len(folded)
    at = 0
    for span in article.paragraphs:
        assert (span.start, span.end) == (at, at + len(text[span.start : span.end]))
        at = span.end + 2
    assert all(left.end <= right.start for left, right in pairwise(article.sentences))
    ends = [0, *(edge for span in article.sentences for edge in (span.start, span.end)), len(text)]
    outside = zip(ends[::2], ends[1::2], strict=True)
    assert not any(text[start:end].strip() for start, end in outside)
    inside = iter(article.paragraphs)
    paragraph = next(inside)
    for span in article.sentences:
        while span.start >= paragraph.end:
            paragraph = next(inside)
        assert paragraph.start <= span.start < span.end <= paragraph.end


def printable(cleaned: CleanedPage) -> None:
    """Nothing of a page reaches a terminal that steers it or turns its writing round."""
    for colour in (False, True):
        shown = explain(cleaned, colour=colour)
        shown = shown.replace("\x1b[32m", "").replace("\x1b[2m", "").replace("\x1b[33m", "")
        shown = shown.replace("\x1b[0m", "") if colour else shown
        assert shown.endswith("\n")
        assert shown.isascii() or not set(shown) & set(BIDI)
        steering = {
            char for char in set(shown) if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        }
        assert steering <= {"\n"}


def alike(pages: Sequence[RawPage]) -> None:
    """Pages come out the same alone, in a batch, in another batch, and again; scores of lines, too."""

    def seen(cleaned: Sequence[CleanedPage]) -> list[object]:
        return [(page.article, page.rejected, page.lines) for page in cleaned]

    alone = seen([clean_page(page) for page in pages])
    assert seen(clean_batch(pages)) == alone
    assert seen(clean_batch(pages[::-1])) == alone[::-1]
    half = len(pages) // 2
    assert seen(clean_batch(pages[:half])) + seen(clean_batch(pages[half:])) == alone
