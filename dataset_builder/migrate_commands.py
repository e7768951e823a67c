"""The command that carries declared changes of the labels to everything that uses them."""

from __future__ import annotations

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import progress


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--check", is_flag=True, help="Look at the committed files only; exit with 1 if "
              "something waits for a decision.")  # fmt: skip
def migrate(*, dry_run: bool, check: bool) -> int:
    """Carry changed labels to the server, and say what they meet.

    The changes are the `migrations:` of schemas/ontology.yaml.     Exports are never rewritten: what was made under an earlier scheme is read through the
    migrations. What was split waits for review tasks, which `push` makes.
    """
    from dataset_builder.migration.report import as_text, uses_in_exports
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.exports import intact_exports
    from dataset_builder.studio.migrate_work import migrate_server, waiting

    project = find_project()
    ontology = load_registries(project).ontology
    work = intact_exports(project.exports, "the counts would leave them out")
    uses = [uses_in_exports([task for tasks in work.values() for task in tasks], ontology)]
    said: list[str] = []
    if ontology.migrations and not check:
        there, said = migrate_server(project, dry_run=dry_run, report=progress)
        uses.append(there)
    click.echo("\n".join((as_text(uses, ontology), *said)))
    open_ones = sorted(waiting((*work["articles"], *work["review"]), ontology))
    if open_ones:
        click.echo(
            f"{len(open_ones)} articles wait for somebody to choose a label: {', '.join(open_ones)}\n"
            "  -> `dataset-builder push` makes their review tasks; then `pull`"
        )
    return 1 if check and open_ones else 0
