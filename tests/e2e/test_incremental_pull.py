"""A pull that reads only what changed writes the very file that a full one writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.studio import changes
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from tests.e2e.studio_work import admin, arrow, article, newcomer, people, span, spec, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.pull import PullReport

MANY = [article(number) for number in range(1, 81)]
PUTIN, MET = span("p", "Putin", "ACTOR"), span("m", "met", "CONSULT")
RESULT = [PUTIN, MET, arrow("p", "m")]
ALL = len(MANY)


class World:
    """A project on a server, somebody who works there, and two folders that pull from it."""

    def __init__(self, connection: Connection, name: str, folder: Path) -> None:
        self.connection = connection
        self.spec = spec(name)
        self.project = push(connection, self.spec, MANY, scheme_version="1.0").project_id
        self.boss = admin(connection)
        self.folder = folder
        self.file = folder / "mine" / "x.jsonl"
        tasks = self.boss.tasks(self.project)
        self._tasks = sorted(int(task["id"]) for task in tasks)
        self._next = iter(self._tasks)
        assert self.pull().read == ALL

    def task(self) -> int:
        """One that nobody has touched."""
        return next(self._next)

    def annotated(self) -> tuple[int, int]:
        """A task and its annotation, both of which have been pulled."""
        task = self.task()
        number = self.boss.annotate(task, RESULT)
        self.pull()
        return task, number

    def drafted(self) -> tuple[int, int]:
        """A task and its draft, both of which have been pulled."""
        task = self.task()
        number = self.boss.draft(task, RESULT)
        self.pull()
        return task, number

    def suggested(self) -> tuple[int, int]:
        """A task and its prediction, both of which have been pulled."""
        task = self.task()
        body = {"task": task, "result": RESULT, "model_version": "m"}
        number = int(self.boss.send("POST", "/api/predictions", body)["id"])
        self.pull()
        return task, number

    def pull(self, **options: Any) -> PullReport:
        here = self.file.parent
        self.before = self.file.read_bytes() if self.file.exists() else b""
        return pull(
            self.connection,
            self.spec,
            self.file,
            people(here),
            memory=here / "last.json",
            accept_loss=True,
            **options,
        )

    def agrees(self) -> int:
        """Pull, and everything anew beside it: the same file. How many tasks had to be read."""
        done = self.pull()
        other = self.folder / "other"
        other.mkdir(exist_ok=True)
        for name in ("annotators.yaml", "annotators.private.yaml"):
            if (self.file.parent / name).exists():
                (other / name).write_bytes((self.file.parent / name).read_bytes())
        (other / "x.jsonl").unlink(missing_ok=True)
        full = pull(self.connection, self.spec, other / "x.jsonl", people(other))
        assert self.file.read_bytes() == (other / "x.jsonl").read_bytes()
        same = ("tasks", "states", "regions", "fields", "arrows", "predictions", "foreign")
        for field in (*same, "doubled", "altered", "addresses"):
            assert getattr(done, field) == getattr(full, field), field
        assert full.read >= full.tasks + len(full.foreign)
        return done.read


@pytest.fixture(scope="module")
def world(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        # As if minutes went by between pulls, and one witness instead of twenty.
        patch.setattr(changes, "OVERLAP_SECONDS", 0)
        patch.setattr(changes, "WITNESSES", 1)
        made = World(connection, "incremental", tmp_path_factory.mktemp("incremental"))
        yield made
        made.boss.http.close()


def few(number: int) -> bool:
    """A witness, drafts and what changed; not everything."""
    return number < 15


def patch_annotation(world: World, **changed: Any) -> None:
    _, annotation = world.annotated()
    world.boss.send("PATCH", f"/api/annotations/{annotation}", changed)


def edit_data(world: World, **changed: str) -> None:
    task = world.task()
    data = world.boss.send("GET", f"/api/tasks/{task}")["data"]
    world.boss.send("PATCH", f"/api/tasks/{task}", {"data": {**data, **changed}})


def action(world: World, name: str, *tasks: int, **more: Any) -> None:
    chosen = {"all": False, "included": tasks}
    path = f"/api/dm/actions?id={name}&project={world.project}"
    world.boss.send("POST", path, {"selectedItems": chosen, **more})


def put_prediction(world: World, task: int) -> None:
    body = [{"task": task, "result": RESULT[:1], "model_version": "m"}]
    world.boss.send("POST", f"/api/projects/{world.project}/import/predictions", body)


def annotation_deleted(world: World) -> None:
    _, annotation = world.annotated()
    world.boss.send("DELETE", f"/api/annotations/{annotation}")


def second_annotation(world: World) -> None:
    task, _ = world.annotated()
    world.boss.annotate(task, RESULT[:1])


def draft_of_an_annotation(world: World) -> None:
    task, annotation = world.annotated()
    world.boss.draft(task, RESULT[:1], annotation=annotation)


def draft_changed(world: World) -> None:
    _, draft = world.drafted()
    world.boss.send("PATCH", f"/api/drafts/{draft}", {"result": RESULT[:1]})


def draft_deleted(world: World) -> None:
    _, draft = world.drafted()
    world.boss.send("DELETE", f"/api/drafts/{draft}")


def draft_submitted(world: World) -> None:
    task, draft = world.drafted()
    world.boss.annotate(task, RESULT)
    world.boss.send("DELETE", f"/api/drafts/{draft}")


def comment_on_the_article(world: World) -> None:
    said = whole("comment", "textarea", ["ask someone@example.org"], "c")
    world.boss.annotate(world.task(), [said])


def annotations_deleted_in_bulk(world: World) -> None:
    annotated, drafted = world.annotated()[0], world.drafted()[0]
    action(world, "delete_tasks_annotations", annotated, drafted)


def prediction_changed(world: World) -> None:
    task, prediction = world.suggested()
    body = {"task": task, "result": RESULT[:1], "model_version": "m"}
    world.boss.send("PATCH", f"/api/predictions/{prediction}", body)


def tasks_added(world: World) -> None:
    new = [article(number) for number in range(900, 903)]
    push(world.connection, world.spec, new, scheme_version="1.0")


def foreign_task_added(world: World) -> None:
    data = {"text": "foreign", "title": "", "meta": ""}
    world.boss.send("POST", f"/api/projects/{world.project}/import", [{"data": data}])


def somebody_new(world: World) -> None:
    jane = newcomer(world.connection, "jane@incremental.org", "Jane")
    jane.annotate(world.task(), RESULT)
    jane.http.close()


SEEN: dict[str, Callable[[World], Any]] = {
    "nothing": lambda world: None,
    "annotation made": lambda world: world.boss.annotate(world.task(), RESULT),
    "second annotation": second_annotation,
    "annotation changed": lambda world: patch_annotation(world, result=RESULT[:2]),
    "annotation deleted": annotation_deleted,
    "annotation skipped": lambda world: patch_annotation(world, was_cancelled=True),
    "ground truth": lambda world: patch_annotation(world, ground_truth=True),
    "draft begun": lambda world: world.boss.draft(world.task(), RESULT),
    "draft of an annotation": draft_of_an_annotation,
    "draft changed": draft_changed,
    "draft deleted": draft_deleted,
    "draft submitted": draft_submitted,
    "comment on the article": comment_on_the_article,
    "annotations deleted in bulk": annotations_deleted_in_bulk,
    "prediction changed": prediction_changed,
    "title changed": lambda world: edit_data(world, title="Another"),
    "text changed": lambda world: edit_data(world, text="Another text"),
    "task is not ours any more": lambda world: edit_data(world, article_id="?"),
    "tasks added": tasks_added,
    "foreign task added": foreign_task_added,
    "somebody new": somebody_new,
}
"""Changes that are found by asking for what changed."""


def task_deleted(world: World) -> None:
    task, _ = world.annotated()
    world.boss.send("DELETE", f"/api/tasks/{task}")


def one_deleted_one_added(world: World) -> None:
    task_deleted(world)
    push(world.connection, world.spec, [article(950)], scheme_version="1.0")


def predictions_replaced_in_bulk(world: World) -> None:
    task, _ = world.suggested()
    action(world, "delete_tasks_predictions", task)
    put_prediction(world, task)


def annotations_copied_in_bulk(world: World) -> None:
    _, annotation = world.annotated()
    copies = (world.task(), world.task())
    action(world, "propagate_annotations", *copies, source_annotation_id=annotation)


def data_in_bulk(world: World, name: str) -> None:
    new = {"value_name": name, "value_type": "String", "value": "All alike"}
    action(world, "add_data_field", world.task(), **new)


def account_deleted(world: World) -> None:
    omar = newcomer(world.connection, "omar@incremental.org", "Omar")
    omar.annotate(world.task(), RESULT)
    world.pull()
    world.boss.send("DELETE", f"/api/users/{omar.id}")
    omar.http.close()


def task_doubled(world: World) -> None:
    data = world.boss.send("GET", f"/api/tasks/{world.task()}")["data"]
    world.boss.send("POST", f"/api/projects/{world.project}/import", [{"data": data}])


NOT_SEEN: dict[str, Callable[[World], Any]] = {
    "task deleted": task_deleted,
    "tasks deleted in bulk": lambda world: action(
        world, "delete_tasks", world.task(), world.annotated()[0]
    ),
    "one deleted, one added": one_deleted_one_added,
    "prediction made": lambda world: put_prediction(world, world.task()),
    "predictions deleted in bulk": lambda world: action(
        world, "delete_tasks_predictions", world.suggested()[0]
    ),
    "predictions replaced in bulk": predictions_replaced_in_bulk,
    "annotations copied in bulk": annotations_copied_in_bulk,
    "data changed in bulk": lambda world: data_in_bulk(world, "title"),
    "data added in bulk": lambda world: data_in_bulk(world, "new"),
    "account deleted": account_deleted,
    "task doubled": task_doubled,
}
"""Changes that the server does not note at the task: everything is read again."""


@pytest.mark.parametrize("kind", SEEN)
def test_a_change_that_is_asked_for(world: World, kind: str) -> None:
    world.pull()
    SEEN[kind](world)
    assert few(world.agrees())
    unchanged = kind in ("nothing", "foreign task added")
    assert (world.file.read_bytes() == world.before) == unchanged


@pytest.mark.parametrize("kind", NOT_SEEN)
def test_a_change_that_the_server_does_not_note(world: World, kind: str) -> None:
    world.pull()
    NOT_SEEN[kind](world)
    assert not few(world.agrees())
    assert (world.file.read_bytes() == world.before) == (kind == "task doubled")
    # One that is doubled is always read anew.
    assert few(world.pull().read) == (kind != "task doubled")
