"""Adjudication: a project of its own in which somebody settles what annotators disagree on.

A task shows every annotator's version as a suggestion with that pseudonym, and the differences above
the text. The adjudicator copies one, corrects it and submits; regions that stay keep their ids.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.adjudication import Conflict
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries
    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask, Kind
    from dataset_builder.studio.push import NewTask
    from dataset_builder.studio.remote import ProjectSpec
    from dataset_builder.studio.workspace import Outcome

KIND: Final = "adjudication"
_TITLE = 35  # characters; with " (adjudication)" as many as a title on the server can have

INSTRUCTIONS = """\
# Adjudication

Several people annotated this article, each on their own. The list above the text names where they
differ, sentence by sentence; whatever is not named they have in common.

- Each version is a tab with its pseudonym; "Compare All" shows them side by side. Label Studio opens
  with a copy of one of them. To start from another, open its tab's menu (three dots) and choose
  "Duplicate Annotation".
- Settle every difference by the guidelines, not by who it is from. You may take what nobody has.
- Do not delete a span to draw it again: relabel it or move its edges, and it stays the same one.
- Submit. Your annotation is what the release takes; the votes of all annotators stay in it.
- Where the guidelines do not decide, say so in the comment: they need a better sentence.

"""


def adjudicating(spec: ProjectSpec) -> ProjectSpec:
    """The project of the adjudications that belong to the articles of `spec`."""
    from dataset_builder.studio.kept import with_kept
    from dataset_builder.studio.panel import with_panel

    # Versions may hold spans whose label was split since: they stay readable.
    labels = [offer for offer in spec.earlier if offer[0] == "span"]
    return replace(
        spec,
        title=f"{spec.title[:_TITLE].rstrip()} (adjudication)",
        label_config=with_kept(with_panel(spec.label_config, "differences"), labels),
        guidelines=INSTRUCTIONS + spec.guidelines,
        annotators_per_task=1,
        kind=KIND,
    )


def adjudication_spec(project: Project, registries: Registries) -> ProjectSpec:
    """The adjudication's project on the server."""
    from dataset_builder.studio.workspace import project_spec

    return adjudicating(project_spec(project, registries))


def adjudication_task(found: Conflict, scheme_version: str) -> NewTask:
    """The task that settles `found`."""
    from dataset_builder.adjudication import describe
    from dataset_builder.studio.push import NewTask, task_data

    data: dict[str, Any] = task_data(found.article, scheme_version)
    data |= {"kind": KIND, "differences": describe(found), "versions": found.digest}
    suggested = tuple(
        {"model_version": who, "result": list(result)}
        for who, result in sorted(found.results.items())
    )
    return NewTask(data, suggested)


def compared(work: Mapping[Kind, Sequence[ExportedTask]]) -> list[ExportedTask]:
    """Of the committed work, what tells whether annotators differ, and what settled it."""
    return [*work["articles"], *work["review"], *work[KIND]]


def push_adjudication(
    project: Project, *, report: Report, connection: Connection | None = None
) -> Outcome:
    """Ask somebody to settle every article whose annotators differ, from the pulled exports.

    A task that nobody has begun follows its annotators' versions; one that somebody has begun stays
    as it is. Raises ServerError, ProjectError, and FindingsError when an export is damaged.
    """
    from dataset_builder.adjudication import conflicts
    from dataset_builder.assemble.resolve import lexicon
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.push import push_tasks
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import Outcome, project_groups, say_pushed

    registries = load_registries(project)
    groups, work = project_groups(project, registries)
    found = list(conflicts(groups.articles, compared(work), registries, lexicon(registries)))
    spec = adjudication_spec(project, registries)
    connection = connection or connect(project)
    said: list[str] = []
    wanted = [item for item in found if item.state == "open"]
    new = [adjudication_task(item, registries.ontology.scheme_version) for item in wanted]
    begun: set[str] = set()
    if new:
        with Client(connection) as client:
            client.check()
            begun = _without_outdated(client, spec, new)
        new = [task for task in new if task.data["article_id"] not in begun]
    if new:
        said.append(say_pushed(push_tasks(connection, spec, new, beside=True, report=report)))
    differences = sum(len(item.differing) for item in wanted)
    said.append(f"to adjudicate: {len(wanted)} articles with {differences} differences")
    said += _about(found, begun)
    return Outcome("\n".join(said), tuple(_changed(found)))


def _without_outdated(client: Client, spec: ProjectSpec, new: Sequence[NewTask]) -> set[str]:
    """Delete tasks of other versions that nobody has begun; the articles of those that somebody
    has."""
    from dataset_builder.studio.remote import LOOKUP, chunks, find_project, tasks_of

    project = find_project(client, spec)
    begun: set[str] = set()
    for batch in chunks(new if project is not None else (), LOOKUP):
        known = tasks_of(
            client, project.id if project else 0, [t.data["article_id"] for t in batch]
        )
        for task in batch:
            for there in known.get(task.data["article_id"], ()):
                same = there.key == (task.data["article_id"], task.data["text_sha256"])
                if same and there.started:
                    begun.add(task.data["article_id"])
                elif same and there.data.get("versions") != task.data["versions"]:
                    client.delete(f"/api/tasks/{there.id}")
    return begun


def _about(found: Iterable[Conflict], begun: set[str]) -> list[str]:
    names: dict[str, list[str]] = {}
    for item in found:
        names.setdefault(item.state, []).append(item.article.article_id)
    lines = []
    if begun:
        lines.append(f"begun, left as they are: {', '.join(sorted(begun))}")
    if settled := names.get("settled"):
        lines.append(f"adjudicated: {len(settled)} articles")
    if unclear := names.get("unclear"):
        lines.append(
            f"to be reviewed first, because text or labels changed: {', '.join(unclear)}\n"
            "  -> `dataset-builder push` makes the reviews; settle them, then pull"
        )
    return lines


def _changed(found: Iterable[Conflict]) -> Iterable[Finding]:
    for item in found:
        if item.state == "changed":
            name = item.article.article_id
            yield Finding(
                "VOT104",
                "warning",
                f"{name}: annotators say something else now than when it was adjudicated; the "
                "adjudication still counts",
                ids={"article_id": name},
                fix="open its task in the project of the adjudications and look again",
            )
