"""The command `report`: a page to look at a release."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_builder.terminal import progress, tell


@click.command()
@click.argument("release")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The page [NAME-VERSION.html].",
)  # fmt: skip
@click.option(
    "--figures", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Also write the plots as SVG files.",
)  # fmt: skip
def report(*, release: str, out: Path | None, figures: Path | None) -> None:
    """Write a page to look at RELEASE.

    RELEASE is a folder, s3://BUCKET/PATH, or hf://datasets/ORG/NAME[@REVISION].

    Labels, events, stances, agreement and every article with its spans and arrows. One HTML file that needs no network and no server; open it in a browser.
    """
    from dataset_builder import report as reporting
    from dataset_builder.files import write_output, write_text
    from dataset_builder.release.previous import release_at
    from dataset_builder.report.reading import read_release

    with release_at(release, tell=tell) as folder:
        source = read_release(folder)
        page = out or Path(f"{source.file_name}.html")
        write_output(page, b"".join(reporting.html(source, progress)))
        tell(f"wrote {page}")
        if figures is not None:
            names = []
            for name, content in reporting.figures(source):
                write_text(figures / name, content)
                names.append(name)
            tell(f"wrote {len(names)} plots to {figures}: {', '.join(names)}")
