"""A project's side of pull: work of every kind, and what in it is to mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataset_builder.project import Project
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import Kind
    from dataset_builder.studio.to_mend import TaskKey, ToMend
    from dataset_builder.validate.findings import Finding

_ANNOTATED: Final[tuple[Kind, ...]] = ("articles", "review", "adjudication")
"""Kinds whose work is spans and arrows."""


@dataclass(frozen=True)
class Pulled:
    """What a pull did, in words, and what somebody should look at."""

    summary: str
    findings: tuple[Finding, ...]
    """About projects, tasks and answers of the grid."""
    files: dict[Kind, Path]
    """What was written, by the kinds that the server has."""
    to_mend: tuple[ToMend, ...]


def pull_all(
    project: Project,
    *,
    accept_loss: bool = False,
    full: bool = False,
    report: Report,
    connection: Connection | None = None,
    folder: Path | None = None,
) -> Pulled:
    """Write the server's work of every kind to `folder` (default: the project's exports).

    Into the project's exports only what changed since the last pull is read, unless `full`.
    A kind other than articles that the server has no project of is left out; its file stays as it
    is. Raises ServerError, of which LostWorkError when the server has less than a file: files of
    the kinds before are written then, each whole.
    """
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.exports import read_all
    from dataset_builder.studio.grid_work import judged_answers
    from dataset_builder.studio.last_pull import last_pull_file
    from dataset_builder.studio.pull import pull
    from dataset_builder.studio.remote import find_project
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.to_mend import to_mend
    from dataset_builder.studio.workspace import (
        about_pull,
        export_file,
        people_of,
        project_specs,
        say_pulled,
    )

    connection = connection or connect(project)
    specs = project_specs(project, load_registries(project))
    folder = folder or project.exports
    said: list[str] = []
    findings: list[Finding] = []
    files: dict[Kind, Path] = {}
    with Client(connection) as client:
        client.check()
        there = {kind for kind, spec in specs.items() if find_project(client, spec) is not None}
    for kind, spec in specs.items():
        file = folder / export_file(project, kind).name
        if kind not in there and kind != "articles":
            if file.is_file():
                said.append(f"{file}: left as it is, the server has no project of the kind {kind}")
            continue
        done = pull(
            connection,
            spec,
            file,
            people_of(project),
            accept_loss=accept_loss,
            memory=last_pull_file(project, kind) if folder == project.exports else None,
            full=full,
            report=report,
        )
        files[kind] = file
        said.append(say_pulled(done))
        findings += about_pull(done)
    registries = load_registries(project)  # with the newcomers
    if "grid" in files and folder == project.exports:
        words, found = judged_answers(project, registries)
        said.append(words)
        findings += found
    there_now, _ = read_all(folder)
    work = [task for kind in _ANNOTATED for task in there_now[kind]]
    return Pulled("\n".join(said), tuple(findings), files, tuple(to_mend(work, registries)))


def mending_links(
    project: Project, found: Sequence[ToMend], connection: Connection | None = None
) -> dict[TaskKey, str]:
    """Address of the task of each of `found`, as far as the server has it once. Raises ServerError."""
    from dataset_builder.agreement.links import task_links
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import project_specs

    connection = connection or connect(project)
    links: dict[TaskKey, str] = {}
    for kind, spec in project_specs(project, load_registries(project)).items():
        keys = {item.task[1:] for item in found if item.task[0] == kind}
        for key, link in task_links(connection, [spec], sorted(keys)).items() if keys else ():
            links[kind, *key] = link
    return links
