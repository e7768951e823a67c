"""The command `diff`."""

from __future__ import annotations

import click

from dataset_builder.terminal import tell


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.option(
    "--limit", type=click.IntRange(0), default=10, show_default=True,
    help="Ids and examples of each kind; all are counted.",
)  # fmt: skip
def diff(*, old: str, new: str, form: str, limit: int) -> None:
    """What changed from OLD to NEW, and the smallest honest version.

    Each is a folder, s3://BUCKET/PATH, or hf://datasets/ORG/NAME[@REVISION].

    Rows by their ids, column by column; labels as confusion tables; schema and labels; articles that
    moved or went away, with the reason; texts with what became of the annotations on them.
    """
    from dataclasses import replace

    from dataset_builder.diff import diff_releases
    from dataset_builder.diff.report import as_json, as_markdown, as_text
    from dataset_builder.release.previous import release_at

    with release_at(old, tell=tell) as one, release_at(new, tell=tell) as other:
        found = diff_releases(one, other, limit=limit)
    found = replace(found, old=replace(found.old, path=old), new=replace(found.new, path=new))
    shown = {"text": as_text, "json": as_json, "markdown": as_markdown}[form](found)
    click.echo(shown, nl=False)
