"""Lines of the canonical export, written fast: the very bytes of `exported.task_line`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dataset_builder.studio.exported import dumps, line_of, task_line

if TYPE_CHECKING:
    from dataset_builder.studio.exported import ExportedTask

_SORTED = msgspec.json.Encoder(order="sorted")


def canonical_line(task: ExportedTask, *, plain: bool) -> bytes:
    """The line of a `task` whose results are in canonical order, as `conversion.convert` makes it.

    `plain` says that all floats in its data and results are of a size that every JSON writer
    writes alike; the others are left to the slow and sure `task_line`.
    """
    if plain and all(map(_is_plain, _numbers(task))):
        entries = [
            (item, item.result)
            for item in sorted(task.annotations, key=lambda a: (a.annotator, a.ordinal))
        ]
        try:
            return _SORTED.encode(line_of(task, entries, _predictions(task))) + b"\n"
        except UnicodeEncodeError:
            pass  # half a character: `task_line` gives it as its own JSON escape
    return task_line(task).encode("utf-8", "backslashreplace")


def _numbers(task: ExportedTask) -> list[float | None]:
    times = [item.lead_time for item in task.annotations]
    return [*times, *(item.score for item in task.predictions)]


def _is_plain(value: float | None) -> bool:
    return value is None or value == 0 or 1e-4 <= abs(value) < 1e16


def _predictions(task: ExportedTask) -> list[dict[str, Any]]:
    found = [
        {"model_version": p.model_version, "score": p.score, "result": p.result}
        for p in task.predictions
    ]
    if len(found) > 1:
        found.sort(key=lambda p: (p["model_version"], dumps(p)))
    return found
