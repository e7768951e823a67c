"""HTML to plain text in two ways that differ in all that converters differ in.

`by_blocks`: the page's title first, then one line for each block element with a blank line after
it; no bullets, no alternative texts, nothing for buttons.

`by_layout`: as text browsers do it: no title; blank lines only around what has margins; bullets and
numbers of lists, quotes indented, cells of a table row on one line, buttons and pictures in brackets.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_SKIPPED: Final = frozenset({
    "script", "style", "noscript", "template", "svg", "select", "textarea",
})  # fmt: skip
_INLINE: Final = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "button", "cite", "code", "em", "font", "i", "img",
    "input", "kbd", "label", "mark", "picture", "q", "s", "small", "source", "span", "strong", "sub",
    "sup", "time", "u", "wbr",
})  # fmt: skip
_MARGINS: Final = frozenset({
    "article", "aside", "blockquote", "center", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "ol",
    "p", "section", "table", "ul",
})  # fmt: skip
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
Attributes = list[tuple[str, str | None]]


class _Lines(HTMLParser):
    """Collects lines of inline text; blocks begin and end them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.skipped = 0

    def flush(self) -> None:
        text = _SPACE.sub(" ", self.line).strip(" ")
        if text:
            self.add(text)
        self.line = ""

    def add(self, text: str) -> None:
        self.lines.append(text)

    def begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        """What a converter makes of a tag beside its text."""

    def end(self, tag: str) -> None:
        """The same at the tag's end."""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in _SKIPPED:
            self.skipped += 1
        elif not self.skipped:
            if tag not in _INLINE and tag != "td":
                self.flush()
            self.begin(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self.skipped = max(0, self.skipped - 1)
        elif not self.skipped:
            if tag not in _INLINE and tag != "td":
                self.flush()
            self.end(tag)

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.line += data


class _Blocks(_Lines):
    def begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "td":
            self.flush()


class _Layout(_Lines):
    def __init__(self) -> None:
        super().__init__()
        self.lists: list[int | None] = []
        self.quotes = 0
        self.mark = ""

    def add(self, text: str) -> None:
        self.lines.append("  " * (len(self.lists) + self.quotes) + self.mark + text)
        self.mark = ""

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def begin(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in _MARGINS:
            self.blank()
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            count = self.lists[-1] if self.lists else None
            self.mark = "* "
            if count is not None:
                self.lists[-1] = count + 1
                self.mark = f"{count + 1}. "
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "td" and self.line.strip():
            self.line += " | "
        elif tag == "button":
            self.line += " ["
        elif tag == "input":
            self.line += " [____] "
        elif tag == "img" and attributes.get("alt"):
            self.line += f" [{attributes['alt']}] "

    def end(self, tag: str) -> None:
        if tag in _MARGINS:
            self.blank()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "blockquote":
            self.quotes -= 1
        elif tag == "button":
            self.line += "] "
        elif tag == "title":
            self.lines.clear()


def _text(parser: _Lines, source: str) -> str:
    parser.feed(source)
    parser.close()
    parser.flush()
    while parser.lines and not parser.lines[-1]:
        parser.lines.pop()
    return "\n".join(parser.lines) + "\n"


def by_blocks(source: str) -> str:
    """Plain text of the HTML `source`, a blank line after each block."""
    return _text(_Blocks(), source).replace("\n", "\n\n")[:-1]


def by_layout(source: str) -> str:
    """Plain text of the HTML `source` as a text browser lays it out."""
    return _text(_Layout(), source)
