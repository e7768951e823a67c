"""What is on the server: our project, its tasks, and a complete snapshot of both."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dataset_builder.errors import ConfigMismatchError, ServerDownError, ServerError
from dataset_builder.printable import printable
from dataset_builder.studio.client import SHOWN, AnswerError, as_list, quiet
from dataset_builder.studio.instruction import instruction_html
from dataset_builder.studio.kept import is_earlier, with_kept, without_kept
from dataset_builder.studio.orphans import offered, orphans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from dataset_builder.studio.client import Client, Report
    from dataset_builder.studio.exported import Kind

LOOKUP = 150
"""Articles asked for at once: their ids must fit into a request line of 8 kB."""
_POLL_SECONDS = 2.0
_POLLS = 5400  # three hours, the server's own limit for an export job


@dataclass(frozen=True)
class ProjectSpec:
    """What our project on the server must look like."""

    name: str
    """The dataset's name; marks the project, so it is found again under any title."""
    title: str
    label_config: str
    guidelines: str
    """Markdown."""
    annotators_per_task: int = 2
    """When the label stream counts a task as done; only set when the project is created."""
    kind: Kind = "articles"
    earlier: frozenset[tuple[str, str]] = frozenset()
    """Controls and values that declared migrations took away; they stay readable while in use."""

    @property
    def marker(self) -> str:
        """The line in the project's description by which it is known."""
        kind = "" if self.kind == "articles" else f" ({self.kind})"
        return f"dataset-builder: {self.name}{kind}"


@dataclass(frozen=True)
class RemoteProject:
    """A project as the server has it."""

    id: int
    title: str
    label_config: str
    expert_instruction: str
    created: bool = False


def find_project(client: Client, spec: ProjectSpec) -> RemoteProject | None:
    """The one project with our marker, None when there is none.

    Raises ConfigMismatchError when several have it.
    """
    found = []
    for item in client.pages("/api/projects", include="id,title,description"):
        lines = str(item.get("description") or "").splitlines()
        if spec.marker in (line.strip() for line in lines):
            found.append(int(item["id"]))
    if len(found) > 1:
        numbers = ", ".join(map(str, sorted(found)))
        raise ConfigMismatchError(
            f"several projects on {client.url} are marked `{spec.marker}`: {numbers}",
            hint="remove that line from the description of all but the one in use",
        )
    if not found:
        return None
    item = client.get(f"/api/projects/{found[0]}")
    return RemoteProject(
        id=int(item["id"]),
        title=str(item["title"]),
        label_config=str(item.get("label_config") or ""),
        expert_instruction=str(item.get("expert_instruction") or ""),
    )


def ensure_project(client: Client, spec: ProjectSpec) -> RemoteProject:
    """Create our project, or bring its labels and guidelines up to date.

    Raises ConfigMismatchError when annotations on the server use labels that `spec` has not and no
    migration tells of, or when it cannot be said which project is ours.
    """
    found = find_project(client, spec)
    html = instruction_html(spec.guidelines)
    if found is None:
        _refuse_namesake(client, spec)
        with _label_trouble(spec):
            made = client.sdk.projects.create(
                title=spec.title,
                description=spec.marker,
                label_config=spec.label_config,
                expert_instruction=html,
                show_instruction=True,
                maximum_annotations=spec.annotators_per_task,
            )
        number = int(made.id or 0)
        return RemoteProject(number, spec.title, spec.label_config, html, created=True)
    changes: dict[str, Any] = {}
    if found.label_config.strip() != spec.label_config.strip():
        wanted = with_kept(spec.label_config, _in_use(client, found, spec))
        if found.label_config.strip() != wanted.strip():
            changes["label_config"] = wanted
    if found.expert_instruction != html:
        changes |= {"expert_instruction": html, "show_instruction": True}
    if changes:
        with _label_trouble(spec):
            client.sdk.projects.update(found.id, **changes)
    return found


def _in_use(client: Client, found: RemoteProject, spec: ProjectSpec) -> list[tuple[str, str]]:
    """What somebody used and the new labels leave out, as a migration declares it.

    Raises ConfigMismatchError when they leave out what none declares.
    """
    lost = offered(found.label_config) - offered(spec.label_config)
    if not lost:
        return []
    with snapshot(client, found.id, quiet) as path:
        used = orphans(lost, read_snapshot(path))
    undeclared = {offer: n for offer, n in used.items() if not is_earlier(offer, spec.earlier)}
    if undeclared:
        # A control that goes takes its values with it; naming it is enough.
        gone = {name for name, value in undeclared if not value}
        named = [
            f"{name}={printable(value, SHOWN)} ({count} times)"
            if value
            else f"{name} ({count} times)"
            for (name, value), count in undeclared.items()
            if not value or name not in gone
        ]
        raise ConfigMismatchError(
            f"the new labels leave out what annotations on {client.url} use: {', '.join(named)}",
            hint="declare in schemas/ontology.yaml, under `migrations`, what became of it; or "
            "bring it back",
        )
    return list(used)


def _refuse_namesake(client: Client, spec: ProjectSpec) -> None:
    for item in client.pages("/api/projects", include="id,title"):
        if str(item.get("title", "")).strip() == spec.title.strip():
            raise ConfigMismatchError(
                f"{client.url} already has a project titled {printable(spec.title, SHOWN)!r} "
                f"(number {item['id']}) that is not marked as this dataset's",
                hint=f"rename it, or put the line `{spec.marker}` into its description to use it",
            )


@contextlib.contextmanager
def _label_trouble(spec: ProjectSpec) -> Iterator[None]:
    try:
        yield
    except AnswerError as error:
        if error.status != 400:
            raise
        raise ConfigMismatchError(
            f"the server does not take the labels or guidelines of {spec.name}: {error.message}",
            hint="render them again (`dataset-builder render`); if the server says that "
            "annotations use what they leave out, `pull` and bring it back first",
        ) from None


def same_labels(found: RemoteProject, spec: ProjectSpec) -> bool:
    """Whether the server's labels are ours, what is only kept readable aside."""
    ours = without_kept(spec.label_config)
    return without_kept(found.label_config).strip() == ours.strip()


@dataclass(frozen=True)
class RemoteTask:
    """A task as a listing shows it."""

    id: int
    data: dict[str, Any]
    submitted: int
    """Annotations, skipped ones too; drafts are not in it."""
    predictions: int

    @property
    def key(self) -> tuple[str, str]:
        """(article_id, text_sha256)."""
        return (str(self.data.get("article_id")), str(self.data.get("text_sha256")))


def tasks_of(client: Client, project: int, articles: Sequence[str]) -> dict[str, list[RemoteTask]]:
    """The tasks of at most `LOOKUP` articles, by article, oldest first."""
    only = {
        "filter": "filter:tasks:data.article_id",
        "operator": "in_list",
        "type": "List",
        "value": list(articles),
    }
    found: dict[str, list[RemoteTask]] = {}
    wanted = set(articles)
    page = 1
    while True:
        answer = client.get(
            "/api/tasks",
            project=project,
            fields="task_only",
            include="id,data,total_annotations,cancelled_annotations,total_predictions",
            query=json.dumps({"filters": {"conjunction": "and", "items": [only]}}),
            page=page,
            page_size=500,
            resolve_uri="false",
        )
        items = as_list(answer.get("tasks") if isinstance(answer, dict) else None)
        for item in items:
            task = RemoteTask(
                id=int(item["id"]),
                data=item["data"],
                submitted=int(item.get("total_annotations") or 0)
                + int(item.get("cancelled_annotations") or 0),
                predictions=int(item.get("total_predictions") or 0),
            )
            if task.key[0] in wanted:
                found.setdefault(task.key[0], []).append(task)
        if page * 500 >= int(answer["total"]):
            break
        page += 1
    for tasks in found.values():
        tasks.sort(key=lambda task: task.id)
    return found


def has_work(client: Client, task: RemoteTask) -> bool:
    """Whether anybody annotated, skipped or drafted on the task."""
    return task.submitted > 0 or bool(client.get(f"/api/tasks/{task.id}/drafts"))


def import_tasks(client: Client, project: int, tasks: Sequence[dict[str, Any]]) -> None:
    """Create tasks in one transaction of the server."""
    # The SDK passes plain objects on as they are; its models would drop keys they do not know.
    client.sdk.projects.import_tasks(project, request=cast("Any", tasks))


@contextlib.contextmanager
def snapshot(client: Client, project: int, report: Report) -> Iterator[Path]:
    """A file with every task of the project: annotations, skips, everybody's drafts, predictions.

    The file is a temporary one, removed at the end, and so is the export on the server.
    """
    with tempfile.TemporaryDirectory(prefix="dataset-builder-") as folder:
        target = Path(folder) / "snapshot.json"
        report("exporting", 0, None)
        job = client.post(f"/api/projects/{project}/exports", _EVERYTHING)
        where = f"/api/projects/{project}/exports/{int(job['id'])}"
        try:
            job = _finished(client, where, job)
            digest = client.download(f"{where}/download", target, exportType="JSON")
        finally:
            # What happened above matters more than a leftover file on the server.
            with contextlib.suppress(ServerError):
                client.delete(where)
        if job.get("md5") and job["md5"] != digest:
            raise ServerDownError(
                "the export did not arrive whole", hint="run the command again; nothing was changed"
            )
        yield target


_EVERYTHING = {
    "title": "dataset-builder pull",
    # All three: without a filter skipped ones come too, but `usual` alone drops ground truth.
    "annotation_filter_options": {"usual": True, "ground_truth": True, "skipped": True},
    "serialization_options": {
        "drafts": {"only_id": False},
        "predictions": {"only_id": False},
        "annotations__completed_by": {"only_id": False},
        "interpolate_key_frames": False,
    },
}


def _finished(client: Client, where: str, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(_POLLS):
        if job.get("status") == "completed":
            return job
        if job.get("status") == "failed":
            break
        time.sleep(_POLL_SECONDS)
        job = client.get(where)
    raise ServerError(
        "the server could not make the export",
        hint="look into its log; a full disk on the server is the usual reason",
    )


def read_snapshot(path: Path) -> Iterator[dict[str, Any]]:
    """The tasks of a snapshot, one at a time. Raises ServerDownError when it is cut off."""
    with path.open(encoding="utf-8") as stream:
        yield from _items(stream)


def _items(stream: TextIO) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    buffer = stream.read(1 << 20).lstrip()
    if not buffer.startswith("["):
        raise _cut()
    buffer = buffer[1:].lstrip()
    while not buffer.startswith("]"):
        try:
            item, end = decoder.raw_decode(buffer)
        except ValueError:
            # The item goes on: at least double what is held, so that long ones stay cheap.
            more = stream.read(max(1 << 20, len(buffer)))
            if not more:
                raise _cut() from None
            buffer += more
            continue
        buffer = buffer[end:].lstrip()
        yield item
        if not buffer:
            buffer = stream.read(1 << 20).lstrip()
        if buffer.startswith(","):
            buffer = buffer[1:].lstrip()
            if not buffer:
                buffer = stream.read(1 << 20).lstrip()
        elif not buffer.startswith("]"):
            raise _cut()


def _cut() -> ServerDownError:
    return ServerDownError(
        "the export of the server is cut off", hint="run the command again; nothing was changed"
    )


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """`items` in lists of at most `size`."""
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
