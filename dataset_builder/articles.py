"""What goes in (`RawPage`) and what cleaning makes of it (`Article`); readers of raw pages."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from dataset_builder.errors import ProjectError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

LINE_BREAKS: Final = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
"""Everything that ends a line; `\\n` is the one that is kept."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
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
    record also its place in the file."""
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


@dataclass(frozen=True)
class Rejected:
    """A source that is not a usable page, and why."""

    source: str
    reason: str
    """Short code: empty, binary, not-utf-8, duplicate, no-body, unreadable."""
    message: str


def sha256_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_pages(folder: Path) -> Iterator[RawPage | Rejected]:
    """Every page below `folder` (`*.txt`, in any case), in the order of their relative paths.

    A file that is empty, binary, not UTF-8 or byte for byte the same as an earlier one comes out
    as `Rejected`; the others are not affected. Symbolic links that lead out of `folder` are
    rejected too (`unreadable`), links to folders are not followed. Raises ProjectError when
    `folder` does not exist.
    """
    if not folder.is_dir():
        msg = f"{folder}: no such folder of pages"
        raise ProjectError(msg, hint="name the folder that holds the pages, e.g. seeds/")
    return _read_pages(folder)


def _read_pages(folder: Path) -> Iterator[RawPage | Rejected]:
    root = folder.resolve()
    files: list[tuple[str, Path]] = []
    broken: list[Rejected] = []

    def unreadable(error: OSError) -> None:
        where = Path(error.filename or folder)
        name = _shown(where.relative_to(folder)) if where.is_relative_to(folder) else _shown(where)
        broken.append(Rejected(name, "unreadable", f"cannot be read: {error.strerror}"))

    for parent, _, names in os.walk(folder, onerror=unreadable):
        for name in names:
            if name.lower().endswith(".txt"):
                file = Path(parent, name)
                files.append((_shown(file.relative_to(folder)), file))
    yield from sorted(broken, key=lambda item: item.source)
    seen: dict[str, str] = {}
    for source, file in sorted(files):
        page = _read_page(source, file, root)
        if isinstance(page, RawPage):
            first = seen.setdefault(page.raw_sha256, source)
            if first != source:
                page = Rejected(source, "duplicate", f"byte for byte the same as {first}")
        yield page


def read_page(file: Path) -> RawPage | Rejected:
    """One page file; its `source` is its name. See `read_pages`."""
    return _read_page(_shown(Path(file.name)), file, None)


def _shown(path: Path) -> str:
    r"""A relative path with `/`; what is no UTF-8 in a name as `\xNN`, so that it can be stored."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _read_page(source: str, file: Path, root: Path | None) -> RawPage | Rejected:
    try:
        if root is not None and not file.resolve(strict=True).is_relative_to(root):
            return Rejected(source, "unreadable", "a symbolic link that leads out of the folder")
        if not file.is_file():
            return Rejected(source, "unreadable", "not a regular file")
        data = file.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        cause = getattr(error, "strerror", None) or "symbolic links in a circle"
        return Rejected(source, "unreadable", f"cannot be read: {cause}")
    return decode_page(source, data)


def decode_page(source: str, data: bytes) -> RawPage | Rejected:
    """The page that a source's bytes hold, or why they hold none."""
    if not data.strip():
        return Rejected(source, "empty", "the file is empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Rejected(source, "not-utf-8", "UTF-16 or UTF-32: save it as UTF-8")
    if b"\0" in data:
        return Rejected(source, "binary", "holds NUL bytes: not a text file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        message = f"not UTF-8: byte 0x{byte:02x} at offset {error.start}: save it as UTF-8"
        return Rejected(source, "not-utf-8", message)
    text = LINE_BREAKS.sub("\n", text)
    if not text.strip(EDGES):
        return Rejected(source, "empty", "the file holds white space only")
    controls = len(_CONTROLS.findall(text))
    if controls > 8 and controls * 10 > len(text):
        return Rejected(source, "binary", "mostly control characters: not a text file")
    digest = hashlib.sha256(data).hexdigest()
    return RawPage(digest[:16], source, digest, text)
