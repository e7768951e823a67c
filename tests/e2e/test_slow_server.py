"""A server whose answers come in drops, late, or never."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.faulty_network import HANG, PASS, TRICKLE, FaultyNetwork
from tests.e2e.killed_world import projects_of, tasks_of
from tests.e2e.killing import run
from tests.e2e.studio_work import admin, span, whole
from tests.e2e.test_review import named

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection


def drops(method: str, path: str) -> str:
    """Every answer in small pieces; every change of something a moment later, too."""
    if method != "GET":
        time.sleep(0.1)
    return TRICKLE


def test_it_is_waited_for_and_a_stuck_one_is_named(
    project_folder: Path, connection: Connection
) -> None:
    name = "slow-server"
    named(project_folder, name)
    with FaultyNetwork(connection, drops) as network:
        done = run("push", folder=project_folder, connection=network.connection)
        assert done.code == 0, done.said
        boss = admin(connection)
        (task, *_) = tasks_of(boss, name)
        text = task["data"]["text"]
        words = text.split()[0]
        boss.annotate(
            task["id"],
            [span("a", words, "ACTOR", text), whole("relevance", "choices", ["relevant"], "r")],
        )
        done = run("pull", folder=project_folder, connection=network.connection)
        assert done.code == 0, done.said
    file = project_folder / "annotations" / "exports" / f"{name}.jsonl"
    slowly = file.read_bytes()
    assert "unchanged" in run("pull", folder=project_folder, connection=connection).said

    for command, part in (("pull", "/exports"), ("push", "/api/tasks"), ("pull", "/api/version")):

        def stuck(method: str, path: str, part: str = part) -> str:
            return HANG if part in path else PASS

        with FaultyNetwork(connection, stuck) as network:
            done = run(
                command,
                folder=project_folder,
                connection=network.connection,
                LABEL_STUDIO_TIMEOUT="1.5",
            )
        assert done.code == 3, done.said
        assert "did not answer in time" in done.said
        assert (
            "run the command again, it resumes; LABEL_STUDIO_TIMEOUT=600 waits longer" in done.said
        )
        assert "Traceback" not in done.said
        assert file.read_bytes() == slowly
    assert set(projects_of(boss, name)) == {name}
    assert len(tasks_of(boss, name)) == 5
    boss.http.close()


@pytest.mark.parametrize("wrong", ["soon", "0", "-1", "nan", "inf"])
def test_a_timeout_that_is_none(project_folder: Path, connection: Connection, wrong: str) -> None:
    done = run("pull", folder=project_folder, connection=connection, LABEL_STUDIO_TIMEOUT=wrong)
    assert done.code == 2
    assert f"LABEL_STUDIO_TIMEOUT is no number of seconds: {wrong}" in done.said
