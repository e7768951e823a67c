"""Which tasks of a server changed since the last pull, and whether that is known for certain.

Label Studio notes at each task when it was last touched. That covers annotations that are made,
changed or deleted, data that is edited, and suggestions that are changed. It does not cover:

- drafts: tasks that have one, or had one, are always read again;
- tasks that are deleted, annotations that are made in bulk: the server's own totals tell of them;
- suggestions that are made or deleted in bulk: the newest and the number of each model tell of them;
- accounts that are deleted or get another address: the list of accounts tells of them;
- data that is edited in bulk, by an action of the Data Manager that Label Studio calls experimental:
  some tasks are read again whose data must be as it was; new names, and counts of names that change
  when no task was touched, tell of it, too. Who edits only few tasks like that says `--full`;
- a server that was set back to a backup, or whose clock was: the newest tasks of the last pull are
  read again and must not be older than they were, and its snapshots go on counting.

Whenever one of these does not fit, everything is read. Only times of the server's are compared with
each other, never the client's clock, and they overlap: what was being written while the last
snapshot was made had its time before it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ServerAuthError, ServerError
from dataset_builder.studio.client import AnswerError, as_list
from dataset_builder.studio.last_pull import Facts
from dataset_builder.studio.restored import utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_builder.studio.client import Client
    from dataset_builder.studio.last_pull import LastPull, OnTask

OVERLAP_SECONDS = 120
"""How much of the time before the last snapshot is read again."""
WITNESSES = 20
"""How many of the newest tasks of the last pull, and of all, are read again as a proof."""
_TAB = "dataset-builder pull"


def read_facts(client: Client, project: int) -> Facts | None:
    """What the server says of a project; None when it is one that does not say all of it."""
    try:
        users = {
            str(user["id"]): _short(str(user["email"]).strip().lower())
            for user in client.pages("/api/users")
        }
        models = client.get(f"/api/projects/{project}/model-versions/", extended="true")["static"]
        columns = client.get(f"/api/projects/{project}/summary/")["all_data_columns"]
        (counts,) = client.get("/api/projects/counts/", ids=project, include=_COUNTS)["results"]
        return Facts(
            users=users,
            suggestions=_short(json.dumps(as_list(models), sort_keys=True)),
            columns={str(name): int(count) for name, count in columns.items()},
            tasks=int(counts["task_number"]),
            submitted=int(counts["total_annotations_number"]),
            skipped=int(counts["skipped_annotations_number"]),
            predictions=int(counts["total_predictions_number"]),
        )
    except (AnswerError, ServerAuthError, KeyError, TypeError, ValueError, AttributeError):
        return None


_COUNTS = (
    "id,task_number,total_annotations_number,skipped_annotations_number,total_predictions_number"
)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def nothing_else_changed(last: LastPull, now: Facts) -> bool:
    """Whether accounts and suggestions are those of the last pull; new accounts do not matter."""
    before = last.facts
    return now.suggestions == before.suggestions and all(
        now.users.get(number) == address for number, address in before.users.items()
    )


def to_read(last: LastPull) -> list[int]:
    """Numbers of tasks that are read whatever the server says: witnesses, and those with drafts."""
    numbers = sorted(map(int, last.tasks))
    spread = numbers[:: max(1, len(numbers) // WITNESSES)]
    drafted = (int(number) for number, task in last.tasks.items() if task.drafts)
    return sorted({*map(int, _newest(last)), *spread, *drafted})


def _newest(last: LastPull) -> list[str]:
    ordered = sorted(last.tasks, key=lambda number: (last.tasks[number].touched, int(number)))
    return ordered[-WITNESSES:]


def is_set_back(last: LastPull, number: int, begun: str, found: Mapping[str, OnTask]) -> bool:
    """Whether the server, or its clock, is not after the last pull any more.

    `number` and `begun` are of the new snapshot, `found` are its tasks by number.
    """
    if number <= last.snapshot or utc(begun) <= utc(last.begun):
        return True
    return any(
        name not in found or found[name].touched < last.tasks[name].touched
        for name in _newest(last)
    )


def names_fit(
    last: LastPull,
    now: Facts,
    found: Mapping[str, OnTask],
    names: Mapping[str, tuple[str, ...]],
) -> bool:
    """Whether how often which name is in the data is no sign of an edit in bulk.

    `names` are those in the data of `found`. The server's counts drift with every annotation.
    """
    touched = any(
        number not in last.tasks or task.touched != last.tasks[number].touched
        for number, task in found.items()
    )
    if not touched:
        return now.columns == last.facts.columns
    return now.columns.keys() <= {*last.facts.columns, *itertools.chain(*names.values())}


def adds_up(tasks: Mapping[str, OnTask], facts: Facts) -> bool:
    """Whether `tasks` are all that the server has, and all the work on them."""
    return (
        len(tasks) == facts.tasks
        and sum(task.submitted for task in tasks.values()) == facts.submitted
        and sum(task.skipped for task in tasks.values()) == facts.skipped
        and sum(task.predictions for task in tasks.values()) == facts.predictions
    )


@contextlib.contextmanager
def tab_of_changes(client: Client, project: int, last: LastPull) -> Iterator[int | None]:
    """The number of a tab of the project that shows the tasks to be read; it is there for a moment.

    Exports can be restricted to a tab, and to nothing else. None when we may make none.
    """
    try:
        number = _make_tab(client, project, last)
    except (AnswerError, ServerAuthError):
        yield None
        return
    try:
        yield number
    finally:
        with contextlib.suppress(ServerError):
            client.delete(f"/api/dm/views/{number}")


def _make_tab(client: Client, project: int, last: LastPull) -> int:
    for tab in as_list(client.get("/api/dm/views", project=project)):
        if (tab.get("data") or {}).get("title") == _TAB:  # of a pull that was killed
            client.delete(f"/api/dm/views/{int(tab['id'])}")
    since = dt.datetime.fromisoformat(utc(last.begun)) - dt.timedelta(seconds=OVERLAP_SECONDS)
    items: list[dict[str, Any]] = [
        _filter("updated_at", "greater_or_equal", "Datetime", f"{since:%Y-%m-%dT%H:%M:%S.%fZ}"),
        _filter("draft_exists", "equal", "Boolean", "true"),
        _filter("id", "in_list", "List", to_read(last)),
    ]
    data = {
        "title": _TAB,
        "type": "list",
        "target": "tasks",
        "hiddenColumns": {"explore": [], "labeling": []},
        "filters": {"conjunction": "or", "items": items},
    }
    made = client.post("/api/dm/views", {"project": project, "data": data})
    return int(made["id"])


def _filter(column: str, operator: str, kind: str, value: Any) -> dict[str, Any]:
    return {
        "filter": f"filter:tasks:{column}",
        "operator": operator,
        "type": kind,
        "value": value,
    }
