"""Brings everything that was entered on the server into the canonical export file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.errors import ConfigMismatchError, FindingsError
from dataset_builder.studio.changes import (
    adds_up,
    is_set_back,
    names_fit,
    nothing_else_changed,
    read_facts,
    tab_of_changes,
)
from dataset_builder.studio.client import Client, quiet
from dataset_builder.studio.export_parse import quick_task
from dataset_builder.studio.exported import STATES, ExportedTask
from dataset_builder.studio.exports import iter_export, write_lines
from dataset_builder.studio.last_pull import (
    LastPull,
    digest,
    line_name,
    read_last_pull,
    write_last_pull,
)
from dataset_builder.studio.pull_lines import (
    ChangedUnnoticedError,
    Index,
    Kept,
    Lines,
    LostWorkError,
    index_of,
    name_people,
    without_work,
)
from dataset_builder.studio.remote import find_project, same_labels
from dataset_builder.studio.snapshot import taken
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.last_pull import Facts, OnTask
    from dataset_builder.studio.people import People
    from dataset_builder.studio.pull_lines import Key
    from dataset_builder.studio.remote import ProjectSpec
    from dataset_builder.studio.snapshot import Snapshot

__all__ = ["LostWorkError", "PullReport", "pull"]


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
    read: int
    """Tasks that the server was asked for; all of them unless the last pull was a help."""


def pull(
    connection: Connection,
    spec: ProjectSpec,
    file: Path,
    people: People,
    *,
    accept_loss: bool = False,
    memory: Path | None = None,
    full: bool = False,
    report: Report = quiet,
) -> PullReport:
    """Write everything the server's project holds to `file`, whole or not at all.

    `people` gets the pseudonyms of newcomers, saved before the file. With `memory`, a private file
    that remembers what this pull saw, the next one reads only what changed since and writes the
    same bytes; `full` reads everything all the same. Raises LostWorkError when `file` has
    annotations that the server has not, FindingsError when `file` is damaged so that this cannot be
    told (neither with `accept_loss`), ConfigMismatchError when the server has no project of ours,
    ServerError (see its subclasses) otherwise; `file` is then as before.
    """
    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            raise ConfigMismatchError(
                f"{client.url} has no project marked `{spec.marker}`",
                hint="`dataset-builder push` makes it; with `--restore` it gets the committed work",
            )
        run = _Pull(client, project.id, file, people, memory, report, accept_loss=accept_loss)
        labels_differ = not same_labels(project, spec)
        done = (None if full else run.changes()) or run.everything()
    return _report(done, file, project.id, labels_differ=labels_differ)


@dataclass(frozen=True)
class _Done:
    """A pull after it wrote the file."""

    changed: bool
    lines: Lines
    tasks: dict[str, OnTask]
    new_annotators: tuple[str, ...]
    read: int


class _Pull:
    """One pull of one project."""

    def __init__(
        self,
        client: Client,
        project: int,
        file: Path,
        people: People,
        memory: Path | None,
        report: Report,
        *,
        accept_loss: bool,
    ) -> None:
        self._client = client
        self._project = project
        self._file = file
        self._people = people
        self._memory = memory
        self._report = report
        self._accept_loss = accept_loss
        self._facts = read_facts(client, project) if memory is not None else None

    def everything(self) -> _Done:
        """Read every task."""
        with taken(self._client, self._project, self._report) as snapshot:
            old = _committed(self._file, accept_loss=self._accept_loss)
            index = index_of(snapshot.path, old.get, self._report)
            lines = Lines(old.get, old, accept_loss=self._accept_loss)
            return self._write(snapshot, index, index.tasks, lines, Kept({}, frozenset(), None))

    def changes(self) -> _Done | None:
        """Read what changed since the last pull; None when that cannot be known for certain."""
        last, now = self._last(), self._facts
        if last is None or now is None or not nothing_else_changed(last, now):
            return None
        with tab_of_changes(self._client, self._project, last) as tab:
            return None if tab is None else self._read(last, now, tab)

    def _read(self, last: LastPull, now: Facts, tab: int) -> _Done | None:
        with (
            taken(self._client, self._project, self._report, tab) as snapshot,
            self._file.open("rb") as stream,
        ):
            old = _old_lines(self._file, stream, last)
            index = index_of(snapshot.path, old, self._report)
            tasks = {**last.tasks, **index.tasks}
            if is_set_back(last, snapshot.number, snapshot.begun, index.tasks):
                return None
            if not adds_up(tasks, now):  # somebody may have done something meanwhile
                later = read_facts(self._client, self._project)
                if later is None or not adds_up(tasks, later):
                    return None
            ours = [task.key for task in tasks.values() if task.article_id]
            if len(set(ours)) < len(ours) or not names_fit(last, now, index.tasks, index.columns):
                return None
            known = {line_name(key): key for key in ours}
            stay = {key: line for name, line in last.lines.items() if (key := known.get(name))}
            same = {
                task.key
                for number, task in index.tasks.items()
                if task == last.tasks.get(number) and not task.drafts
            }
            before = {task.key for task in last.tasks.values() if task.article_id}
            lines = Lines(old, before - stay.keys(), accept_loss=self._accept_loss)
            try:
                kept = Kept(stay, frozenset(same), stream)
                return self._write(snapshot, index, tasks, lines, kept)
            except ChangedUnnoticedError:
                return None

    def _last(self) -> LastPull | None:
        """The last pull, if it was of this project into this very file."""
        last = read_last_pull(self._memory) if self._memory is not None else None
        fits = (
            last is not None
            and (last.url, last.project) == (self._client.url, self._project)
            and last.people == self._people.fingerprint()
            and last.file_sha256 == digest(self._file)
        )
        return last if fits else None

    def _write(
        self,
        snapshot: Snapshot,
        index: Index,
        tasks: dict[str, OnTask],
        lines: Lines,
        kept: Kept,
    ) -> _Done:
        name_people(self._people, index)
        new: list[str] = []

        def content() -> Iterator[bytes]:
            yield from lines.lines(
                self._file, index, snapshot.path, kept, self._people, self._report
            )
            new.extend(self._people.added)
            self._people.save()

        changed = write_lines(self._file, content())
        self._remember(snapshot, tasks, lines)
        return _Done(changed, lines, tasks, tuple(new), len(index.tasks))

    def _remember(self, snapshot: Snapshot, tasks: dict[str, OnTask], lines: Lines) -> None:
        if self._memory is None:
            return
        ours = sum(bool(task.article_id) for task in tasks.values())
        if self._facts is None or ours > len(lines.made):  # a doubled task is always read anew
            self._memory.unlink(missing_ok=True)
            return
        seen = LastPull(
            url=self._client.url,
            project=self._project,
            file_sha256=digest(self._file),
            people=self._people.fingerprint(),
            snapshot=snapshot.number,
            begun=snapshot.begun,
            facts=self._facts,
            tasks=tasks,
            lines={line_name(key): line for key, line in lines.made.items()},
        )
        write_last_pull(self._memory, seen)


def _committed(file: Path, *, accept_loss: bool) -> dict[Key, ExportedTask]:
    """What `file` held, without texts and results."""
    old: dict[Key, ExportedTask] = {}
    findings = []
    for entry in iter_export(file) if file.is_file() else ():
        if isinstance(entry, Finding):
            findings.append(entry)
        elif entry.annotations:
            old[entry.key] = without_work(entry)
    if findings and not accept_loss:
        raise FindingsError(
            f"{file} is damaged, so it cannot be told whether pulling would lose work",
            findings,
            hint="restore the file from version control, or pull with `--accept-loss`",
        )
    return old


def _old_lines(
    file: Path, stream: BinaryIO, last: LastPull
) -> Callable[[Key], ExportedTask | None]:
    """What `file`, which is open as `stream`, holds of a task."""

    def old(key: Key) -> ExportedTask | None:
        line = last.lines.get(line_name(key))
        if line is None:
            return None
        stream.seek(line.start)
        return quick_task(stream.read(line.length), file.name, 0)

    return old


def _report(done: _Done, file: Path, project: int, *, labels_differ: bool) -> PullReport:
    made = done.lines.made
    counts = Counter(task.key for task in done.tasks.values() if task.article_id)
    totals = [sum(line.states[at] for line in made.values()) for at in range(len(STATES))]
    return PullReport(
        file=file,
        changed=done.changed,
        project_id=project,
        tasks=len(made),
        states=dict(zip(STATES, totals, strict=True)),
        regions=sum(line.regions for line in made.values()),
        fields=sum(line.fields for line in made.values()),
        arrows=sum(line.arrows for line in made.values()),
        predictions=sum(line.predictions for line in made.values()),
        new_annotators=done.new_annotators,
        labels_differ=labels_differ,
        foreign=tuple(sorted(int(n) for n, task in done.tasks.items() if not task.article_id)),
        doubled=tuple(sorted({key[0] for key, count in counts.items() if count > 1})),
        altered=tuple(sorted(key[0] for key, line in made.items() if line.altered)),
        addresses=tuple(sorted({key[0] for key, line in made.items() if line.address})),
        lost=tuple(sorted(done.lines.lost)),
        read=done.read,
    )
