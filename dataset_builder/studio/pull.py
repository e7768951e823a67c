"""Brings everything that was entered on the server into the canonical export file."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ConfigMismatchError, FindingsError, ServerError
from dataset_builder.studio.client import Client, quiet
from dataset_builder.studio.conversion import convert, key_of, known_work, workers
from dataset_builder.studio.exported import (
    EMAIL,
    STATES,
    ExportedAnnotation,
    ExportedTask,
    dumps,
    task_line,
    text_digest,
)
from dataset_builder.studio.exports import iter_export, write_lines
from dataset_builder.studio.remote import find_project, read_snapshot, same_labels, snapshot
from dataset_builder.studio.restore import is_finished
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.people import People
    from dataset_builder.studio.remote import ProjectSpec

Key = tuple[str, str]


class LostWorkError(ServerError):
    """The server has less than the committed file; pulling would lose the difference."""


@dataclass(frozen=True)
class PullReport:
    """What a pull found."""

    file: Path
    changed: bool
    """Whether the file has other bytes now."""
    project_id: int
    tasks: int
    states: dict[str, int]
    """Annotations by state: completed, empty, skipped, draft."""
    regions: int
    fields: int
    """Fields of regions and of articles."""
    arrows: int
    predictions: int
    new_annotators: tuple[str, ...]
    """Pseudonyms that people got who were not known yet."""
    labels_differ: bool
    """The labelling configuration on the server is not ours; `push` brings it up to date."""
    foreign: tuple[int, ...]
    """Server ids of tasks in the project that are not ours; they are not in the file."""
    doubled: tuple[str, ...]
    """Articles that the server has several tasks for; their work was put together."""
    altered: tuple[str, ...]
    """Articles whose text was changed on the server; validation will reject their lines."""
    addresses: tuple[str, ...]
    """Articles where the text of a field holds an e-mail address."""
    lost: tuple[str, ...]
    """What the old file had and the server has not, when that was accepted."""


def pull(
    connection: Connection,
    spec: ProjectSpec,
    file: Path,
    people: People,
    *,
    accept_loss: bool = False,
    report: Report = quiet,
) -> PullReport:
    """Write everything the server's project holds to `file`, whole or not at all.

    `people` gets the pseudonyms of newcomers, saved before the file. Raises LostWorkError when
    `file` has annotations that the server has not, FindingsError when `file` is damaged so that
    this cannot be told (neither with `accept_loss`), ConfigMismatchError when the server has no
    project of ours, ServerError (see its subclasses) otherwise; `file` is then as before.
    """
    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            raise ConfigMismatchError(
                f"{client.url} has no project marked `{spec.marker}`",
                hint="`dataset-builder push` makes it; with `--restore` it gets the committed work",
            )
        with (
            snapshot(client, project.id, report) as path,
            tempfile.TemporaryFile(prefix="dataset-builder-") as spool,
        ):
            old = _committed(file, accept_loss=accept_loss)
            places, foreign = _spool(path, spool, people, old, report)
            run = _Run(old, file, accept_loss=accept_loss)
            changed = write_lines(file, run.lines(places, spool, people, report))
    return PullReport(
        file=file,
        changed=changed,
        project_id=project.id,
        tasks=len(places),
        states=run.states,
        regions=run.regions,
        fields=run.fields,
        arrows=run.arrows,
        predictions=run.predictions,
        new_annotators=run.new_annotators,
        labels_differ=not same_labels(project, spec),
        foreign=tuple(sorted(foreign)),
        doubled=tuple(sorted({key[0] for key, found in places.items() if len(found) > 1})),
        altered=tuple(sorted(run.altered)),
        addresses=tuple(sorted(run.addresses)),
        lost=tuple(sorted(run.lost)),
    )


def _spool(
    path: Path, spool: BinaryIO, people: People, old: dict[Key, ExportedTask], report: Report
) -> tuple[dict[Key, list[tuple[int, int]]], list[int]]:
    """Put the tasks one by one into `spool`, and say where which is; name newcomers.

    Newcomers get their pseudonyms in the order in which they first did something, so that the
    names do not depend on the server's numbering.
    """
    places: dict[Key, list[tuple[int, int]]] = {}
    foreign: list[int] = []
    first_seen: dict[str | None, str] = {}
    recognised: set[tuple[str, str]] = set()
    for done, raw in enumerate(read_snapshot(path), start=1):
        key = key_of(raw)
        if key is None:
            foreign.append(int(raw["id"]))
            continue
        recognised.update(known_work(raw, old.get(key)))
        for email, time in workers(raw):
            first_seen[email] = min(time, first_seen.get(email, time))
        line = json.dumps(raw).encode()
        places.setdefault(key, []).append((spool.tell(), len(line)))
        spool.write(line)
        report("reading", done, None)
    people.recognise(recognised)
    for email in sorted(first_seen, key=lambda email: (first_seen[email], email or "")):
        people.pseudonym(email)
    return places, foreign


def _read(spool: BinaryIO, places: list[tuple[int, int]]) -> list[dict[str, Any]]:
    raws = []
    for start, length in places:
        spool.seek(start)
        raws.append(json.loads(spool.read(length)))
    return raws


class _Run:
    """Makes the lines of one pull, counts what is in them and looks for what is missing."""

    def __init__(self, old: dict[Key, ExportedTask], file: Path, *, accept_loss: bool) -> None:
        self._old = old
        self._file = file
        self._accept_loss = accept_loss
        self.states = dict.fromkeys(STATES, 0)
        self.regions = self.fields = self.arrows = self.predictions = 0
        self.altered: list[str] = []
        self.addresses: set[str] = set()
        self.lost: list[str] = []
        self.new_annotators: tuple[str, ...] = ()

    def lines(
        self,
        places: dict[Key, list[tuple[int, int]]],
        spool: BinaryIO,
        people: People,
        report: Report,
    ) -> Iterator[str]:
        """The file's lines. Raises LostWorkError after the last one, before the file is there."""
        for done, key in enumerate(sorted(places), start=1):
            task = convert(_read(spool, places[key]), people.pseudonym).task
            self._count(task)
            self._compare(key, task.annotations)
            yield task_line(task)
            report("writing", done, len(places))
        for key in sorted(self._old.keys() - places.keys()):
            self._compare(key, ())
        if self.lost and not self._accept_loss:
            raise LostWorkError(
                f"the server has less than {self._file.name}; pulling would lose:\n"
                + "\n".join(f"  {line}" for line in _shortened(sorted(self.lost))),
                hint="`push --restore` puts it back on the server first; "
                "`pull --accept-loss` if it was deleted on purpose",
            )
        self.new_annotators = tuple(people.added)
        people.save()

    def _count(self, task: ExportedTask) -> None:
        self.predictions += len(task.predictions)
        if text_digest(task.text) != task.text_sha256:
            self.altered.append(task.article_id)
        for annotation in task.annotations:
            self.states[annotation.state] += 1
            for item in annotation.result:
                if item.get("type") == "relation":
                    self.arrows += 1
                elif item.get("type") == "labels":
                    self.regions += 1
                else:
                    self.fields += 1
                    if item.get("type") == "textarea" and EMAIL.search(dumps(item.get("value"))):
                        self.addresses.add(task.article_id)

    def _compare(self, key: Key, found: tuple[ExportedAnnotation, ...]) -> None:
        old = self._old.get(key)
        if old is None:
            return
        server: dict[tuple[str, str], str] = {}
        left: dict[tuple[str, str], int] = {}
        for item in found:
            who = (item.annotator, item.created_at)
            server[who] = max(item.updated_at, server.get(who, ""))
            left[who] = left.get(who, 0) + 1
        for item in old.annotations:
            who = (item.annotator, item.created_at)
            if left.get(who, 0) > 0:
                left[who] -= 1
            elif not is_finished(item, old, server):
                self.lost.append(
                    f"article {old.article_id}: {item.state} annotation {item.ordinal} of "
                    f"{item.annotator}, made {item.created_at}"
                )


def _shortened(lines: list[str]) -> list[str]:
    most = 20
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more"]


def _committed(file: Path, *, accept_loss: bool) -> dict[Key, ExportedTask]:
    """What `file` held, without texts and results: only who did what when."""
    old: dict[Key, ExportedTask] = {}
    findings = []
    for entry in iter_export(file) if file.is_file() else ():
        if isinstance(entry, Finding):
            findings.append(entry)
        elif entry.annotations:
            bare = tuple(dataclasses.replace(item, result=()) for item in entry.annotations)
            old[entry.key] = dataclasses.replace(entry, data={}, annotations=bare, predictions=())
    if findings and not accept_loss:
        raise FindingsError(
            f"{file} is damaged, so it cannot be told whether pulling would lose work",
            findings,
            hint="restore the file from version control, or pull with `--accept-loss`",
        )
    return old
