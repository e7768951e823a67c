"""The command `export`: a release in the formats of other tools."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from dataset_builder.project import SPLITS
from dataset_builder.terminal import tell

NAMES = ("squad", "gliner", "spacy", "plover", "dyads", "votes")
"""Names of the views; a test holds them against `views.VIEWS`, which takes longer to import."""


@click.command()
@click.argument("release")
@click.argument("view", type=click.Choice(NAMES))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE|DIR",
    help="A file (.json, .jsonl, .csv, .parquet), or a new folder for a file a split.",
)  # fmt: skip
@click.option(
    "--split", "splits", multiple=True, type=click.Choice(SPLITS), help="Only this one [all]."
)
@click.option(
    "--format", "ending", type=click.Choice(("json", "jsonl", "csv", "parquet")),
    help="Of the files in a folder [the view's usual one].",
)  # fmt: skip
def export(
    *, release: str, view: str, out: Path, splits: tuple[str, ...], ending: str | None
) -> None:
    """Write RELEASE as another tool reads it.

    RELEASE is a folder, s3://BUCKET/PATH, or hf://datasets/ORG/NAME[@REVISION].

    \b
    squad    questions on the arguments of events (SQuAD 2.0)
    gliner   triggers in sentences, as GLiNER is trained on
    spacy    articles with triggers and arguments (JSON of a spaCy Doc)
    plover   event mentions (PLOVER, JSONL)
    dyads    who did what to whom, when: one row for each event, source and target
    votes    every annotator's vote on every stance and event
    """  # noqa: D301 - \b is click's sign for lines that stay as they are
    from dataset_builder.validate.remote import fetched, is_remote
    from dataset_builder.views import VIEWS
    from dataset_builder.views.writing import export as write

    with ExitStack() as stack:
        remote = is_remote(release)
        folder = stack.enter_context(fetched(release, tell=tell)) if remote else Path(release)
        for done in write(folder, VIEWS[view], out, splits=splits, format=ending):
            tell(f"wrote {done.path}: {done.records} records")
