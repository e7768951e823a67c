"""What annotators marked against the rules, for them to mend in Label Studio.

Read from pulled work by the same decoder that a release is built with. The work itself stays as it
is in the export; addresses of tasks are only shown and never written to a committed file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.assemble.annotations import is_decision
from dataset_builder.assemble.mending import LEFT_OUT, left_out
from dataset_builder.assemble.present import article_of, present_reads
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.printable import printable
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.registries import Registries
    from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask
    from dataset_builder.validate.findings import Finding

SHOWN: Final = 200
"""Marks that are listed; all are counted."""
_MESSAGE = 300
# Told elsewhere, about the article as a whole; nothing an annotator could mend.
_ELSEWHERE = frozenset(("SCH205", "SCH207", "SCH208", "SPN203", "SPN204", "SPN205"))

TaskKey = tuple[str, str, str]
"""(kind, article_id, text_sha256)."""


@dataclass(frozen=True)
class ToMend:
    """One mark, field or arrow against a rule."""

    task: TaskKey
    annotator: str
    finding: Finding

    @property
    def left_out(self) -> bool:
        """Whether it is out of the release until it is mended; else it is in it, doubtful."""
        return self.finding.code in LEFT_OUT

    @property
    def follows(self) -> bool:
        """Whether it goes away with another one."""
        return self.finding.caused_by is not None


def to_mend(tasks: Iterable[ExportedTask], registries: Registries) -> list[ToMend]:
    """What is to mend in `tasks` (of kind articles, review and adjudication, in any order), by article,
    task and annotator.

    Looked at is what a release would take: everyone's last submission on an article. Each is read on
    the text that it was made on, under the present labels and registries.
    """
    known = lexicon(registries)
    groups: dict[tuple[str, bool], list[ExportedTask]] = {}
    for task in tasks:
        if task.annotations:
            groups.setdefault((task.article_id, is_decision(task)), []).append(task)
    found: list[ToMend] = []
    for name in sorted(groups):
        group = sorted(groups[name], key=lambda task: (task.kind, task.key))
        counting = _counting(group)
        for task in group:
            who = {annotator for annotator, last in counting.items() if last is task}
            if who:
                reads, shape = read_annotations([task])
                if registries.ontology.migrations:
                    reads, _ = present_reads(reads, article_of(task), registries.ontology)
                versions, unfinished = finished(reads, task.text_sha256, registries, known)
                own = [item for version in versions for item in version.findings]
                found += _of(task, who, [*shape, *unfinished, *own])
    return found


def _counting(tasks: Sequence[ExportedTask]) -> dict[str, ExportedTask]:
    """Annotator -> the task with their last submission, of those on one article."""
    last: dict[str, tuple[tuple[str, int], ExportedTask]] = {}
    for task in tasks:
        for item in task.annotations:
            if item.state == "completed":
                order = (item.updated_at, item.ordinal)
                if item.annotator not in last or order > last[item.annotator][0]:
                    last[item.annotator] = (order, task)
    return {annotator: task for annotator, (_, task) in last.items()}


def _of(task: ExportedTask, who: set[str], findings: Iterable[Finding]) -> list[ToMend]:
    last: dict[str, ExportedAnnotation] = {}
    for item in task.annotations:
        if item.annotator in who and item.state == "completed":
            known = last.get(item.annotator)
            if known is None or item.ordinal > known.ordinal:
                last[item.annotator] = item
    ids = {f"{task.article_id}:{name}:{item.ordinal}": name for name, item in last.items()}
    key = (task.kind, *task.key)
    found = [
        ToMend(key, ids[item.ids["annotation_id"]], item)
        for item in findings
        if item.ids.get("annotation_id") in ids and item.code not in _ELSEWHERE
    ]
    # As somebody mends them: by person, what costs something first, causes before what follows.
    return sorted(found, key=lambda i: (i.annotator, i.follows, not i.left_out, i.finding.code))


def as_text(found: Sequence[ToMend], links: Mapping[TaskKey, str]) -> str:
    """The list for a terminal: per task and annotator the address, then each mark with its rule and
    how to mend it. Empty when there is nothing to mend."""
    if not found:
        return ""
    lines: list[str] = []
    place: tuple[TaskKey, str] | None = None
    for item in found[:SHOWN]:
        if (item.task, item.annotator) != place:
            place = (item.task, item.annotator)
            kind, article_id, _ = item.task
            where = links.get(item.task, "not on the server")
            named = article_id if kind == "articles" else f"{article_id} ({kind})"
            lines.append(f"\n{printable(item.annotator)}, article {named}: {where}")
        lines += _lines(item)
    if len(found) > SHOWN:
        lines.append(f"\nand {len(found) - SHOWN} more; mend these and pull again")
    return "\n".join([*lines, "", in_short(found)]).lstrip("\n")


def _lines(item: ToMend) -> list[str]:
    finding = item.finding
    title = CODES[finding.code].title
    lines = [f"  {finding.code} {title}{'' if item.left_out else ' (not left out)'}"]
    lines.append(f"      {printable(finding.message, _MESSAGE)}")
    if finding.caused_by is not None:
        lines.append(f"      goes away with {finding.caused_by}")
    elif finding.fix:
        lines.append(f"      to mend: {finding.fix}")
    return lines


def in_short(found: Sequence[ToMend]) -> str:
    """How much is to mend, in a sentence."""
    out = left_out(item.finding for item in found)
    doubtful = sum(not item.left_out and not item.follows for item in found)
    annotations = len({(item.task, item.annotator) for item in found})
    codes = ", ".join(f"{code} {count}" for code, count in sorted(out.items()))
    said = f"to mend in {annotations} annotations: {out.total()} marks that are left out of the release"
    return f"{said}{f' ({codes})' if codes else ''}, {doubtful} doubtful ones that are in it"
