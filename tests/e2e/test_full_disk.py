"""A disk without room, ours and the server's: a small one of memory, filled to its last bytes."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest

from dataset_builder.studio import server as studio
from tests.conftest import copy_inputs
from tests.e2e.killed_world import files_are_whole, projects_of, tasks_of
from tests.e2e.killing import run
from tests.e2e.studio_work import admin, lines, span, whole
from tests.e2e.test_review import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_builder.studio.connection import Connection

SUMMARY = "corpus/summary.json"
ADVICE = re.compile("(make room|check free space).*run (it|the( same)? command) again")


class SmallDisk:
    """A disk of `megabytes`, mounted at `folder`."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        size = f"size={megabytes}m,mode=0755"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if mounted.returncode:
            pytest.skip(f"a small disk needs the right to mount one: {mounted.stderr.strip()}")

    def fill(self, leave: int = 0) -> None:
        """Take all room but `leave` bytes."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"\0" * size)
            with pytest.raises(OSError, match="No space left"):
                ballast.write(b"\0")
            ballast.truncate(ballast.tell() - leave)

    def free(self) -> None:
        """Give the room back."""
        (self.folder / "ballast").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk", 24)
    yield disk
    subprocess.run(["umount", "-l", str(disk.folder)], check=True)


def until_refused(work: Callable[[], object]) -> None:
    """Until what a database has in reserve is used up, too."""
    for _ in range(200):
        work()


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a project."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_our_files(small_disk: SmallDisk, connection: Connection, tmp_path: Path) -> None:
    folder = copy_inputs(small_disk.folder / "project")
    named(folder, "full-disk")
    for command in ("push", "pull"):
        done = run(command, folder=folder, connection=connection)
        assert done.code == 0, done.said
    out = folder / "corpus"
    assert run("clean", "--out", str(out), folder=folder, connection=connection).code == 0
    boss = admin(connection)
    (task, *_) = tasks_of(boss, "full-disk")
    text = task["data"]["text"]
    for number in range(3):  # so much that it does not fit into what is left
        marks = [span(f"r{number}-{n}", text.split()[0], "ACTOR", text) for n in range(60)]
        boss.annotate(task["id"], [*marks, whole("relevance", "choices", ["relevant"], "r")])
    boss.http.close()
    page = (folder / "seeds" / "000_304dcb087ec99169.txt").read_text(encoding="utf-8")
    new = folder / "seeds" / "005_new.txt"
    new.write_text(page.replace("Putin", "Lavrov"), encoding="utf-8")
    before = state(folder)

    small_disk.fill(leave=8192)
    commands = (("clean", "--out", str(out)), ("build",), ("pull",))
    for command in commands:
        done = run(*command, folder=folder, connection=connection)
        assert done.code == 3, f"{command}: {done.said}"
        assert "No space left on device" in done.said, done.said
        assert str(small_disk.folder) in done.said.split("No space left")[0], done.said
        assert ADVICE.search(done.said), done.said
        assert "Traceback" not in done.said
        # The corpus says by its summary that it is whole: it is gone while it is not.
        assert state(folder) == {name: file for name, file in before.items() if name != SUMMARY}
    small_disk.free()

    said = ""
    for command in commands:
        done = run(*command, folder=folder, connection=connection)
        assert done.code == 0, done.said
        said += done.said
    after = lines(folder / "annotations" / "exports" / "full-disk.jsonl")
    assert sum(len(line["annotations"]) for line in after) == 3
    assert "6 articles, 0 pages not used" in said
    assert (folder / SUMMARY).is_file()


def test_the_temporary_folder(
    small_disk: SmallDisk, project_folder: Path, connection: Connection
) -> None:
    """The server's export is kept there while it is read."""
    named(project_folder, "full-temporary")
    assert run("push", folder=project_folder, connection=connection).code == 0
    assert run("pull", folder=project_folder, connection=connection).code == 0
    before = state(project_folder)
    small_disk.fill(leave=8192)
    done = run("pull", folder=project_folder, connection=connection, TMPDIR=str(small_disk.folder))
    assert done.code == 3, done.said
    assert str(small_disk.folder) in done.said.split("No space left")[0], done.said
    assert ADVICE.search(done.said), done.said
    assert "Traceback" not in done.said
    assert state(project_folder) == before
    small_disk.free()
    done = run("pull", folder=project_folder, connection=connection, TMPDIR=str(small_disk.folder))
    assert done.code == 0, done.said


def test_the_disk_of_the_server(
    server_environment: None, small_disk: SmallDisk, project_folder: Path
) -> None:
    name = "full-server"
    named(project_folder, name)
    data = small_disk.folder / "data"
    running = studio.start(data, report=print)
    try:
        connection = running.connection
        assert run("push", folder=project_folder, connection=connection).code == 0
        boss = admin(connection)
        (task, *others) = tasks_of(boss, name)
        text = task["data"]["text"]
        mark = [span("r", text.split()[0], "ACTOR", text)]
        boss.annotate(task["id"], mark)
        assert run("pull", folder=project_folder, connection=connection).code == 0
        before = state(project_folder)

        small_disk.fill()
        large = [{**mark[0], "meta": {"text": ["x" * 50_000]}}]
        with pytest.raises((AssertionError, httpx.HTTPError)):
            until_refused(lambda: boss.annotate(others[0]["id"], large))
        renamed = project_folder / "pyproject.toml"
        kept = renamed.read_text()
        renamed.write_text(kept.replace(name, f"{name}-2"))
        pushed = run("push", folder=project_folder, connection=connection)
        renamed.write_text(kept)
        pulled = run("pull", folder=project_folder, connection=connection)
        for done in (pushed, pulled):
            assert done.code == 3, done.said
            assert "Traceback" not in done.said
            assert "disk" in done.said, done.said
        assert state(project_folder) == before
        small_disk.free()

        for project in (name, f"{name}-2"):
            renamed.write_text(kept.replace(name, project))
            done = run("push", folder=project_folder, connection=connection)
            assert done.code == 0, done.said
            assert len(tasks_of(boss, project)) == 5
        renamed.write_text(kept)
        done = run("pull", folder=project_folder, connection=connection)
        assert done.code == 0, done.said
        files_are_whole(project_folder)
        export = project_folder / "annotations" / "exports" / f"{name}.jsonl"
        of_task = next(line for line in lines(export) if line["data"]["text"] == text)
        assert [a["result"][0]["id"] for a in of_task["annotations"]] == ["r"]
        assert set(projects_of(boss, name)) == {name}
        boss.http.close()
    finally:
        studio.stop(data)
    assert os.access(small_disk.folder, os.R_OK)
