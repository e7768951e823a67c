"""Addresses of the tasks on a Label Studio server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec


def task_links(
    connection: Connection, spec: ProjectSpec, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """(article_id, text_sha256) -> address of its task, for those that the server has once.

    A task with another text, or one of several with the same, has none: no link rather than one to
    other work. Raises ServerError.
    """
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.remote import LOOKUP, chunks, find_project, tasks_of

    wanted = sorted(set(keys))
    links: dict[tuple[str, str], str] = {}
    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            return {}
        for batch in chunks(sorted({article for article, _ in wanted}), LOOKUP):
            found = tasks_of(client, project.id, batch)
            for key in (key for key in wanted if key[0] in set(batch)):
                ids = [task.id for task in found.get(key[0], ()) if task.key == key]
                if len(ids) == 1:
                    links[key] = f"{client.url}/projects/{project.id}/data?task={ids[0]}"
    return links
