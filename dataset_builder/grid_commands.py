"""The command of the pair grid.

A command of its own and not an option of `push`: it reads the pulled export instead of the pages,
and it is run later, when a first pass is done. `pull` brings its answers with everything else.
"""

from __future__ import annotations

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import print_findings, progress


@click.command()
def grid() -> int:
    """Ask annotators for the pairs that nobody decided.

    Pull first: the pairs come from the committed exports. Running it again appends what is new.
    """
    from dataset_builder.studio.grid_work import push_grid

    outcome = push_grid(find_project(), report=progress)
    click.echo(outcome.summary)
    print_findings(outcome.findings)
    return 1 if any(found.severity == "error" for found in outcome.findings) else 0
