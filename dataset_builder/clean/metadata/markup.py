"""What the markup of an HTML page states about its article: JSON-LD, OpenGraph, meta and time tags.

Only what is said of the article itself counts. Nothing is worked out from running text, footers or
addresses, and statements that contradict each other are none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.clean.metadata.addresses import clean_url, is_front, site
from dataset_builder.clean.metadata.dates import read_field
from dataset_builder.clean.metadata.names import AGENCIES, TEXT, is_person, tidy, without_site
from dataset_builder.clean.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from dataset_builder.clean.metadata.dates import Stated

SCRIPT: Final = 1_000_000
"""Characters of a JSON-LD block that are read; a longer one is skipped."""
NODES: Final = 1000
"""So many objects of JSON-LD, meta tags and headings are looked at."""
DRIFT: Final = dt.timedelta(minutes=2)
"""Statements of the same moment may differ by so much."""
APART: Final = 2
"""Days that a date may lie from the one in the page's address."""

_PUBLISHED_NAMES: Final = """article:published_time og:article:published_time og:published_time og:pubdate article:published article.published
    datepublished date_published publish_date publish-date publishdate published published_date publication_date
    publication-date pubdate pub_date parsely-pub-date sailthru.date cxenseparse:recs:publishtime cxenseparse:publishtime
    dc.date.issued dcterms.issued dcterms.created dc.date.created dc.created rnews:datepublished citation_publication_date
    citation_online_date originalpublicationdate"""
_PUBLISHED: Final = frozenset(_PUBLISHED_NAMES.split())
"""Names of meta tags that say when the page was published."""
_DATED: Final = frozenset(["date", "dc.date", "dcterms.date"])
"""Names that mean the same on most pages; asked when no other says anything."""
_TIME_CLASS: Final = re.compile(
    r"(?<![\w-])(?:dt-published|published|entry-date|pubdate|post-date)(?![\w-])"
)
_PATH_DAY: Final = re.compile(r"/((?:19|20)\d\d)[/-]?(\d\d)[/-]?(\d\d)(?=[/_.-]|$)")


@dataclass(frozen=True)
class Markup:
    """What the markup states; None where it states nothing, or not clearly."""

    title: str | None = None
    """What is claimed for the article itself."""
    window: str | None = None
    """The page's own title, often with the site's name, where nothing else claims one."""
    outlet: str | None = None
    agency: str | None = None
    byline: str | None = None
    published_at: dt.datetime | None = None
    dated: bool = False
    """Whether the markup states dates of publication, even if they contradict each other."""
    url: str | None = None
    language: str | None = None
    """ISO 639-1 code that the page claims for itself."""


def read_markup(tree: HtmlElement, url: str | None = None) -> Markup:
    """Read the parsed page `tree`; `url` is its address, as far as its record states it."""
    metas = _metas(tree)
    nodes = _nodes(tree)
    address = _address(tree, metas, nodes, url)
    articles = [node for node in nodes if _types(node) & _ARTICLE or _is_article(node)]
    heads = [tidy(title) for title in metas["og:title"] + metas["twitter:title"]]
    heads += [_inside(found) for found in _some(tree.iter("h1", "title"))]
    articles = _main(articles, [head for head in heads if head], address)
    outlet = _outlet(metas, nodes, articles)
    title, window = _title(tree, metas, articles, outlet, address)
    if outlet and title and fold(outlet) == fold(title):
        outlet = None
    agency, byline = _authors(tree, metas, articles, outlet)
    dates = _dates(tree, metas, nodes, articles)
    return Markup(
        title=title,
        window=window,
        outlet=outlet,
        agency=agency,
        byline=byline,
        published_at=agreed(dates, path_day(address or url)),
        dated=bool(dates),
        url=address,
        language=_language(tree, metas, articles),
    )


def _some(found: Iterator[Any]) -> Iterator[Any]:
    for _, one in zip(range(NODES), found, strict=False):
        yield one


def _metas(tree: HtmlElement) -> defaultdict[str, list[str]]:
    """Contents of the meta tags by their name in lower case."""
    metas: defaultdict[str, list[str]] = defaultdict(list)
    for found in _some(tree.iter("meta")):
        content = (found.get("content") or "").strip()
        if content and len(content) <= 4 * TEXT:
            for name in {found.get("property"), found.get("name"), found.get("itemprop")}:
                if name:
                    metas[name.strip().lower()].append(content)
    return metas


def _inside(found: HtmlElement) -> str | None:
    """The text of an element."""
    return tidy(" ".join("".join(found.itertext()).split()))


_ARTICLE: Final = frozenset(["blogposting", "liveblogposting", "socialmediaposting", "report"])
_PAGE: Final = frozenset(["webpage", "itempage"])
_SITE: Final = frozenset(["website", "newsmediaorganization"])


def _nodes(tree: HtmlElement) -> list[dict[str, Any]]:
    """The objects of the page's JSON-LD that describe the page, not what it lists or links to."""
    waiting = [found for _, found in _blocks(tree)]
    waiting.reverse()
    nodes: list[dict[str, Any]] = []
    while waiting and len(nodes) < NODES:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item[:NODES])
        elif isinstance(item, dict):
            nodes.append(item)
            waiting += [item[key] for key in ("mainEntity", "@graph") if key in item]
    return nodes


def _blocks(tree: HtmlElement) -> Iterator[tuple[HtmlElement, Any]]:
    """The page's JSON-LD scripts and what they hold; None for what cannot be read."""
    for script in tree.iter("script"):
        kind = (script.get("type") or "").strip().lower()
        if not kind.startswith("application/ld+json"):
            continue
        source = script.text or ""
        if len(source) > SCRIPT:
            yield script, None
            continue
        for mark in ("<!--", "//<![CDATA[", "<![CDATA["):
            source = source.strip().removeprefix(mark)
        for mark in (";", "-->", "//]]>", "]]>", ";"):
            source = source.strip().removesuffix(mark)
        try:
            yield script, json.loads(source, strict=False)
        except (ValueError, RecursionError):
            yield script, None


def drop_broken(tree: HtmlElement) -> None:
    """Empty the JSON-LD scripts that cannot be read: matching patterns on them may take forever."""
    for script, found in _blocks(tree):
        if found is None:
            script.text = ""


def _types(node: dict[str, Any]) -> frozenset[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return frozenset(
        kind.rsplit("/", 1)[-1].lower()
        for kind in kinds
        if isinstance(kind, str) and len(kind) < TEXT
    )


def _is_article(node: dict[str, Any]) -> bool:
    return any(kind.endswith("article") for kind in _types(node))


def _links(node: dict[str, Any]) -> Iterator[str]:
    for key in ("mainEntityOfPage", "url", "@id"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str):
            yield value


def _main(
    articles: list[dict[str, Any]], heads: Sequence[str], address: str | None
) -> list[dict[str, Any]]:
    """Of several articles in JSON-LD those that the page itself is."""
    if len(articles) < 2:
        return articles
    keys = [fold(head) for head in heads]
    named = [
        node for node in articles
        if (title := tidy(node.get("headline")) or tidy(node.get("name")))
        and any(fold(title)[:60] in key for key in keys)
    ]  # fmt: skip
    if named:
        return named
    here = [
        node for node in articles if address and address in {clean_url(x) for x in _links(node)}
    ]
    return here or articles


def _outlet(
    metas: defaultdict[str, list[str]], nodes: list[dict[str, Any]], articles: list[dict[str, Any]]
) -> str | None:
    publishers = [node.get("publisher") for node in articles]
    names = [
        *metas["og:site_name"],
        *(found.get("name") if isinstance(found, dict) else found for found in publishers),
        *(node.get("name") for node in nodes if _types(node) & _SITE),
    ]
    for name in names:
        text = tidy(name)
        if text and len(text) <= 60 and text[0] != "@" and "://" not in text and "@" not in text:
            return text
    return None


def _title(
    tree: HtmlElement,
    metas: defaultdict[str, list[str]],
    articles: list[dict[str, Any]],
    outlet: str | None,
    address: str | None,
) -> tuple[str | None, str | None]:
    """The heading that the page shows when the markup confirms it, else the one that it claims; and
    the page's own title when only that claims any."""
    claimed = [tidy(value) for node in articles for value in (node.get("headline"),)]
    claimed += [tidy(value) for value in (*metas["og:title"], *metas["twitter:title"])]
    own = next((_inside(found) for found in _some(tree.iter("title"))), None)
    only = not any(claimed)
    claimed.append(own)
    shown = [_inside(found) for found in _some(tree.iter("h1"))]
    names = [name for name in (outlet, site(address) if address else None) if name]
    known = [text for text in (*claimed, *shown) if text]
    plain = [without_site(text, names, known) for text in claimed if text]
    plain = [text for text in plain if fold(text) not in {fold(name) for name in names}]
    for heading in shown:
        if heading and any(_akin(heading, text) for text in plain):
            return without_site(heading, names, known), own if only else None
    if only:
        return None, own
    return plain[0] if plain else None, None


def _akin(heading: str, text: str) -> bool:
    """Whether two titles are versions of one."""
    left, right = (
        set(re.findall(r"\w{3,}", heading.casefold())),
        set(re.findall(r"\w{3,}", text.casefold())),
    )
    small = min(len(left), len(right))
    if small < 3:
        return bool(fold(heading)) and fold(heading) in fold(text)
    return len(left & right) * 2 >= small


def _authors(
    tree: HtmlElement,
    metas: defaultdict[str, list[str]],
    articles: list[dict[str, Any]],
    outlet: str | None,
) -> tuple[str | None, str | None]:
    """Agency and byline."""
    told: list[object] = []
    for node in articles:
        authors = node.get("author")
        for author in authors if isinstance(authors, list) else [authors]:
            told += [author.get("name") if isinstance(author, dict) else author]
    if not any(told):
        names = ("author", "article:author", "parsely-author", "dc.creator")
        told = [value for name in names for value in metas[name]]
    if not told:
        told = [
            _inside(found) for found in _some(tree.iter("a", "span"))
            if "author" in (found.get("rel") or found.get("itemprop") or "").lower().split()
        ]  # fmt: skip
    agency: str | None = None
    people: list[str] = []
    for value in told:
        for name in value if isinstance(value, list) else [value]:
            text = tidy(name)
            text = (
                re.sub(r"^(?:by|von|par|por|di|от)\s+", "", text, flags=re.IGNORECASE)
                if text
                else None
            )
            if not text or (outlet and fold(text) == fold(outlet)):
                continue
            if fold(text) in AGENCIES:
                agency = agency or AGENCIES[fold(text)]
            elif is_person(text) and fold(text) not in {fold(one) for one in people}:
                people.append(text)
    byline = ", ".join(people[:5])
    return agency, byline or None


def _address(
    tree: HtmlElement,
    metas: defaultdict[str, list[str]],
    nodes: list[dict[str, Any]],
    url: str | None,
) -> str | None:
    """The canonical address, the page's own one where that does not fit it."""
    own = clean_url(url)
    links = [
        found.get("href") for found in _some(tree.iter("link"))
        if "canonical" in (found.get("rel") or "").lower().split()
    ]  # fmt: skip
    claimed = [*links, *metas["og:url"]]
    claimed += [link for node in nodes if _is_article(node) for link in _links(node)]
    for link in claimed:
        cleaned = clean_url(link, own)
        if cleaned is None or (
            own and (site(cleaned) != site(own) or is_front(cleaned) != is_front(own))
        ):
            continue
        if own is None and is_front(cleaned) and len(claimed) > 1:
            continue
        return cleaned
    return own


def _language(
    tree: HtmlElement, metas: defaultdict[str, list[str]], articles: list[dict[str, Any]]
) -> str | None:
    """The language that the page claims, unless it claims several."""
    root = next(_some(tree.iter("html")), None)
    told: list[object] = [root.get("lang")] if root is not None else []
    told += [*metas["og:locale"], *(node.get("inLanguage") for node in articles)]
    codes = {
        found[1].lower()
        for value in told
        if isinstance(value, str) and (found := re.match(r"\s*([a-zA-Z]{2})(?:[-_]|\s*$)", value))
    }
    return codes.pop() if len(codes) == 1 else None


def _dates(
    tree: HtmlElement,
    metas: defaultdict[str, list[str]],
    nodes: list[dict[str, Any]],
    articles: list[dict[str, Any]],
) -> list[Stated]:
    """The dates of publication that the markup states, from the surest kind of statement it makes."""
    strong: list[object] = [node.get("datePublished") for node in articles]
    strong += [value for name in sorted(_PUBLISHED & metas.keys()) for value in metas[name]]
    times: list[object] = []
    for found in _some(tree.iter("time")):
        said = f"{found.get('itemprop') or ''} {found.get('property') or ''}".lower()
        if "datepublished" in said or found.get("pubdate") is not None:
            strong.append(found.get("datetime"))
        elif _TIME_CLASS.search((found.get("class") or "").lower()):
            times.append(found.get("datetime"))
    pages: list[object] = [node.get("datePublished") for node in nodes if _types(node) & _PAGE]
    dated = [value for name in sorted(_DATED & metas.keys()) for value in metas[name]]
    for group in (strong, pages, times, dated):
        read = [read_field(value) for value in group if isinstance(value, str)]
        if any(read):
            return [found for found in read if found]
    return []


def path_day(address: str | None) -> dt.date | None:
    """The day in the path of an address, as in `/2017/09/28/`."""
    found = _PATH_DAY.search(address) if address and len(address) < 4096 else None
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def agreed(stated: Sequence[Stated], path: dt.date | None = None) -> dt.datetime | None:
    """The moment that all `stated` dates mean, or at least the day; None when they differ.

    `path` is the day in the page's address: it decides nothing, but what is far from it is wrong.
    """
    if path is not None and stated:
        stated = [one for one in stated if abs((one.day - path).days) <= APART]
    if not stated:
        return None
    exact = sorted({one.at for one in stated if one.exact})
    days = {one.day for one in stated}
    if exact and exact[-1] - exact[0] <= DRIFT:
        near = {exact[0].date() + dt.timedelta(days=step) for step in (-1, 0, 1)}
        return next(one.at for one in stated if one.exact) if days <= near else None
    if len(days) == 1:
        day = days.pop()
        return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return None
