"""Where the work stands, as a person and as a program reads it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from dataset_builder.terminal import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.status import Status

FORMAT: Final = 1
_NAMED: Final = 10  # articles that are named in a line


def as_json(found: Status) -> str:
    """Everything as one JSON object: `format` and the fields of `Status`, with a newline."""
    return json.dumps({"format": FORMAT, **asdict(found)}, indent=2) + "\n"


def as_text(found: Status) -> str:
    """The tables for a terminal."""
    kinds = [
        (item.kind, str(item.tasks), str(item.done), _shown(item.on_server), _shown(item.done_on_server))
        for item in found.kinds
        if item.tasks or item.on_server is not None
    ]  # fmt: skip
    given_out = bool(found.parts)
    people = [
        (
            *(item.annotator, item.annotator_kind, item.kind),
            *([_shown(item.assigned)] if given_out else []),
            *map(str, (item.completed, item.drafts, item.skipped, item.empty)),
            *([_shown(item.left)] if given_out else []),
            f"{item.hours:.1f}",
        )
        for item in found.people
    ]
    by = found.finished_by
    head = f"{found.name}: {found.articles} articles; finished by two annotators or more"
    parts = [
        f"{head}: {by['2+']}, by one: {by['1']}, by nobody: {by['0']}",
        aligned(("project", "tasks", "done", "on the server", "done there"), kinds),
        aligned(
            (
                *("annotator", "kind", "project"),
                *(["assigned"] if given_out else []),
                *("finished", "drafts", "skipped", "empty"),
                *(["left"] if given_out else []),
                "hours",
            ),
            people,
        ),
        "\n".join([*_overlap(found), *_open(found)]),
    ]
    if found.server is None:
        parts.append("no server was asked: counted from annotations/exports only")
    return "\n\n".join(parts)


def _shown(number: int | None) -> str:
    return "-" if number is None else str(number)


def _overlap(found: Status) -> list[str]:
    """How far the articles are that are assigned to several, and the others."""
    words = {"first": "to everyone", "share": "to several", "single": "to one"}
    lines = [
        f"assigned {words[item.part]}: {item.reached} of {item.articles} articles have all their "
        f"annotators, {item.done} of {item.wanted} submissions are there"
        for item in found.parts
    ]
    if found.unassigned:
        lines.append(f"assigned to nobody: {found.unassigned} -> `dataset-builder studio assign`")
    return lines


def _open(found: Status) -> list[str]:
    """What is to be done, with the command that does it."""
    states = found.conflicts
    lines = [
        f"to adjudicate: {_names(states['open'])}"
        + (f", {found.differences} differences" if states["open"] else "")
        + (" -> `dataset-builder adjudicate`" if states["open"] else ""),
        f"adjudicated: {len(states['settled']) + len(states['changed'])}",
    ]
    if states["changed"]:
        lines.append(f"annotators changed their mind after it: {_names(states['changed'])}")
    if states["unclear"]:
        lines.append(f"to be reviewed before: {_names(states['unclear'])} -> `push`")
    lines.append(f"open reviews: {_names(found.open_reviews)}")
    lines.append(f"open rows of the pair grid: {found.open_grid_rows} of {found.grid_rows}")
    lines.append(found.gates)
    if found.gates_below:
        lines.append(f"below go: {', '.join(found.gates_below)} -> `dataset-builder agreement`")
    if found.unedited:
        lines.append(f"to be written, as `init` left it: {', '.join(found.unedited)}")
    return lines


def _names(articles: Sequence[str]) -> str:
    if not articles:
        return "0"
    more = f" and {len(articles) - _NAMED} more" if len(articles) > _NAMED else ""
    return f"{len(articles)} ({', '.join(articles[:_NAMED])}{more})"
