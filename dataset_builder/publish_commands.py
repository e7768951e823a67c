"""The command `publish`."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_builder.terminal import progress, tell

RELEASE = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("release", type=RELEASE)
@click.option(
    "--to", required=True, metavar="TARGET",
    help="A folder, s3://BUCKET/PREFIX (or what else fsspec knows), or hf://datasets/ORG/NAME.",
)  # fmt: skip
@click.option("--private", is_flag=True, help="Hub: only members may see the dataset.")
@click.option(
    "--gated", type=click.Choice(["auto", "manual"]), help="Hub: readers have to ask for access."
)
@click.option(
    "--previous",
    metavar="PATH|ADDRESS|none",
    help="Compare with this release [the newest version at the target].",
)
@click.option(
    "--discard-unfinished",
    is_flag=True,
    help="Stores: throw away what an interrupted run left of other content.",
)
def publish(
    *,
    release: Path,
    to: str,
    private: bool,
    gated: str | None,
    previous: str | None,
    discard_unfinished: bool,
) -> None:
    """Publish RELEASE, all or nothing, and load it back.

    Each version is a folder TARGET/1.0.0, on the Hub a commit with the tag v1.0.0. A version that is
    there is never overwritten; one that says too little of what changed is refused. What was
    interrupted is mended by the same command. Credentials come from the environment
    (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL; HF_TOKEN, HF_ENDPOINT).
    """
    from dataset_builder.publish.run import publish as publish_release
    from dataset_builder.publish.target import Access
    from dataset_builder.release.previous import named_release

    with named_release(previous, tell=tell) as earlier:
        done = publish_release(
            release,
            to,
            access=Access(private=private, gated=gated),  # type: ignore[arg-type]
            previous=earlier,
            compared=previous != "none",
            discard=discard_unfinished,
            tell=tell,
            report=progress,
        )
    click.echo(f"{done.outcome}: {done.place} ({done.rows} splits loaded back and compared)")
