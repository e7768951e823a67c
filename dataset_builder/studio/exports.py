"""The canonical export as files that are committed and compared byte for byte.

One line a task (`exported.ExportedTask`), sorted by article, keys sorted; no server ids, no e-mail
addresses. Reading never raises for what a file says: it comes back as findings.
"""

from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

from dataset_builder.errors import FindingsError
from dataset_builder.files import naming
from dataset_builder.studio.export_parse import WrongShapeError, parse_task, quick_task
from dataset_builder.studio.exported import (
    FORMAT,
    KINDS,
    ExportedAnnotation,
    ExportedPrediction,
    ExportedTask,
    Kind,
    canonical_result,
    task_line,
    text_digest,
)
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Kept = TypeVar("Kept")

__all__ = [
    "ExportedAnnotation",
    "ExportedPrediction",
    "ExportedTask",
    "canonical_result",
    "intact_exports",
    "iter_export",
    "read_all",
    "read_exports",
    "task_line",
    "write_export",
    "write_lines",
]

NOT_JSON = "SCH101"
FOREIGN = "SCH103"
WRONG_FORMAT = "SCH104"
WRONG_TYPE = "SCH105"
DUPLICATE = "KEY102"
TEXT_DIFFERS = "SPN103"


def write_export(path: Path, tasks: Iterable[ExportedTask]) -> bool:
    """Write `tasks` to `path`, whole or not at all; True when its bytes changed.

    `tasks` may come in any order. Raises OSError as the disk gives it.
    """
    ordered = sorted(tasks, key=lambda task: task.key)
    # Half a character becomes its own JSON escape, so nothing that was typed can stop the write.
    encoded = (task_line(task).encode("utf-8", "backslashreplace") for task in ordered)
    return write_lines(path, encoded)


def write_lines(path: Path, lines: Iterable[bytes]) -> bool:
    """Write ready lines to `path` through a sibling, so that a stop leaves the old file.

    True when its bytes changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sibling = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with naming(path), sibling.open("wb") as stream:
            stream.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
        if path.is_file() and _same_bytes(path, sibling):
            return False
        sibling.replace(path)
    finally:
        sibling.unlink(missing_ok=True)
    return True


def _same_bytes(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(1 << 20):
            if block != right.read(1 << 20):
                return False
    return True


class Source(NamedTuple):
    """A file, as it was when it was read."""

    path: Path
    stamp: tuple[int, int, int]
    """Differs when the file was replaced or changed."""


class Line(NamedTuple):
    """A line of an export."""

    source: Source
    number: int
    offset: int
    """Byte at which it begins."""
    raw: bytes


def stamp_of(stream: IO[bytes]) -> tuple[int, int, int]:
    """What tells an open file from another one, and from itself after a change."""
    found = os.fstat(stream.fileno())
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def read_all(folder: Path) -> tuple[dict[Kind, list[ExportedTask]], list[Finding]]:
    """Every task in `*.jsonl` of `folder`, by kind (each of `KINDS`, in that order) and in it by
    article, and what is wrong with the files.

    A line with an error is left out of the tasks and named in the findings; so is a second line
    of one kind for the same (article_id, text_sha256). A folder that does not exist holds no tasks.
    """
    return by_kind(folder, lambda task, _: task)


def by_kind(
    folder: Path, kept: Callable[[ExportedTask, Line], Kept]
) -> tuple[dict[Kind, list[Kept]], list[Finding]]:
    """`read_all`, with what is `kept` of each task in its place."""
    tasks: dict[str, dict[tuple[str, str], tuple[Line, Kept]]] = {kind: {} for kind in KINDS}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.jsonl"), key=lambda p: p.name):
        for line in _lines(path):
            entry = read_line(path, line.number, line.raw)
            if isinstance(entry, Finding):
                findings.append(entry)
                continue
            own = tasks.get(entry.kind)
            if own is None:
                findings.append(
                    _finding(
                        WRONG_TYPE,
                        path,
                        entry.line,
                        "data.kind is not what it must be",
                        expected=f"one of {', '.join(KINDS)}",
                        found=repr(entry.kind)[:80],
                        fix="use the version that wrote it, or restore the file from version control",
                        ids={"article_id": entry.article_id},
                    )
                )
                continue
            if entry.key in own:
                first = own[entry.key][0]
                findings.append(
                    _finding(
                        DUPLICATE,
                        path,
                        entry.line,
                        f"article {entry.article_id} with this text is already in "
                        f"{first.source.path.name}, line {first.number}",
                        fix="keep one of the two lines",
                        ids={"article_id": entry.article_id},
                    )
                )
                continue
            own[entry.key] = (line._replace(raw=b""), kept(entry, line))
    return {kind: [tasks[kind][key][1] for key in sorted(tasks[kind])] for kind in KINDS}, findings


def read_exports(folder: Path, kind: Kind = "articles") -> tuple[list[ExportedTask], list[Finding]]:
    """The tasks of one kind, and what is wrong with the files, whatever kind it is of: `read_all`."""
    tasks, findings = read_all(folder)
    return tasks[kind], findings


def intact_exports(folder: Path, otherwise: str = "") -> dict[Kind, list[ExportedTask]]:
    """The tasks of `read_all`. Raises FindingsError when anything is wrong with the files; it says
    what that would mean, `otherwise`."""
    tasks, findings = read_all(folder)
    if findings:
        message = f"{folder}: {len(findings)} lines cannot be used"
        raise FindingsError(
            f"{message}; {otherwise}" if otherwise else message,
            findings,
            hint="bring the files back from version control",
        )
    return tasks


def iter_export(path: Path) -> Iterator[ExportedTask | Finding]:
    """The lines of one file, one at a time: a task, or what is wrong with the line."""
    for line in _lines(path):
        yield read_line(path, line.number, line.raw)


def _lines(path: Path) -> Iterator[Line]:
    """The lines of one file; of a JSON list the first, for it is no export."""
    with path.open("rb") as stream:
        source, offset = Source(path, stamp_of(stream)), 0
        for number, raw in enumerate(stream, start=1):
            yield Line(source, number, offset, raw)
            if raw.lstrip()[:1] == b"[":
                return
            offset += len(raw)


def read_line(path: Path, number: int, raw: bytes) -> ExportedTask | Finding:
    """The task on line `number` of the file at `path`, `raw`, or what is wrong with it."""
    if raw.lstrip()[:1] == b"[":
        return _foreign(path, number, "a JSON list")
    return _checked_text(quick_task(raw, path.name, number) or _slowly(path, number, raw), path)


def _slowly(path: Path, number: int, raw: bytes) -> ExportedTask | Finding:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        cut = not raw.endswith(b"\n")
        return _finding(
            NOT_JSON,
            path,
            number,
            "the file ends in the middle of a line" if cut else "the line is not valid JSON",
            fix="restore the file from version control, or pull again",
        )
    if not isinstance(value, dict):
        return _foreign(path, number, f"a JSON {type(value).__name__}")
    if "format" not in value:
        return _foreign(path, number, "an object without `format`")
    if value["format"] != FORMAT or isinstance(value["format"], bool):
        return _finding(
            WRONG_FORMAT,
            path,
            number,
            "the file was written by another version of dataset-builder",
            expected=str(FORMAT),
            found=repr(value["format"])[:80],
            fix="use the version that wrote it, or pull again",
        )
    try:
        return parse_task(value, path.name, number)
    except WrongShapeError as wrong:
        return _finding(
            WRONG_TYPE,
            path,
            number,
            f"{wrong.where} is not what it must be",
            expected=wrong.expected,
            found=wrong.found,
            fix="restore the file from version control, or pull again",
        )


def _checked_text(entry: ExportedTask | Finding, path: Path) -> ExportedTask | Finding:
    if isinstance(entry, Finding):
        return entry
    found = text_digest(entry.text)
    if found == entry.text_sha256:
        return entry
    return _finding(
        TEXT_DIFFERS,
        path,
        entry.line,
        "the text is not the one that was annotated: its SHA-256 is another",
        expected=entry.text_sha256,
        found=found,
        fix="restore the file from version control; exports are not edited by hand",
        ids={"article_id": entry.article_id},
    )


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _foreign(path: Path, number: int, what: str) -> Finding:
    return _finding(
        FOREIGN,
        path,
        number,
        f"this is not an export of dataset-builder but {what}",
        fix="exports are written by `dataset-builder pull`; move the file out of the folder",
    )


def _finding(
    code: str,
    path: Path,
    number: int,
    message: str,
    *,
    fix: str,
    expected: str | None = None,
    found: str | None = None,
    ids: dict[str, str] | None = None,
) -> Finding:
    return Finding(
        code=code,
        severity="error",
        message=f"{path.name}, line {number}: {message}",
        table=f"exports/{path.name}",
        row=number,
        ids={"file": path.name, "line": str(number), **(ids or {})},
        expected=expected,
        found=found,
        fix=fix,
    )
