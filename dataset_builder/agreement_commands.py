"""The command `agreement`: figures, gates and the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import tell

if TYPE_CHECKING:
    from dataset_builder.agreement.figures import Agreement
    from dataset_builder.project import Project

GATES_FILE = "annotations/agreement.yaml"


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--details", is_flag=True, help="Text: also by label and by annotator pair.")
@click.option(
    "--html", "page_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write a page with plots and every disagreement in its sentence.",
)  # fmt: skip
@click.option(
    "--shown", type=click.IntRange(0), default=60, show_default=True,
    help="Disagreements of a layer on the page; all are counted.",
)  # fmt: skip
@click.option("--server", is_flag=True, help="Link to the tasks on the Label Studio server.")
@click.option("--gate", is_flag=True, help="Exit with 1 when a figure is below its gate.")
@click.option("--strict", is_flag=True, help="With --gate: also when one could not be judged.")
@click.option(
    "--samples", type=click.IntRange(0, 100_000), default=1000, show_default=True,
    help="Bootstrap draws of the articles.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws.")
def agreement(
    *,
    form: str,
    details: bool,
    page_file: Path | None,
    shown: int,
    server: bool,
    gate: bool,
    strict: bool,
    samples: int,
    seed: int,
) -> int:
    """How far annotators agree, and where they do not.

    The gates are in annotations/agreement.yaml.
    """
    from dataset_builder import agreement as agreeing
    from dataset_builder.agreement.gates import failed
    from dataset_builder.agreement.page import page
    from dataset_builder.files import write_output
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.exports import intact_exports

    project = find_project()
    registries = load_registries(project)
    gates = agreeing.load_gates(
        project.resource(GATES_FILE), agreeing.figure_names(registries.ontology)
    )
    work = intact_exports(project.exports, "figures would leave them out")
    tasks = [task for own in work.values() for task in own]
    found = agreeing.agreement(tasks, registries, seed=seed, samples=samples)
    verdicts = agreeing.judge(found.rows, gates, len(found.articles))
    links = _links(project, found) if server else {}
    if page_file is not None:
        content = page(
            found, gates, verdicts, registries.ontology,
            title=project.settings.pretty_name, links=links, shown=shown,
        )  # fmt: skip
        write_output(page_file, content.encode("utf-8"))
        tell(f"wrote {page_file}")
    if form == "json":
        click.echo(agreeing.as_json(found, gates, verdicts, links), nl=False)
    else:
        click.echo(agreeing.as_text(found, gates, verdicts, details=details))
    return 1 if gate and failed(verdicts, strict=strict) else 0


def _links(project: Project, found: Agreement) -> dict[tuple[str, str], str]:
    from dataset_builder.agreement.links import task_links
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.review_work import reviewing
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import project_spec

    spec = project_spec(project, load_registries(project))
    links = task_links(connect(project), (spec, reviewing(spec)), found.tasks)
    if len(links) < len(found.tasks):
        tell(f"{len(found.tasks) - len(links)} articles have no task on the server: no link")
    return links
