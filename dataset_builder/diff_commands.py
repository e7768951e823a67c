"""The command `diff`."""

from __future__ import annotations

from pathlib import Path

import click

PLACE = click.Path(path_type=Path)


@click.command()
@click.argument("old", type=PLACE)
@click.argument("new", type=PLACE)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.option(
    "--limit", type=click.IntRange(0), default=10, show_default=True,
    help="Ids and examples of each kind; all are counted.",
)  # fmt: skip
def diff(*, old: Path, new: Path, form: str, limit: int) -> None:
    """What changed from OLD to NEW, and the smallest honest version.

    Rows by their ids, column by column; labels as confusion tables; schema and labels; articles that
    moved or went away, with the reason; texts with what became of the annotations on them.
    """
    from dataset_builder.diff import diff_releases
    from dataset_builder.diff.report import as_json, as_markdown, as_text

    found = diff_releases(old, new, limit=limit)
    shown = {"text": as_text, "json": as_json, "markdown": as_markdown}[form](found)
    click.echo(shown, nl=False)
