"""The command `takedown`."""

from __future__ import annotations

import click

from dataset_builder.project import find_project


@click.command()
@click.argument("article_id")
@click.option("--reason", required=True, help="Who asked and why; one line, shown in the card.")
@click.option("--story", is_flag=True, help="Every article of its story, too.")
def takedown(*, article_id: str, reason: str, story: bool) -> None:
    """Keep an article out of every later release.

    Also when its page is fetched again, with other bytes. ARTICLE_ID may also be the id of another
    fetch of it, or the file name of its page. What is kept are hashes and a signature, no text.
    Says what you have to clear yourself.
    """
    from dataset_builder.takedown_request import summary, take_down

    click.echo(summary(take_down(find_project(), article_id, reason, story=story)))
