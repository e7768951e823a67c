"""Articles that follow each other by id, assembled on their own, wherever that is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from dataset_builder.assemble.annotations import annotation_columns
from dataset_builder.assemble.articles import article_row
from dataset_builder.assemble.events import event_rows
from dataset_builder.assemble.grid import grid_rows
from dataset_builder.assemble.rows import Gathered
from dataset_builder.assemble.settle import settle
from dataset_builder.assemble.stance import derived_rows, stance_rows
from dataset_builder.assemble.triggers import trigger_rows
from dataset_builder.assemble.work import Work
from dataset_builder.collecting import without_collecting
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.agreement.tally import Tally
    from dataset_builder.articles import Article
    from dataset_builder.assemble.resolve import Lexicon
    from dataset_builder.assemble.rows import Columns, Grouping, Row
    from dataset_builder.assemble.work import Stored
    from dataset_builder.project import Settings
    from dataset_builder.registries import Registries
    from dataset_builder.validate.findings import Finding

RANGE: Final = 2_000_000
"""Bytes of text and of exports that are taken together: their rows are all in memory."""


class Group(NamedTuple):
    """A `rows.Grouping` that a process can be given without importing how groups are found."""

    duplicate_group: str
    story: str


class Item(NamedTuple):
    """An article, and what is known of it."""

    article_id: str
    article: Article | None
    """None when it is not there any more, and only its work is."""
    group: Group | None
    split: str | None
    tasks: Sequence[Stored]

    @property
    def size(self) -> int:
        """Bytes that are to be read, about."""
        text = 0 if self.article is None else len(self.article.text)
        return text + sum(task.size for task in self.tasks)


@dataclass(frozen=True)
class Made:
    """What the articles of one range come to."""

    tables: dict[tuple[str, str], pa.Table]
    """(table, split) -> rows as `rows.Gathered.table` gives them."""
    findings: list[Finding]
    complete: list[str]
    """As in `Assembled`."""
    tally: Tally | None


def cut(
    articles: Mapping[str, Article],
    groups: Mapping[str, Grouping],
    stored: Mapping[str, Sequence[Stored]],
    splits: Mapping[str, str | None],
    *,
    counted: bool,
) -> list[list[Item]]:
    """Every article in ranges of about `RANGE` bytes, by id; those that have only work, too, when
    that is `counted`."""
    ranges: list[list[Item]] = []
    room = 0
    for name in sorted({*articles, *stored} if counted else articles):
        article, group, split = articles.get(name), None, splits.get(name)
        if article is not None:
            group, split = Group(groups[name].duplicate_group, groups[name].story), splits[name]
        item = Item(name, article, group, split, stored.get(name, ()))
        if room <= 0:
            ranges.append([])
            room = RANGE
        ranges[-1].append(item)
        room -= item.size
    return ranges


@dataclass(frozen=True)
class Assembling:
    """What is done with every range."""

    registries: Registries
    settings: Settings
    known: Lexicon
    schemas: Mapping[str, pa.Schema]
    """Of every table."""
    details: bool | None
    """As of `Tally`; None: nothing is counted."""

    @without_collecting()
    def __call__(self, items: Sequence[Item]) -> Made:
        """Assemble the articles, and count what annotators have in common."""
        from dataset_builder.agreement.standing import standing
        from dataset_builder.agreement.tally import Tally

        ontology = self.registries.ontology
        gathered: dict[str, dict[str, Gathered]] = {}
        """Split -> table -> rows."""
        findings: list[Finding] = []
        complete: list[str] = []
        tally = None if self.details is None else Tally(ontology, details=self.details)

        for item in items:
            work = Work((task.read() for task in item.tasks), self.registries, self.known)
            split = item.split
            if tally is not None and item.tasks and split:
                tally.add(standing(work, self.registries))
            if item.article is None or item.group is None:
                continue
            made = _article(item.article, item.group, split, work, self.registries, self.settings)
            findings += made.findings
            if made.complete:
                complete.append(item.article_id)
            if split is not None:
                if split not in gathered:
                    gathered[split] = {
                        name: Gathered(table, self.schemas[name], ontology)
                        for name, table in TABLES.items()
                    }
                into = gathered[split]
                into["articles"].add([article_row(item.article, item.group)])
                into["annotations"].add_columns(made.annotations)
                into["events"].add(made.events)
                into["triggers"].add(made.triggers)
                into["stance"].add(made.stance)
        tables = {
            (name, split): rows.table()
            for split, tables in gathered.items()
            for name, rows in tables.items()
        }
        return Made(tables, findings, complete, tally)


@dataclass(frozen=True)
class _Rows:
    """The rows of one article, but those of the table articles, and what there is to say."""

    annotations: Columns
    findings: list[Finding]
    complete: bool = False
    events: Sequence[Row] = ()
    triggers: Sequence[Row] = ()
    stance: Sequence[Row] = ()


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
