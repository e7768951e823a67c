"""Puts articles on the server, each exactly once, however often and wherever it was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.studio.client import Client, quiet
from dataset_builder.studio.exported import dumps
from dataset_builder.studio.instruction import guidelines_version
from dataset_builder.studio.remote import (
    LOOKUP,
    RemoteTask,
    chunks,
    ensure_project,
    has_work,
    import_tasks,
    tasks_of,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec

_UNDER = ("scheme_version", "guidelines_version")
"""What a task was annotated under: stays as it is when somebody submitted work."""
_BATCH_BYTES = 4_000_000  # stays under the 10 MB that proxies usually allow, whatever the escaping


@dataclass(frozen=True)
class PushReport:
    """What a push found and did. Ids are article ids, sorted, unless said otherwise."""

    project_id: int
    project_url: str
    project_created: bool
    created: tuple[str, ...]
    updated: tuple[str, ...]
    """Title, metadata or, where nobody had worked on it, the text was brought up to date."""
    unchanged: tuple[str, ...]
    stale: tuple[str, ...]
    """On the server with another text that somebody worked on; left as it is."""
    duplicates_removed: int
    """Copies without work, left by an earlier accident."""
    duplicates: tuple[str, ...]
    """Articles with several tasks that all hold work; left as they are."""


@dataclass(frozen=True)
class NewTask:
    """A task as it is to stand on the server."""

    data: dict[str, Any]
    """At least text, title, meta, article_id, text_sha256, scheme_version; `kind` unless articles."""
    predictions: tuple[dict[str, Any], ...] = ()
    """`{model_version, score, result}`: what annotators start from. Only set with a new task."""


def task_data(article: Article, scheme_version: str) -> dict[str, str]:
    """The data of an article's task; the text exactly as it is."""
    return {
        "text": article.text,
        "title": article.title or "",
        "meta": meta_line(
            article.outlet, article.dateline, article.published_at, article.agency, article.url
        ),
        "article_id": article.article_id,
        "text_sha256": article.text_sha256,
        "source": article.source,
        "language": article.language,
        "scheme_version": scheme_version,
    }


def meta_line(
    outlet: str | None,
    dateline: str | None,
    published_at: dt.datetime | None,
    agency: str | None,
    url: str | None = None,
) -> str:
    """What an annotator should know about the page, in one line; empty when it states nothing."""
    published = None if published_at is None else f"{published_at:%Y-%m-%d %H:%M} UTC"
    return " · ".join(part for part in (outlet, dateline, published, agency, url) if part)


def push(
    connection: Connection,
    spec: ProjectSpec,
    articles: Iterable[Article],
    *,
    scheme_version: str,
    report: Report = quiet,
) -> PushReport:
    """Bring the server's project and its tasks up to date with `spec` and `articles`.

    See `push_tasks`.
    """
    version = guidelines_version(spec.guidelines)
    stated = {"guidelines_version": version} if version else {}
    tasks = (NewTask(task_data(article, scheme_version) | stated) for article in articles)
    return push_tasks(connection, spec, tasks, report=report)


def push_tasks(
    connection: Connection,
    spec: ProjectSpec,
    tasks: Iterable[NewTask],
    *,
    beside: bool = False,
    report: Report = quiet,
) -> PushReport:
    """Bring the server's project and its tasks up to date with `spec` and `tasks`.

    A task is known by (article_id, text_sha256). The state is read again before every import, so
    running it a second time after any interruption ends with each article exactly once. With
    `beside`, a new text comes as a new task, beside those that somebody worked on. Raises ServerError (see its
    subclasses) with what to do.
    """
    tally = _Tally()
    with Client(connection) as client:
        client.check()
        project = ensure_project(client, spec)
        seen: set[str] = set()
        for batch in chunks(_once(tasks, seen), LOOKUP):
            _push_batch(client, project.id, batch, tally, beside=beside)
            report("pushing", len(seen), None)
    return PushReport(
        project_id=project.id,
        project_url=f"{client.url}/projects/{project.id}",
        project_created=project.created,
        created=tuple(sorted(tally.created)),
        updated=tuple(sorted(tally.updated)),
        unchanged=tuple(sorted(tally.unchanged)),
        stale=tuple(sorted(tally.stale)),
        duplicates_removed=tally.removed,
        duplicates=tuple(sorted(set(tally.duplicates))),
    )


def _once(tasks: Iterable[NewTask], seen: set[str]) -> Iterator[NewTask]:
    # An article given twice in one batch would be created twice.
    for task in tasks:
        if task.data["article_id"] not in seen:
            seen.add(task.data["article_id"])
            yield task


class _Tally:
    def __init__(self) -> None:
        self.created: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.stale: list[str] = []
        self.duplicates: list[str] = []
        self.removed = 0


def _push_batch(
    client: Client, project: int, batch: Sequence[NewTask], tally: _Tally, *, beside: bool
) -> None:
    known = tasks_of(client, project, [task.data["article_id"] for task in batch])
    new = []
    for task in batch:
        tasks = known.get(task.data["article_id"], [])
        if not tasks or _settle(client, tasks, task.data, tally, beside=beside):
            new.append(task)
    for part in by_size([_entry(task) for task in new], _BATCH_BYTES):
        import_tasks(client, project, part)
    missing = [task.data for task in new]
    tally.created.extend(data["article_id"] for data in missing)
    # The import of a client that was killed a moment ago may have come through meanwhile.
    if missing:
        again = tasks_of(client, project, [data["article_id"] for data in missing])
        for data in missing:
            same = [t for t in again.get(data["article_id"], []) if _same_text(t, data)]
            if same:
                _without_copies(client, same, tally)


def _entry(task: NewTask) -> dict[str, Any]:
    suggested = {"predictions": list(task.predictions)} if task.predictions else {}
    return {"data": task.data, **suggested}


def _settle(
    client: Client, tasks: list[RemoteTask], data: dict[str, Any], tally: _Tally, *, beside: bool
) -> bool:
    """An article that is on the server already, in whatever text. True: it is to be created, too."""
    article_id = data["article_id"]
    create = False
    same = [task for task in tasks if _same_text(task, data)]
    other = [task for task in tasks if not _same_text(task, data)]
    busy = [task for task in other if has_work(client, task)]
    idle = [task for task in other if task not in busy]
    if same:
        task = _without_copies(client, same, tally)
        if _differs(task, data):
            if task.submitted:  # what it was annotated under
                data = {name: value for name, value in data.items() if name not in _UNDER}
                data |= {name: task.data[name] for name in _UNDER if name in task.data}
            client.patch(f"/api/tasks/{task.id}", {"data": data})
            tally.updated.append(article_id)
        else:
            tally.unchanged.append(article_id)
    elif beside:
        create = True
    elif busy:
        tally.stale.append(article_id)
    else:
        task = idle.pop(0)
        if task.predictions:  # they point into the old text
            for item in client.pages("/api/predictions", task=task.id):
                client.delete(f"/api/predictions/{int(item['id'])}")
        client.patch(f"/api/tasks/{task.id}", {"data": data})
        tally.updated.append(article_id)
    if same and busy:
        tally.stale.append(article_id)
    for task in idle:
        client.delete(f"/api/tasks/{task.id}")
        tally.removed += 1
    return create


def _same_text(task: RemoteTask, data: dict[str, Any]) -> bool:
    return all(task.data.get(name) == data[name] for name in ("text_sha256", "text"))


def _differs(task: RemoteTask, data: dict[str, Any]) -> bool:
    ignored = _UNDER if task.submitted else ()
    return any(task.data.get(name) != data[name] for name in data if name not in ignored)


def _without_copies(client: Client, tasks: Sequence[RemoteTask], tally: _Tally) -> RemoteTask:
    """The task to keep of several for one text; copies that nobody worked on are deleted."""
    if len(tasks) == 1:
        return tasks[0]
    busy = [task for task in tasks if has_work(client, task)]
    keep = busy[0] if busy else tasks[0]
    for task in tasks:
        if task is not keep and task not in busy:
            client.delete(f"/api/tasks/{task.id}")
            tally.removed += 1
    if len(busy) > 1:
        tally.duplicates.append(keep.key[0])
    return keep


def by_size(tasks: Iterable[dict[str, Any]], limit: int) -> Iterator[list[dict[str, Any]]]:
    """`tasks` in order, in lists of at most `limit` bytes of JSON (one task may exceed it)."""
    part: list[dict[str, Any]] = []
    held = 0
    for task in tasks:
        size = len(dumps(task).encode("utf-8", "backslashreplace"))
        if part and held + size > limit:
            yield part
            part, held = [], 0
        part.append(task)
        held += size
    if part:
        yield part
