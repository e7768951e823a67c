"""Articles and annotation work -> the tables articles, stance, events, triggers and annotations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.annotations import annotation_columns, is_decision
from dataset_builder.assemble.articles import article_row
from dataset_builder.assemble.codes import Place, finding
from dataset_builder.assemble.events import event_rows
from dataset_builder.assemble.grid import grid_rows
from dataset_builder.assemble.present import present_reads
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import Gathered
from dataset_builder.assemble.settle import FIRST_ORDINAL, decided, settle
from dataset_builder.assemble.stance import derived_rows, stance_rows
from dataset_builder.assemble.triggers import trigger_rows
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.collecting import without_collecting
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.ontology import Registries
    from dataset_builder.project import Settings
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Assembled:
    """What the inputs come to."""

    tables: dict[str, pa.Table]
    """articles, stance, events, triggers, annotations: declared schema, sorted by key, nulls last."""
    findings: tuple[Finding, ...]
    complete: frozenset[str]
    """Articles that someone finished and found relevant: those that events and stance are from."""


@without_collecting()
def assemble(
    articles: Sequence[Article],
    groups: Mapping[str, Grouping],
    tasks: Sequence[ExportedTask],
    registries: Registries,
    settings: Settings,
    grids: Sequence[ExportedTask] = (),
) -> Assembled:
    """Build the tables. `groups` is by article id and must have every article.
    `grids` are the tasks of the pair grid.

    Whose version the rows of an article come from is said by `settle`; all who finished it on their
    own vote, and an adjudicator does not: that one has seen what the others did. Work on another
    text or under an earlier scheme is carried over (see `present`); a task of kind review counts as
    work on its text like any other. Bad data is a finding, and whatever it concerns is left out.
    Raises ProjectError when an alias of the registries belongs to two entries. The order of
    `articles` and `tasks` does not matter.
    """
    known = lexicon(registries)
    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    by_article: dict[str, list[ExportedTask]] = {}
    for task in sorted(tasks, key=lambda task: (task.key, task.kind)):
        by_article.setdefault(task.article_id, []).append(task)
    grid_of: dict[str, list[ExportedTask]] = {}
    for task in sorted(grids, key=lambda task: task.key):
        grid_of.setdefault(task.article_id, []).append(task)
    rows = {name: Gathered(table, registries.ontology) for name, table in TABLES.items()}
    ordered = sorted(articles, key=lambda article: article.article_id)
    findings = _foreign(by_article, {article.article_id for article in ordered}, kinds)
    complete: set[str] = set()
    types = registries.ontology.names("event_type")
    for article in ordered:
        group = groups[article.article_id]
        rows["articles"].add([article_row(article, group)])
        entered = by_article.get(article.article_id, ())
        reads, found = read_annotations([task for task in entered if not is_decision(task)])
        findings += found
        decisions, found = read_annotations(
            [task for task in entered if is_decision(task)], first=FIRST_ORDINAL
        )
        findings += found
        rows["annotations"].add_columns(annotation_columns((*reads, *decisions), kinds))
        present, found = present_reads(reads, article, registries.ontology)
        findings += found
        carried = list(found)
        voters, found = finished(present, article.text_sha256, registries, known)
        findings += found
        decision, found = decided(decisions, article, registries, known)
        findings += found
        carried += found
        settled = settle(voters, decision, settings, registries.ontology)
        findings += settled.findings
        version = settled.version
        findings += decision.findings if decision is not None else ()
        for voter in voters:
            # What is wrong in the others' versions changes a vote at most, never a row.
            findings += [
                f
                if voter is version or not f.code.startswith("GRM")
                else replace(f, severity="warning")
                for f in voter.findings
            ]
        if version is None or not version.relevant:
            continue
        complete.add(article.article_id)
        events: list[Row] = []
        stances: list[Row] = []
        for part in settled.parts:
            taken, found = event_rows(article, group, part, voters, registries.ontology)
            events += taken
            findings += found
            taken, found = stance_rows(article, group, part, voters)
            stances += taken
            findings += found
        rows["events"].add(events)
        tagged, found = trigger_rows(article, events, settled, carried, types)
        rows["triggers"].add(tagged)
        findings += found
        if article.article_id in grid_of:
            answered, judged, found = grid_rows(
                article,
                group,
                voters if version in voters else (*voters, version),
                stances,
                grid_of[article.article_id],
                registries,
                settings.primary,
            )
            rows["annotations"].add(judged)
            findings += found
            if answered is not None:
                rows["stance"].add(answered)
                continue
        rows["stance"].add(stances)
        derived = derived_rows(
            article,
            group,
            version,
            voters,
            most=settings.derived_neutrals,
            seed=settings.seed,
        )
        rows["stance"].add(derived)
    return Assembled(
        {name: gathered.table() for name, gathered in rows.items()},
        tuple(findings),
        frozenset(complete),
    )


def _foreign(
    by_article: Mapping[str, Sequence[ExportedTask]],
    articles: set[str],
    kinds: Mapping[str, str],
) -> list[Finding]:
    """Annotations of articles and by annotators that are not there."""
    findings: list[Finding] = []
    strangers: dict[str, ExportedTask] = {}
    for article_id, tasks in sorted(by_article.items()):
        for task in tasks:
            place = Place(article_id, file=task.file, line=task.line)
            if article_id not in articles and task.annotations:
                message = "there are annotations for an article that the sources do not hold"
                fix = "restore the article's source, or remove the line from the export"
                findings.append(finding("KEY205", place, message, fix=fix))
            for annotation in task.annotations:
                if annotation.annotator not in kinds:
                    strangers.setdefault(annotation.annotator, task)
    for name, task in sorted(strangers.items()):
        place = Place(task.article_id, file=task.file, line=task.line)
        message = f"annotator {name} is not in annotators.yaml; nothing of theirs is used"
        fix = "add the pseudonym to annotations/annotators.yaml"
        findings.append(finding("KEY202", place, message, fix=fix, annotator=name))
    return findings
