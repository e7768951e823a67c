"""The command line: names, options and what is printed. No logic, and no heavy import at the top:
`dataset-builder --help` has to answer at once.

Exit codes: 0 fine (warnings too, unless --strict), 1 findings, 2 wrong usage or nothing
recognisable to work on, 3 could not run, 130 interrupted (Ctrl-C). Whether anybody reads what is
printed changes none of them (`streams`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from dataset_builder import __version__
from dataset_builder.adjudicate_commands import adjudicate
from dataset_builder.agreement_commands import agreement
from dataset_builder.cleaning_commands import clean, evaluate, train_cleaner
from dataset_builder.diff_commands import diff
from dataset_builder.errors import DatasetBuilderError, FindingsError
from dataset_builder.export_commands import export
from dataset_builder.extras import missing
from dataset_builder.grid_commands import grid
from dataset_builder.hydrate_commands import hydrate
from dataset_builder.init_commands import init
from dataset_builder.interrupts import Interrupts, interrupted
from dataset_builder.migrate_commands import migrate
from dataset_builder.prelabel_commands import prelabel
from dataset_builder.project import find_project
from dataset_builder.publish_commands import publish
from dataset_builder.pull_commands import pull
from dataset_builder.report_commands import report
from dataset_builder.status_commands import status
from dataset_builder.streams import prepare
from dataset_builder.studio_commands import studio
from dataset_builder.takedown_commands import takedown
from dataset_builder.terminal import JOBS, print_findings, progress, tell
from dataset_builder.validate_commands import rules, validate

NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
PAGE = click.Path(exists=True, dir_okay=False, path_type=Path)


STAGES = {
    "Everything": ("run", "init", "status"),
    "Pages": ("clean", "evaluate", "train-cleaner"),
    "Annotation": (
        "studio",
        "push",
        "prelabel",
        "pull",
        "grid",
        "agreement",
        "adjudicate",
        "migrate",
    ),
    "Releases": ("build", "validate", "diff", "report", "publish", "hydrate", "export", "takedown"),
    "Declarations": ("render", "rules"),
}
"""The commands in the order in which they are needed."""


class _ByStage(click.Group):
    """Lists its commands by stage."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Raises DatasetBuilderError for a connection or pipe that broke: click
        takes that for standard output, and ends with 1 and without a word."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            place = error.filename or "a connection"
            message = f"{place}: the other end went away while it was written to"
            raise DatasetBuilderError(message, hint="run the same command again") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for stage, names in STAGES.items():
            with formatter.section(stage):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(65)) for name in names],
                    col_max=13,
                )


@click.group(
    cls=_ByStage,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="dataset-builder")
def cli() -> None:
    """Raw news pages in; a trusted, versioned stance-and-event dataset out."""


for command in (
    adjudicate,
    agreement,
    clean,
    evaluate,
    train_cleaner,
    diff,
    export,
    grid,
    hydrate,
    init,
    migrate,
    prelabel,
    publish,
    pull,
    report,
    rules,
    status,
    studio,
    takedown,
    validate,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Entry point: turns every failure into a message and an exit code, never a traceback."""
    interrupts = Interrupts()
    try:
        interrupts.listen()
        prepare()
        code = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        code = interrupted()
    except Exception as error:  # noqa: BLE001 - the one place where every failure ends
        code = interrupted() if interrupts.came else _explain(error)
    sys.exit(code)


def _explain(error: Exception) -> int:
    """Say what went wrong and what to do; the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    error = missing(error) or error
    if isinstance(error, DatasetBuilderError):
        if isinstance(error, FindingsError):
            print_findings(error.findings)
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{error.strerror or error}", err=True)
        click.echo("  -> make room or check the permissions, then run it again", err=True)
        return 3
    if os.environ.get("DATASET_BUILDER_DEBUG"):
        raise error
    click.echo(f"error: a defect of dataset-builder: {type(error).__name__}: {error}", err=True)
    click.echo("  -> set DATASET_BUILDER_DEBUG=1 for the traceback and report it", err=True)
    return 3


@cli.command()
@click.option("--keep", is_flag=True, help="Leave the server up for annotators.")
@click.option("--out", type=NEW_FOLDER, help="Release folder [releases/VERSION].")
@JOBS
def run(*, keep: bool, out: Path | None, jobs: int | None) -> None:
    """Do the whole chain, from pages to a release that loads.

    Server, push --restore, pull, build, validate, load, summary.
    """
    from dataset_builder.run import run_chain

    click.echo(run_chain(find_project(), out=out, keep=keep, tell=tell, jobs=jobs))


@cli.command()
@click.option("--restore", is_flag=True, help="Put the committed annotations back, too.")
def push(*, restore: bool) -> int:
    """Put the articles into Label Studio, each exactly once."""
    from dataset_builder.studio.workspace import push_project

    outcome = push_project(find_project(), restore=restore, report=progress)
    click.echo(outcome.summary)
    print_findings(outcome.findings)
    return 1 if any(found.severity == "error" for found in outcome.findings) else 0


@cli.command()
@click.option("--out", type=NEW_FOLDER, help="Release folder [releases/VERSION].")
@click.option(
    "--previous",
    metavar="PATH|ADDRESS|none",
    help="Compare with this release [newest lower in releases/].",
)
@click.option(
    "--text", type=click.Choice(["full", "withheld"]), help="With the articles' text or without."
)
@JOBS
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
def build(
    *, out: Path | None, previous: str | None, text: str | None, jobs: int | None, strict: bool
) -> int:
    """Build and validate the release of this version.

    The version is that of pyproject.toml. The release appears whole and valid, or not at all.
    """
    from dataset_builder.engines import cores
    from dataset_builder.release.build import build as build_release
    from dataset_builder.release.previous import named_release
    from dataset_builder.release.summary import summary
    from dataset_builder.starting import unedited

    project = find_project()
    for name, what in unedited(project):
        tell(f"not edited yet: {name} ({what})")
    with named_release(previous, tell=tell) as earlier:
        built = build_release(
            project,
            out or project.release_of(text or project.settings.text),
            tell=tell,
            text=text,
            previous=earlier,
            compared=previous != "none",
            jobs=jobs or cores(),
        )
    print_findings((*built.findings, *built.report.findings))
    click.echo(summary(built))
    return 1 if strict and (built.findings or built.report.findings) else 0


@cli.command()
@click.option(
    "--check", is_flag=True, help="Only say what has drifted; exit with 1 if anything has."
)
def render(*, check: bool) -> int:
    """Render what follows from ontology, registries and tables."""
    from dataset_builder import render as rendering

    project = find_project()
    names = rendering.drifted(project) if check else rendering.render(project)
    for name in names:
        click.echo(f"{'drifted' if check else 'rendered'}: {name}")
    if check and names:
        tell("  -> run `dataset-builder render` and commit the result")
    elif not names:
        click.echo("everything is as the declarations have it")
    return 1 if check and names else 0
