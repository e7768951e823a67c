"""The lines of one pull: from a snapshot, and from the old file what did not change."""

from __future__ import annotations

import collections
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_builder.errors import ServerError
from dataset_builder.studio.conversion import convert, key_of, known_work, workers
from dataset_builder.studio.exported import EMAIL, STATES, ExportedTask, dumps, text_digest
from dataset_builder.studio.last_pull import OnLine, OnTask
from dataset_builder.studio.lines import canonical_line
from dataset_builder.studio.restore import is_finished
from dataset_builder.studio.restored import utc
from dataset_builder.studio.snapshot import Place, at_place, outlines, read_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any, BinaryIO

    from dataset_builder.studio.client import Report
    from dataset_builder.studio.exported import ExportedAnnotation
    from dataset_builder.studio.people import People

Key = tuple[str, str]


class LostWorkError(ServerError):
    """The server has less than the committed file; pulling would lose the difference."""


@dataclass
class Index:
    """What a snapshot holds, without its texts and results."""

    places: dict[Key, list[Place]] = field(default_factory=dict)
    """Of tasks that are ours; several for one key when an accident doubled it."""
    tasks: dict[str, OnTask] = field(default_factory=dict)
    """Every task, by the server's number."""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The names in the data of each."""
    workers: dict[str | None, str] = field(default_factory=dict)
    """Address of everyone who did something, and when they first did."""
    recognised: set[tuple[str, str]] = field(default_factory=set)
    """Address and pseudonym of whoever did what the committed file knows."""


def index_of(path: Path, committed: Callable[[Key], ExportedTask | None], report: Report) -> Index:
    """Read a snapshot once. `committed` gives what the old file has of a task."""
    index = Index()
    for done, (place, raw) in enumerate(outlines(path), start=1):
        key = key_of(raw)
        number = str(raw["id"])
        index.tasks[number] = _on_task(raw, key)
        data = raw["data"]
        index.columns[number] = tuple(data) if isinstance(data, dict) else ()
        if key is not None:
            index.recognised.update(known_work(raw, committed(key)))
            for email, time in workers(raw):
                index.workers[email] = min(time, index.workers.get(email, time))
            index.places.setdefault(key, []).append(place)
        report("reading", done, None)
    return index


def _on_task(raw: dict[str, Any], key: Key | None) -> OnTask:
    work = raw.get("annotations") or ()
    skipped = sum(bool(item.get("was_cancelled")) for item in work)
    article_id, text_sha256 = key or ("", "")
    return OnTask(
        article_id=article_id,
        text_sha256=text_sha256,
        touched=utc(raw["updated_at"]),
        drafts=bool(raw.get("drafts")),
        submitted=len(work) - skipped,
        skipped=skipped,
        predictions=len(raw.get("predictions") or ()),
    )


def name_people(people: People, index: Index) -> None:
    """Give newcomers their pseudonyms, in the order in which they first did something.

    So the names do not depend on the server's numbering.
    """
    people.recognise(index.recognised)
    first = index.workers
    for email in sorted(first, key=lambda email: (first[email], email or "")):
        people.pseudonym(email)


class ChangedUnnoticedError(Exception):
    """A task has another line, and the server did not note it. Never leaves this package."""


@dataclass(frozen=True)
class Kept:
    """Lines of the old file; they stay as they are where the snapshot has nothing else."""

    lines: Mapping[Key, OnLine]
    same: frozenset[Key]
    """Lines that must come out as they were, although they were read again."""
    stream: BinaryIO | None
    """The old file; may only be None when there are no lines."""

    def read(self, key: Key) -> bytes:
        """The line of `key`, which must be one of `lines`."""
        line = self.lines[key]
        if self.stream is None:
            raise ValueError(key)
        self.stream.seek(line.start)
        return self.stream.read(line.length)


class Lines:
    """Makes the lines of one pull, counts what is in them and looks for what is missing."""

    def __init__(
        self,
        committed: Callable[[Key], ExportedTask | None],
        known: Iterable[Key],
        *,
        accept_loss: bool,
    ) -> None:
        self._committed = committed
        self._known = set(known)
        """Tasks of the old file whose line does not stay as it is."""
        self._accept_loss = accept_loss
        self.made: dict[Key, OnLine] = {}
        self.lost: list[str] = []

    def lines(
        self, file: Path, index: Index, snapshot: Path, kept: Kept, people: People, report: Report
    ) -> Iterator[bytes]:
        """The file's lines. Raises LostWorkError after the last one, before the file is there."""
        at = 0
        keys = sorted({*index.places, *kept.lines})
        with snapshot.open("rb") as stream:
            for done, key in enumerate(keys, start=1):
                if key in index.places:
                    raws = [read_task(at_place(stream, place)) for place in index.places[key]]
                    task = convert([raw for raw, _ in raws], people.pseudonym).task
                    line = canonical_line(task, plain=all(plain for _, plain in raws))
                    if key in kept.same and line != kept.read(key):
                        raise ChangedUnnoticedError
                    self._compare(key, task.annotations)
                    self.made[key] = _on_line(task, at, len(line))
                else:
                    line = kept.read(key)
                    self.made[key] = OnLine(at, *_without_start(kept.lines[key]))
                at += len(line)
                yield line
                report("writing", done, len(keys))
        for key in sorted(self._known - set(keys)):
            self._compare(key, ())
        if self.lost and not self._accept_loss:
            raise LostWorkError(
                f"the server has less than {file.name}; pulling would lose:\n"
                + "\n".join(f"  {line}" for line in _shortened(sorted(self.lost))),
                hint="`push --restore` puts it back on the server first; "
                "`pull --accept-loss` if it was deleted on purpose",
            )

    def _compare(self, key: Key, found: tuple[ExportedAnnotation, ...]) -> None:
        old = self._committed(key)
        if old is None:
            return
        server: dict[tuple[str, str], str] = {}
        for item in found:
            who = (item.annotator, item.created_at)
            server[who] = max(item.updated_at, server.get(who, ""))
        left = collections.Counter((item.annotator, item.created_at) for item in found)
        for item in old.annotations:
            who = (item.annotator, item.created_at)
            if left[who] > 0:
                left[who] -= 1
            elif not is_finished(item, old, server):
                self.lost.append(
                    f"article {old.article_id}: {item.state} annotation {item.ordinal} of "
                    f"{item.annotator}, made {item.created_at}"
                )


def _without_start(line: OnLine) -> tuple[Any, ...]:
    return tuple(getattr(line, name) for name in line.__struct_fields__[1:])


def _on_line(task: ExportedTask, start: int, length: int) -> OnLine:
    states = collections.Counter[str](item.state for item in task.annotations)
    kinds: collections.Counter[str] = collections.Counter()
    address = False
    for annotation in task.annotations:
        for item in annotation.result:
            kind = str(item.get("type"))
            kinds[kind] += 1
            if kind == "textarea" and EMAIL.search(dumps(item.get("value"))):
                address = True
    regions, arrows = kinds["labels"], kinds["relation"]
    return OnLine(
        start=start,
        length=length,
        states=tuple(states[state] for state in STATES),
        regions=regions,
        fields=kinds.total() - regions - arrows,
        arrows=arrows,
        predictions=len(task.predictions),
        altered=text_digest(task.text) != task.text_sha256,
        address=address,
    )


def without_work(task: ExportedTask) -> ExportedTask:
    """A task without texts and results: only who did what when."""
    bare = tuple(dataclasses.replace(item, result=()) for item in task.annotations)
    return dataclasses.replace(task, data={}, annotations=bare, predictions=())


def _shortened(lines: list[str]) -> list[str]:
    most = 20
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more"]
