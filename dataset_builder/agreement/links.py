"""Addresses of the tasks on a Label Studio server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec


def task_links(
    connection: Connection, specs: Sequence[ProjectSpec], keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """(article_id, text_sha256) -> address of its task, in the first of the projects that has it once.

    A task with another text, or one of several with the same, has none: no link rather than one to
    other work. Raises ServerError.
    """
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.remote import LOOKUP, chunks, find_project, tasks_of

    wanted = sorted(set(keys))
    links: dict[tuple[str, str], str] = {}
    with Client(connection) as client:
        client.check()
        for spec in specs:
            project = find_project(client, spec)
            left = [key for key in wanted if key not in links]
            for batch in chunks(left if project else (), LOOKUP):
                number = project.id if project else 0
                found = tasks_of(client, number, sorted({article for article, _ in batch}))
                for key in batch:
                    ids = [task.id for task in found.get(key[0], ()) if task.key == key]
                    if len(ids) == 1:
                        links[key] = f"{client.url}/projects/{number}/data?task={ids[0]}"
    return links
