"""Articles and annotation work -> the tables articles, stance, events, triggers and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.codes import Place, finding
from dataset_builder.assemble.ranges import Assembling, cut
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import Pieces
from dataset_builder.assemble.work import by_article
from dataset_builder.collecting import without_collecting
from dataset_builder.engines import opened
from dataset_builder.project import SPLITS
from dataset_builder.tables import TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.agreement.tally import Tally
    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Grouping
    from dataset_builder.assemble.work import Stored
    from dataset_builder.project import Settings
    from dataset_builder.registries import Registries
    from dataset_builder.validate.findings import Finding

ENOUGH: Final = 8
"""Ranges for which it is worth while to start a process."""


@dataclass(frozen=True)
class Assembled:
    """What the inputs come to."""

    tables: dict[tuple[str, str], pa.Table]
    """(articles, stance, events, triggers or annotations; split): declared schema, sorted by key,
    nulls last. They may be larger than the memory: what is put away is on the disk."""
    findings: tuple[Finding, ...]
    complete: frozenset[str]
    """Articles that someone finished and found relevant: those that events and stance are from."""


@without_collecting()
def assemble(
    articles: Sequence[Article],
    groups: Mapping[str, Grouping],
    tasks: Sequence[Stored],
    registries: Registries,
    settings: Settings,
    splits: Mapping[str, str | None],
    *,
    tally: Tally | None = None,
    jobs: int = 1,
) -> Assembled:
    """Build the tables, article by article: work that is in files is read when it has its turn.

    `groups` and `splits` are by article id and must have every article; those without a split make
    findings, and no rows. `tasks` are of any kind. What annotators have in common on articles with a
    split, whether the article is there or not, is added to `tally`. Where there is enough to do for
    them, up to `jobs` processes do it; what comes out does not depend on their number.

    Whose version the rows of an article come from is said by `settle`; all who finished it on their
    own vote, and an adjudicator does not: that one has seen what the others did. Work on another
    text or under an earlier scheme is carried over (see `present`); a task of kind review counts as
    work on its text like any other. Bad data is a finding, and whatever it concerns is left out.
    Raises ProjectError when an alias of the registries belongs to two entries, DatasetBuilderError
    when the disk for temporary files is full or a process dies. The order of `articles` and `tasks`
    does not matter.
    """
    schemas = {name: arrow_schema(table, registries.ontology) for name, table in TABLES.items()}
    stored = by_article(tasks)
    there = {article.article_id: article for article in articles}
    gathered = {
        (name, split): Pieces(table, schemas[name])
        for split in SPLITS
        for name, table in TABLES.items()
    }
    findings = _foreign(stored, there.keys(), registries)
    complete: set[str] = set()
    assembling = Assembling(
        registries, settings, lexicon(registries), schemas, None if tally is None else tally.details
    )
    ranges = cut(there, groups, stored, splits, counted=tally is not None)
    with opened(min(jobs, len(ranges) // ENOUGH)) as engine:
        for made in engine.in_order(assembling, ranges):
            findings += made.findings
            complete.update(made.complete)
            for place, table in made.tables.items():
                gathered[place].add(table)
            if tally is not None and made.tally is not None:
                tally.merge(made.tally)
    tables = {place: pieces.table() for place, pieces in gathered.items()}
    return Assembled(tables, tuple(findings), frozenset(complete))


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
