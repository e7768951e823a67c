"""Puts committed exports back on a server, so that pulling gives the same file again.

What is missing is always worked out from what the server has, so that running it again after an
interruption, or onto a server that has part of the work, adds the rest and doubles nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.errors import ServerDownError, ServerError, UsageError
from dataset_builder.studio.accounts import Accounts, save_draft
from dataset_builder.studio.client import AnswerError, Client, quiet
from dataset_builder.studio.conversion import OnServer, convert, key_of, known_work
from dataset_builder.studio.exported import canonical_result, dumps
from dataset_builder.studio.remote import (
    LOOKUP,
    as_json,
    by_size,
    chunks,
    ensure_project,
    import_tasks,
    tasks_of,
)
from dataset_builder.studio.restored import import_id, meta_for
from dataset_builder.studio.snapshot import read_snapshot, snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.studio.client import Report
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.exported import (
        ExportedAnnotation,
        ExportedPrediction,
        ExportedTask,
    )
    from dataset_builder.studio.people import People
    from dataset_builder.studio.remote import ProjectSpec

_BATCH_BYTES = 4_000_000
_NAMESPACE = uuid.UUID("6f1c7e0e-5d5c-4f0e-9f3e-0a4f7d1c2b3a")

Identity = tuple[str, str]
"""What makes an annotation the same one everywhere: annotator and time of creation."""


@dataclass(frozen=True)
class RestoreReport:
    """What a restore found and did."""

    project_id: int
    project_url: str
    tasks_created: int
    tasks_known: int
    annotations_added: int
    annotations_known: int
    drafts_added: int
    drafts_known: int
    predictions_added: int
    accounts_created: int
    not_restored: tuple[str, ...] = ()
    """What the server did not let us put back, one sentence each."""


def restore(
    connection: Connection,
    spec: ProjectSpec,
    tasks: Sequence[ExportedTask],
    people: People,
    *,
    report: Report = quiet,
) -> RestoreReport:
    """Bring everything in `tasks` back to the server: tasks, annotations, drafts, predictions.

    Nothing on the server is changed or removed. Raises UsageError when an annotator is not listed
    in annotators.yaml, ServerError (see its subclasses) with what to do.
    """
    named = {item.annotator for task in tasks for item in task.annotations}
    if unlisted := sorted(named - set(people.pseudonyms)):
        raise UsageError(
            f"the exports name annotators that annotations/annotators.yaml does not list: "
            f"{', '.join(unlisted)}",
            hint="add them there, with their kind",
        )
    with Client(connection) as client:
        client.check()
        project = ensure_project(client, spec)
        accounts = Accounts(client, people)
        try:
            run = _Run(client, project.id, accounts, people, report)
            run.everything(tasks)
        finally:
            accounts.close()
        return RestoreReport(
            project_id=project.id,
            project_url=f"{client.url}/projects/{project.id}",
            accounts_created=accounts.created,
            not_restored=tuple(run.not_restored),
            **run.counts,
        )


@dataclass
class _Known:
    """The little of a server's task that has to be kept while comparing."""

    task_id: int
    meta: Any
    work: dict[Identity, list[tuple[int | None, str]]] = field(default_factory=dict)
    """Server id (None for drafts) and last change of the annotations with one identity."""
    predictions: list[str] = field(default_factory=list)


class _Run:
    """One restore."""

    def __init__(
        self, client: Client, project: int, accounts: Accounts, people: People, report: Report
    ) -> None:
        self._client = client
        self._project = project
        self._accounts = accounts
        self._people = people
        self._report = report
        self._with_drafts: set[str] = set()
        self.not_restored: list[str] = []
        self.counts = dict.fromkeys(
            (
                "tasks_created",
                "tasks_known",
                "annotations_added",
                "annotations_known",
                "drafts_added",
                "drafts_known",
                "predictions_added",
            ),
            0,
        )

    def everything(self, tasks: Sequence[ExportedTask]) -> None:
        """Tasks with their submitted annotations first, drafts last: they need both."""
        ordered = sorted(tasks, key=lambda task: task.key)
        self._with_drafts = {
            a.annotator for task in ordered for a in task.annotations if a.state == "draft"
        }
        known = self._read({task.key: task for task in ordered})
        new = [task for task in ordered if task.key not in known]
        self._create(new)
        self._sweep(new)
        for done, task in enumerate(ordered, start=1):
            if task.key in known:
                self._complete(task, known[task.key])
            self._report("restoring", done, len(ordered))
        if self._with_drafts:
            self._drafts(ordered, self._read({task.key: task for task in ordered}))

    def _read(self, tasks: dict[tuple[str, str], ExportedTask]) -> dict[tuple[str, str], _Known]:
        known: dict[tuple[str, str], _Known] = {}
        with snapshot(self._client, self._project, self._report) as path:
            recognised: set[tuple[str, str]] = set()
            for raw in read_snapshot(path):
                key = key_of(raw)
                if key is not None and key in tasks:
                    recognised.update(known_work(raw, tasks[key]))
            self._people.recognise(recognised)
            for raw in read_snapshot(path):
                key = key_of(raw)
                if key is not None and key in tasks:
                    found = _known(convert([raw], self._people.pseudonym))
                    known[key] = _joined(known[key], found) if key in known else found
        return known

    def _create(self, tasks: Sequence[ExportedTask]) -> None:
        bodies = ((as_json(self._body(task)), task) for task in tasks)
        done = 0
        for batch in by_size(bodies, _BATCH_BYTES):
            import_tasks(self._client, self._project, (body for body, _ in batch))
            done += len(batch)
            self._report("restoring", done, len(tasks))
        self.counts["tasks_created"] += len(tasks)
        submitted = sum(a.state != "draft" for task in tasks for a in task.annotations)
        self.counts["annotations_added"] += submitted
        self.counts["predictions_added"] += sum(len(task.predictions) for task in tasks)

    def _sweep(self, tasks: Sequence[ExportedTask]) -> None:
        """Delete a second copy of what was just made.

        When the client is killed, the server may go on with the import that it has; then this
        run's import was one too many.
        """
        for batch in chunks(tasks, LOOKUP):
            found = tasks_of(self._client, self._project, [task.article_id for task in batch])
            for task in batch:
                same = [t for t in found.get(task.article_id, []) if t.key == task.key]
                ours = {import_id(item) for item in task.annotations}
                for copy in same[1:]:
                    full = self._client.get(f"/api/tasks/{copy.id}")
                    drafts = self._client.get(f"/api/tasks/{copy.id}/drafts")
                    if not drafts and all(a.get("import_id") in ours for a in full["annotations"]):
                        self._client.delete(f"/api/tasks/{copy.id}")

    def _body(self, task: ExportedTask) -> dict[str, Any]:
        return {
            "data": task.data,
            "meta": meta_for(task.annotations),
            "annotations": [
                {**self._annotation(item), "id": import_id(item)}
                for item in task.annotations
                if item.state != "draft"
            ],
            "predictions": [_prediction(item) for item in task.predictions],
        }

    def _annotation(self, item: ExportedAnnotation) -> dict[str, Any]:
        who = item.annotator
        return {
            "completed_by": self._accounts.user_id(who, with_session=who in self._with_drafts),
            "result": list(item.result),
            "was_cancelled": item.state == "skipped",
            "ground_truth": item.ground_truth,  # left out, the server would say True
            "lead_time": item.lead_time,
        }

    def _complete(self, task: ExportedTask, known: _Known) -> None:
        """Add to a task of the server what it has not."""
        self.counts["tasks_known"] += 1
        missing = _missing(task, known)
        submitted = [item for item in missing if item.state != "draft"]
        total = sum(item.state != "draft" for item in task.annotations)
        self.counts["annotations_known"] += total - len(submitted)
        if missing:
            # First the times, then the work: stopped in between, nothing shows.
            meta = meta_for(missing, known.meta)
            self._client.patch(f"/api/tasks/{known.task_id}", {"meta": meta})
        true = [item for item in task.annotations if item.ground_truth]
        if len(true) > 1 and any(item in submitted for item in true):
            self.not_restored.append(
                f"article {task.article_id}: only one annotation of a task can be added as ground "
                "truth; the mark of the others is lost on the server"
            )
        # The server takes the mark away from all others when one is posted with it.
        for item in sorted(submitted, key=lambda a: a.ground_truth):
            self._post(known.task_id, item)
            self.counts["annotations_added"] += 1
        for prediction in task.predictions:
            text = _prediction_key(prediction)
            if text in known.predictions:
                known.predictions.remove(text)
                continue
            body = {**_prediction(prediction), "task": known.task_id, "project": self._project}
            self._client.post("/api/predictions", body)
            self.counts["predictions_added"] += 1

    def _post(self, task_id: int, item: ExportedAnnotation) -> None:
        number = import_id(item)
        body = {
            **self._annotation(item),
            "import_id": number,
            "unique_id": str(uuid.uuid5(_NAMESPACE, f"{task_id} {number}")),
        }
        try:
            self._client.post(f"/api/tasks/{task_id}/annotations", body)
        except AnswerError as error:
            if error.status != 409:  # 409: it is there already
                raise

    def _drafts(self, tasks: Sequence[ExportedTask], known: dict[tuple[str, str], _Known]) -> None:
        refused: dict[str, int] = {}
        for task in tasks:
            place = known[task.key]
            missing = [item for item in _missing(task, place) if item.state == "draft"]
            total = sum(item.state == "draft" for item in task.annotations)
            self.counts["drafts_known"] += total - len(missing)
            for item in missing:
                try:
                    self._draft(task, place, item)
                    self.counts["drafts_added"] += 1
                except ServerDownError:
                    raise
                except ServerError as error:
                    reason = f"{error.message}; its drafts stay in the committed file only"
                    refused[reason] = refused.get(reason, 0) + 1
        for reason, count in sorted(refused.items()):
            self.not_restored.append(f"{count} drafts: {reason}")

    def _draft(self, task: ExportedTask, place: _Known, item: ExportedAnnotation) -> None:
        path = f"/api/tasks/{place.task_id}/drafts"
        if item.draft_of is not None:
            parent = next(a for a in task.annotations if (a.annotator, a.ordinal) == item.draft_of)
            numbers = [n for n, _ in place.work.get(_identity(parent), []) if n is not None]
            if numbers:
                path = f"/api/tasks/{place.task_id}/annotations/{numbers[0]}/drafts"
        body = {
            "result": list(item.result),
            "lead_time": item.lead_time,
            "was_postponed": item.postponed,
            "import_id": import_id(item),
        }
        save_draft(self._accounts.session(item.annotator), self._client.url, path, body)


def _identity(item: ExportedAnnotation) -> Identity:
    return (item.annotator, item.created_at)


def _known(found: OnServer) -> _Known:
    known = _Known(found.task_ids[0], found.meta)
    for item in found.task.annotations:
        number = found.annotation_ids.get((item.annotator, item.ordinal))
        known.work.setdefault(_identity(item), []).append((number, item.updated_at))
    known.predictions = [_prediction_key(item) for item in found.task.predictions]
    return known


def _joined(one: _Known, other: _Known) -> _Known:
    """Two tasks of one key, left by an accident, as one; the older one gets what is added."""
    first, second = sorted((one, other), key=lambda known: known.task_id)
    work = {**second.work, **first.work}
    return _Known(first.task_id, first.meta, work, [*first.predictions, *second.predictions])


def _missing(task: ExportedTask, known: _Known) -> list[ExportedAnnotation]:
    """The annotations of `task` that the server has not, drafts that were finished there aside."""
    left = {identity: len(found) for identity, found in known.work.items()}
    missing = []
    for item in task.annotations:
        if left.get(_identity(item), 0) > 0:
            left[_identity(item)] -= 1
        else:
            missing.append(item)
    server = {
        (who, created): max(changed for _, changed in found)
        for (who, created), found in known.work.items()
    }
    return [item for item in missing if not is_finished(item, task, server)]


def is_finished(draft: ExportedAnnotation, task: ExportedTask, server: dict[Identity, str]) -> bool:
    """Whether a draft of `task` is gone because its owner submitted something since.

    `server` maps the identity of each annotation on the server to the time of its last change.
    """
    if draft.state != "draft":
        return False
    committed = {_identity(item): item.updated_at for item in task.annotations}
    return any(
        who == draft.annotator
        and changed > draft.updated_at
        and changed != committed.get((who, created))
        for (who, created), changed in server.items()
    )


def _prediction(item: ExportedPrediction) -> dict[str, Any]:
    body = {"model_version": item.model_version, "result": list(item.result)}
    return body if item.score is None else {**body, "score": item.score}


def _prediction_key(item: ExportedPrediction) -> str:
    return dumps([item.model_version, item.score, canonical_result(item.result)])
