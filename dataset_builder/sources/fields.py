"""Which field of a record is the text, the HTML, the URL and so on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.articles import RawPage, Rejected, Stated
from dataset_builder.errors import UsageError
from dataset_builder.sources.decoding import NotText, decode_utf8, page_of, without_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_STATED: Final = 10_000
"""Characters; a URL, title or byline above is none."""
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
NO_FIELDS: Final = "no-fields"
"""Reason of a file none of whose records has a field for the page."""


@dataclass(frozen=True)
class FieldMap:
    """Names of a record's fields, for each role the candidates in order; the first present counts.

    `meta.url` is the field of that name, else `url` in the object `meta`. Of `html` and `text` the
    HTML is taken: it is the original. Names that usually hold something else in public dumps
    (`timestamp` and `date`: often the crawl's; `source`: often the collection's) are no candidates.
    """

    text: tuple[str, ...] = (
        "text", "content", "body", "raw_text", "article_text", "maintext", "main_text",
        "full_text", "fulltext", "plain_text", "page_text", "raw_content", "article",
    )  # fmt: skip
    html: tuple[str, ...] = ("html", "raw_html", "html_content", "content_html", "page_html")
    url: tuple[str, ...] = (
        "url", "canonical_url", "source_url", "page_url", "link", "uri", "meta.url", "metadata.url",
    )  # fmt: skip
    title: tuple[str, ...] = ("title", "headline", "meta.title", "metadata.title")
    outlet: tuple[str, ...] = ("outlet", "publisher", "site_name", "sitename", "newspaper")
    byline: tuple[str, ...] = ("byline", "author", "authors")
    published: tuple[str, ...] = (
        "published", "published_at", "published_date", "publication_date", "publish_date",
        "date_published", "datePublished", "date_publish", "pub_date", "pubDate",
    )  # fmt: skip

    def candidates(self) -> Iterator[tuple[str, str]]:
        """Every (role, name), in order."""
        for role in ROLES:
            for name in getattr(self, role):
                yield role, name


ROLES: Final = tuple(field.name for field in fields(FieldMap))
DEFAULT_FIELDS: Final = FieldMap()


def parse_fields(options: Iterable[str]) -> FieldMap:
    """The map that options like `text=content`, `url=meta.url` make of the default one.

    A role that is named is looked for under this name only; `title=` (no name) switches it off.
    Naming one of `text` and `html` switches off what is not named of the two. The same role twice
    gives two candidates. Raises UsageError.
    """
    named: dict[str, tuple[str, ...]] = {}
    for option in options:
        role, equals, name = (part.strip() for part in option.partition("="))
        if role not in ROLES or not equals:
            msg = f"--field {option!r}: not ROLE=NAME"
            raise UsageError(msg, hint=f"e.g. text=content; the roles are {', '.join(ROLES)}")
        named[role] = named.get(role, ()) + ((name,) if name else ())
    if named.get("text") or named.get("html"):
        named = {"text": (), "html": ()} | named
    done = replace(DEFAULT_FIELDS, **named)
    if not (done.text or done.html):
        raise UsageError("--field: neither text nor html is left", hint="e.g. text=content")
    return done


def no_fields(source: str, names: Iterable[str], wanted: FieldMap) -> Rejected:
    """A file that has no field of `wanted` for the page; `names` are the fields that it has."""
    found = sorted(set(names))
    has = ", ".join(repr(name[:60]) for name in found[:30]) + (", ..." if len(found) > 30 else "")
    looked = ", ".join((*wanted.html, *wanted.text))
    message = (
        f"no field holds the page's text: it has {has or 'none'}; looked for {looked}; "
        "name it, e.g. --field text=NAME"
    )
    return Rejected(source, NO_FIELDS, message)


def page_from(source: str, record: dict[str, Any], wanted: FieldMap) -> RawPage | Rejected:
    """The page of a record; the key `meta.url` of `record` is the field `url` in its field `meta`.

    Text is str or UTF-8 bytes; of the other fields lists of str are joined by ", ", dates become
    ISO 8601, and what is neither is not stated.
    """
    role, found = _content(record, wanted)
    if found is None:
        return Rejected(source, "no-text", "no field with the page's text")
    if isinstance(found, bytes):
        try:
            found = decode_utf8(found)
        except NotText as error:
            return Rejected(source, error.reason, error.message)
    if not isinstance(found, str):
        kind = type(found).__name__
        return Rejected(source, "no-text", f"the field for the page's {role} holds a {kind}")
    mapped = {role: found}
    for other in ROLES:
        if other not in ("text", "html"):
            value = _stated(record, getattr(wanted, other))
            if value is not None:
                mapped[other] = value
    return mapped_page(source, mapped)


def mapped_page(source: str, mapped: dict[str, str]) -> RawPage | Rejected:
    """The page of a record's mapped fields: `text` or `html`, and what is stated beside it."""
    form: str = "html" if "html" in mapped else "text"
    try:
        text = without_surrogates(mapped[form])
    except NotText as error:
        return Rejected(source, error.reason, error.message)
    stated = Stated(**{
        role: tidy for role, value in mapped.items() if role != form and (tidy := _tidy(value))
    })  # fmt: skip

    def digest() -> str:
        canonical = _CANONICAL.encode(mapped)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    return page_of(source, text, "html" if form == "html" else "text", digest, stated)


def _content(record: dict[str, Any], wanted: FieldMap) -> tuple[str, object]:
    blank: tuple[str, object] = ("text", None)
    for role in ("html", "text"):
        for name in getattr(wanted, role):
            value = record.get(name)
            if value is None:
                continue
            if value not in ("", b""):
                return role, value
            blank = (role, value)
    return blank


def _stated(record: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ", ".join(value)
        elif isinstance(value, dt.date | dt.datetime):
            value = value.isoformat()
        if isinstance(value, str) and value:
            return value
    return None


def _tidy(value: str) -> str | None:
    """A stated value on one line, or None when it cannot be one."""
    if len(value) > MAX_STATED:
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return _SPACES.sub(" ", value).strip() or None
