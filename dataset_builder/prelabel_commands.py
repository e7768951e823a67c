"""The command `prelabel`: suggestions for articles that nobody has annotated yet."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_builder.errors import UsageError
from dataset_builder.project import find_project
from dataset_builder.terminal import print_findings, progress

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--model",
    type=FOLDER,
    metavar="RELEASE",
    help="Suggest by a model trained on the train split of this release (extra `prelabel`).",
)
@click.option(
    "--pipeline",
    metavar="NAME",
    help="Suggest spans by this token-classification pipeline of transformers.",
)
@click.option("--dry-run", type=NEW_FILE, help="Write the suggestions there, as JSON Lines.")
@click.option("--measure", is_flag=True, help="Only show how good suggestions are.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def prelabel(
    *,
    model: Path | None,
    pipeline: str | None,
    dry_run: Path | None,
    measure: bool,
    form: str,
) -> int:
    """Suggest annotations, to be corrected instead of drawn.

    Actors, events, dates, places and stances, by rules or by a model trained on a release.
    Suggestions go to Label Studio as predictions, for articles that nobody has started on; they
    never become annotations by themselves. Run it again after annotations/cues.yaml, the registries or
    the release have changed: what nobody has started on is replaced, the rest is left alone.

    With --measure precision and recall against the committed annotations are shown, stories held
    out; with the extra `prelabel` also those of a model.
    """
    from dataset_builder.prelabel import run

    if model is not None and pipeline is not None:
        raise UsageError("--model and --pipeline exclude each other", hint="give one of them")
    project = find_project()
    if measure:
        click.echo(run.measured(project, form=form))
        return 0
    outcome = run.prelabel(
        project, model=model, pipeline=pipeline, dry_run=dry_run, report=progress
    )
    click.echo(outcome.summary)
    print_findings(outcome.findings)
    return 1 if outcome.findings else 0
