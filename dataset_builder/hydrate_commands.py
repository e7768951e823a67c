"""`dataset-builder hydrate`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from dataset_builder.terminal import tell

NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("release")
@click.option(
    "--sources",
    multiple=True,
    required=True,
    metavar="PATH",
    help="Folder, file or glob of your own copies of the pages; may be repeated.",
)
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder for the release with text.")
@click.option(
    "--field",
    "named",
    multiple=True,
    metavar="NAME=FIELD",
    help="What the records call text, html, url, title, ...; may be repeated.",
)
@click.option("--drop", is_flag=True, help="Leave out articles that do not come back as a whole.")
def hydrate(
    *, release: str, sources: tuple[str, ...], out: Path, named: tuple[str, ...], drop: bool
) -> int:
    """Put withheld text back from your own copies of the pages.

    RELEASE is a folder, s3://BUCKET/PATH, or hf://datasets/ORG/NAME[@REVISION]. Pages come in every
    format that `clean` reads. Each word is proven by a hash of the release; what cannot be proven
    stays null and is listed, and the exit code is then 1.
    """
    from dataset_builder.hydrate.run import hydrate as put_back
    from dataset_builder.hydrate.run import summary
    from dataset_builder.ledger import Ledger, read_ledger
    from dataset_builder.project import project_around
    from dataset_builder.sources import parse_fields, read_pages
    from dataset_builder.takedown import Takedowns, takedowns_of
    from dataset_builder.validate.remote import fetched, is_remote

    pages = read_pages(sources, parse_fields(named))
    project = project_around()
    with ExitStack() as stack:
        remote = is_remote(release)
        folder = stack.enter_context(fetched(release, tell=tell)) if remote else Path(release)
        done = put_back(
            folder,
            pages,
            out,
            takedowns=Takedowns() if project is None else takedowns_of(project),
            ledger=Ledger() if project is None else read_ledger(project.ledger),
            drop=drop,
            tell=tell,
        )
    click.echo(summary(done))
    return 1 if done.lacking else 0
