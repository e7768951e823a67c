"""Articles and annotation work -> the tables articles, stance, events, triggers and annotations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.annotations import annotation_columns
from dataset_builder.assemble.articles import article_row
from dataset_builder.assemble.codes import Place, finding
from dataset_builder.assemble.events import event_rows
from dataset_builder.assemble.grid import grid_rows
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import Gathered
from dataset_builder.assemble.settle import settle
from dataset_builder.assemble.stance import derived_rows, stance_rows
from dataset_builder.assemble.triggers import trigger_rows
from dataset_builder.assemble.work import Work, by_article
from dataset_builder.collecting import without_collecting
from dataset_builder.project import SPLITS
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Columns, Grouping, Row
    from dataset_builder.assemble.work import Stored
    from dataset_builder.project import Settings
    from dataset_builder.registries import Registries
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Assembled:
    """What the inputs come to."""

    tables: dict[tuple[str, str], pa.Table]
    """(articles, stance, events, triggers or annotations; split): declared schema, sorted by key,
    nulls last. They may be larger than the memory: what is put away is on the disk."""
    findings: tuple[Finding, ...]
    complete: frozenset[str]
    """Articles that someone finished and found relevant: those that events and stance are from."""


@dataclass(frozen=True)
class _Rows:
    """The rows of one article, but those of the table articles, and what there is to say."""

    annotations: Columns
    findings: list[Finding]
    complete: bool = False
    events: Sequence[Row] = ()
    triggers: Sequence[Row] = ()
    stance: Sequence[Row] = ()


@without_collecting()
def assemble(
    articles: Sequence[Article],
    groups: Mapping[str, Grouping],
    tasks: Sequence[Stored],
    registries: Registries,
    settings: Settings,
    splits: Mapping[str, str | None],
    *,
    also: Callable[[str, Work], None] | None = None,
) -> Assembled:
    """Build the tables, article by article: work that is in files is read when it has its turn.

    `groups` and `splits` are by article id and must have every article; those without a split make
    findings, and no rows. `tasks` are of any kind. `also` is called with every article id that
    has work, whether the article is there or not, in order.

    Whose version the rows of an article come from is said by `settle`; all who finished it on their
    own vote, and an adjudicator does not: that one has seen what the others did. Work on another
    text or under an earlier scheme is carried over (see `present`); a task of kind review counts as
    work on its text like any other. Bad data is a finding, and whatever it concerns is left out.
    Raises ProjectError when an alias of the registries belongs to two entries, DatasetBuilderError
    when the disk for temporary files is full. The order of `articles` and `tasks` does not matter.
    """
    known = lexicon(registries)
    stored = by_article(tasks)
    there = {article.article_id: article for article in articles}
    gathered = {
        (name, split): Gathered(table, registries.ontology)
        for split in SPLITS
        for name, table in TABLES.items()
    }
    findings = _foreign(stored, there.keys(), registries)
    complete: set[str] = set()
    for article_id in sorted({*there, *stored} if also else there):
        work = Work((task.read() for task in stored.get(article_id, ())), registries, known)
        if also and article_id in stored:
            also(article_id, work)
        article = there.get(article_id)
        if article is None:
            continue
        group, split = groups[article_id], splits[article_id]
        made = _article(article, group, split, work, registries, settings)
        findings += made.findings
        if made.complete:
            complete.add(article_id)
        if split is not None:
            gathered["articles", split].add([article_row(article, group)])
            gathered["annotations", split].add_columns(made.annotations)
            gathered["events", split].add(made.events)
            gathered["triggers", split].add(made.triggers)
            gathered["stance", split].add(made.stance)
    tables = {place: rows.table() for place, rows in gathered.items()}
    return Assembled(tables, tuple(findings), frozenset(complete))


def _article(
    article: Article,
    group: Grouping,
    split: str | None,
    work: Work,
    registries: Registries,
    settings: Settings,
) -> _Rows:
    """The rows of one article."""
    ontology = registries.ontology
    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    reads, shape = work.reads
    decisions, shape_of_decisions = work.decision_reads
    annotations = annotation_columns((*reads, *decisions), kinds)
    voters, carried, unfinished = work.versions(article)
    decision, carried_too = work.decision(article)
    settled = settle(voters, decision, settings, ontology)
    version = settled.version
    findings = [
        *(*shape, *shape_of_decisions, *carried, *unfinished, *carried_too, *settled.findings),
        *(decision.findings if decision is not None else ()),
    ]
    for voter in voters:
        # What is wrong in the others' versions changes a vote at most, never a row.
        findings += [
            f
            if voter is version or not f.code.startswith("GRM")
            else replace(f, severity="warning")
            for f in voter.findings
        ]
    if version is None or not version.relevant:
        return _Rows(annotations, findings)
    events: list[Row] = []
    stances: list[Row] = []
    for part in settled.parts:
        taken, found = event_rows(article, group, part, voters, ontology)
        events += taken
        findings += found
        taken, found = stance_rows(article, group, part, voters)
        stances += taken
        findings += found
    types = ontology.names("event_type")
    triggers, found = trigger_rows(article, events, settled, (*carried, *carried_too), types)
    findings += found
    answered = None
    if work.grids:
        answered, judged, found = grid_rows(
            article,
            group,
            voters if version in voters else (*voters, version),
            stances,
            work.grids,
            registries,
            settings.primary,
        )
        for name, column in annotations.items():
            column += [row[name] for row in judged]
        findings += found
    if answered is not None:
        stances = answered
    elif split == "train":  # nobody has looked at derived rows: they measure nothing
        most, seed = settings.derived_neutrals, settings.seed
        stances += derived_rows(article, group, version, voters, most=most, seed=seed)
    return _Rows(annotations, findings, True, events, triggers, stances)


def _foreign(
    stored: Mapping[str, Sequence[Stored]], articles: Collection[str], registries: Registries
) -> list[Finding]:
    """Annotations of articles and by annotators that are not there."""
    known = {annotator.pseudonym for annotator in registries.annotators}
    findings: list[Finding] = []
    strangers: dict[str, Stored] = {}
    for article_id, tasks in sorted(stored.items()):
        for task in tasks:
            if task.kind == "grid":
                continue
            place = Place(article_id, file=task.file, line=task.line)
            if article_id not in articles and task.annotators:
                message = "there are annotations for an article that the sources do not hold"
                fix = "restore the article's source, or remove the line from the export"
                findings.append(finding("KEY205", place, message, fix=fix))
            for annotator in task.annotators:
                if annotator not in known:
                    strangers.setdefault(annotator, task)
    for name, task in sorted(strangers.items()):
        place = Place(task.article_id, file=task.file, line=task.line)
        message = f"annotator {name} is not in annotators.yaml; nothing of theirs is used"
        fix = "add the pseudonym to annotations/annotators.yaml"
        findings.append(finding("KEY202", place, message, fix=fix, annotator=name))
    return findings
