"""Reads the documents of a release: text, JSON, and Markdown with YAML at its head.

Nothing but regular files of a sane size is opened: a link may lead anywhere, a pipe never ends.
What cannot be read is an error beside the file, for a rule to report.
"""

from __future__ import annotations

import json
import os
import re
import stat
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.safe_yaml import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARKER = re.compile(r"<!-- (?P<kind>begin|end): (?P<name>\w+) -->[ \t]*")
LARGEST = 64 << 20
"""Bytes of a document; a card has a hundred thousand at most."""


@dataclass(frozen=True)
class Document:
    """A JSON or YAML mapping of the release; `data` is empty when it is missing or broken."""

    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Block:
    """What stands between the marker lines of a name in a Markdown document."""

    name: str
    line: int
    """Number of its first marker, from 1."""
    lines: tuple[str, ...]


def lines_of(text: str) -> list[str]:
    """The lines of a document, wherever it was written."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a document, in order; markers without a partner are passed over."""
    lines = lines_of(text)
    begins: list[tuple[int, str]] = []
    ends: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        match = _MARKER.fullmatch(line)
        if match and match["kind"] == "begin":
            begins.append((at, match["name"]))
        elif match:
            ends.setdefault(match["name"], []).append(at)
    done = 0
    for at, name in begins:
        closing = ends.get(name, [])
        found = bisect_right(closing, at)
        if at >= done and found < len(closing):
            yield Block(name, at + 1, tuple(lines[at + 1 : closing[found]]))
            done = closing[found] + 1


def no_file(file: Path, root: Path | None = None) -> str | None:
    """Why `file` must not be opened: "missing", a link, a device, ...; None when it may be.

    With `root`, no folder between it and the file may be a link either.
    """
    try:
        mode = file.lstat().st_mode
        if root is not None and any(p.is_symlink() for p in file.parents if root in p.parents):
            return "in a folder that is a link"
    except FileNotFoundError:
        return "missing"
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    if stat.S_ISLNK(mode):
        return "a link, not a file"
    return None if stat.S_ISREG(mode) else "not a file"


def read_text(file: Path) -> Document:
    """A text in UTF-8; `error` says why there is none."""
    refused = no_file(file)
    if refused:
        return Document(error=refused)
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        return Document(error=error.strerror or "cannot be read")
    if len(content) > LARGEST:
        return Document(error=f"larger than {LARGEST >> 20} MB")
    try:
        return Document(text=content.decode("utf-8"))
    except UnicodeDecodeError:
        return Document(error="not UTF-8")


def read_json(file: Path) -> Document:
    """A JSON object."""
    document = read_text(file)
    if document.error:
        return document
    try:
        data = json.loads(document.text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return Document(text=document.text, error=f"not valid JSON: {error}")
    if not isinstance(data, dict):
        return Document(text=document.text, error="not a JSON object")
    return Document(data=data, text=document.text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises ValueError when it has a key twice: readers differ in which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice} is there twice")
    return found


def read_card(file: Path) -> Document:
    """A Markdown file with YAML front matter."""
    document = read_text(file)
    if document.error:
        return document
    match = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(?:\n|$)", document.text, re.DOTALL)
    if not match:
        return Document(text=document.text, error="no YAML front matter between two --- lines")
    found = parse_yaml(match[1])
    if found.error:
        return Document(text=document.text, error=f"front matter is {found.error}")
    return Document(data=found.data, text=document.text)


def read_yaml(file: Path) -> Document:
    """A YAML mapping."""
    document = read_text(file)
    return document if document.error else parse_yaml(document.text)


def parse_yaml(text: str) -> Document:
    """The mapping that `text` holds. Aliases that repeat each other are refused before they grow."""
    import yaml

    # The same loader in C where there is one: a card has a thousand lines of features.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        refused = refusal(text)
        data = None if refused else yaml.load(text, Loader=loader)  # noqa: S506 - both are safe
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        told = " ".join(str(error).split())
        return Document(text=text, error=f"not valid YAML: {told}")
    if refused:
        return Document(text=text, error=refused)
    if not isinstance(data, dict):
        return Document(text=text, error="not a mapping")
    return Document(data=data, text=text)


def no_yaml(file: Path) -> str | None:
    """Why `file` must not be given to a reader of YAML; None when it may."""
    import yaml

    document = read_text(file)
    try:
        return document.error or refusal(document.text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return f"not valid YAML: {' '.join(str(error).split())}"


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list of a document; a single mapping counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
