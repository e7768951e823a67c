"""The page with its reasons, safe to print."""

from __future__ import annotations

from dataset_builder.articles import RawPage
from dataset_builder.clean import clean_page, explain
from dataset_builder.printable import printable
from dataset_builder.sources import decode_page

PARAGRAPH = (
    "The two ministers agreed on Tuesday to open the border bridge again, and said that "
    "the first cars would cross it before the end of the year."
)


def render(text: str, *, colour: bool = False, source: str = "page.txt") -> str:
    page = decode_page(source, text.encode())
    assert isinstance(page, RawPage)
    return explain(clean_page(page), colour=colour)


def test_shows_what_is_kept_and_cut() -> None:
    shown = render(
        f"Home\n\nBorder bridge to open again\n\n{PARAGRAPH}\n\nRead also: Bridge closed\n"
    )
    rows = shown.splitlines()
    assert any(row.startswith("5 + The two ministers agreed") for row in rows)
    assert any(row.startswith("3 = Border bridge to open again") and "title" in row for row in rows)
    assert any(row.startswith("7 - Read also") and "related-link" in row for row in rows)
    assert any("outlet" in row and "(not stated)" in row for row in rows)
    assert shown.endswith("\n")


def test_no_body_says_so() -> None:
    assert "rejected: no-body" in render("Home\nContact\n")


def test_nothing_hostile_reaches_the_terminal() -> None:
    nasty = "\x1b]0;owned\x07 \u202eevil\u202c \u2066x\u2069 \x9b31m \u200b\ue000"
    for colour in (False, True):
        shown = render(
            f"{nasty}\n{PARAGRAPH} {nasty} end.\n", colour=colour, source=f"a{nasty}.txt"
        )
        plain = shown
        for code in ("\x1b[32m", "\x1b[2m", "\x1b[33m", "\x1b[0m"):
            plain = plain.replace(code, "")
        assert not any(char in plain for char in "\x1b\x07\x9b\u202e\u202c\u2066\u2069\u200b\ue000")
        assert "\\u202e" in plain
        assert "\\x1b" in plain


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in render(PARAGRAPH)
    assert "\x1b[32m" in render(PARAGRAPH, colour=True)


def test_printable() -> None:
    assert printable("a\tb\nc") == "a\\x09b\\x0ac"
    assert printable("نامه\u200cها") == "نامه\u200cها"
    assert printable("\u200cx") == "\\u200cx"
    assert printable("👍 é") == "👍 é"
    assert printable("\U000e0001") == "\\U000e0001"
