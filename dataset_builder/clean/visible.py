"""The lines of an HTML page as a browser would show them, with what the markup says of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.text import normalise_lines, strip

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCK_TAGS: Final = """address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html iframe label legend li main menu nav ol optgroup option p pre section
    select summary table tbody tfoot thead title tr ul video"""
_HIDDEN_TAGS: Final = """script style noscript template svg math canvas object iframe textarea select audio video
    map datalist"""
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_HIDDEN: Final = frozenset(_HIDDEN_TAGS.split())
_ASIDE: Final = frozenset(["nav", "footer", "aside", "figcaption", "dialog", "menu", "button"])
"""Blocks for what is not the article's own text."""
_CELLS: Final = frozenset(["td", "th"])


@dataclass(frozen=True, slots=True)
class Visible:
    """One line of the page."""

    text: str
    linked: float
    """Share of its characters inside links."""
    aside: bool
    """Whether it stands in an element for navigation, captions and the like."""


def visible_lines(tree: HtmlElement) -> list[Visible]:
    """The stripped, non-empty lines: one for each block."""
    from lxml.etree import iterwalk

    lines: list[Visible] = []
    parts: list[str] = []
    size = linked = links = asides = 0
    aside = False

    def end() -> None:
        nonlocal size, linked, aside
        if size:
            text = " ".join("".join(parts).split())
            for row in normalise_lines(text):
                shown = strip(row.strip("| "))
                if shown:
                    lines.append(Visible(shown, min(1.0, linked / size), aside))
        parts.clear()
        size = linked = 0
        aside = False

    def add(text: str | None) -> None:
        nonlocal size, linked, aside
        if text:
            parts.append(text)
            length = len(text.strip())
            size += length
            if links:
                linked += length
            aside = aside or asides > 0

    walk = iterwalk(tree, events=("start", "end"))
    for event, found in walk:
        tag = found.tag
        if event == "start":
            if not isinstance(tag, str) or tag in _HIDDEN:
                walk.skip_subtree()
                continue
            if tag in _BLOCKS:
                end()
            asides += tag in _ASIDE
            links += tag == "a"
            add(found.text)
        else:
            if tag in _BLOCKS:
                end()
            asides -= tag in _ASIDE
            links -= tag == "a"
            if tag in _CELLS:
                parts.append(" | ")
            add(found.tail)
    end()
    return lines
