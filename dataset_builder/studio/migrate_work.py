"""Takes the declared migrations to the server: labels, suggestions, and reviews of what was split.

No annotation on the server is changed. Labels that went away stay readable there while they are in
use (see `kept`), and work under them is read through the migrations when a release is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.migration.apply import migrate
from dataset_builder.migration.declared import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.migration.report import Uses
    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Project
    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask, Item
    from dataset_builder.studio.remote import ProjectSpec


def waiting(tasks: Iterable[ExportedTask], ontology: Ontology) -> set[str]:
    """Articles with work that counts and carries a label that was split, by nobody replaced."""
    from dataset_builder.moving.carry import Carrier, in_order

    if not any(c.kind == "split" for m in ontology.migrations for c in m.changes):
        return set()
    by_article: dict[str, list[ExportedTask]] = {}
    for task in tasks:
        by_article.setdefault(task.article_id, []).append(task)
    found = set()
    for article_id, group in by_article.items():
        # Whatever the present text is: the last work on each text, the latest of which counts.
        carriers = {t.text_sha256: Carrier(t.text, t.text_sha256, ontology) for t in group}
        for sha256, carrier in carriers.items():
            for task, annotation in carrier.latest(in_order(group)).values():
                if task.text_sha256 == sha256 and carrier.carry(task, annotation).undecided:
                    found.add(article_id)
    return found


def migrate_server(
    project: Project,
    *,
    dry_run: bool,
    report: Report,
    connection: Connection | None = None,
) -> tuple[Uses, list[str]]:
    """Bring labels and suggestions on the server up to the present scheme, in all our projects.

    Gives what the changes meet there, and what was done, a line each; with `dry_run` nothing is
    changed. Suggestions are only rewritten where nobody has worked yet: they are part of what
    annotators saw; whoever begins such a task then works under the present scheme. Rows of the pair
    grid stay as they were asked, and are read through the migrations. Raises ServerError.
    """
    from dataset_builder.migration.report import Uses
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import project_specs

    registries = load_registries(project)
    uses = Uses()
    said: list[str] = []
    with Client(connection or connect(project)) as client:
        client.check()
        for each in project_specs(project, registries).values():
            said += _one(client, each, registries.ontology, uses, dry_run=dry_run, report=report)
    return uses, said


def _one(
    client: Client,
    spec: ProjectSpec,
    ontology: Ontology,
    uses: Uses,
    *,
    dry_run: bool,
    report: Report,
) -> list[str]:
    from dataset_builder.studio.conversion import key_of
    from dataset_builder.studio.remote import (
        ensure_project,
        find_project,
        same_labels,
    )
    from dataset_builder.studio.snapshot import read_snapshot, snapshot

    found = find_project(client, spec)
    if found is None:
        return []
    said: list[str] = []
    would = "would be" if dry_run else "were"
    if not same_labels(found, spec):
        said.append(f"labels of project {found.id} {would} brought up to date")
        if not dry_run:
            ensure_project(client, spec)
    rewritten = 0
    choosing = spec.kind in ("review", "adjudication")
    with snapshot(client, found.id, report) as path:
        for raw in read_snapshot(path):
            if key_of(raw) is None:
                continue
            scheme, article_id = raw["data"]["scheme_version"], raw["data"]["article_id"]
            work = [*(raw.get("annotations") or ()), *(raw.get("drafts") or ())]
            for item in work:
                result = item.get("result") or ()
                uses.add("work on the server", result, scheme, ontology, article_id)
            for item in raw.get("predictions") or ():
                result = item.get("result") or ()
                uses.add("suggestions on the server", result, scheme, ontology)
                changed = None if work else _suggested(result, scheme, ontology, choosing=choosing)
                if changed is not None:
                    rewritten += 1
                    if not dry_run:
                        client.patch(f"/api/predictions/{int(item['id'])}", {"result": changed})
            # Last, so that an interrupted run is taken up where it was. `push` does it for articles.
            if choosing and not work and not dry_run and scheme != ontology.scheme_version:
                data = {**raw["data"], "scheme_version": ontology.scheme_version}
                client.patch(f"/api/tasks/{int(raw['id'])}", {"data": data})
    if rewritten:
        said.append(f"{rewritten} suggestions of project {found.id} {would} rewritten")
    return said


def _suggested(
    result: Iterable[Item], scheme: str, ontology: Ontology, *, choosing: bool
) -> list[Item] | None:
    """A suggestion under the present scheme, without what is retired; None when it is as it should be.

    What is split goes, too: a machine can suggest it again, and nobody has looked at it. With
    `choosing` it is an annotator's work and stays, for somebody to choose a label.
    """
    given = list(result)
    done = migrate(given, scheme, ontology)
    left_out = done.retired if choosing else (*done.undecided, *done.retired)
    gone: set[Any] = {use.region_id for use in left_out if use.change.of in LABELS}
    kept = [
        item
        for item in done.items
        if item.get("id") not in gone and not {item.get("from_id"), item.get("to_id")} & gone
    ]
    return None if kept == given else kept
