"""The article in an HTML page, through `trafilatura`, and what the page's markup states about it.

The body is what the library extracts, put right by the line model where that is sure (`extracted`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import Rejected
from dataset_builder.clean.body import Cut
from dataset_builder.clean.extracted import MAPPED, places, rows_of, weigh
from dataset_builder.clean.metadata import (
    Metadata,
    drop_broken,
    find,
    read_markup,
    reads_as_head,
    runs,
)
from dataset_builder.clean.text import fold
from dataset_builder.clean.visible import Visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

    from dataset_builder.articles import RawPage
    from dataset_builder.clean.extracted import Extracted
    from dataset_builder.clean.metadata import Markup

LARGEST: Final = 5_000_000
"""Characters of a page; a longer one is rejected, unread."""
ELEMENTS: Final = 50_000
"""Elements of a page; one with more is rejected: extraction takes more than linear time."""
FAST: Final = 10_000
"""Elements of a page from which on the extractor goes without its fallbacks: one of them, jusText, takes
quadratic time for short paragraphs."""
ATTRIBUTES: Final = 4000
"""Characters of one tag, quoted values apart; a page with a longer one is rejected: the parser takes
quadratic time for its attributes."""
SHORTEST: Final = 20
"""Folded characters that at least one paragraph has."""

_NOT_EXTRACTED: Final = Cut("not-extracted", "not found to be part of the article")
# Every alternative goes on to the end rather than fail: one pass over the page, whatever it holds.
_TAG: Final = re.compile(
    r"<!--(?s:.*?)(?:-->|\Z)|<(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<rest>(?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?)*+)(?:>|\Z)"
)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_RAW_END: Final = {
    name: re.compile(rf"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title")
}
_DOCTYPE: Final = re.compile(r"\s{0,99}<\s?!\s?doctype[^<>]*>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HtmlLine:
    """One line of the page as a browser would show it, and what became of it."""

    text: str
    role: str
    """Member of `page.ROLES`; never `blank`."""
    code: str | None
    """Short code of the reason, None for kept lines."""
    reason: str | None
    score: float
    """Log-odds of being body that the line model gave."""


@dataclass(frozen=True)
class HtmlArticle:
    """What an HTML page holds."""

    paragraphs: tuple[str, ...] | None
    """The body, one line each, in normal form; None when there is none."""
    found: Metadata
    language: str | None
    """The language that the page claims, ISO 639-1: of use only when the text itself does not tell."""
    lines: tuple[HtmlLine, ...]
    rejected: Rejected | None
    """Why there is no body."""


def read_html(page: RawPage) -> HtmlArticle:
    """Find the article in an HTML page. Never raises, whatever the page holds; no network is used.

    What the page's record states (`page.stated`) is used to check the page's address only: see
    `metadata.with_stated`.
    """
    if len(page.text) > LARGEST:
        return _rejected(page, "too-large", f"more than {LARGEST:,} characters of HTML")
    if _overloaded(page.text):
        return _rejected(page, "too-large", f"a tag with more than {ATTRIBUTES:,} characters")
    extract = _extractor()
    tree = _parse(page.text)
    if tree is None:
        return _rejected(page, "no-body", "not HTML that can be read")
    elements = sum(1 for _ in islice(tree.iter(), ELEMENTS + 1))
    if elements > ELEMENTS:
        return _rejected(page, "too-large", f"more than {ELEMENTS:,} HTML elements")
    try:
        drop_broken(tree)
        markup = read_markup(tree, page.stated.url)
        visible = visible_lines(tree)
        text = extract(tree, elements > FAST)
    except Exception as error:  # noqa: BLE001 - hostile pages break the library in any way
        return _rejected(page, "no-body", f"the extractor failed: {type(error).__name__}")
    lines, taken = _mapped(visible, rows_of(text))
    body = weigh(lines, taken, markup.title or markup.window)
    texts = [line.text for line in lines]
    repeats = {at for at, cut in body.cuts.items() if cut.code == "repeated-in-page"}
    found = _combined(markup, find(texts, _without_head(texts, body.kept), repeats))
    shown = _lines(lines, body, found)
    kept = tuple(line.text for line in shown if line.role == "body")
    if not any(len(fold(line)) >= SHORTEST for line in kept):
        message = "no running text of an article was found on the page"
        rejected = Rejected(page.source, "no-body", message)
        return HtmlArticle(None, found, markup.language, shown, rejected)
    return HtmlArticle(kept, found, markup.language, shown, None)


def _mapped(visible: list[Visible], rows: Sequence[str]) -> tuple[list[Visible], list[int]]:
    """The lines to judge and which of them the extractor took; its own where they are not the page's
    visible ones, as when the text stands only in a script."""
    taken, share = places([line.text for line in visible], rows)
    if share >= MAPPED:
        return visible, taken
    return [Visible(row, 0.0, aside=False) for row in rows], list(range(len(rows)))


def _without_head(lines: Sequence[str], body: Sequence[int]) -> list[int]:
    """The body without bylines and dates above its text."""
    first = next((at for at in body if runs(lines[at])), -1)
    return [at for at in body if at >= first or not reads_as_head(lines[at])]


def _combined(markup: Markup, seen: Metadata) -> Metadata:
    """What the markup states goes before what the page shows."""
    found = replace(
        seen,
        title=_title(markup, seen),
        outlet=markup.outlet or seen.outlet,
        agency=markup.agency or seen.agency,
        byline=markup.byline or seen.byline,
        url=markup.url,
    )
    if markup.dated:
        # What contradicts itself is not decided by what else stands on the page.
        basis = "none" if markup.published_at is None else "metadata"
        found = replace(found, published_at=markup.published_at, published_basis=basis)
    return found


def _title(markup: Markup, seen: Metadata) -> str | None:
    """The title that the markup claims; where that is only the page's own, what the page shows of it."""
    if markup.window is None:
        return markup.title or seen.title
    shown = [title for title in (seen.title, markup.title) if title]
    key = fold(markup.window)
    return next((title for title in shown if fold(title) != key), shown[0] if shown else None)


def _rejected(page: RawPage, code: str, message: str) -> HtmlArticle:
    return HtmlArticle(None, Metadata(), None, (), Rejected(page.source, code, message))


@cache
def _extractor() -> Callable[[HtmlElement, bool], str]:
    """`trafilatura` with the settings that suit articles: no comments, tables row by row."""
    # Its warnings quote pages; they are of no use to the user, who gets a Rejected.
    for name in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    from trafilatura import bare_extraction

    def extract(tree: HtmlElement, fast: bool) -> str:
        document = bare_extraction(tree, include_comments=False, fast=fast)
        return str(getattr(document, "text", None) or "")

    return extract


def _overloaded(text: str) -> bool:
    """Whether a tag has more attributes than anybody writes."""
    found = _TAG.search(text)
    while found:
        rest, at = found["rest"] or "", found.end()
        if len(rest) > ATTRIBUTES and len(_QUOTED.sub("", rest)) > ATTRIBUTES:
            return True
        raw = _RAW_END.get((found["name"] or "").lower())
        if raw is not None:
            end = raw.search(text, at)
            at = end.start() if end else len(text)
        found = _TAG.search(text, at)
    return False


def _parse(text: str) -> HtmlElement | None:
    from trafilatura import load_html

    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
    # The library's own repair of it takes quadratic time.
    doctype = _DOCTYPE.match(text)
    if doctype:
        text = f"<!DOCTYPE html>\n{text[doctype.end() :]}"
    for source in (text, f"<html><body>{text}</body></html>"):
        try:
            tree = load_html(source)
        except Exception:  # noqa: BLE001, S112 - see above
            continue
        if tree is not None:
            return tree
    return None


def _lines(lines: Sequence[Visible], body: Extracted, found: Metadata) -> tuple[HtmlLine, ...]:
    kept = set(body.kept)
    out = []
    for at, line in enumerate(lines):
        role, code, reason = "body", None, None
        if at in found.roles:
            role = code = found.roles[at]
            reason = "kept as metadata"
        elif at not in kept:
            role = "cut"
            cut = body.cuts.get(at, _NOT_EXTRACTED)
            code, reason = cut.code, cut.reason
        out.append(HtmlLine(line.text, role, code, reason, body.odds[at]))
    return tuple(out)
