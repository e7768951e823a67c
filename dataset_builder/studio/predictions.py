"""Puts suggestions on the server as predictions, each exactly once, where nobody has started.

Predictions are ours when their model version has one of our prefixes; those of others are never
touched. The server accepts any prediction, so callers judge theirs before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ConfigMismatchError
from dataset_builder.studio.client import Client, as_list, quiet
from dataset_builder.studio.exported import canonical_result, dumps
from dataset_builder.studio.remote import LOOKUP, as_json, by_size, chunks, find_project, json_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.prelabel.suggestion import Prediction
    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec

PREFIXES = ("rules-", "sklearn-", "pipeline-")
"""How the model versions start that are ours to replace."""
_BATCH_BYTES = 4_000_000


@dataclass(frozen=True)
class PredictionReport:
    """What was found and done. Article ids, sorted."""

    project_url: str
    created: tuple[str, ...]
    replaced: tuple[str, ...]
    """An older suggestion of ours went."""
    unchanged: tuple[str, ...]
    empty: tuple[str, ...]
    """There is nothing to suggest."""
    started: tuple[str, ...]
    """Somebody annotated, skipped or drafted it already; left as it is."""
    missing: tuple[str, ...]
    """Not on the server with this text: push it first."""
    other_model: str | None
    """The model version that the label stream shows instead of ours, because somebody chose it."""


@dataclass
class _Tally:
    created: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Task:
    """A task on the server."""

    id: int
    started: bool
    """Whether anybody annotated, skipped or drafted it."""
    predictions: tuple[dict[str, Any], ...]
    """Ours, oldest first."""


def push_predictions(
    connection: Connection,
    spec: ProjectSpec,
    predictions: Iterable[Prediction],
    *,
    report: Report = quiet,
) -> PredictionReport:
    """Bring our suggestions on the server up to date with `predictions`.

    The new one is there before the old one goes, and whether somebody has started is asked again
    in between: who opens the task meanwhile keeps what they see. Running it again after any
    interruption ends with each suggestion exactly once. Raises ConfigMismatchError when the server
    has no project of ours, ServerError (see its subclasses) otherwise.
    """
    tally = _Tally()
    done = 0
    versions: set[str] = set()
    with Client(connection) as client:
        client.check()
        project = find_project(client, spec)
        if project is None:
            raise ConfigMismatchError(
                f"{client.url} has no project marked `{spec.marker}`",
                hint="`dataset-builder push` makes it",
            )
        for batch in chunks(predictions, LOOKUP):
            _push_batch(client, project.id, batch, tally)
            done += len(batch)
            versions.update(item.model_version for item in batch if item.result)
            report("suggesting", done, None)
        other = _show(client, project.id, versions)
    return PredictionReport(
        project_url=f"{client.url}/projects/{project.id}",
        created=tuple(sorted(tally.created)),
        replaced=tuple(sorted(tally.replaced)),
        unchanged=tuple(sorted(tally.unchanged)),
        empty=tuple(sorted(tally.empty)),
        started=tuple(sorted(tally.started)),
        missing=tuple(sorted(tally.missing)),
        other_model=other,
    )


def _show(client: Client, project: int, versions: set[str]) -> str | None:
    """Let the label stream show our suggestions: it takes those of one model version only.

    A version that somebody else's model has is left, and returned.
    """
    if len(versions) != 1:
        return None
    (wanted,) = versions
    now = client.get(f"/api/projects/{project}")
    chosen = str(now.get("model_version") or "")
    if chosen and not chosen.startswith(PREFIXES):
        return chosen
    if chosen != wanted or not now.get("show_collab_predictions"):
        settings = {"model_version": wanted, "show_collab_predictions": True}
        client.patch(f"/api/projects/{project}", settings)
    return None


def _push_batch(client: Client, project: int, batch: Sequence[Prediction], tally: _Tally) -> None:
    articles = [item.article_id for item in batch]
    tasks = _tasks(client, project, articles)
    new: list[dict[str, Any]] = []
    stale: set[int] = set()
    for item in batch:
        found = tasks.get((item.article_id, item.text_sha256), ())
        if not found:
            tally.missing.append(item.article_id)
        for task in found:  # normally one; an accident may have doubled it
            _settle(task, item, tally, new, stale)
    for part in by_size(((as_json(item), item) for item in new), _BATCH_BYTES):
        body = json_list(body for body, _ in part)
        client.post(f"/api/projects/{project}/import/predictions", body)
    if not (new or stale):
        return
    for found in _tasks(client, project, articles).values():
        for task in found:
            if not task.started:
                # The import of a client that was killed a moment ago may have come through, too.
                for number in sorted({*_copies(task), *stale} & _numbers(task)):
                    client.delete(f"/api/predictions/{number}")


def _settle(
    task: _Task, item: Prediction, tally: _Tally, new: list[dict[str, Any]], stale: set[int]
) -> None:
    """Decide what becomes of a task: `new` gets what to import, `stale` the ids of what goes."""
    if task.started:
        tally.started.append(item.article_id)
        return
    wanted = (item.model_version, dumps(canonical_result(item.result)))
    same = [p for p in task.predictions if _content(p) == wanted]
    keep = same[:1] if item.result else []
    stale.update(int(p["id"]) for p in task.predictions if p not in keep)
    if keep:
        tally.unchanged.append(item.article_id)
    elif not item.result:
        tally.empty.append(item.article_id)
    else:
        (tally.replaced if task.predictions else tally.created).append(item.article_id)
        new.append(
            {"task": task.id, "model_version": item.model_version, "result": list(item.result)}
        )


def _tasks(
    client: Client, project: int, articles: Sequence[str]
) -> dict[tuple[str, str], list[_Task]]:
    """The tasks of at most `LOOKUP` articles, by (article_id, text_sha256)."""
    only = {
        "filter": "filter:tasks:data.article_id",
        "operator": "in_list",
        "type": "List",
        "value": list(articles),
    }
    query = {
        "filters": {"conjunction": "and", "items": [only]},
        # The server works out whether there is a draft, anybody's, only for what it sorts by.
        "ordering": ["tasks:draft_exists"],
    }
    found: dict[tuple[str, str], list[_Task]] = {}
    page = 1
    while True:
        answer = client.get(
            "/api/tasks",
            project=project,
            fields="all",
            include="id,data,total_annotations,cancelled_annotations,draft_exists,predictions",
            query=json.dumps(query),
            page=page,
            page_size=500,
            resolve_uri="false",
        )
        for item in as_list(answer.get("tasks") if isinstance(answer, dict) else None):
            key = (str(item["data"].get("article_id")), str(item["data"].get("text_sha256")))
            ours = (p for p in as_list(item.get("predictions") or []) if _is_ours(p))
            task = _Task(
                id=int(item["id"]),
                started=bool(
                    item.get("total_annotations")
                    or item.get("cancelled_annotations")
                    or item["draft_exists"]
                ),
                predictions=tuple(sorted(ours, key=lambda p: int(p["id"]))),
            )
            found.setdefault(key, []).append(task)
        if page * 500 >= int(answer["total"]):
            break
        page += 1
    return found


def _numbers(task: _Task) -> set[int]:
    return {int(item["id"]) for item in task.predictions}


def _copies(task: _Task) -> set[int]:
    """Ids of predictions that an earlier one of the task repeats."""
    seen: set[tuple[str, str]] = set()
    extra: set[int] = set()
    for item in task.predictions:
        if _content(item) in seen:
            extra.add(int(item["id"]))
        seen.add(_content(item))
    return extra


def _is_ours(prediction: dict[str, Any]) -> bool:
    return str(prediction.get("model_version") or "").startswith(PREFIXES)


def _content(prediction: dict[str, Any]) -> tuple[str, str]:
    version = str(prediction.get("model_version") or "")
    return (version, dumps(canonical_result(prediction.get("result") or ())))
