"""Every command that changes the server or the committed files dies at moments drawn by a seed, and is
run again: nothing doubled, nothing lost, every file whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataset_builder.assemble.answers import read_grid
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.exports import read_exports
from tests.e2e.killed_world import (
    KINDS,
    articles_are_annotated,
    files_are_whole,
    grid_is_answered,
    projects_of,
    questions_are_answered,
    renamed,
    tasks_of,
)
from tests.e2e.killing import killed_until_done
from tests.e2e.studio_work import admin, lines
from tests.e2e.test_review import named, new_scheme

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection


def exports_of(folder: Path, name: str) -> dict[str, bytes]:
    exports = folder / "annotations" / "exports"
    return {kind: (exports / f"{name}{kind}.jsonl").read_bytes() for kind in KINDS}


@pytest.mark.parametrize("seed", [1])
def test_restoring_and_pulling_every_kind(
    committed: Path, connection: Connection, tmp_path: Path, seed: int
) -> None:
    name = f"kill-restored-{seed}"
    folder = renamed(committed, tmp_path / "project", committed.name, name)
    before = exports_of(folder, name)

    def check() -> None:
        assert exports_of(folder, name) == before

    done, deaths = killed_until_done(
        "push", "--restore", folder=folder, connection=connection, seed=seed, check=check
    )
    assert done.code == 0, f"{deaths} {done.said}"
    for file in (folder / "annotations" / "exports").iterdir():
        file.unlink()
    done, moments = killed_until_done(
        "pull",
        folder=folder,
        connection=connection,
        seed=seed,
        check=lambda: files_are_whole(folder),
    )
    assert done.code == 0, f"{moments} {done.said}"
    assert exports_of(folder, name) == before, deaths
    assert len(deaths) + len(moments) >= 3, "it was hardly interrupted"


@pytest.mark.parametrize("seed", [1])
def test_asking_and_migrating(project_folder: Path, connection: Connection, seed: int) -> None:
    name = f"kill-asked-{seed}"
    named(project_folder, name)
    articles_are_annotated(project_folder, connection, f"{name}@example.org")
    deaths: list[str] = []

    def do(*command: str) -> str:
        done, moments = killed_until_done(
            *command, folder=project_folder, connection=connection, seed=seed,
            check=lambda: files_are_whole(project_folder),
        )  # fmt: skip
        assert done.code == 0, f"{moments} {done.said}"
        deaths.extend(moments)
        return done.said

    for command in ("push", "pull", "grid", "adjudicate"):
        do(command)
    boss = admin(connection)
    marks = ("", " (review)", " (grid)", " (adjudication)")
    assert set(projects_of(boss, name)) == {name + mark for mark in marks}
    tasks = {mark: tasks_of(boss, name + mark) for mark in marks}
    assert {mark: len(found) for mark, found in tasks.items()} == dict(
        zip(marks, (5, 1, 1, 1), strict=True)
    )
    suggested = {mark: [len(t["predictions"]) for t in found] for mark, found in tasks.items()}
    assert suggested[" (review)"] == [1]
    assert suggested[" (adjudication)"] == [2]
    assert sorted(suggested[""]) == [0, 0, 0, 0, 1]

    grid_is_answered(connection, name, first="favor")
    do("pull")
    new_scheme(project_folder)
    file = project_folder / "schemas" / "ontology.yaml"
    text = file.read_text(encoding="utf-8").replace("{ name: favor,", "{ name: support,")
    file.write_text(f"{text}      - {{ of: stance_label, rename: favor, to: support }}\n")
    do("migrate")
    config = boss.send("GET", f"/api/projects/{projects_of(boss, name)[name + ' (grid)']}")
    assert 'value="support"' in config["label_config"]
    assert 'value="favor" hint="not in use any more"' in config["label_config"]
    after = {mark: tasks_of(boss, name + mark) for mark in marks}
    labels = {
        mark: {
            label
            for task in found
            for prediction in task["predictions"]
            for item in prediction["result"]
            for label in item.get("value", {}).get("labels", ())
        }
        for mark, found in after.items()
    }
    for mark in ("", " (review)", " (adjudication)"):
        assert "AGREE" not in labels[mark]
        assert "PLEDGE" in labels[mark]
    assert {
        mark: [len(t["predictions"]) for t in found] for mark, found in after.items()
    } == suggested

    questions_are_answered(connection, name)
    do("pull")
    exports = project_folder / "annotations" / "exports"
    for kind, count in zip(KINDS, (3, 1, 1, 1), strict=True):
        found = [a for line in lines(exports / f"{name}{kind}.jsonl") for a in line["annotations"]]
        assert sum(a["state"] == "completed" for a in found) == count, kind
    boss.http.close()
    ontology = load_registries(find_project(project_folder)).ontology
    ((grid,), wrong) = read_exports(exports, "grid")
    assert wrong == []
    ((answers,), wrong) = read_grid(grid, ontology)
    assert wrong == []
    assert list(answers.labels.values()).count("support") == 1
    assert len(answers.labels) == len(grid.data["pairs"])
    assert len(deaths) >= 5, "it was hardly interrupted"
