"""Annotated with an older Label Studio, opened by the one that this package installs now.

The older server is 800 MB more to install and a minute to prepare, so this runs on purpose only:

    DATASET_BUILDER_UPGRADE_FROM=1.22.0 python -m pytest -n 0 tests/e2e/test_server_upgrade.py
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import TYPE_CHECKING

import pytest

from dataset_builder.studio import install
from dataset_builder.studio import server as studio
from tests.e2e.killed_world import KINDS, files_are_whole, tasks_of, worked
from tests.e2e.killing import run
from tests.e2e.studio_work import admin

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection

VARIABLE = "DATASET_BUILDER_UPGRADE_FROM"
OLDER = os.environ.get(VARIABLE, "")


def version_of(connection: Connection) -> str:
    with urllib.request.urlopen(f"{connection.url}/api/version", timeout=60) as reply:
        return str(json.load(reply)["release"])


@pytest.mark.skipif(not OLDER, reason=f"set {VARIABLE} to an older version, e.g. 1.22.0")
def test_the_data_folder_of_an_older_server(
    server_environment: None, project_folder: Path, tmp_path: Path
) -> None:
    name, data = "upgraded", tmp_path / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(install, "LABEL_STUDIO_VERSION", OLDER)
        free = tmp_path / "constraints.txt"
        free.write_text("", encoding="utf-8")
        patch.setattr(install, "CONSTRAINTS", free)
        with studio.start(data, report=print) as older:
            assert version_of(older.connection) == OLDER
            worked(project_folder, older.connection, name, "upgraded@example.org")
            boss = admin(older.connection)
            marks = [name, f"{name} (review)", f"{name} (grid)", f"{name} (adjudication)"]
            before = {mark: tasks_of(boss, mark) for mark in marks}
            boss.http.close()
    exports = project_folder / "annotations" / "exports"
    committed = {kind: (exports / f"{name}{kind}.jsonl").read_bytes() for kind in KINDS}
    with studio.start(data, report=print) as present:
        assert version_of(present.connection) == install.LABEL_STUDIO_VERSION != OLDER
        done = run("pull", folder=project_folder, connection=present.connection)
        assert done.code == 0, done.said
        for kind in KINDS:
            assert (exports / f"{name}{kind}.jsonl").read_bytes() == committed[kind], kind
        done = run("push", folder=project_folder, connection=present.connection)
        assert done.code == 0, done.said
        assert "0 created, 0 updated, 4 unchanged, 1 stale" in done.said
        boss = admin(present.connection)
        after = {mark: tasks_of(boss, mark) for mark in marks}
        numbers = {mark: sorted(task["id"] for task in found) for mark, found in after.items()}
        assert numbers == {m: sorted(task["id"] for task in found) for m, found in before.items()}
        boss.http.close()
    files_are_whole(project_folder)
