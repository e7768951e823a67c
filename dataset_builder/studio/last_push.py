"""What the last push left on the server, so that the next one need not look at every task.

A private file outside version control: of each task its number and digests, no text. It is used as
long as the server says that nobody touched anything else since; then a push that changes nothing
asks for the number of tasks and for the newest one, and for no task.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from dataset_builder.files import write_bytes
from dataset_builder.studio.exported import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataset_builder.project import Project
    from dataset_builder.studio.exported import Kind

FORMAT = 1
UNDER = ("scheme_version", "guidelines_version")
"""What a task was annotated under: stays as it is when somebody submitted work."""
_ENCODER = msgspec.json.Encoder(order="sorted")


class Newest(msgspec.Struct, frozen=True, array_like=True):
    """How many tasks a project has, and the one that was touched last."""

    tasks: int
    number: int
    touched: str
    """By the server's clock."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A task on the server."""

    number: int
    submitted: bool
    """Whether somebody had submitted work on it."""
    data: str
    """Digest of its data."""
    kept: str
    """Digest of its data without what it was annotated under."""

    def says(self, data: Mapping[str, Any]) -> bool:
        """Whether the task has `data`, what it was annotated under aside."""
        if self.submitted:
            return self.kept == digest_without(data)
        return self.data == digest_of(data)


class LastPush(msgspec.Struct, frozen=True):
    """What one push left."""

    url: str
    project: int
    newest: Newest
    tasks: dict[str, Known]
    """By article_id; only those that were as they should be."""
    format: int = FORMAT


_DECODER = msgspec.json.Decoder(LastPush)


def digest_of(data: Mapping[str, Any]) -> str:
    """A digest of the data of a task."""
    return hashlib.sha256(dumps(data).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def digest_without(data: Mapping[str, Any]) -> str:
    """The same, without what the task was annotated under."""
    return digest_of({name: value for name, value in data.items() if name not in UNDER})


def known(number: int, data: Mapping[str, Any], *, submitted: bool) -> Known:
    """What is remembered of a task."""
    return Known(number, submitted, digest_of(data), digest_without(data))


def last_push_file(project: Project, kind: Kind) -> Path:
    """Where a project remembers its last push of one kind; beside the embedded server's data."""
    return project.server_data / "pushed" / f"{kind}.json"


def read_last_push(file: Path) -> LastPush | None:
    """What `file` remembers; None when it is not there or of no use."""
    try:
        found = _DECODER.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    return found if found.format == FORMAT else None


def write_last_push(file: Path, left: LastPush) -> None:
    """Remember `left`; only its owner can read it."""
    if not file.parent.is_dir():
        file.parent.mkdir(parents=True, mode=0o700)
    write_bytes(file, _ENCODER.encode(left), mode=0o600)
