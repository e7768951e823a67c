"""Snapshots: every task of a server's project, or of a selection, as one file, read piece by piece.

A snapshot is a JSON list that may be larger than memory. It is read in windows of two megabytes;
`msgspec` splits a window into tasks and reads of each only what the format below names, which
skips the better part of what the server sends.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Required, TypedDict

import msgspec

from dataset_builder.errors import ServerDownError, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from dataset_builder.studio.client import Client, Report

WINDOW: int = 2 << 20
"""Bytes of a snapshot that are held at once, unless one task has more."""

_POLL_SECONDS = 2.0
_POLLS = 5400  # three hours, the server's own limit for an export job
_TRIES = 8
"""Places at which a window is tried to be divided: a task has other things with ids in it, too."""
_DIVIDE = b'}, {"id": '
_GAP = re.compile(rb"[\s,]*")


class Work(TypedDict, total=False):
    """An annotation or a draft."""

    id: Required[int]
    created_at: Required[str]
    updated_at: Required[str]
    completed_by: Any
    """Who made an annotation, as an object with `email`; None when the account is gone."""
    user: Any
    """Who made a draft."""
    result: Any
    was_cancelled: bool
    ground_truth: bool
    lead_time: Any
    was_postponed: bool
    annotation: Any
    """The annotation that a draft changes."""
    import_id: Any


class Suggestion(TypedDict, total=False):
    """A prediction."""

    id: Required[int]
    model_version: Any
    score: Any
    result: Any


class RawTask(TypedDict, total=False):
    """What is read of a task."""

    id: Required[int]
    data: Required[Any]
    meta: Any
    annotations: list[Work] | None
    drafts: list[Work] | None
    predictions: list[Suggestion] | None


class _Doer(TypedDict, total=False):
    created_at: Required[str]
    completed_by: Any
    user: Any
    was_cancelled: bool
    import_id: Any


class _Outline(TypedDict, total=False):
    id: Required[int]
    data: Required[Any]
    meta: Any
    updated_at: Required[str]
    annotations: list[_Doer] | None
    drafts: list[_Doer] | None
    predictions: list[msgspec.Raw] | None


def _plain(text: str) -> float:
    """A float that every JSON writer writes alike."""
    value = float(text)
    if value == 0 or 1e-4 <= abs(value) < 1e16:
        return value
    raise ValueError(text)


_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_TASK: msgspec.json.Decoder[Any] = msgspec.json.Decoder(RawTask, float_hook=_plain)
_OUTLINE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Outline, float_hook=_plain)


class Place(NamedTuple):
    """Where in a snapshot a task is, in bytes."""

    start: int
    length: int


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that has arrived."""

    path: Path
    number: int
    """The server counts them."""
    begun: str
    """When the server began with it, by the server's clock."""


@contextlib.contextmanager
def snapshot(client: Client, project: int, report: Report) -> Iterator[Path]:
    """A file with every task of the project: annotations, skips, everybody's drafts, predictions.

    The file is a temporary one, removed at the end, and so is the export on the server.
    """
    with taken(client, project, report) as found:
        yield found.path


@contextlib.contextmanager
def taken(
    client: Client, project: int, report: Report, view: int | None = None
) -> Iterator[Snapshot]:
    """The same, with what the server says of it; of `view`, a tab of the project, only its tasks."""
    with tempfile.TemporaryDirectory(prefix="dataset-builder-") as folder:
        target = Path(folder) / "snapshot.json"
        report("exporting", 0, None)
        chosen = {} if view is None else {"task_filter_options": {"view": view}}
        body = {**_EVERYTHING, **chosen}
        job = client.post(f"/api/projects/{project}/exports", body, bulk=True)
        number, begun = int(job["id"]), str(job.get("created_at"))
        where = f"/api/projects/{project}/exports/{number}"
        try:
            job = _finished(client, where, job)
            digest = client.download(f"{where}/download", target, exportType="JSON")
        finally:
            # What happened above matters more than a leftover file on the server.
            with contextlib.suppress(ServerError):
                client.delete(where)
        if job.get("md5") and job["md5"] != digest:
            raise ServerDownError(
                "the export did not arrive whole", hint="run the command again; nothing was changed"
            )
        yield Snapshot(target, number, begun)


_EVERYTHING = {
    "title": "dataset-builder pull",
    # All three: without a filter skipped ones come too, but `usual` alone drops ground truth.
    "annotation_filter_options": {"usual": True, "ground_truth": True, "skipped": True},
    "serialization_options": {
        "drafts": {"only_id": False},
        "predictions": {"only_id": False},
        "annotations__completed_by": {"only_id": False},
        "interpolate_key_frames": False,
    },
}


def _finished(client: Client, where: str, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(_POLLS):
        if job.get("status") == "completed":
            return job
        if job.get("status") == "failed":
            break
        time.sleep(_POLL_SECONDS)
        job = client.get(where)
    raise ServerError(
        "the server could not make the export",
        hint="look into its log; a full disk on the server is the usual reason",
    )


def read_snapshot(path: Path) -> Iterator[dict[str, Any]]:
    """The tasks of a snapshot, one at a time, with the keys of `RawTask`.

    Raises ServerDownError when it is cut off.
    """
    for _, _, raws in _windows(path):
        for raw in raws:
            yield read_task(raw)[0]


def read_task(piece: bytes | msgspec.Raw) -> tuple[dict[str, Any], bool]:
    """One task, and whether all its numbers are such that every JSON writer writes them alike."""
    try:
        return _TASK.decode(piece), True
    except msgspec.DecodeError:
        return json.loads(bytes(piece)), False


def outlines(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Where each task of a snapshot is, and of its work only who did it when."""
    for place, piece in pieces(path):
        try:
            yield place, _OUTLINE.decode(piece)
        except msgspec.DecodeError:
            yield place, json.loads(bytes(piece))


def pieces(path: Path) -> Iterator[tuple[Place, msgspec.Raw]]:
    """The tasks of a snapshot as they stand there. Raises ServerDownError when it is cut off."""
    for start, buffer, raws in _windows(path):
        at = 0
        for raw in raws:
            found = _GAP.match(buffer, at)
            at = at if found is None else found.end()
            length = memoryview(raw).nbytes
            yield Place(start + at, length), raw
            at += length


def _windows(path: Path) -> Iterator[tuple[int, bytes, list[msgspec.Raw]]]:
    """Where a window begins, its bytes, and the tasks that it begins with."""
    with path.open("rb") as stream:
        buffer = stream.read(WINDOW).lstrip()
        if not buffer.startswith(b"["):
            raise _cut()
        buffer = buffer[1:]
        while more := stream.read(max(WINDOW, len(buffer))):
            buffer += more
            raws, length = _whole(buffer)
            yield stream.tell() - len(buffer), buffer, raws
            buffer = buffer[length:].lstrip(b", \n\r\t")
        try:
            raws = _RAWS.decode(b"[" + buffer)
        except (msgspec.DecodeError, RecursionError):
            raise _cut() from None
        yield stream.tell() - len(buffer), buffer, raws


def _whole(buffer: bytes) -> tuple[list[msgspec.Raw], int]:
    """The tasks that `buffer` begins with and that are certainly whole; and where they end."""
    end, tries = len(buffer), _TRIES
    while tries and (end := buffer.rfind(_DIVIDE, 0, end)) >= 0:
        if not buffer[end + len(_DIVIDE) : end + len(_DIVIDE) + 1].isdigit():
            continue  # the id of a region
        tries -= 1
        with contextlib.suppress(msgspec.DecodeError, RecursionError):  # that was within a task
            return _RAWS.decode(b"".join((b"[", buffer[: end + 1], b"]"))), end + 1
    return [], 0


def at_place(stream: BinaryIO, place: Place) -> bytes:
    """The bytes at `place` of an open snapshot."""
    stream.seek(place.start)
    return stream.read(place.length)


def _cut() -> ServerDownError:
    return ServerDownError(
        "the export of the server is cut off", hint="run the command again; nothing was changed"
    )
