"""What goes in: reports, and what is known of their stories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable


@dataclass(frozen=True, slots=True)
class Report:
    """What decides which story an article belongs to."""

    article_id: str
    title: str | None
    text: str
    language: str
    """ISO 639-1 code, `und` when unknown."""
    published: dt.date | None
    """Only if the page states it; a time of day does no harm."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before anything is read. It may name articles that are not there."""

    together: Iterable[Collection[str]] = ()
    """Sets of article ids that are one story, whatever the articles say."""
    apart: Iterable[Collection[str]] = ()
    """Sets of article ids of which no two come into one story, unless `together` joins them."""
    settled: Collection[str] = ()
    """Articles whose stories are made: new articles may come to them, but none is joined with
    another one, unless `together` joins them."""
