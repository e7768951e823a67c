"""The command line: names, options and what is printed. No logic, and no heavy import at the top:
`dataset-builder --help` has to answer at once.

Exit codes: 0 fine (warnings too, unless --strict), 1 findings, 2 wrong usage or nothing
recognisable to work on, 3 could not run, 130 interrupted (Ctrl-C).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from dataset_builder import __version__
from dataset_builder.errors import DatasetBuilderError, FindingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.project import Project
    from dataset_builder.validate.findings import Finding

INTERRUPTED = 130
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dataset-builder")
def cli() -> None:
    """Raw news pages in; a trusted, versioned stance-and-event dataset out."""


def main() -> NoReturn:
    """Entry point: turns every failure into a message and an exit code, never a traceback."""
    try:
        code = cli.main(standalone_mode=False) or 0
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing is half-written, run the same command again", err=True)
        code = INTERRUPTED
    except FindingsError as error:
        _print_findings(error.findings)
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except DatasetBuilderError as error:
        click.echo(f"error: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:  # the reader (`| head`) has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{error.strerror or error}", err=True)
        click.echo("  -> make room or check the permissions, then run it again", err=True)
        code = 3
    except Exception as error:
        if os.environ.get("DATASET_BUILDER_DEBUG"):
            raise
        click.echo(f"error: a defect of dataset-builder: {type(error).__name__}: {error}", err=True)
        click.echo("  -> set DATASET_BUILDER_DEBUG=1 for the traceback and report it", err=True)
        code = 3
    sys.exit(code)


def _project() -> Project:
    from dataset_builder.project import find_project

    return find_project()


def _tell(message: str) -> None:
    """Progress, on standard error, so that standard output stays a result."""
    click.echo(message, err=True)


def _print_findings(findings: Sequence[Finding]) -> None:
    from dataset_builder.validate.report import findings_as_text

    text = findings_as_text(findings, colour=sys.stderr.isatty())
    if text:
        click.echo(text, err=True)
