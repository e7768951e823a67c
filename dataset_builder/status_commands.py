"""The command that says where the work stands."""

from __future__ import annotations

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import tell


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--offline", is_flag=True, help="Do not ask the server.")
def status(*, form: str, offline: bool) -> None:
    """What is done, by whom, what disagrees and what is open.

    Work is counted from annotations/exports; the server, when one is running, only says how much it
    has, so that one sees what was not pulled yet.
    """
    from dataset_builder.errors import ServerError
    from dataset_builder.status import status as count
    from dataset_builder.status_text import as_json, as_text
    from dataset_builder.studio.server import connect

    project = find_project()
    try:
        found = count(project, None if offline else connect(project))
    except ServerError as error:
        tell(f"{error.message}: the server is left out")
        found = count(project, None)
    click.echo(as_json(found) if form == "json" else as_text(found), nl=form == "text")
