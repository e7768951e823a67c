"""The command that carries declared changes of the labels to everything that uses them."""

from __future__ import annotations

import textwrap

import click

from dataset_builder.migration.declared import EXAMPLE
from dataset_builder.project import find_project
from dataset_builder.terminal import progress, tell

_HELP = f"""Carry changed labels to the server, and say what they meet.

The changes are declared under `migrations:` in schemas/ontology.yaml. Change the label itself there,
too, raise the `scheme_version` at its top, and `render`. Exports are never rewritten: what was made
under an earlier scheme is read through the migrations. What was split waits for review tasks, which
`push` makes. docs/migrations.md has more.

\b
{textwrap.indent(EXAMPLE, "  ")}"""
"""The mark is click's for lines that stay as they are."""


@click.command(help=_HELP)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--check", is_flag=True, help="Look at the committed files only; exit with 1 if "
              "something waits for a decision.")  # fmt: skip
def migrate(*, dry_run: bool, check: bool) -> int:
    """Look at pulled work and at the server; the exit code."""
    from dataset_builder.migration.doubts import doubts_text, strangers, unmet
    from dataset_builder.migration.report import as_text, uses_in_exports
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.exports import intact_exports
    from dataset_builder.studio.migrate_work import migrate_server, waiting

    project = find_project()
    registries = load_registries(project)
    ontology = registries.ontology
    work = intact_exports(project.exports, "the counts would leave them out")
    pulled = [task for tasks in work.values() for task in tasks]
    uses = [uses_in_exports(pulled, ontology)]
    said: list[str] = []
    if ontology.migrations and not check:
        there, said = migrate_server(project, dry_run=dry_run, report=progress)
        uses.append(there)
    click.echo("\n".join((as_text(uses, ontology), *said)))
    unknown = strangers(pulled, registries)
    releases = project.releases.iterdir() if project.releases.is_dir() else ()
    doubted = doubts_text(unknown, unmet(registries, uses, releases))
    if doubted:
        tell(doubted)
    open_ones = sorted(waiting((*work["articles"], *work["review"]), ontology))
    if open_ones:
        wait = "1 article waits" if len(open_ones) == 1 else f"{len(open_ones)} articles wait"
        click.echo(
            f"{wait} for somebody to choose a label: {', '.join(open_ones)}\n"
            "  -> `dataset-builder push` makes their review tasks; then `pull`"
        )
    return 1 if check and (open_ones or unknown) else 0
