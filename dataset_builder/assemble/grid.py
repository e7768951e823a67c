"""Answers of the pair grid -> rows of the tables stance and annotations.

The task of a grid holds `pairs`, a list of `{id, holder, target, row}` that only ever grows, and
row N of the screen is the control `pair_N`: an answer is known by its place, and means the id there.
A pair with `known` is a check: annotators decided it in the first pass, so it makes no row and
shows whether somebody reads what they tick.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.annotations import EMPTY
from dataset_builder.assemble.codes import Notes, Place, finding, quoted
from dataset_builder.assemble.pairs import by_id, crossed, named_pairs
from dataset_builder.assemble.rows import context, digest, pair_id, span
from dataset_builder.tables import ARTICLE_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.pairs import Pair
    from dataset_builder.assemble.rows import Grouping, Row
    from dataset_builder.assemble.versions import Version
    from dataset_builder.ontology import Registries
    from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask
    from dataset_builder.validate.findings import Finding

CHECKED = "checked"
"""Control of the tick "I read every row"."""
FIRST_ORDINAL = 1001
"""Grid annotations are numbered from here, so that theirs are no ids of the article's own."""
_CONTROL = re.compile(r"pair_(\d{1,6})")


@dataclass(frozen=True)
class Answers:
    """What one annotator said of the pairs of one article, in a finished grid."""

    annotator: str
    ordinal: int
    labels: Mapping[str, str]
    """pair_id -> label, in the order of the rows; checks are not in it."""
    checks: int
    missed: tuple[str, ...]
    """Checks that were answered otherwise than everybody had decided, by pair id."""


def grid_answers(
    tasks: Iterable[ExportedTask], labels: Sequence[str]
) -> dict[tuple[str, str], dict[str, str]]:
    """(article_id, pair_id) -> annotator -> label, for every pair that anyone judged.

    `tasks` are those of kind grid, `labels` the stance labels of the ontology. Unfinished and
    unreadable answers are left out, and so are checks.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for task in tasks:
        for item in read_grid(task, labels)[0]:
            for pair, label in item.labels.items():
                found.setdefault((task.article_id, pair), {})[item.annotator] = label
    return found


def read_grid(
    task: ExportedTask, labels: Sequence[str]
) -> tuple[tuple[Answers, ...], list[Finding]]:
    """The last finished grid of everyone, by pseudonym, and what is wrong with the task's grids."""
    place = Place(task.article_id, file=task.file, line=task.line)
    notes = Notes(place)
    pairs = _pairs(task, labels, notes)
    if pairs is None:
        return (), notes.found
    last: dict[str, ExportedAnnotation] = {}
    for annotation in sorted(task.annotations, key=lambda a: (a.annotator, a.ordinal)):
        if annotation.state == "completed":
            last[annotation.annotator] = annotation
    read: list[Answers] = []
    for who, annotation in last.items():
        own = Notes(replace(place, annotation_id=_annotation_id(task, who, annotation.ordinal)))
        answers = _read(annotation, pairs, labels, own)
        notes.found += own.found
        if answers is not None:
            read.append(answers)
    return tuple(read), notes.found


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
    names = [label.name for label in registries.ontology.stance_labels]
    read: list[Answers] = []
    annotations: list[Row] = []
    findings: list[Finding] = []
    for task in tasks:
        answers, found = read_grid(task, names)
        findings += found
        known = [item for item in answers if item.annotator in kinds]
        annotations += [row for item in known for row in _annotation_rows(task, item, kinds)]
        if task.text_sha256 == article.text_sha256:
            read += known
        elif known:
            findings.append(
                finding(
                    "SPN203",
                    Place(task.article_id, file=task.file, line=task.line),
                    "the grid was answered on another text than the cleaner gives now; its answers "
                    "make no rows",
                    severity="warning",
                    expected=article.text_sha256,
                    found=task.text_sha256,
                    fix="clean as before, or push the grid again and have it answered",
                )
            )
    if not read:
        return None, annotations, findings
    pairs = by_id(named_pairs(article, voters, registries))
    notes = Notes(Place(article.article_id, file=tasks[0].file, line=tasks[0].line))
    read.sort(key=lambda item: item.annotator)
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


def _pairs(
    task: ExportedTask, labels: Sequence[str], notes: Notes
) -> list[tuple[str, str | None]] | None:
    """(pair_id, known label of a check) for each row of the grid; None when they were altered."""
    pairs = task.data.get("pairs")
    read: list[tuple[str, str | None]] = []
    for item in pairs if isinstance(pairs, list) else ():
        wanted = isinstance(item, dict) and all(
            isinstance(item.get(name), str) for name in ("id", "holder", "target")
        )
        if not wanted or item["id"] != pair_id(task.article_id, item["holder"], item["target"]):
            break
        known = item.get("known")
        if known is not None and known not in labels:
            break
        read.append((item["id"], known))
    whole = isinstance(pairs, list) and len(read) == len(pairs)
    if whole and len({name for name, _ in read}) == len(read):
        return read
    notes.add(
        "KEY209",
        "the pairs of the grid are not those that were pushed; none of its answers is used",
        fix="restore the task's data, or remove the task and push the grid again",
    )
    return None


def _read(
    annotation: ExportedAnnotation,
    pairs: Sequence[tuple[str, str | None]],
    labels: Sequence[str],
    notes: Notes,
) -> Answers | None:
    """The answers of one finished annotation; None when it does not say that it was read."""
    given: dict[int, list[str]] = {}
    checked = False
    for item in annotation.result:
        name, values = str(item.get("from_name")), _values(item)
        control = _CONTROL.fullmatch(name)
        if control:
            given.setdefault(int(control[1]), []).extend(values)
        elif name == CHECKED:
            checked = bool(values)
    if not checked:
        notes.add(
            "GRM222",
            f"{annotation.annotator} submitted the grid without saying that every row was read; "
            "none of its answers is used",
            fix="tick the last line of the grid in Label Studio, then pull",
        )
        return None
    beyond = sorted(row for row in given if row >= len(pairs))
    if beyond:
        notes.add(
            "KEY211",
            f"the grid answers rows that it does not have: {', '.join(map(str, beyond[:5]))}",
            fix="submit the grid again in Label Studio, then pull",
        )
    answered: dict[str, str] = {}
    missed: list[str] = []
    empty = 0
    for row, (pair, known) in enumerate(pairs):
        values = given.get(row, [])
        if len(values) == 1 and values[0] in labels:
            if known is None:
                answered[pair] = values[0]
            elif known != values[0]:
                missed.append(pair)
        elif not values:
            empty += 1
        else:
            notes.add(
                "SCH204",
                f"row {row + 1} of the grid has not one of the stance labels; it is not used",
                expected=", ".join(labels),
                found=quoted(", ".join(values)),
            )
    if empty:
        notes.add(
            "GRM223",
            f"{empty} of {len(pairs)} rows of the grid have no answer of {annotation.annotator}",
            fix="rows were added after it was submitted: open the grid again and submit it",
        )
    checks = sum(known is not None for _, known in pairs)
    if missed:
        notes.add(
            "VOT101",
            f"{annotation.annotator} answered {len(missed)} of {checks} check rows of the grid "
            "otherwise than everybody had marked them",
            fix="look at these rows with the annotator before the grid is used",
            found=", ".join(missed[:5]),
        )
    return Answers(annotation.annotator, annotation.ordinal, answered, checks, tuple(missed))


def _values(item: Mapping[str, Any]) -> list[str]:
    value = item.get("value")
    found = value.get("choices") if isinstance(value, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else []


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


def _annotation_id(task: ExportedTask, annotator: str, ordinal: int) -> str:
    return f"{task.article_id}:{annotator}:{FIRST_ORDINAL - 1 + ordinal}"


def _annotation_rows(task: ExportedTask, answers: Answers, kinds: Mapping[str, str]) -> list[Row]:
    """One row per answer, named after its pair, and one for the annotation as such."""
    shared: Row = {
        **EMPTY,
        "annotation_id": _annotation_id(task, answers.annotator, answers.ordinal),
        "article_id": task.article_id,
        "annotator": answers.annotator,
        "annotator_kind": kinds[answers.annotator],
        "state": "completed",
        "text_sha256": task.text_sha256,
        "kind": "article",
    }
    named = [
        {**shared, "name": f"pair:{pair}", "values": (label,)}
        for pair, label in answers.labels.items()
    ]
    return [{**shared, "name": ARTICLE_ROW}, *named]
