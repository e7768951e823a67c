"""Title, outlet, agency, byline, dateline and date of an article, as its page shows them.

Only lines near the body and at the top of the page are asked, and each answer needs evidence on the
page itself; what is not clear stays None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from dataset_builder.clean.metadata.addresses import clean_url
from dataset_builder.clean.metadata.bylines import byline_of, only_by
from dataset_builder.clean.metadata.datelines import inline, place_line
from dataset_builder.clean.metadata.dates import Kind, read_date, read_field
from dataset_builder.clean.metadata.names import (
    AGENCIES,
    SEPARATOR,
    TEXT,
    is_agency,
    tidy,
    without_site,
)
from dataset_builder.clean.metadata.published import published, runs
from dataset_builder.clean.metadata.titles import read_title
from dataset_builder.clean.text import fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from dataset_builder.articles import Stated

NEAR: Final = 8
"""Lines after the body that may hold byline, credit and date."""
ABOVE: Final = 14
"""Lines above the body that may, when they are below the title."""
LEAD: Final = 6
"""Lines at the start of the body that may stand between title and text."""

LONGEST_NAME: Final = max(map(len, AGENCIES)) + 5
"""Characters of an agency's name with its spaces and points."""

_SOURCE: Final = re.compile(
    r"(?:source|quelle|fuente|fonte|bron|źródło|источник|kaynak|المصدر|来源|with inputs from|originally published (?:by|in|on))\s*[:：]?\s*(?P<name>.+)",
    re.IGNORECASE,
)
_SOURCE_COLON: Final = re.compile(r"[^:：]{2,30}[:：]\s*\S")


_WORDS: Final = frozenset(["aa", "spa", "wam", "mena", "sana", "ani", "ria", "pap", "map", "ap"])
"""Agencies whose names, alone on a line, are rather something else."""


@dataclass(frozen=True)
class Metadata:
    """What the page says about its article, and which lines said it."""

    title: str | None = None
    outlet: str | None = None
    agency: str | None = None
    byline: str | None = None
    dateline: str | None = None
    published_at: dt.datetime | None = None
    published_basis: str = "none"
    url: str | None = None
    roles: dict[int, str] = field(default_factory=dict)
    """Role of lines outside the body, by index: title, outlet, byline, dateline, date, agency."""


def find(
    lines: Sequence[str],
    body: Sequence[int],
    repeats: Collection[int] = (),
) -> Metadata:
    """Metadata of the article whose body are the lines `body` of the stripped, non-blank `lines`.

    `repeats` are lines outside the body that repeat it: what follows them follows the body.
    """
    if not body:
        return Metadata()
    start, end = body[0], body[-1]
    lead = next((at for at in body[:LEAD] if runs(lines[at])), start)
    heading = read_title(lines, body, lead)
    title, outlet = heading.title, heading.outlet
    roles: dict[int, str] = {}
    top = lead - ABOVE if heading.at is None else max(heading.at, lead - ABOVE)
    head = [at for at in range(max(top, 0), lead) if len(lines[at]) <= TEXT and at != heading.at]
    after = (at for at in range(end + 1, len(lines)) if at not in repeats)
    tail = [at for at in islice(after, NEAR) if len(lines[at]) <= TEXT]

    date_at, moment = published(lines, heading.at, lead, body, tail, roles)
    agency = _source(lines, [*tail[:5], *head], roles)
    byline = byline_of(
        lines, head, tail[:3], date_at, (title, outlet, *SEPARATOR.split(lines[0])), roles
    )
    dateline, name = place_line(lines, lead, body, outlet, roles)
    if dateline is None:
        dateline, wire = inline(lines[lead][:200])
        agency = agency or wire
    if name:
        if is_agency(name):
            agency = agency or name
        elif not outlet or fold(name) != fold(outlet):
            byline = byline or name
    if byline and is_agency(byline):
        byline, agency = None, agency or byline
    if byline and outlet and fold(byline) == fold(outlet):
        byline = None
    inside = set(body)
    for at in {*range(min(NEAR, len(lines))), *head, *([] if heading.at is None else [heading.at])}:
        if at not in inside and at not in roles and lines[at] in (title, outlet):
            roles[at] = "title" if lines[at] == title else "outlet"
    basis = "none" if moment is None else "stated"
    return Metadata(title, outlet, agency, byline, dateline, moment, basis, roles=roles)


def _source(lines: Sequence[str], near: Sequence[int], roles: dict[int, str]) -> str | None:
    """The agency or paper of a line like "Source: AFP", or of a line that is an agency's name."""
    for at in near:
        line = lines[at]
        found = _SOURCE.fullmatch(line) if _SOURCE_COLON.match(line) else None
        if found:
            name = found["name"].strip(" .()[]")
            if 1 <= len(name.split()) <= 5 and len(name) <= 60 and not re.search(r"[:/@?!,]", name):
                roles[at] = "agency"
                return name
        if len(line) <= 40:
            bare = line.strip(" ()[]–—-.")
            if (
                0 < len(bare) <= LONGEST_NAME
                and fold(bare) in AGENCIES
                and bare != bare.lower()
                and fold(bare) not in _WORDS
            ):
                roles[at] = "agency"
                return bare
    return None


def reads_as_head(line: str) -> bool:
    """Whether a stripped line is nothing but a byline or a date, as they stand above an article."""
    return only_by(line) or ((date := read_date(line)) is not None and date.kind > Kind.LOOSE)


def with_stated(found: Metadata, stated: Stated) -> Metadata:
    """`found` with what the page's record states, which goes before what the page seems to say.

    A stated date that cannot be read, or in two ways, is none.
    """
    outlet = tidy(stated.outlet) or found.outlet
    title = tidy(stated.title)
    if title:
        known = [found.title] if found.title else []
        title = without_site(title, [outlet] if outlet else [], known)
    moment, basis = found.published_at, found.published_basis
    day = read_field(stated.published) if stated.published else None
    if day is not None:
        moment, basis = day.at, "metadata"
    return replace(
        found,
        title=title or found.title,
        outlet=outlet,
        byline=tidy(stated.byline) or found.byline,
        published_at=moment,
        published_basis=basis,
        url=found.url or clean_url(stated.url),
    )
