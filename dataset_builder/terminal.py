"""What commands show while they work, on standard error, so that standard output stays a result."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from typing import IO, TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_builder.corpus.progress import Progress
    from dataset_builder.validate.findings import Finding

JOBS: Final = click.option(
    "--jobs", type=click.IntRange(1), help="Processes, where there is much to do [one per core]."
)
"""The option of every command that may work in several processes."""
BAR_SECONDS: Final = 0.2
"""Between two states of a progress bar."""


def tell(message: str) -> None:
    """Show one line."""
    click.echo(message, err=True)


def colours(stream: IO[str]) -> bool:
    """Whether to write colours to `stream`: a terminal that has them, and nobody set NO_COLOR."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def progress(what: str, done: int, of: int | None) -> None:
    """A counter on a terminal; nothing in CI."""
    if sys.stderr.isatty():
        end = "\n" if done == of else ""
        click.echo(f"\r{what} {done}{f' of {of}' if of else ''}\x1b[K", nl=False, err=True)
        click.echo(end, nl=False, err=True)


@contextlib.contextmanager
def bar() -> Iterator[Callable[[Progress], None]]:
    """A line on a terminal that says how far the work is, a few times a second; nothing in CI."""
    begun: dict[str, float] = {}
    shown = -1.0

    def show(progress: Progress) -> None:
        nonlocal shown
        now = time.monotonic()
        start = begun.setdefault(progress.step, now)
        if now - shown >= BAR_SECONDS:
            shown = now
            width = shutil.get_terminal_size().columns - 1
            click.echo(f"\r{progress.line(now - start)[:width]}\x1b[K", nl=False, err=True)

    def stay_quiet(_progress: Progress) -> None:
        pass

    if not sys.stderr.isatty():
        yield stay_quiet
        return
    try:
        yield show
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


def print_findings(findings: Sequence[Finding]) -> None:
    """Show findings, grouped, in colour on a terminal."""
    from dataset_builder.validate.report import findings_as_text

    text = findings_as_text(findings, colour=colours(sys.stderr))
    if text:
        click.echo(text, err=True)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of words in columns as wide as they need."""
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
