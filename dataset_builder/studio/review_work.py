"""Pushing review tasks to their own project on the server, and pulling what was settled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.studio.people import People
    from dataset_builder.studio.push import PushReport
    from dataset_builder.studio.remote import ProjectSpec

_TITLE = 41  # characters; with " (review)" as many as a title on the server can have


def reviewing(spec: ProjectSpec) -> ProjectSpec:
    """The project of the reviews that belong to the articles of `spec`."""
    from dataset_builder.studio.kept import with_kept
    from dataset_builder.studio.review import INSTRUCTIONS, KIND, review_config

    # Spans whose label was split come with it, for somebody to choose another.
    labels = [offer for offer in spec.earlier if offer[0] == "span"]
    return replace(
        spec,
        title=f"{spec.title[:_TITLE]} (review)",
        label_config=with_kept(review_config(spec.label_config), labels),
        guidelines=INSTRUCTIONS + spec.guidelines,
        kind=KIND,
    )


def push_reviews(
    connection: Connection,
    spec: ProjectSpec,
    articles: Sequence[Article],
    people: People,
    ontology: Ontology,
    *,
    committed: Iterable[ExportedTask] = (),
    report: Report,
) -> tuple[PushReport | None, tuple[str, ...]]:
    """Make a review task for each of `articles` whose work on the server of `spec` cannot be
    carried over exactly; the tasks that hold that work are left as they are.

    Gives what was pushed, None when there was nothing to settle, and the ids of the articles that
    have a review, sorted. A review that is there already for the present text stays as it is.
    `committed` is pulled work, by which people are recognised on a machine that does not know them.
    Raises ServerError.
    """
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.push import push_tasks
    from dataset_builder.studio.review import review_task

    review = reviewing(spec)
    with Client(connection) as client:
        client.check()
        there = _present(client, review, [article.article_id for article in articles])
        wanted = [item for item in articles if (item.article_id, item.text_sha256) not in there]
        known_tasks = {(task.kind, *task.key): task for task in committed}
        ids = {item.article_id for item in wanted}
        work = _work(client, (spec, review), ids, people, known_tasks, report)
    made = [
        task
        for article in sorted(wanted, key=lambda article: article.article_id)
        if (task := review_task(work.get(article.article_id, ()), article, ontology)) is not None
    ]
    reviewed = {item.article_id for item in articles} - ids
    reviewed |= {str(task.data["article_id"]) for task in made}
    pushed = push_tasks(connection, review, made, beside=True, report=report) if made else None
    return pushed, tuple(sorted(reviewed))


def _present(client: Client, review: ProjectSpec, articles: Sequence[str]) -> set[tuple[str, str]]:
    """Article and text of every review of `articles` on the server."""
    from dataset_builder.studio.remote import LOOKUP, chunks, find_project, tasks_of

    project = find_project(client, review)
    if project is None:
        return set()
    return {
        task.key
        for batch in chunks(articles, LOOKUP)
        for tasks in tasks_of(client, project.id, batch).values()
        for task in tasks
    }


def _work(
    client: Client,
    specs: Iterable[ProjectSpec],
    articles: set[str],
    people: People,
    committed: Mapping[tuple[str, str, str], ExportedTask],
    report: Report,
) -> Mapping[str, list[ExportedTask]]:
    """The tasks of `articles` in the projects of `specs`, as pulling would write them."""
    from dataset_builder.studio.conversion import convert, key_of, known_work, workers
    from dataset_builder.studio.remote import find_project
    from dataset_builder.studio.snapshot import read_snapshot, snapshot

    found: dict[str, list[ExportedTask]] = {}
    for spec in specs if articles else ():
        project = find_project(client, spec)
        if project is None:
            continue
        with snapshot(client, project.id, report) as path:
            raws = [raw for raw in read_snapshot(path) if _is_of(key_of(raw), articles)]
        for raw in raws:
            place = key_of(raw)
            if place is not None:
                people.recognise(known_work(raw, committed.get((spec.kind, *place))))
        # Newcomers are named in the order in which they first did something, as pulling does.
        seen = sorted((time, email or "", email) for raw in raws for email, time in workers(raw))
        for _, _, email in seen:
            people.pseudonym(email)
        for raw in raws:
            task = convert([raw], people.pseudonym).task
            found.setdefault(task.article_id, []).append(task)
    people.save()
    return found


def _is_of(key: tuple[str, str] | None, articles: set[str]) -> bool:
    return key is not None and key[0] in articles
