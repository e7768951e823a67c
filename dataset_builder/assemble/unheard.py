"""Work that is there while nobody of `primary` has done any: then no row would be made of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.inputs import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_builder.assemble.work import Stored
    from dataset_builder.studio.exported import ExportedAnnotation

LEFT_OUT: Final = "KEY206"
NOBODY: Final = "KEY212"
_SHOWN: Final = 5


def with_cause(
    findings: Sequence[Finding], tasks: Sequence[Stored], primary: Sequence[str]
) -> tuple[Finding, ...]:
    """`findings`; those of articles that `primary` leaves out give way to one error where none of
    `primary` completed any of `tasks`, whatever their kind. One of them who has begun is enough:
    the others may come later. Without such findings no task is read."""
    left_out = sum(finding.code == LEFT_OUT for finding in findings)
    if not left_out or any(item.annotator in primary for item in _completed(tasks, primary)):
        return tuple(findings)
    done = Counter(item.annotator for item in _completed(tasks)).most_common()
    listed = ", ".join(f"{printable(name, 60)} ({count})" for name, count in done[:_SHOWN])
    more = f" and {len(done) - _SHOWN} others" if len(done) > _SHOWN else ""
    named = ", ".join(printable(name, 60) for name in primary)
    nobody = Finding(
        NOBODY,
        CODES[NOBODY].severity,
        f"`primary` names {named}, of whom nobody has completed an annotation; what there is was "
        f"completed by {listed}{more}, and {left_out} finished articles would have no row",
        table="pyproject.toml",
        fix=CODES[NOBODY].fix,
    )
    return (nobody, *(finding for finding in findings if finding.code != LEFT_OUT))


def _completed(
    tasks: Sequence[Stored], by: Sequence[str] | None = None
) -> Iterator[ExportedAnnotation]:
    """What was completed, in tasks that somebody of `by` worked on."""
    for task in tasks:
        if by is None or not set(by).isdisjoint(task.annotators):
            yield from (item for item in task.read().annotations if item.state == "completed")
