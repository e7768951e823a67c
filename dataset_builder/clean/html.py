"""The article in an HTML page, through `trafilatura`, and what the page's markup states about it.

The body is what the library extracts, less the lines that no reader would miss: a second copy of a
paragraph, the title, links to other articles, share and comment lines.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import Rejected
from dataset_builder.clean.metadata import (
    Metadata,
    drop_broken,
    find,
    read_markup,
    reads_as_head,
)
from dataset_builder.clean.patterns import cue
from dataset_builder.clean.text import fold, normalise_lines, strip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

    from dataset_builder.articles import RawPage
    from dataset_builder.clean.patterns import Cue

LARGEST: Final = 5_000_000
"""Characters of a page; a longer one is rejected, unread."""
ELEMENTS: Final = 50_000
"""Elements of a page; one with more is rejected: extraction takes more than linear time."""
ATTRIBUTES: Final = 4000
"""Characters of one tag, quoted values apart; a page with a longer one is rejected: the parser takes
quadratic time for its attributes."""
REPEATED: Final = 40
"""Folded characters from which on a paragraph that occurs again is a second copy."""
HEAD: Final = 20
"""Lines before the text among which title, byline and date are looked for."""
CONTAINED: Final = 20
"""Folded characters of a line that is recognised inside a longer paragraph."""
SEARCHED: Final = 200_000
"""Folded characters of a body that are searched for such lines."""

_CUT: Final = frozenset(["related-link", "related-header", "share", "comment-form", "legal"])
"""Wording, by its code, that is no article's even where the extractor kept it."""
_RULE: Final = re.compile(r"\|?(?:\s*:?-{3,}:?\s*\|)+\s*")
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
_BLOCK_TAGS: Final = """address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html iframe label legend li main menu nav ol optgroup option p pre section
    select summary table tbody tfoot thead title tr ul video"""
_HIDDEN_TAGS: Final = """script style noscript template svg math canvas object iframe textarea select audio video
    map datalist"""
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_HIDDEN: Final = frozenset(_HIDDEN_TAGS.split())


@dataclass(frozen=True, slots=True)
class HtmlLine:
    """One line of the page as a browser would show it, and what became of it."""

    text: str
    role: str
    """Member of `page.ROLES`; never `blank`."""
    code: str | None
    """Short code of the reason, None for kept lines."""
    reason: str | None


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
    if sum(1 for _ in islice(tree.iter(), ELEMENTS + 1)) > ELEMENTS:
        return _rejected(page, "too-large", f"more than {ELEMENTS:,} HTML elements")
    try:
        drop_broken(tree)
        markup = read_markup(tree, page.stated.url)
        visible = _visible(tree)
        text = extract(tree)
    except Exception as error:  # noqa: BLE001 - hostile pages break the library in any way
        return _rejected(page, "no-body", f"the extractor failed: {type(error).__name__}")
    paragraphs, cuts = _paragraphs(text, markup.title)
    body = _places(visible, paragraphs)
    seen = find(visible, body) if body else Metadata()
    found = replace(
        seen,
        title=markup.title or seen.title,
        outlet=markup.outlet or seen.outlet,
        agency=markup.agency or seen.agency,
        byline=markup.byline or seen.byline,
        url=markup.url,
    )
    if markup.dated:
        # What contradicts itself is not decided by what else stands on the page.
        basis = "none" if markup.published_at is None else "metadata"
        found = replace(found, published_at=markup.published_at, published_basis=basis)
    heads = {fold(visible[at]) for at in body if at in found.roles}
    paragraphs = [line for line in paragraphs if fold(line) not in heads]
    body = [at for at in body if at not in found.roles]
    lines = _lines(visible, set(body), cuts, found)
    if not any(len(fold(line)) >= CONTAINED for line in paragraphs):
        message = "no running text of an article was found on the page"
        return HtmlArticle(
            None, found, markup.language, lines, Rejected(page.source, "no-body", message)
        )
    return HtmlArticle(tuple(paragraphs), found, markup.language, lines, None)


def _rejected(page: RawPage, code: str, message: str) -> HtmlArticle:
    return HtmlArticle(None, Metadata(), None, (), Rejected(page.source, code, message))


@cache
def _extractor() -> Callable[[HtmlElement], str]:
    """`trafilatura` with the settings that suit articles: no comments, tables row by row."""
    # Its warnings quote pages; they are of no use to the user, who gets a Rejected.
    for name in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    from trafilatura import bare_extraction

    def extract(tree: HtmlElement) -> str:
        document = bare_extraction(tree, include_comments=False)
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


def _paragraphs(text: str, title: str | None) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """The lines of an extracted text that are the article's, and why the others are not, by key."""
    rows = (strip(line) for line in normalise_lines(text))
    # Of a table, the words only.
    lines = (
        "" if _RULE.fullmatch(row) else row.strip("| ") if row[:1] == "|" else row for row in rows
    )
    kept: list[str] = []
    head = HEAD
    judged: dict[str, Cue | None] = {}
    cuts: dict[str, tuple[str, str]] = {}
    seen: set[str] = set()
    for line in lines:
        key = fold(line)
        if not key:
            continue
        head -= 1
        if head > 0 and (reads_as_head(line) or (title and key == fold(title))):
            continue  # kept as metadata
        if len(key) >= REPEATED:
            head = 0
        if line not in judged:
            judged[line] = cue(line, ends=line[-1] in ".!?…。؟।")
        said = judged[line]
        if said is not None and said.code in _CUT:
            cuts[key] = (said.code, said.reason)
        elif key in seen and len(key) >= REPEATED:
            cuts.setdefault(key, ("repeated-in-page", "the same text as earlier on the page"))
        else:
            seen.add(key)
            kept.append(line)
    return kept, cuts


def _visible(tree: HtmlElement) -> list[str]:
    """The lines of text that a browser would show, roughly: one for each block."""
    from lxml.etree import iterwalk

    parts: list[str] = []
    walk = iterwalk(tree, events=("start", "end"))
    for event, found in walk:
        tag = found.tag
        if event == "start":
            if not isinstance(tag, str) or tag in _HIDDEN:
                walk.skip_subtree()
                continue
            if tag in _BLOCKS:
                parts.append("\n")
            if found.text:
                parts.append(found.text.replace("\n", " "))
        else:
            if tag in _BLOCKS:
                parts.append("\n")
            elif tag in ("td", "th"):
                parts.append(" | ")
            if found.tail:
                parts.append(found.tail.replace("\n", " "))
    lines = (strip(" ".join(line.split()).strip("| ")) for line in normalise_lines("".join(parts)))
    return [line for line in lines if line]


def _places(visible: Sequence[str], paragraphs: Sequence[str]) -> list[int]:
    """The visible lines that the paragraphs come from, in the page's order."""
    at: defaultdict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(visible):
        at[fold(line)].append(place)
    found: set[int] = set()
    bound = len(visible)
    # From the end: a teaser above the article repeats its first lines.
    for line in reversed(paragraphs):
        places = at.get(fold(line))
        if places:
            before = bisect_right(places, bound - 1)
            bound = places[before - 1] if before else places[0]
            found.add(bound)
    body = "".join(fold(line) for line in paragraphs)
    if len(body) <= SEARCHED:
        # Where the library joined lines, all of them are the paragraph.
        whole = {fold(line) for line in paragraphs}
        keys = {place: key for key, places in at.items() if key not in whole for place in places}
        low, high = (min(found), max(found)) if found else (0, len(visible))
        found |= {
            place for place in range(low, high)
            if len(key := keys.get(place, "")) >= CONTAINED and key in body
        }  # fmt: skip
    return sorted(found)


def _lines(
    visible: Sequence[str],
    body: set[int],
    cuts: dict[str, tuple[str, str]],
    found: Metadata,
) -> tuple[HtmlLine, ...]:
    out = []
    for at, text in enumerate(visible):
        if at in body:
            out.append(HtmlLine(text, "body", None, None))
        elif at in found.roles:
            role = found.roles[at]
            out.append(HtmlLine(text, role, role, "kept as metadata"))
        else:
            code, reason = cuts.get(
                fold(text), ("not-extracted", "not found to be part of the article")
            )
            out.append(HtmlLine(text, "cut", code, reason))
    return tuple(out)
