"""Articles and annotation work -> the tables articles, stance, events and annotations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.annotations import annotation_rows
from dataset_builder.assemble.articles import article_row
from dataset_builder.assemble.codes import Place, finding
from dataset_builder.assemble.events import event_rows
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import to_table
from dataset_builder.assemble.stance import derived_rows, stance_rows
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.assemble.versions import Read, Version
    from dataset_builder.ontology import Registries
    from dataset_builder.project import Settings
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding


@dataclass(frozen=True)
class Assembled:
    """What the inputs come to."""

    tables: dict[str, pa.Table]
    """articles, stance, events, annotations: declared schema, sorted by key, nulls last."""
    findings: tuple[Finding, ...]
    complete: frozenset[str]
    """Articles that someone finished and found relevant: those that events and stance are from."""


def assemble(
    articles: Sequence[Article],
    groups: Mapping[str, Grouping],
    tasks: Sequence[ExportedTask],
    registries: Registries,
    settings: Settings,
) -> Assembled:
    """Build the four tables. `groups` is by article id and must have every article.

    The rows of an article come from one annotator's version (the first of `settings.primary` who
    finished it; by pseudonym when that is empty); all who finished it vote. Bad data is a finding,
    and whatever it concerns is left out. Raises ProjectError when an alias of the registries
    belongs to two entries. The order of `articles` and `tasks` does not matter.
    """
    known = lexicon(registries)
    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    by_article: dict[str, list[ExportedTask]] = {}
    for task in sorted(tasks, key=lambda task: task.key):
        by_article.setdefault(task.article_id, []).append(task)
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    ordered = sorted(articles, key=lambda article: article.article_id)
    findings = _foreign(by_article, {article.article_id for article in ordered}, kinds)
    complete: set[str] = set()
    for article in ordered:
        group = groups[article.article_id]
        rows["articles"].append(article_row(article, group))
        reads, found = read_annotations(by_article.get(article.article_id, ()))
        findings += found
        rows["annotations"] += annotation_rows(reads, kinds)
        findings += _other_texts(reads, article)
        voters, found = finished(reads, article.text_sha256, registries, known)
        findings += found
        version, found = _winner(voters, settings.primary)
        findings += found
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
        events, found = event_rows(article, group, version, voters, registries.ontology)
        rows["events"] += events
        findings += found
        stances, found = stance_rows(article, group, version, voters)
        rows["stance"] += stances
        findings += found
        rows["stance"] += derived_rows(
            article,
            group,
            version,
            voters,
            most=settings.derived_neutrals,
            seed=settings.seed,
        )
    return Assembled(
        {name: to_table(rows[name], TABLES[name], registries.ontology) for name in TABLES},
        tuple(findings),
        frozenset(complete),
    )


def _winner(
    voters: Sequence[Version], primary: Sequence[str]
) -> tuple[Version | None, list[Finding]]:
    """The version that the release takes, and a finding when `primary` excludes all there are."""
    if not voters:
        return None, []
    if not primary:
        return voters[0], []
    by_name = {voter.annotator: voter for voter in voters}
    found = next((by_name[name] for name in primary if name in by_name), None)
    if found is not None:
        return found, []
    names = ", ".join(by_name)
    task = voters[0].task
    place = Place(task.article_id, file=task.file, line=task.line)
    message = f"the article was finished by {names} only, and `primary` names none of them"
    fix = "add an annotator to `primary` in pyproject.toml"
    return None, [finding("KEY206", place, message, fix=fix)]


def _other_texts(reads: Sequence[Read], article: Article) -> list[Finding]:
    """One finding for each other text that the article was annotated on."""
    submitted = [read for read in reads if read.state == "completed"]
    current = any(read.task.text_sha256 == article.text_sha256 for read in submitted)
    others = {
        read.task.text_sha256: read.task
        for read in submitted
        if read.task.text_sha256 != article.text_sha256
    }
    return [
        finding(
            "SPN203",
            Place(article.article_id, file=task.file, line=task.line),
            "the article was annotated on another text than the cleaner gives now; these "
            "annotations make no rows",
            # With work on the present text too, nothing is missing from the release.
            severity="warning" if current else "error",
            expected=article.text_sha256,
            found=text_sha256,
            fix="clean as before, or push the article and annotate it again",
        )
        for text_sha256, task in sorted(others.items())
    ]


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
