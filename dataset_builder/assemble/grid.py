"""Answers of the pair grid -> rows of the tables stance and annotations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dataset_builder.assemble.answers import read_grids
from dataset_builder.assemble.codes import Notes, Place
from dataset_builder.assemble.entries import Entry
from dataset_builder.assemble.moved_answers import answers_on
from dataset_builder.assemble.pairs import by_id, crossed, named_pairs
from dataset_builder.assemble.rows import context, digest, span
from dataset_builder.tables import ARTICLE_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.answers import Answers
    from dataset_builder.assemble.pairs import Pair
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.assemble.versions import Version
    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedTask
    from dataset_builder.validate.findings import Finding


def grid_rows(
    article: Article,
    group: Grouping,
    voters: Sequence[Version],
    stances: Sequence[Row],
    tasks: Sequence[ExportedTask],
    registries: Registries,
    primary: Sequence[str],
) -> tuple[list[Row] | None, list[Row], list[Finding]]:
    """Stance rows of an article whose grid somebody finished, its rows of `annotations`, findings.

    `stances` are its annotated rows; those that only a crossing of several holders and targets
    speaks for stand where the grid gives the same label, and otherwise the grid's row takes their
    place. The label of a pair is what most said; of equally many, what the first of `primary` (then
    by pseudonym) said, and `agreement` shows the tie. None when nobody finished a grid.
    """
    kinds = {annotator.pseudonym: annotator.kind for annotator in registries.annotators}
    given, findings = read_grids(tasks, registries.ontology)
    given = [
        (task, tuple(item for item in answers if item.annotator in kinds))
        for task, answers in given
    ]
    annotations = [
        row
        for task, answers in given
        for item in answers
        for row in _annotation_rows(task, item, kinds)
    ]
    if not any(answers for _, answers in given):
        return None, annotations, findings
    pairs = by_id(named_pairs(article, voters, registries))
    read, found = answers_on(article, given, pairs, registries)
    findings += found
    if not read:
        return None, annotations, findings
    notes = Notes(Place(article.article_id, file=tasks[0].file, line=tasks[0].line))
    first = {name: number for number, name in enumerate(primary)}
    heard = sorted(read, key=lambda item: (first.get(item.annotator, len(first)), item.annotator))
    rows: list[Row] = []
    settled: dict[str, str] = {}
    for pair_id_ in dict.fromkeys(pair for item in read for pair in item.labels):
        pair = pairs.get(pair_id_)
        if pair is None:
            notes.add(
                "KEY210",
                f"the grid answers pair {pair_id_}, whose holder or target nobody marks any more; "
                "the answers are not used",
                fix="push the grid again; it is then asked about what is marked now",
            )
        elif pair.open:
            row = _row(article, group, pair, read, heard, kinds)
            settled[pair.id] = row["label"]
            rows.append(row)
    doubtful = _only_crossed(stances, voters)
    confirmed = {
        row["pair_id"]
        for row in stances
        if row["stance_id"] in doubtful and settled.get(row["pair_id"]) == row["label"]
    }
    kept = [
        row
        for row in stances
        if row["stance_id"] not in doubtful
        or row["pair_id"] not in settled
        or settled[row["pair_id"]] == row["label"]
    ]
    rows = [row for row in rows if row["pair_id"] not in confirmed]
    return [*kept, *rows], annotations, [*findings, *notes.found]


def _row(
    article: Article,
    group: Grouping,
    pair: Pair,
    read: Sequence[Answers],
    heard: Sequence[Answers],
    kinds: Mapping[str, str],
) -> Row:
    votes = [
        {
            "annotator": item.annotator,
            "kind": kinds[item.annotator],
            "label": item.labels[pair.id],
        }
        for item in read
        if pair.id in item.labels
    ]
    counts = Counter(vote["label"] for vote in votes)
    most = max(counts.values())
    label = next(
        item.labels[pair.id] for item in heard if counts.get(item.labels.get(pair.id, "")) == most
    )
    start, text = context(article, pair.holder_at, (pair.target_at,))
    return {
        "text": text,
        "holder": pair.holder.name,
        "target": pair.target.name,
        "label": label,
        # As a derived row of the pair has it: the grid corrects that row, it is no new one.
        "stance_id": digest((pair.id, "derived")),
        "pair_id": pair.id,
        "article_id": article.article_id,
        "holder_id": pair.holder.id,
        "holder_kind": pair.holder.kind,
        "holder_code": pair.holder.code,
        "target_id": pair.target.id,
        "target_kind": pair.target.kind,
        "target_code": pair.target.code,
        "expression": "none",
        "evidence": None,
        "holder_span": span(pair.holder_at, article.text),
        "target_span": span(pair.target_at, article.text),
        "context_start": start,
        "basis": "grid",
        "votes": votes,
        "agreement": most / len(votes),
        "outlet": article.outlet,
        "published_at": article.published_at,
        "story": group.story,
    }


def _only_crossed(stances: Iterable[Row], voters: Sequence[Version]) -> frozenset[str]:
    """Ids of the rows whose evidence has several holders and several targets."""
    several = {region for voter in voters for region in crossed(voter.takes)}
    ids = {digest((row["pair_id"], region)) for row in stances for region in several}
    return frozenset(row["stance_id"] for row in stances if row["stance_id"] in ids)


def _annotation_rows(task: ExportedTask, answers: Answers, kinds: Mapping[str, str]) -> list[Row]:
    """One row per answer, named after its pair, and one for the annotation as such."""
    shared: Row = {
        **Entry("article")._asdict(),
        "annotation_id": f"{task.article_id}:{answers.annotator}:{answers.annotation_number}",
        "article_id": task.article_id,
        "annotator": answers.annotator,
        "annotator_kind": kinds[answers.annotator],
        "state": "completed",
        "text_sha256": task.text_sha256,
    }
    named = [
        {**shared, "name": f"pair:{pair}", "values": (label,)}
        for pair, label in answers.labels.items()
    ]
    return [{**shared, "name": ARTICLE_ROW}, *named]
