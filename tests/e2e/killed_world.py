"""A project with a little work of every kind on the server, for tests that interrupt commands."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

from dataset_builder.clean import clean_pages
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.exported import ExportedTask
from dataset_builder.studio.exports import iter_export
from dataset_builder.studio.push import push
from dataset_builder.studio.workspace import project_spec
from tests.e2e.killing import run
from tests.e2e.studio_work import Person, admin, arrow, field, newcomer, span, whole
from tests.e2e.test_review import (
    ACTOR,
    ACTOR_BEFORE,
    ARTICLE,
    FURNITURE,
    entered,
    named,
    present,
    put_earlier,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection

DISPUTED = "20e8a78ed90717a1"
"""The article on which two annotators differ; `ARTICLE` is the one whose text changed."""
KINDS = ("", ".review", ".grid", ".adjudication")


def disputed(text: str, type_: str, names: str) -> list[dict[str, Any]]:
    """One event, of a type that not both give it."""
    who = span(f"{names}a1", "Recep Tayyip Erdogan", "ACTOR", text)
    other = span(f"{names}a2", "Vladimir Putin", "ACTOR", text)
    return [
        who,
        field(who, "actor_id", "choices", ["erdogan"]),
        other,
        field(other, "actor_id", "choices", ["putin"]),
        span(f"{names}t1", "arrived", type_, text),
        whole("relevance", "choices", ["relevant"], f"{names}r1"),
        arrow(f"{names}a1", f"{names}t1"),
        arrow(f"{names}a2", f"{names}t1"),
    ]


def articles_are_annotated(folder: Path, connection: Connection, email: str) -> None:
    """Push an earlier text of one article, then all; two people annotate."""
    boss = admin(connection)
    other = newcomer(connection, email, "Killed")
    earlier = FURNITURE + present(folder).text.replace(ACTOR, ACTOR_BEFORE, 1)
    task = put_earlier(folder, connection, boss, earlier)
    boss.annotate(task, entered(earlier, ACTOR_BEFORE))
    project = find_project(folder)
    spec = project_spec(project, load_registries(project))
    articles = clean_pages(folder / "seeds").articles
    report = push(connection, spec, articles, scheme_version="1.0")
    assert report.stale == (ARTICLE,)
    task = boss.task_of(report.project_id, DISPUTED)
    text = next(a.text for a in articles if a.article_id == DISPUTED)
    boss.annotate(task, disputed(text, "CONSULT", "b"))
    other.annotate(task, disputed(text, "AGREE", "o"))
    other.draft(boss.task_of(report.project_id, ARTICLE), [span("d", "Putin", "ACTOR", earlier)])
    guess = {"model_version": "rules-1", "result": [span("p", "leaders", "AGREE", text)]}
    nobody = next(t for t in boss.tasks(report.project_id) if not t["total_annotations"])
    words = nobody["data"]["text"].split()[0]
    guess["result"] = [span("p", words, "AGREE", nobody["data"]["text"])]
    boss.send("POST", "/api/predictions", {"task": nobody["id"], **guess})
    boss.http.close()
    other.http.close()


def questions_are_answered(connection: Connection, name: str) -> None:
    """Submit something on the review, the grid and the adjudication."""
    boss = admin(connection)
    (review,) = tasks_of(boss, f"{name} (review)")
    (suggestion,) = review["predictions"]
    boss.annotate(review["id"], suggestion["result"])
    boss.http.close()
    grid_is_answered(connection, name)
    boss = admin(connection)
    (conflict,) = tasks_of(boss, f"{name} (adjudication)")
    boss.annotate(conflict["id"], conflict["predictions"][0]["result"])
    boss.http.close()


def grid_is_answered(connection: Connection, name: str, first: str = "neutral") -> None:
    """Submit the grids that nobody has: `first` for the first row, else neutral."""
    boss = admin(connection)
    for task in tasks_of(boss, f"{name} (grid)"):
        if task["total_annotations"]:
            continue
        labels = [first, *["neutral"] * (len(task["data"]["pairs"]) - 1)]
        rows = [
            whole(f"pair_{number}", "choices", [label], f"g{number}")
            for number, label in enumerate(labels)
        ]
        boss.annotate(task["id"], [*rows, whole("checked", "choices", ["I read every row"], "c")])
    boss.http.close()


def projects_of(boss: Person, name: str) -> dict[str, int]:
    """Marker without its first words -> number, of every project of a dataset; each once."""
    found: dict[str, int] = {}
    for item in boss.send("GET", "/api/projects?page_size=1000")["results"]:
        for line in str(item.get("description") or "").splitlines():
            mark = line.removeprefix("dataset-builder: ")
            if mark == name or re.fullmatch(rf"{re.escape(name)} \(\w+\)", mark):
                assert mark not in found, f"{mark} is there twice"
                found[mark] = int(item["id"])
    return found


def tasks_of(boss: Person, mark: str) -> list[dict[str, Any]]:
    """The tasks of one of our projects, with annotations, drafts and predictions."""
    number = projects_of(boss, re.sub(r" \(\w+\)$", "", mark))[mark]
    tasks = boss.tasks(number)
    counts = Counter((t["data"]["article_id"], t["data"]["text_sha256"]) for t in tasks)
    assert set(counts.values()) <= {1}, f"{mark}: doubled {counts}"
    return tasks


def renamed(folder: Path, target: Path, old: str, new: str) -> Path:
    """A copy of a project under another name of the dataset, its exports with it."""
    shutil.copytree(folder, target)
    settings = target / "pyproject.toml"
    text = settings.read_text(encoding="utf-8").replace(f'"{old}"', f'"{new}"')
    text = text.replace(f"Project {old}", f"Project {new}")
    settings.write_text(text, encoding="utf-8")
    for file in (target / "annotations" / "exports").iterdir():
        file.rename(file.with_name(file.name.replace(old, new, 1)))
    return target


def files_are_whole(folder: Path) -> None:
    """Every export can be read to its last line."""
    for file in (folder / "annotations" / "exports").glob("*.jsonl"):
        entries = list(iter_export(file))
        assert entries
        assert all(isinstance(entry, ExportedTask) for entry in entries), file


def worked(folder: Path, connection: Connection, name: str, email: str) -> None:
    """Everything: annotated, pushed to the four projects, answered there and pulled."""
    named(folder, name)
    articles_are_annotated(folder, connection, email)
    for command in ("push", "pull", "grid", "adjudicate"):
        done = run(command, folder=folder, connection=connection)
        assert done.code == 0, done.said
    questions_are_answered(connection, name)
    done = run("pull", folder=folder, connection=connection)
    assert done.code == 0, done.said
