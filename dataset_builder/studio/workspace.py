"""A project's side of push and pull: what goes to the server, where it comes back to, and what is
said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.errors import FindingsError
from dataset_builder.validate.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.grouping import Distinct
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask, Kind
    from dataset_builder.studio.people import People
    from dataset_builder.studio.pull import PullReport
    from dataset_builder.studio.push import PushReport
    from dataset_builder.studio.remote import ProjectSpec
    from dataset_builder.studio.restore import RestoreReport


_TITLE = 50  # characters: more the server refuses


@dataclass(frozen=True)
class Outcome:
    """What a command did, in words, and what somebody should look at."""

    summary: str
    findings: tuple[Finding, ...]


def project_spec(project: Project, registries: Registries) -> ProjectSpec:
    """The project on the server: labels and guidelines as the declarations have them now."""
    from dataset_builder.studio.kept import earlier_offers
    from dataset_builder.studio.label_config import render_label_config
    from dataset_builder.studio.remote import ProjectSpec

    guidelines = project.resource("annotations/guidelines.md")
    return ProjectSpec(
        name=project.settings.name,
        title=project.settings.pretty_name[:_TITLE].rstrip(),
        label_config=render_label_config(registries),
        guidelines=guidelines.read_text(encoding="utf-8"),
        earlier=earlier_offers(registries.ontology),
    )


def project_specs(project: Project, registries: Registries) -> dict[Kind, ProjectSpec]:
    """The projects of all kinds on the server, in the order of `exported.KINDS`."""
    from dataset_builder.studio.adjudication import adjudicating
    from dataset_builder.studio.grid_work import grid_spec
    from dataset_builder.studio.review_work import reviewing

    spec = project_spec(project, registries)
    return {
        "articles": spec,
        "grid": grid_spec(project, registries),
        "adjudication": adjudicating(spec),
        "review": reviewing(spec),
    }


def people_of(project: Project) -> People:
    """Pseudonyms of the project, and the private map of addresses."""
    from dataset_builder.studio.people import People

    return People(
        project.path("annotations/annotators.yaml"),
        project.path("annotations/annotators.private.yaml"),
    )


def export_file(project: Project, kind: Kind = "articles") -> Path:
    """The committed file that holds the project's annotation work of one kind."""
    suffix = "" if kind == "articles" else f".{kind}"
    return project.exports / f"{project.settings.name}{suffix}.jsonl"


def push_project(
    project: Project, *, restore: bool, report: Report, connection: Connection | None = None
) -> Outcome:
    """Clean the pages and push them; with `restore`, committed work of every kind first.

    Raises ServerError, ProjectError, and FindingsError when an export to be restored is damaged.
    """
    from dataset_builder.grouping import one_per_group
    from dataset_builder.ledger import read_ledger
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.exports import read_all
    from dataset_builder.studio.last_push import last_push_file
    from dataset_builder.studio.migrate_work import waiting
    from dataset_builder.studio.push import push
    from dataset_builder.studio.review_work import push_reviews
    from dataset_builder.studio.server import connect
    from dataset_builder.takedown import page_findings, project_pages

    registries = load_registries(project)
    spec = project_spec(project, registries)
    work, broken = read_all(project.exports)
    worked = {task.article_id for task in work["articles"] if task.annotations}
    ledger = read_ledger(project.ledger)
    pages = project_pages(project)
    articles = one_per_group(pages.articles, registries.stories, ledger, worked).articles
    connection = connection or connect(project)
    said: list[str] = []
    findings: list[Finding] = []
    if restore:
        if broken:
            raise FindingsError(
                f"{project.exports}: {len(broken)} lines cannot be restored",
                broken,
                hint="bring the files back from version control; nothing was pushed",
            )
        said, findings = _restore(project, registries, work, connection, report)
    findings += page_findings(pages.rejected)
    scheme = registries.ontology.scheme_version
    memory = last_push_file(project, spec.kind)
    pushed = push(connection, spec, articles, scheme_version=scheme, memory=memory, report=report)
    said.append(say_pushed(pushed))
    committed = [*work["articles"], *work["review"]]
    to_review = {*pushed.stale, *waiting(committed, registries.ontology)}
    reviews, reviewed = push_reviews(
        connection,
        spec,
        [article for article in articles if article.article_id in to_review],
        people_of(project),
        registries.ontology,
        committed=committed,
        report=report,
    )
    if reviews is not None:
        said.append(f"reviews, {say_pushed(reviews)}")
    left = "the server has it with another text that somebody worked on; it was left as it is, and"
    findings += _about_articles(
        (name for name in pushed.stale if name in reviewed),
        "KEY301",
        f"{left} there is a review of what cannot be carried over exactly",
        "settle its task in the project of the reviews, then pull",
    )
    findings += _about_articles(
        (name for name in pushed.stale if name not in reviewed),
        "KEY301",
        f"{left} all of the work can be carried over to the present text",
        "nothing to do",
    )
    if project.settings.assignment is not None:
        said += _queues(project, spec, [a.article_id for a in articles], connection, report)
    findings += _about_articles(
        pushed.duplicates,
        "KEY302",
        "the server has several tasks for it, all with work",
        "keep one of them; pulling puts their work together",
    )
    return Outcome("\n".join(said), tuple(findings))


def _queues(
    project: Project,
    spec: ProjectSpec,
    articles: Sequence[str],
    connection: Connection,
    report: Report,
) -> list[str]:
    """Bring what was assigned to the server; what was done in lines."""
    from dataset_builder.assignment import FILE, read_assignments
    from dataset_builder.studio.assignment import put_queues, said

    assigned = read_assignments(project.path(FILE))
    queues = put_queues(connection, spec, assigned, report)
    lines = [said(queues, assigned)] if queues else []
    if nobody := len(set(articles) - assigned.keys()):
        lines.append(f"{nobody} articles are assigned to nobody -> `dataset-builder studio assign`")
    return lines


def project_articles(
    project: Project, registries: Registries
) -> tuple[Sequence[Article], list[ExportedTask]]:
    """The articles that are pushed, and the committed work on them, of kind articles and review.

    Raises FindingsError when an export is damaged.
    """
    groups, work = project_groups(project, registries)
    return groups.articles, [*work["articles"], *work["review"]]


def project_groups(
    project: Project, registries: Registries
) -> tuple[Distinct, dict[Kind, list[ExportedTask]]]:
    """The articles that are pushed, by id, with their groups, and the committed work on what was not
    taken down, by kind.

    Raises FindingsError when an export is damaged.
    """
    from dataset_builder.grouping import one_per_group
    from dataset_builder.ledger import read_ledger
    from dataset_builder.studio.exports import intact_exports
    from dataset_builder.takedown import project_pages, remaining, takedowns_of

    takedowns = takedowns_of(project)
    committed = intact_exports(project.exports)
    work = {kind: remaining(tasks, takedowns)[0] for kind, tasks in committed.items()}
    worked = {task.article_id for task in work["articles"] if task.annotations}
    articles = project_pages(project).articles
    groups = one_per_group(articles, registries.stories, read_ledger(project.ledger), worked)
    return groups, work


def _restore(
    project: Project,
    registries: Registries,
    work: Mapping[Kind, list[ExportedTask]],
    connection: Connection,
    report: Report,
) -> tuple[list[str], list[Finding]]:
    """Put committed work of every kind back; what was done in lines, and what the server refused."""
    from dataset_builder.studio.restore import restore
    from dataset_builder.takedown import remaining, takedowns_of

    said: list[str] = []
    findings: list[Finding] = []
    takedowns = takedowns_of(project)
    for kind, spec in project_specs(project, registries).items():
        tasks, left_out = remaining(work[kind], takedowns)
        findings += left_out
        if kind == "articles" or tasks:
            done = restore(connection, spec, tasks, people_of(project), report=report)
            said.append(f"{'' if kind == 'articles' else f'{kind}: '}{say_restored(done)}")
            findings += [
                Finding("REL301", "warning", message, table="annotations/exports")
                for message in done.not_restored
            ]
    return said, findings


def about_pull(pulled: PullReport) -> tuple[Finding, ...]:
    """What somebody should look at after a pull."""
    findings = [
        *(
            Finding(
                "KEY303",
                "warning",
                f"task {task} of the server was not pushed from here; it is not in the file",
                ids={"task": str(task)},
                fix="remove it from the Label Studio project, or push its article",
            )
            for task in pulled.foreign
        ),
        *_about_articles(
            pulled.addresses,
            "SCH205",
            "text that an annotator entered holds an e-mail address, and so does the file now",
            "remove the address in Label Studio and pull again before you commit the file",
        ),
        *_about_articles(
            pulled.altered,
            "SPN301",
            "its text was changed on the server",
            "restore the text of that task; annotations on it cannot be used",
        ),
        *_about_articles(
            pulled.doubled,
            "KEY302",
            "the server has several tasks for it; their work was put together",
            "keep one of them",
        ),
    ]
    if pulled.labels_differ:
        findings.append(
            Finding(
                "SCH303",
                "warning",
                "the labels on the server are not those of this project",
                table="annotations/label_config.xml",
                fix="`dataset-builder push` brings the server up to date",
            )
        )
    return tuple(findings)


def _about_articles(ids: Iterable[str], code: str, message: str, fix: str) -> list[Finding]:
    return [
        Finding(code, "warning", f"{name}: {message}", ids={"article_id": name}, fix=fix)
        for name in ids
    ]


def say_restored(done: RestoreReport) -> str:
    """A restore in one line."""
    return (
        f"restored {done.annotations_added} annotations and {done.drafts_added} drafts "
        f"({done.annotations_known} and {done.drafts_known} were there), "
        f"{done.tasks_created} tasks created, {done.accounts_created} accounts made"
    )


def say_pushed(done: PushReport) -> str:
    """A push in one line."""
    counts = {
        "created": len(done.created),
        "updated": len(done.updated),
        "unchanged": len(done.unchanged),
        "stale": len(done.stale),
    }
    shown = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"articles on {done.project_url}: {shown}"


def say_pulled(done: PullReport) -> str:
    """A pull in two lines."""
    states = ", ".join(f"{count} {state}" for state, count in done.states.items())
    new = f"; new: {', '.join(done.new_annotators)}" if done.new_annotators else ""
    return (
        f"{done.file}: {'written' if done.changed else 'unchanged'}; {done.tasks} tasks; "
        f"annotations: {states}{new}\n"
        f"{done.regions} regions, {done.fields} fields, {done.arrows} arrows"
    )
