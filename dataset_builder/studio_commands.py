"""The commands of the embedded server, of those who log in to one, and of what they get to do."""

from __future__ import annotations

import contextlib

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import progress, tell


@click.group(invoke_without_command=True)
@click.option(
    "--port", type=click.IntRange(1024, 65535), help="Port [the last one, else a free one]."
)
@click.option("--detach", is_flag=True, help="Leave it running in the background.")
@click.option("--stop", "stop_it", is_flag=True, help="Stop the one that is running.")
@click.pass_context
def studio(context: click.Context, *, port: int | None, detach: bool, stop_it: bool) -> None:
    """Install and start a Label Studio server; Ctrl-C stops it."""
    from dataset_builder.studio import server

    if context.invoked_subcommand is not None:
        return
    data = find_project().server_data
    if stop_it:
        click.echo("stopped" if server.stop(data) else "no server was running")
        return
    with server.start(data, report=tell, port=port, keep=detach) as running:
        click.echo(server.onboarding(running))
        if detach:
            click.echo("stop it with `dataset-builder studio --stop`")
        elif running.started:
            click.echo("Ctrl-C stops it; annotations stay in the data folder")
            with contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
                server.wait(running)
            running.stop()
            click.echo("stopped")
        else:
            click.echo("it was running already and goes on; stop it with --stop")


@studio.command()
def users() -> None:
    """Make an account for everyone of annotators.yaml.

    Who has one keeps it. Logins and passwords are written to annotations/logins.private.yaml, and
    never printed.
    """
    from dataset_builder.studio.users import project_users

    click.echo(project_users(find_project()))


@studio.command()
def assign() -> None:
    """Give everyone their articles.

    Who gets what is declared in [tool.dataset-builder.assignment]. What was given out is remembered
    in annotations/assignments.jsonl: commit it. Running it again changes nothing; new articles are
    added. On the server, each task is for as many people as it is assigned to, and each annotator
    gets a tab with their articles.
    """
    from dataset_builder.studio.assigning import assign_project

    click.echo(assign_project(find_project(), progress))
