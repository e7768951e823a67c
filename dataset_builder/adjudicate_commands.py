"""The command of adjudication.

Like the pair grid it reads the pulled exports, and `pull` brings its answers with everything else.
"""

from __future__ import annotations

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import print_findings, progress


@click.command()
def adjudicate() -> int:
    """Ask somebody to settle what annotators disagree on.

    Pull first: the versions come from the committed exports. Running it again appends what is new.
    """
    from dataset_builder.studio.adjudication import push_adjudication

    outcome = push_adjudication(find_project(), report=progress)
    click.echo(outcome.summary)
    print_findings(outcome.findings)
    return 1 if any(found.severity == "error" for found in outcome.findings) else 0
