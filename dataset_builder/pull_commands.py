"""The command that brings annotators' work back."""

from __future__ import annotations

import click

from dataset_builder.project import find_project
from dataset_builder.terminal import print_findings, progress


@click.command()
@click.option("--accept-loss", is_flag=True, help="Also when the server has less than the file.")
@click.option("--full", is_flag=True, help="Read everything, not only what changed.")
@click.option("--strict", is_flag=True, help="Exit with 1 when there is anything to mend.")
def pull(*, accept_loss: bool, full: bool, strict: bool) -> int:
    """Export what annotators entered, and list what to mend.

    Articles, pair grid, adjudications and reviews, whatever of them the server has. Marks against
    the rules are listed with the address of their task, the rule and how to mend them; the files
    hold them as they are, and a release leaves them out. They are no failure of pulling: the exit
    code is 0 unless --strict.
    """
    from dataset_builder.studio.pulling import mending_links, pull_all
    from dataset_builder.studio.to_mend import SHOWN, as_text

    project = find_project()
    done = pull_all(project, accept_loss=accept_loss, full=full, report=progress)
    click.echo(done.summary)
    print_findings(done.findings)
    if done.to_mend:
        links = mending_links(project, done.to_mend[:SHOWN])
        click.echo(f"\n{as_text(done.to_mend, links)}")
    failed = any(found.severity == "error" for found in done.findings)
    return 1 if failed or (strict and (done.to_mend or done.findings)) else 0
