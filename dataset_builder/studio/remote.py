"""What is on the server: our project, its tasks, and a complete snapshot of both."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dataset_builder.errors import ConfigMismatchError
from dataset_builder.printable import printable
from dataset_builder.studio.client import SHOWN, AnswerError, as_list, quiet
from dataset_builder.studio.instruction import instruction_html
from dataset_builder.studio.kept import is_earlier, with_kept, without_kept
from dataset_builder.studio.last_push import Newest
from dataset_builder.studio.orphans import offered, orphans
from dataset_builder.studio.restored import utc
from dataset_builder.studio.snapshot import read_snapshot, snapshot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_builder.studio.client import Client
    from dataset_builder.studio.exported import Kind

T = TypeVar("T")
LOOKUP = 150
"""Articles asked for at once: their ids must fit into a request line of 8 kB."""
_PAGE = 500
_MANY = 20_000
_COLUMNS = "id,data,total_annotations,cancelled_annotations,total_predictions,draft_exists"


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
    """The project with our marker, None when there is none.

    Clients that create at once, and a server that goes on with what a killed one asked for, may
    leave empty copies: of those alone the oldest is it. Raises ConfigMismatchError when several
    that are no such copies have the marker.
    """
    found, _ = _marked(client, spec)
    if found is None:
        return None
    item = client.get(f"/api/projects/{found}")
    return RemoteProject(
        id=int(item["id"]),
        title=str(item["title"]),
        label_config=str(item.get("label_config") or ""),
        expert_instruction=str(item.get("expert_instruction") or ""),
    )


def _marked(client: Client, spec: ProjectSpec) -> tuple[int | None, list[int]]:
    """The project to use, and empty copies beside it, when it is none; by their numbers.

    A copy is as `ensure_project` creates it: whatever somebody changed is theirs.
    """
    found: list[int] = []
    copies: list[int] = []
    for item in client.pages("/api/projects", include="id,title,description,task_number"):
        description = str(item.get("description") or "").strip()
        if spec.marker not in (line.strip() for line in description.splitlines()):
            continue
        made = description == spec.marker and str(item.get("title")) == spec.title
        (copies if made and not item.get("task_number") else found).append(int(item["id"]))
    if len(found) > 1:
        numbers = ", ".join(map(str, sorted(found)))
        raise ConfigMismatchError(
            f"several projects on {client.url} are marked `{spec.marker}`: {numbers}",
            hint="remove that line from the description of all but the one in use",
        )
    if found:
        return found[0], sorted(copies)
    return min(copies, default=None), []


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
        found = find_project(client, spec)
        if found is None or found.id == number:
            return RemoteProject(number, spec.title, spec.label_config, html, created=True)
        client.delete(f"/api/projects/{number}")  # another client was quicker; ours is empty
    else:
        for number in _marked(client, spec)[1]:
            client.delete(f"/api/projects/{number}")
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
    drafted: bool = False
    """Whether anybody has a draft."""

    @property
    def key(self) -> tuple[str, str]:
        """(article_id, text_sha256)."""
        return (str(self.data.get("article_id")), str(self.data.get("text_sha256")))

    @property
    def started(self) -> bool:
        """Whether anybody had annotated, skipped or drafted when it was listed."""
        return self.submitted > 0 or self.drafted


def tasks_of(client: Client, project: int, articles: Sequence[str]) -> dict[str, list[RemoteTask]]:
    """The tasks of at most `LOOKUP` articles, by article, oldest first."""
    only = {
        "filter": "filter:tasks:data.article_id",
        "operator": "in_list",
        "type": "List",
        "value": list(articles),
    }
    wanted = set(articles)
    # The server works out whether there is a draft, anybody's, only for what it sorts by; all of
    # them come on one page, because within that order they have none.
    tasks = _listed(client, project, filters=[only], ordering=["tasks:draft_exists"], size=_MANY)
    found = by_article(tasks)
    return {article_id: tasks for article_id, tasks in found.items() if article_id in wanted}


def by_article(tasks: Iterable[RemoteTask]) -> dict[str, list[RemoteTask]]:
    """`tasks` by article, oldest first."""
    found: dict[str, list[RemoteTask]] = {}
    for task in sorted(tasks, key=lambda task: task.id):
        found.setdefault(task.key[0], []).append(task)
    return found


def all_tasks(client: Client, project: int) -> Iterator[RemoteTask]:
    """Every task of a project; whether there are drafts is not told."""
    return _listed(client, project, filters=[], ordering=[], size=_PAGE)


def _listed(
    client: Client, project: int, *, filters: list[dict[str, Any]], ordering: list[str], size: int
) -> Iterator[RemoteTask]:
    query = {"filters": {"conjunction": "and", "items": filters}, "ordering": ordering}
    for item in client.tasks(project, _COLUMNS, query, size):
        yield RemoteTask(
            id=int(item["id"]),
            data=item["data"],
            submitted=int(item.get("total_annotations") or 0)
            + int(item.get("cancelled_annotations") or 0),
            predictions=int(item.get("total_predictions") or 0),
            drafted=bool(item.get("draft_exists")),
        )


def import_tasks(client: Client, project: int, tasks: Iterable[bytes]) -> list[int]:
    """Create tasks, given as JSON, in one transaction of the server; their numbers, in order."""
    path = f"/api/projects/{project}/import?return_task_ids=true"
    answer = client.post(path, json_list(tasks), bulk=True)
    numbers = answer.get("task_ids") if isinstance(answer, dict) else None
    return [int(number) for number in numbers or ()]


def as_json(value: Any) -> bytes:
    """What is sent to the server."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a character becomes its own JSON escape
        return json.dumps(value).encode()


def json_list(values: Iterable[bytes]) -> bytes:
    """Several of `as_json` as one list."""
    return b"[" + b",".join(values) + b"]"


def by_size(items: Iterable[tuple[bytes, T]], limit: int) -> Iterator[list[tuple[bytes, T]]]:
    """`items`, each with what is sent for it, in order, in lists of at most `limit` bytes to be sent
    at once; one item may exceed it."""
    part: list[tuple[bytes, T]] = []
    held = 0
    for item in items:
        size = len(item[0]) + 1
        if part and held + size > limit:
            yield part
            part, held = [], 0
        part.append(item)
        held += size
    if part:
        yield part


def delete_tasks(client: Client, project: int, numbers: Sequence[int]) -> None:
    """Delete tasks at once, with everything on them."""
    if numbers:  # none would mean all of them
        chosen = {"all": False, "included": list(numbers)}
        path = f"/api/dm/actions?id=delete_tasks&project={project}"
        client.post(path, {"selectedItems": chosen}, bulk=True)


def newest_task(client: Client, project: int) -> Newest:
    """How many tasks a project has, and which was touched last; number 0 when it has none."""
    answer = client.get(
        "/api/tasks",
        project=project,
        fields="task_only",
        include="id,updated_at",
        query=json.dumps({"ordering": ["-tasks:updated_at"]}),
        page_size=1,
    )
    tasks = as_list(answer.get("tasks") if isinstance(answer, dict) else None)
    if not tasks:
        return Newest(0, 0, "")
    return Newest(int(answer["total"]), int(tasks[0]["id"]), utc(tasks[0]["updated_at"]))


def touched_since(client: Client, project: int, time: dt.datetime) -> set[int]:
    """Numbers of the tasks that were touched at `time` or later, by the server's clock."""
    return {int(item["id"]) for item in client.tasks(project, "id", _touched(time), _PAGE)}


def count_touched_since(client: Client, project: int, time: dt.datetime) -> int:
    """How many they are, which is much cheaper."""
    query = json.dumps(_touched(time))
    answer: dict[str, Any] = client.get(
        "/api/tasks",
        project=project,
        fields="task_only",
        include="id",
        query=query,
        page=1,
        page_size=1,
    )
    return int(answer["total"])


def _touched(time: dt.datetime) -> dict[str, Any]:
    since = {
        "filter": "filter:tasks:updated_at",
        "operator": "greater_or_equal",
        "type": "Datetime",
        "value": f"{time:%Y-%m-%dT%H:%M:%S.%fZ}",
    }
    return {"filters": {"conjunction": "and", "items": [since]}}


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
