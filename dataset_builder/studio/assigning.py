"""A project's side of assignment: from what is declared to what is on the server."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.project import AssignmentSettings, Project
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask


def assign_project(project: Project, report: Report, connection: Connection | None = None) -> str:
    """Give out what nobody has yet, remember it, and bring the server up to date; what was done.

    Raises ProjectError when nothing or somebody unknown is declared, FindingsError when an export
    is damaged, ServerError when a server fails half-way. Without a server, the file is written and
    `push` does the rest.
    """
    from dataset_builder.assignment import (
        FILE,
        PARTS,
        assign,
        read_assignments,
        write_assignments,
    )
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.assignment import put_queues, said
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import project_articles, project_spec

    registries = load_registries(project)
    settings = declared(project)
    articles, tasks = project_articles(project, registries)
    before = read_assignments(project.path(FILE))
    assigned = assign(
        [article.article_id for article in articles],
        before,
        finished(tasks),
        settings,
        project.settings.seed,
    )
    write_assignments(project.path(FILE), assigned)
    parts = Counter(item.part for item in assigned.values())
    counted = ", ".join(f"{parts[part]} {part}" for part in PARTS)
    lines = [f"{FILE}: {len(assigned)} articles ({counted}), {len(assigned) - len(before)} new"]
    try:
        connection = connection or connect(project)
    except ServerError as error:
        return "\n".join([*lines, f"{error.message}: `push` brings it to the server"])
    queues = put_queues(connection, project_spec(project, registries), assigned, report)
    lines.append(
        said(queues, assigned) if queues else "nothing was pushed yet: `push` puts it there"
    )
    return "\n".join(lines)


def declared(project: Project) -> AssignmentSettings:
    """What is declared. Raises ProjectError when it is nothing, or names somebody unknown."""
    from dataset_builder.registries import load_annotators

    settings = project.settings.assignment
    if settings is None:
        raise ProjectError(
            "pyproject.toml declares no assignment",
            hint='e.g. [tool.dataset-builder] assignment = { annotators = ["ann", "bob"], '
            "first = 20, share = 0.1 }",
        )
    listed = load_annotators(project.resource("annotations/annotators.yaml"))
    people = {item.pseudonym for item in listed if item.kind == "human"}
    if unknown := sorted(set(settings.annotators) - people):
        raise ProjectError(
            f"the assignment names people that annotators.yaml does not list: {', '.join(unknown)}",
            hint="add them to annotations/annotators.yaml with `kind: human`",
        )
    return settings


def finished(tasks: Iterable[ExportedTask]) -> dict[str, set[str]]:
    """Article -> who has submitted or skipped it."""
    found: dict[str, set[str]] = {}
    for task in tasks:
        for item in task.annotations:
            if item.state != "draft":
                found.setdefault(task.article_id, set()).add(item.annotator)
    return found
