"""A project's side of suggesting: which articles, by what, and where the suggestions go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.prelabel.cues import load_cues
from dataset_builder.prelabel.rules import Rules
from dataset_builder.prelabel.suggestion import Prediction, understood
from dataset_builder.studio.exported import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.ontology import Ontology
    from dataset_builder.prelabel.measure import Suggester
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.predictions import PredictionReport
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Outcome:
    """What was done, in words, and suggestions that were held back because something is wrong."""

    summary: str
    findings: tuple[Finding, ...]


def project_rules(project: Project, registries: Registries) -> Rules:
    """The rules with the registries and the cues of a project. Raises ProjectError."""
    return Rules(registries, load_cues(project, registries.ontology))


def suggester(
    rules: Rules, cache: Path, model: Path | None = None, pipeline: str | None = None
) -> Suggester:
    """The rules, or a model trained on the release at `model` or a transformers pipeline, both
    with the rules' names and dates. Raises UsageError when it cannot be made."""
    if model is not None:
        from dataset_builder.prelabel.model import from_release

        return from_release(model, rules, cache)
    if pipeline is not None:
        from dataset_builder.prelabel.pipeline import from_pipeline

        return from_pipeline(pipeline, rules)
    return rules


def prelabel(
    project: Project,
    *,
    model: Path | None = None,
    pipeline: str | None = None,
    dry_run: Path | None = None,
    report: Report,
    connection: Connection | None = None,
) -> Outcome:
    """Suggest for every article of the project that nobody has annotated.

    With `dry_run` the suggestions are written there, one JSON object a line, and no server is
    asked; articles with committed annotations are then left out. Raises UsageError, ProjectError,
    FindingsError (damaged exports), ServerError.
    """
    from dataset_builder.files import write_text
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.workspace import project_groups, project_spec

    registries = load_registries(project)
    rules = project_rules(project, registries)
    by = suggester(rules, cache_of(project), model, pipeline)
    distinct, work = project_groups(project, registries)
    worked = {task.key for task in work["articles"] if task.annotations}
    articles = [a for a in distinct.articles if (a.article_id, a.text_sha256) not in worked]
    held: list[Finding] = []
    made = predictions(articles, by, registries.ontology, held)
    if dry_run is not None:
        lines = [dumps(_line(item)) for item in made if item.result]
        write_text(dry_run, "".join(f"{line}\n" for line in lines))
        return Outcome(
            f"{dry_run}: {len(lines)} suggestions by {by.model_version}; "
            f"{len(articles) - len(lines)} articles without; "
            f"{len(distinct.articles) - len(articles)} annotated already",
            tuple(held),
        )
    from dataset_builder.studio.predictions import push_predictions
    from dataset_builder.studio.server import connect

    done = push_predictions(
        connection or connect(project), project_spec(project, registries), made, report=report
    )
    return Outcome(
        _said(done, by.model_version, len(distinct.articles) - len(articles)), tuple(held)
    )


def measured(project: Project, *, form: str) -> str:
    """Precision and recall against the committed annotations, as text or JSON; with scikit-learn
    also of a model that is trained for each story on the others. Raises FindingsError when an
    export cannot be read.
    """
    from importlib.util import find_spec

    from dataset_builder.prelabel import measure as measuring
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.workspace import project_groups

    registries = load_registries(project)
    distinct, work = project_groups(project, registries)
    stories = {name: group.story for name, group in distinct.groups.items()}
    annotated = measuring.examples(distinct.articles, stories, work["articles"], registries)
    trainer = None
    if find_spec("sklearn"):
        from dataset_builder.prelabel.model import from_examples

        trainer = from_examples
    figures = measuring.measure(annotated, project_rules(project, registries), trainer)
    used = {name for example in annotated for name in example.versions}
    notes = [
        f"reference: {a.pseudonym} ({a.kind}){': ' + a.note if a.note else ''}"
        for a in registries.annotators
        if a.pseudonym in used
    ]
    notes.append(
        "the cues were written from the ontology's definitions and general English, then extended "
        "on seeing what they missed here; the registries were written from these articles: the "
        "figures of the rules flatter them"
    )
    if trainer is None:
        notes.append("without scikit-learn (extra `prelabel`) no model is measured")
    if not annotated:
        notes.append("no article of the sources has finished annotations")
    return (measuring.as_json if form == "json" else measuring.as_text)(figures, notes)


def predictions(
    articles: Sequence[Article], by: Suggester, ontology: Ontology, held: list[Finding]
) -> Iterator[Prediction]:
    """A prediction for each article. One that our own reading finds anything wrong with is held
    back (the server takes everything), and what is wrong is added to `held`."""
    for article, suggestion in zip(articles, by.suggest(articles), strict=True):
        items = suggestion.items
        if items:
            _, findings = understood(article, suggestion, ontology)
            if findings:
                held += findings
                items = ()
        yield Prediction(article.article_id, article.text_sha256, by.model_version, items)


def cache_of(project: Project) -> Path:
    """Where trained models are kept."""
    from dataset_builder.studio.install import cache_folder

    return cache_folder() / "prelabel" / project.settings.name


def _line(item: Prediction) -> dict[str, object]:
    return {
        "article_id": item.article_id,
        "text_sha256": item.text_sha256,
        "model_version": item.model_version,
        "result": list(item.result),
    }


def _said(done: PredictionReport, version: str, annotated: int) -> str:
    counts: Iterable[tuple[str, int]] = (
        ("new", len(done.created)),
        ("replaced", len(done.replaced)),
        ("unchanged", len(done.unchanged)),
        ("without any", len(done.empty)),
        ("left alone, somebody has started", len(done.started) + annotated),
        ("not on the server (`dataset-builder push`)", len(done.missing)),
    )
    from dataset_builder.printable import printable

    shown = ", ".join(f"{count} {name}" for name, count in counts if count)
    said = f"suggestions by {version} on {done.project_url}: {shown or 'no article'}"
    if done.other_model is not None:
        said += (
            f"\nthe label stream shows those of {printable(done.other_model, 400)}, which somebody chose "
            "in the project's settings"
        )
    return said
