"""Commands around cleaning: clean pages, evaluate the cleaner, train its line model."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.project import find_project
from dataset_builder.terminal import bar, tell

if TYPE_CHECKING:
    from dataset_builder.corpus.engines import Engine
    from dataset_builder.ontology import Ontology

NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--out", type=NEW_FOLDER, help="Write the corpus there, as Parquet.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=FIELD",
    help="What the records call text, html, url, title, ...; may be repeated.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes [one per core].")
@click.option(
    "--engine", type=click.Choice(["loop", "pool", "ray"]), help="[pool, or loop with --jobs 1]"
)
@click.option("--templates", type=FILE, help="Template lines to use instead of learning them.")
@click.option("--no-templates", is_flag=True, help="Do without template lines.")
@click.option("--explain", type=FILE, metavar="FILE", help="Show a page: what was cut and why.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a page could not be used.")
def clean(
    *,
    sources: tuple[str, ...],
    out: Path | None,
    fields: tuple[str, ...],
    jobs: int | None,
    engine: Engine | None,
    templates: Path | None,
    no_templates: bool,
    explain: Path | None,
    strict: bool,
) -> int:
    """Clean the pages of SOURCES [seeds/]: show what each became, or write them with --out.

    SOURCES are folders, files and globs: text, HTML, JSON Lines, CSV, Parquet, WARC.

    With --out, a run that was interrupted goes on where it stopped, and pages that were cleaned
    into the same folder before are not cleaned again.
    """
    from dataset_builder import clean as cleaning
    from dataset_builder.clean.explain import visible
    from dataset_builder.corpus import Options, clean_corpus, cores
    from dataset_builder.grouping import one_per_group
    from dataset_builder.sources import parse_fields, read_pages

    if explain is not None:
        _explain_page(explain)
        return 0
    places = sources or (str(find_project().seeds),)
    pages = partial(read_pages, places, parse_fields(fields))
    if out is None:
        done = cleaning.collect(pages())
        if not (done.articles or done.rejected):
            raise UsageError(f"{', '.join(places)}: no page in it", hint="put raw pages there")
        distinct = one_per_group(done.articles)
        unused = (*done.rejected, *distinct.rejected)
        click.echo(cleaning.overview(cleaning.CleanedFolder(distinct.articles, unused)))
        return 1 if strict and unused else 0
    jobs = jobs or cores()
    options = Options(
        engine=engine or ("pool" if jobs > 1 else "loop"),
        jobs=jobs,
        templates=templates,
        learn=not no_templates,
    )
    with bar() as report:
        outcome = clean_corpus(pages, out, _ontology(), options, report)
    for item in outcome.shown:
        tell(f"{visible(item.source)}: {item.reason}: {visible(item.message)}")
    if outcome.broken > len(outcome.shown):
        tell(f"... {outcome.broken:,} records could not be read; all are in {out / 'rejected'}")
    click.echo(outcome.summary)
    return 1 if strict and outcome.rejected else 0


def _explain_page(file: Path) -> None:
    """Print a page line by line, with what was cut and why."""
    from dataset_builder import clean as cleaning
    from dataset_builder.articles import Rejected
    from dataset_builder.sources import read_page

    page = read_page(file)
    if isinstance(page, Rejected):
        raise UsageError(f"{file}: {page.message}", hint="give a page that holds text")
    click.echo(cleaning.explain(cleaning.clean_page(page), colour=sys.stdout.isatty()))


def _ontology() -> Ontology:
    """The ontology of the project, or outside any project the packaged one."""
    from dataset_builder.ontology import load_ontology
    from dataset_builder.project import packaged

    name = "schemas/ontology.yaml"
    try:
        file = find_project().resource(name)
    except ProjectError:
        file = packaged(name)
    return load_ontology(file)


@click.command()
@click.argument("pages", type=FILE)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def evaluate(*, pages: Path, form: str) -> None:
    """How good the cleaner is on the labelled pages of a JSON Lines file.

    Each line of PAGES has `id`, `gold` (the paragraphs of the body, one a line), and the page as
    `raw`, `raw2` (plain-text dumps by two converters) or `html`; the metadata that it states, too,
    if that is to be judged: `title`, `published_at`, ...
    """
    from dataset_builder.clean import evaluate as evaluating

    evaluation = evaluating.evaluate(evaluating.read_labelled(pages))
    shown = evaluation.as_json() if form == "json" else evaluating.report(evaluation)
    click.echo(shown.rstrip("\n"))


@click.command("train-cleaner")
@click.argument("pages", type=FILE, nargs=-1, required=True)
@click.option("--out", type=NEW_FILE, required=True, help="File for the weights (.npz).")
@click.option("--seed", type=int, default=1, show_default=True, help="Orders and alters pages.")
@click.option("--epochs", type=click.IntRange(1), help="Times that every page is seen [12].")
def train_cleaner(*, pages: tuple[Path, ...], out: Path, seed: int, epochs: int | None) -> None:
    """Train the line model on labelled pages (needs the extra `train`).

    Each line of PAGES has `raw`, and `label` (0 or 1 for each of its non-blank lines) or `gold`, as
    for `evaluate`. To use the weights, put them at dataset_builder/clean/line_model.npz.
    """
    from dataset_builder.clean import train as training

    arrays = training.train(training.read_labelled(pages), seed, tell, epochs or training.EPOCHS)
    training.save(arrays, out)
    click.echo(f"wrote {out}")
