"""What goes in (`RawPage`, read by `sources`) and what cleaning makes of it (`Article`)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import datetime as dt

LINE_BREAKS: Final = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
"""Everything that ends a line; `\\n` is the one that is kept."""
EDGES: Final = "\u200b\u200c\u200d\u2060\ufeff" + "".join(
    chr(code) for code in range(0x3001) if chr(code).isspace()
)
"""White space, no-break spaces too, and zero-width characters: nothing at the edge of a line."""


@dataclass(frozen=True)
class Stated:
    """What a record says about its page beside the text; None where it says nothing."""

    url: str | None = None
    title: str | None = None
    outlet: str | None = None
    byline: str | None = None
    published: str | None = None
    """The date as the record has it, not yet read."""


NOTHING_STATED: Final = Stated()


@dataclass(frozen=True)
class RawPage:
    """One page as it was fetched."""

    article_id: str
    """First 16 hex digits of the SHA-256 of the source file's bytes, or of a record's mapped
    fields as canonical JSON."""
    source: str
    """Where it came from: the file's path relative to the folder that was read, with `/`; for a
    record also its place in the file: `#` and line, row or offset."""
    raw_sha256: str
    text: str
    """The decoded page without byte order mark, line ends normalised to `\\n`."""
    form: Literal["text", "html"] = "text"
    """Whether `text` is a plain-text dump or HTML."""
    stated: Stated = NOTHING_STATED


@dataclass(frozen=True)
class Span:
    """Half-open range of Unicode code points in an article's text."""

    start: int
    end: int


@dataclass(frozen=True)
class Article:
    r"""A cleaned page. All offsets are code points into `text`, end exclusive.

    `text` is NFC with `\n` line ends; paragraphs are separated by one blank line, each occurs once.
    Whatever the page does not state is None: nothing here is guessed.
    """

    article_id: str
    source: str
    raw_sha256: str
    text: str
    text_sha256: str
    title: str | None
    outlet: str | None
    agency: str | None
    """The agency or paper that the page credits ("Source: AFP")."""
    byline: str | None
    dateline: str | None
    """Place that the report is datelined from."""
    published_at: dt.datetime | None
    """UTC, only when the page states it."""
    published_basis: str
    """Member of the vocabulary `published_basis`: how `published_at` is known; `none` without it."""
    language: str
    """ISO 639-1 code, `und` when unknown."""
    url: str | None
    paragraphs: tuple[Span, ...]
    sentences: tuple[Span, ...]

    @cached_property
    def sentence_starts(self) -> tuple[int, ...]:
        """Where the sentences start."""
        return tuple(sentence.start for sentence in self.sentences)


@dataclass(frozen=True)
class Rejected:
    """A source that is not a usable page, and why."""

    source: str
    reason: str
    """Short code: unreadable (file, stream, row group), malformed (record), too-large, no-text (no
    field with it), no-fields (in the whole file), empty, binary, not-utf-8, duplicate,
    near-duplicate, no-body, damaged (holds U+FFFD, misread letters or HTML)."""
    message: str


def sha256_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
