"""What annotators answered in the pair grid, as it stands today.

The task of a grid holds `pairs`, a list of `{id, holder, target, row}` that only ever grows, and
row N of the screen is the control `pair_N`: an answer is known by its place, and means the id there.
A pair with `known` is a check: annotators decided it in the first pass, so it makes no row and
shows whether somebody reads what they tick.

Labels, actors and targets are read through the declared migrations. An answer that was given on
another text of the article moves to the present one (`answers_on`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.codes import Notes, Place, quoted
from dataset_builder.assemble.rows import pair_id
from dataset_builder.migration.apply import follow, migrate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.migration.declared import Change
    from dataset_builder.ontology import Ontology
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
    ends: Mapping[str, tuple[str, str]]
    """pair_id -> ids of holder and target."""
    checks: int
    missed: tuple[str, ...]
    """Checks that were answered otherwise than everybody had decided, by pair id."""

    @property
    def annotation_number(self) -> int:
        """The ordinal under which it stands in the table annotations."""
        return FIRST_ORDINAL - 1 + self.ordinal


@dataclass(frozen=True)
class Row:
    """One row of a grid, under the present registries."""

    id: str
    """`rows.pair_id` of holder and target as they are called now."""
    holder: str
    target: str
    known: str | None
    """The label of a check."""
    gone: Change | None = None
    """What took holder, target or the label of a check away."""


def grid_answers(
    tasks: Iterable[ExportedTask], ontology: Ontology
) -> dict[tuple[str, str], dict[str, str]]:
    """(article_id, pair_id) -> annotator -> label, for every pair that anyone judged.

    `tasks` are those of kind grid. Unfinished and unreadable answers are left out, and so are
    checks.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for task in tasks:
        for item in read_grid(task, ontology)[0]:
            for pair, label in item.labels.items():
                found.setdefault((task.article_id, pair), {})[item.annotator] = label
    return found


def read_grids(
    tasks: Sequence[ExportedTask], ontology: Ontology
) -> tuple[list[tuple[ExportedTask, tuple[Answers, ...]]], list[Finding]]:
    """`read_grid` of all grids of one article, each on another text, and what is wrong with them.

    One person's ordinals are counted through over all of them by time, so that an id never stands
    for two annotations.
    """
    work = [(task, item) for task in tasks for item in task.annotations]
    work.sort(key=lambda w: (w[1].created_at, w[0].text_sha256, w[1].ordinal))
    counts: dict[str, int] = {}
    numbers: dict[tuple[tuple[str, str], str, int], int] = {}
    for task, item in work:
        counts[item.annotator] = counts.get(item.annotator, 0) + 1
        numbers[task.key, item.annotator, item.ordinal] = counts[item.annotator]
    read: list[tuple[ExportedTask, tuple[Answers, ...]]] = []
    findings: list[Finding] = []
    for task in sorted(tasks, key=lambda task: task.key):
        found, wrong = read_grid(task, ontology)
        findings += wrong
        if len(tasks) > 1:
            found = tuple(
                replace(item, ordinal=numbers[task.key, item.annotator, item.ordinal])
                for item in found
            )
        read.append((task, found))
    return read, findings


def read_grid(task: ExportedTask, ontology: Ontology) -> tuple[tuple[Answers, ...], list[Finding]]:
    """The last finished grid of everyone, by pseudonym, and what is wrong with the task's grids."""
    place = Place(task.article_id, file=task.file, line=task.line)
    notes = Notes(place)
    rows = grid_rows_of(task.data.get("pairs"), task.article_id, task.scheme_version, ontology)
    if rows is None:
        notes.add(
            "KEY209",
            "the pairs of the grid are not those that were pushed; none of its answers is used",
            fix="restore the task's data, or remove the task and push the grid again",
        )
        return (), notes.found
    last: dict[str, ExportedAnnotation] = {}
    for annotation in sorted(task.annotations, key=lambda a: (a.annotator, a.ordinal)):
        if annotation.state == "completed":
            last[annotation.annotator] = annotation
    read: list[Answers] = []
    for who, annotation in last.items():
        number = FIRST_ORDINAL - 1 + annotation.ordinal
        own = Notes(replace(place, annotation_id=f"{task.article_id}:{who}:{number}"))
        answers = _read(annotation, rows, task.scheme_version, ontology, own)
        notes.found += own.found
        if answers is not None:
            read.append(answers)
    return tuple(read), notes.found


def grid_rows_of(
    pairs: Any, article_id: str, scheme_version: str, ontology: Ontology
) -> list[Row] | None:
    """The rows of a grid that was pushed under `scheme_version`; None when `pairs` were altered."""
    if not isinstance(pairs, list):
        return None
    labels = ontology.names("stance_label")
    rows: list[Row] = []
    ids: set[str] = set()
    for item in pairs:
        wanted = isinstance(item, dict) and all(
            isinstance(item.get(name), str) for name in ("id", "holder", "target")
        )
        if not wanted or item["id"] != pair_id(article_id, item["holder"], item["target"]):
            return None
        known = item.get("known")
        ids.add(item["id"])
        holder, gone = follow("actor_id", item["holder"], scheme_version, ontology)
        target, lost = item["target"], None
        for control in ("actor_id", "issue_id"):  # a target may be either
            target, change = follow(control, target, scheme_version, ontology)
            lost = lost or change
        if known is not None:
            if not isinstance(known, str):
                return None
            known, change = follow("span", known, scheme_version, ontology)
            lost = lost or change
            if change is None and known not in labels:
                return None
        name = pair_id(article_id, holder, target)
        rows.append(Row(name, holder, target, known, gone or lost))
    return rows if len(ids) == len(rows) else None


def _read(
    annotation: ExportedAnnotation,
    rows: Sequence[Row],
    scheme_version: str,
    ontology: Ontology,
    notes: Notes,
) -> Answers | None:
    """The answers of one finished annotation; None when it does not say that it was read."""
    migrated = migrate(annotation.result, scheme_version, ontology)
    given: dict[int, list[str]] = {}
    checked = False
    for item in migrated.items:
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
    beyond = sorted(row for row in given if row >= len(rows))
    if beyond:
        notes.add(
            "KEY211",
            f"the grid answers rows that it does not have: {', '.join(map(str, beyond[:5]))}",
            fix="submit the grid again in Label Studio, then pull",
        )
    without = [
        *((use.change, use.value) for use in (*migrated.undecided, *migrated.retired)),
        *((row.gone, f"row {number + 1}") for number, row in enumerate(rows) if row.gone),
    ]
    for change, what in without:
        if change is None:
            continue
        split = change.kind == "split"
        notes.add(
            "SCH207" if split else "SCH208",
            f"{change.words}; the answer {quoted(what)} of the grid is left out"
            f"{' until somebody chooses' if split else ''}",
            found=quoted(what),
            fix="open the grid again and submit it" if split else None,
        )
    answered: dict[str, list[str]] = {}
    ends: dict[str, tuple[str, str]] = {}
    missed: list[str] = []
    empty = 0
    labels = ontology.names("stance_label")
    for number, row in enumerate(rows):
        values = given.get(number, [])
        if row.gone is not None:
            continue
        if len(values) == 1 and values[0] in labels:
            if row.known is None:
                answered.setdefault(row.id, []).append(values[0])
                ends[row.id] = (row.holder, row.target)
            elif row.known != values[0]:
                missed.append(row.id)
        elif not values:
            empty += 1
        else:
            notes.add(
                "SCH204",
                f"row {number + 1} of the grid has not one of the stance labels; it is not used",
                expected=", ".join(labels),
                found=quoted(", ".join(values)),
            )
    if empty := empty - len(migrated.undecided) - len(migrated.retired):
        notes.add(
            "GRM223",
            f"{empty} of {len(rows)} rows of the grid have no answer of {annotation.annotator}",
            fix="rows were added after it was submitted: open the grid again and submit it",
        )
    checks = sum(row.known is not None and row.gone is None for row in rows)
    if missed:
        notes.add(
            "VOT101",
            f"{annotation.annotator} answered {len(missed)} of {checks} check rows of the grid "
            "otherwise than everybody had marked them",
            fix="look at these rows with the annotator before the grid is used",
            found=", ".join(missed[:5]),
        )
    one = _one_each(annotation.annotator, answered, ends, notes)
    return Answers(annotation.annotator, annotation.ordinal, one, ends, checks, tuple(missed))


def _one_each(
    who: str,
    answered: Mapping[str, Sequence[str]],
    ends: Mapping[str, tuple[str, str]],
    notes: Notes,
) -> dict[str, str]:
    """One label a pair. Only where a merge of actors or targets made one pair of two rows can there
    be two; a pair of somebody with themselves is none."""
    found: dict[str, str] = {}
    for pair, labels in answered.items():
        holder, target = ends[pair]
        if holder == target or len(set(labels)) > 1:
            why = (
                "holder and target are one now"
                if holder == target
                else f"its rows say {' and '.join(sorted(set(labels)))}"
            )
            notes.add(
                "SCH207",
                f"{len(labels)} answers of {who} on {quoted(holder)} and {quoted(target)} are left "
                f"out, because names were merged: {why}",
                fix="answer the pair in the grid again",
            )
        else:
            found[pair] = labels[0]
    return found


def _values(item: Mapping[str, Any]) -> list[str]:
    value = item.get("value")
    found = value.get("choices") if isinstance(value, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else []
