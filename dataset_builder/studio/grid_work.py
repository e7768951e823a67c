"""Pushing the pair grid to its own project on the server, and judging its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.studio.push import NewTask
    from dataset_builder.studio.remote import ProjectSpec
    from dataset_builder.studio.workspace import Outcome
    from dataset_builder.validate.findings import Finding

Asked = tuple[list[dict[str, Any]], str]
"""The rows of a grid, and the version of the scheme that it was pushed under."""
_TITLE = 50  # characters that Label Studio allows


def grid_spec(project: Project, registries: Registries) -> ProjectSpec:
    """The grid's project on the server."""
    from dataset_builder.studio.grid import INSTRUCTIONS, KIND, render_grid_config
    from dataset_builder.studio.kept import earlier_answers
    from dataset_builder.studio.remote import ProjectSpec

    return ProjectSpec(
        name=project.settings.name,
        title=f"Pair grid: {project.settings.pretty_name}"[:_TITLE].rstrip(),
        label_config=render_grid_config(registries.ontology),
        guidelines=INSTRUCTIONS,
        kind=KIND,
        earlier=earlier_answers(registries.ontology),
    )


def push_grid(project: Project, *, report: Report, connection: Connection | None = None) -> Outcome:
    """Ask for the undecided pairs of every article that somebody finished, from the pulled export.

    Raises ServerError, ProjectError, UsageError when nobody finished an article, and FindingsError
    when an export is damaged.
    """
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.exports import intact_exports
    from dataset_builder.studio.push import push_tasks
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import Outcome, say_pushed
    from dataset_builder.takedown import project_pages

    registries = load_registries(project)
    work = intact_exports(project.exports, "nothing was pushed")
    tasks, grids = [*work["articles"], *work["review"]], work["grid"]
    articles = project_pages(project).articles
    connection = connection or connect(project)
    spec = grid_spec(project, registries)
    said: list[str] = []
    asked = _asked(connection, spec, sorted({task.article_id for task in tasks}))
    new = grid_tasks(articles, tasks, registries, project, asked, grids)
    if not new and grids:
        said.append("every pair that is named is decided or answered")
        return Outcome("\n".join(said), ())
    if not new:
        raise UsageError(
            "no article has an undecided pair: the grid asks about articles that somebody finished",
            hint="annotate, `dataset-builder pull`, then run it again",
        )
    # Beside what was answered on an earlier text: those answers count, too.
    pushed = push_tasks(connection, spec, new, beside=True, report=report)
    rows = [row for task in new for row in task.data["pairs"]]
    checks = sum("known" in row for row in rows)
    left = sum(bool(task.data["note"]) for task in new)
    said.append(say_pushed(pushed))
    said.append(
        f"{len(rows)} rows, {checks} of them checks"
        + (f"; {left} articles have more pairs than `grid_pairs` allows" if left else "")
    )
    return Outcome("\n".join(said), ())


def grid_tasks(
    articles: Iterable[Article],
    tasks: Iterable[ExportedTask],
    registries: Registries,
    project: Project,
    asked: Mapping[tuple[str, str], Asked],
    grids: Iterable[ExportedTask] = (),
) -> list[NewTask]:
    """The tasks of the grid, by article. `tasks` are of kind articles and review, `asked` the rows
    that are on the server already, by (article_id, text_sha256), and `grids` what was pulled: what
    moved from an earlier text is not asked again."""
    from dataset_builder.adjudication import by_article, versions_of
    from dataset_builder.assemble.answers import grid_rows_of, read_grids
    from dataset_builder.assemble.moved_answers import answers_on
    from dataset_builder.assemble.pairs import by_id, named_pairs
    from dataset_builder.assemble.resolve import lexicon
    from dataset_builder.studio.grid import KIND, grid_data
    from dataset_builder.studio.push import NewTask, task_data

    known, ontology = lexicon(registries), registries.ontology
    work, answered = by_article(tasks), by_article(grids)
    made: list[NewTask] = []
    for article in sorted(articles, key=lambda article: article.article_id):
        voters = versions_of(article, work.get(article.article_id, ()), registries, known)
        if not voters:
            continue
        rows, scheme = asked.get((article.article_id, article.text_sha256), ([], ""))
        there = grid_rows_of(rows, article.article_id, scheme, ontology)
        settled = {row.id for row in there or ()}
        earlier, _ = read_grids(
            [t for t in answered.get(article.article_id, ()) if t.key[1] != article.text_sha256],
            ontology,
        )
        if earlier:
            pairs = by_id(named_pairs(article, voters, registries))
            moved, _ = answers_on(article, earlier, pairs, registries)
            settled |= {pair for item in moved for pair in item.labels}
        grid = grid_data(article, voters, registries, project.settings, rows, settled)
        if grid is not None:
            data: dict[str, Any] = task_data(article, ontology.scheme_version)
            made.append(NewTask({**data, "kind": KIND, **grid}))
    return made


def _asked(
    connection: Connection, spec: ProjectSpec, articles: Sequence[str]
) -> dict[tuple[str, str], Asked]:
    """The rows that the server's grid has, and the scheme they are of, by article and text."""
    from dataset_builder.studio.client import Client
    from dataset_builder.studio.remote import LOOKUP, chunks, find_project, tasks_of

    rows: dict[tuple[str, str], Asked] = {}
    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            return rows
        for batch in chunks(articles, LOOKUP):
            for tasks in tasks_of(client, project.id, batch).values():
                for task in tasks:
                    found = task.data.get("pairs")
                    if isinstance(found, list):
                        rows.setdefault(task.key, (found, str(task.data.get("scheme_version"))))
    return rows


def judged_answers(project: Project, registries: Registries) -> tuple[str, tuple[Finding, ...]]:
    """What the committed grid holds, in one line, and what is wrong with its answers."""
    from dataset_builder.assemble.answers import read_grid
    from dataset_builder.studio.exports import read_exports
    from dataset_builder.studio.grid import KIND

    tasks, _ = read_exports(project.exports, KIND)
    findings: list[Finding] = []
    answered = articles = checks = missed = 0
    for task in tasks:
        read, found = read_grid(task, registries.ontology)
        findings += found
        articles += bool(read)
        for item in read:
            answered += len(item.labels)
            checks += item.checks
            missed += len(item.missed)
    said = (
        f"pair grid: {answered} answers on {articles} of {len(tasks)} articles; "
        f"{checks - missed} of {checks} check rows right"
    )
    return said, tuple(findings)
