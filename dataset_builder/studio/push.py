"""Puts articles on the server, each exactly once, however often and wherever it was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.studio.client import Client, quiet
from dataset_builder.studio.instruction import guidelines_version
from dataset_builder.studio.push_steps import Steps
from dataset_builder.studio.remote import ensure_project

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec


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

    @property
    def article_id(self) -> str:
        """The article that it shows."""
        return str(self.data["article_id"])


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
    memory: Path | None = None,
    report: Report = quiet,
) -> PushReport:
    """Bring the server's project and its tasks up to date with `spec` and `articles`.

    See `push_tasks`.
    """
    version = guidelines_version(spec.guidelines)
    stated = {"guidelines_version": version} if version else {}
    tasks = (NewTask(task_data(article, scheme_version) | stated) for article in articles)
    return push_tasks(connection, spec, tasks, memory=memory, report=report)


def push_tasks(
    connection: Connection,
    spec: ProjectSpec,
    tasks: Iterable[NewTask],
    *,
    beside: bool = False,
    memory: Path | None = None,
    report: Report = quiet,
) -> PushReport:
    """Bring the server's project and its tasks up to date with `spec` and `tasks`.

    A task is known by (article_id, text_sha256). The number of tasks is asked before and after
    every import, and where it is not what it must be, the tasks are looked at again: so running it
    a second time after any interruption, or twice at once, ends with each article exactly once.
    With `beside`, a new text comes as a new task, beside those that somebody worked on. With
    `memory`, a private file that remembers what this push left, the next one does not look at what
    nobody touched. Raises ServerError (see its subclasses) with what to do.
    """
    with Client(connection) as client:
        client.check()
        project = ensure_project(client, spec)
        run = Steps(client, project.id, report, beside=beside)
        run.everything(list(_once(tasks)), memory)
        tally = run.tally
        url = client.url
    return PushReport(
        project_id=project.id,
        project_url=f"{url}/projects/{project.id}",
        project_created=project.created,
        created=tuple(sorted(tally.created)),
        updated=tuple(sorted(tally.updated)),
        unchanged=tuple(sorted(tally.unchanged)),
        stale=tuple(sorted(tally.stale)),
        duplicates_removed=tally.removed,
        duplicates=tuple(sorted(set(tally.duplicates))),
    )


def _once(tasks: Iterable[NewTask]) -> Iterator[NewTask]:
    # An article given twice would be created twice.
    seen: set[str] = set()
    for task in tasks:
        if task.article_id not in seen:
            seen.add(task.article_id)
            yield task
