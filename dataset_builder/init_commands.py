"""The command that starts another dataset."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from dataset_builder.terminal import aligned


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="Of the dataset: lower-case letters, digits, hyphens [from DIR].")
@click.option("--add", is_flag=True, help="DIR has files: add what is missing beside them.")
def init(*, folder: Path, name: str | None, add: bool) -> None:
    """Start another dataset in DIR, with labels of its own.

    No file is ever overwritten; run again, it adds what is missing.
    """
    from dataset_builder.starting import start, unedited

    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    started = start(folder, name, today=today, add=add)
    project = started.project
    click.echo(f"{project.settings.name}: {len(started.written)} files written in {project.root}")
    if started.kept:
        click.echo(f"left as they were: {', '.join(started.kept)}")
    if waiting := unedited(project):
        click.echo("\nto be written (each says so at its top; `status` lists what is left):\n")
        click.echo(aligned(("file", "what"), waiting))
    click.echo("\nnext: put pages into seeds/, then run `dataset-builder clean` there; "
               "README.md has the other steps")  # fmt: skip
