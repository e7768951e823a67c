"""Commands around cleaning: clean pages, evaluate the cleaner, train its line model."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.project import find_project, project_around
from dataset_builder.terminal import bar, tell

if TYPE_CHECKING:
    from dataset_builder.articles import RawPage, Rejected
    from dataset_builder.corpus.engines import Name
    from dataset_builder.ledger import Ledger
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Story
    from dataset_builder.sources import FieldMap
    from dataset_builder.takedown import Takedowns

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
@click.option(
    "--explain",
    metavar="PAGE",
    help="Show what was cut of a page and why: a file, or the name or id of a page in SOURCES; with "
    "the template lines of --templates or --out.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 when a page could not be used.")
def clean(
    *,
    sources: tuple[str, ...],
    out: Path | None,
    fields: tuple[str, ...],
    jobs: int | None,
    engine: Name | None,
    templates: Path | None,
    no_templates: bool,
    explain: str | None,
    strict: bool,
) -> int:
    """Clean the pages of SOURCES [seeds/].

    Shows what each became, or with --out writes them. SOURCES are folders, files and globs: text,
    HTML, JSON Lines, CSV, Parquet, WARC.

    With --out, a run that was interrupted goes on where it stopped, and pages that were cleaned
    into the same folder before are not cleaned again.
    """
    from dataset_builder import clean as cleaning
    from dataset_builder.corpus import Options, clean_corpus
    from dataset_builder.engines import cores
    from dataset_builder.grouping import one_per_group
    from dataset_builder.printable import printable
    from dataset_builder.sources import parse_fields, read_pages
    from dataset_builder.takedown import sifted

    if explain is not None:
        _explain_page(explain, sources, parse_fields(fields), _templates_at(templates, out))
        return 0
    places = sources or (str(find_project().seeds),)
    pages = partial(read_pages, places, parse_fields(fields))
    takedowns, ledger = _taken_down()
    if out is None:
        done = cleaning.collect(pages())
        if not (done.articles or done.rejected):
            raise UsageError(f"{', '.join(places)}: no page in it", hint="put raw pages there")
        articles, gone = sifted(done.articles, takedowns, ledger)
        distinct = one_per_group(articles)
        unused = (*done.rejected, *gone, *distinct.rejected)
        click.echo(cleaning.overview(cleaning.CleanedFolder(distinct.articles, unused)))
        return 1 if strict and unused else 0
    jobs = jobs or cores()
    options = Options(
        engine=engine or ("pool" if jobs > 1 else "loop"),
        jobs=jobs,
        templates=templates,
        learn=not no_templates,
        stories=_stories(),
        takedowns=takedowns,
        ledger=ledger,
    )
    with bar() as report:
        outcome = clean_corpus(pages, out, _ontology(), options, report)
    for item in outcome.shown:
        tell(f"{printable(item.source)}: {item.reason}: {printable(item.message)}")
    if outcome.broken > len(outcome.shown):
        tell(f"... {outcome.broken:,} records could not be read; all are in {out / 'rejected'}")
    click.echo(outcome.summary)
    return 1 if strict and outcome.rejected else 0


def _templates_at(file: Path | None, out: Path | None) -> Path | None:
    """The template lines that are named, else those of a cleaned corpus."""
    found = file or (out / "templates.parquet" if out else None)
    if found is not None and not found.is_file():
        hint = "give the folder that `clean --out` wrote"
        raise UsageError(f"{found}: no template lines there", hint=hint)
    return found


def _explain_page(
    name: str, sources: tuple[str, ...], fields: FieldMap, templates_file: Path | None
) -> None:
    """Print a page line by line, with what was cut and why."""
    from dataset_builder import clean as cleaning
    from dataset_builder.articles import Rejected
    from dataset_builder.corpus.templates import read_templates, site_of

    page = _page_named(name, sources, fields) if sources else _page_file(Path(name))
    if isinstance(page, Rejected):
        raise UsageError(f"{name}: {page.message}", hint="give a page that holds text")
    templates = read_templates(templates_file) if templates_file else None
    if templates is not None and site_of(page) not in templates.sites:
        tell(
            "no template lines are known of this page's site"
            + ("" if sources else ": which one it is shows from the SOURCES, so give those, too")
        )
    (cleaned,) = cleaning.clean_batch([page], templates)
    click.echo(cleaning.explain(cleaned, colour=sys.stdout.isatty(), templates=templates))


def _page_file(file: Path) -> RawPage | Rejected:
    from dataset_builder.sources import read_page

    if not file.is_file():
        raise UsageError(f"{file}: no such file", hint="for a page of a corpus name SOURCES, too")
    return read_page(file)


def _page_named(name: str, sources: tuple[str, ...], fields: FieldMap) -> RawPage | Rejected:
    """The page whose source or id is `name`."""
    from dataset_builder.articles import RawPage
    from dataset_builder.sources import read_pages

    for page in read_pages(sources, fields):
        if page.source == name or (isinstance(page, RawPage) and page.article_id == name):
            return page
    hint = "give its source or article_id as the tables have it, e.g. pages.jsonl#12"
    raise UsageError(f"no page {name!r} in {', '.join(sources)}", hint=hint)


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


def _stories() -> tuple[Story, ...]:
    """What the project says of stories; outside any project nothing."""
    from dataset_builder.registries import load_stories

    try:
        file = find_project().root / "annotations/stories.yaml"
    except ProjectError:
        return ()
    return load_stories(file) if file.is_file() else ()


def _taken_down() -> tuple[Takedowns, Ledger]:
    """What the project has taken down, and its ledger; outside any project nothing."""
    from dataset_builder.ledger import Ledger, read_ledger
    from dataset_builder.takedown import Takedowns, takedowns_of

    project = project_around()
    if project is None:
        return Takedowns(), Ledger()
    return takedowns_of(project), read_ledger(project.ledger)


@click.command()
@click.argument("pages", type=FILE)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def evaluate(*, pages: Path, form: str) -> None:
    """Measure how good the cleaner is on pages that you labelled.

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
    """Train the line model on labelled pages (extra `train`).

    Each line of PAGES has `raw`, and `label` (0 or 1 for each of its non-blank lines) or `gold`, as
    for `evaluate`. To use the weights, put them at dataset_builder/clean/line_model.npz.
    """
    from dataset_builder.clean import train as training

    arrays = training.train(training.read_labelled(pages), seed, tell, epochs or training.EPOCHS)
    training.save(arrays, out)
    click.echo(f"wrote {out}")
