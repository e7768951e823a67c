"""What the last pull saw, so that the next one only has to ask for what changed.

A private file outside version control. It holds no text, no address and no annotation: which task
of the server has which line of the export, how much work was on it and when it was last touched.
Without it, or when it does not fit what is found, everything is pulled.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from dataset_builder.files import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.project import Project
    from dataset_builder.studio.exported import Kind

FORMAT = 1
_ENCODER = msgspec.json.Encoder(order="sorted")


class OnTask(msgspec.Struct, frozen=True, array_like=True):
    """A task as the server had it."""

    article_id: str
    """Empty for a task that is not ours."""
    text_sha256: str
    touched: str
    """When the server last changed it, by the server's clock."""
    drafts: bool
    submitted: int
    skipped: int
    predictions: int

    @property
    def key(self) -> tuple[str, str]:
        """What identifies its line in the export."""
        return (self.article_id, self.text_sha256)


class OnLine(msgspec.Struct, frozen=True, array_like=True):
    """A line of the export: where it is, in bytes, and what is in it."""

    start: int
    length: int
    states: tuple[int, ...]
    """Annotations by state, in the order of `exported.STATES`."""
    regions: int
    fields: int
    arrows: int
    predictions: int
    altered: bool
    address: bool


class Facts(msgspec.Struct, frozen=True):
    """What a server says of a project without showing its tasks."""

    users: dict[str, str]
    """A digest of the address of each account, by the account's number."""
    suggestions: str
    """How many predictions there are of which model, and the newest of each."""
    columns: dict[str, int]
    """How often each name is in the data of tasks, as the server counts."""
    tasks: int
    submitted: int
    skipped: int
    predictions: int


class LastPull(msgspec.Struct, frozen=True):
    """What one pull saw."""

    url: str
    project: int
    file_sha256: str
    people: str
    """Fingerprint of whose address is whose."""
    snapshot: int
    """The server's number of the snapshot that was read, and when the server began with it."""
    begun: str
    facts: Facts
    tasks: dict[str, OnTask]
    """By the server's number."""
    lines: dict[str, OnLine]
    """By article_id and text_sha256, joined by a blank."""
    format: int = FORMAT


_DECODER = msgspec.json.Decoder(LastPull)


def last_pull_file(project: Project, kind: Kind) -> Path:
    """Where a project remembers its last pull of one kind; beside the embedded server's data."""
    return project.server_data / "pulled" / f"{kind}.json"


def read_last_pull(file: Path) -> LastPull | None:
    """What `file` remembers; None when it is not there or of no use."""
    try:
        found = _DECODER.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    return found if found.format == FORMAT else None


def write_last_pull(file: Path, seen: LastPull) -> None:
    """Remember `seen`; only its owner can read it."""
    if not file.parent.is_dir():
        file.parent.mkdir(parents=True, mode=0o700)
    write_bytes(file, _ENCODER.encode(seen), mode=0o600)


def digest(file: Path) -> str:
    """SHA-256 of the bytes of `file`; empty when it is not there."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def line_name(key: tuple[str, str]) -> str:
    """The name of a line in `LastPull.lines`."""
    return " ".join(key)
