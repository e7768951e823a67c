"""The server's work in PostgreSQL: the same files come out, and a project moves there whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from dataset_builder.errors import InstallError, UsageError
from dataset_builder.studio import server as studio
from dataset_builder.studio.database import DATABASE_VARIABLE, PASSWORD_VARIABLE
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from dataset_builder.studio.restore import restore
from tests.e2e.postgresql import PASSWORD
from tests.e2e.studio_work import lines, people, spec
from tests.e2e.test_at_once import MANY, PUSH, begin, counted, end, once
from tests.e2e.test_round_trip import ARTICLES, Entered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer
    from tests.e2e.postgresql import Cluster


@pytest.fixture(scope="module")
def on_sqlite(connection: Connection) -> Iterator[Entered]:
    """A project in which three people did everything that one can do."""
    made = Entered(connection, "moving")
    yield made
    made.close()


def without_times(file: Path) -> list[dict[str, Any]]:
    found = lines(file)
    for line in found:
        for annotation in line["annotations"]:
            del annotation["created_at"], annotation["updated_at"]
    return found


def test_the_same_work_gives_the_same_file(
    on_sqlite: Entered, server_on_postgresql: RunningServer, cluster: Cluster, tmp_path: Path
) -> None:
    on_postgresql = Entered(server_on_postgresql.connection, "entered")
    files = {}
    for name, entered in (("sqlite", on_sqlite), ("postgresql", on_postgresql)):
        folder = tmp_path / name
        files[name] = folder / "same.jsonl"
        pull(entered.connection, entered.spec, files[name], people(folder))
        before = files[name].read_bytes()
        assert not pull(entered.connection, entered.spec, files[name], people(folder)).changed
        assert files[name].read_bytes() == before
    on_postgresql.close()
    assert without_times(files["sqlite"]) == without_times(files["postgresql"])
    assert int(cluster.ask("select count(*) from task_completion", "shared")) > 5, "not there"


def test_a_server_moved_to_postgresql(
    on_sqlite: Entered, server_on_postgresql: RunningServer, cluster: Cluster, tmp_path: Path
) -> None:
    """As the documents say: pull from the old one; restore and push to the new one."""
    exports = tmp_path / "exports"
    pull(on_sqlite.connection, on_sqlite.spec, exports / "moving.jsonl", people(tmp_path))
    before = (exports / "moving.jsonl").read_bytes()
    tasks, findings = read_exports(exports)
    assert findings == []
    new = server_on_postgresql.connection
    for created in (len(ARTICLES), 0):  # the second time finds everything done
        done = restore(new, on_sqlite.spec, tasks, people(tmp_path))
        assert (done.tasks_created, done.not_restored) == (created, ())
        pushed = push(new, on_sqlite.spec, ARTICLES, scheme_version="1.0")
        assert (pushed.created, pushed.updated) == ((), ())
        pulled = pull(new, on_sqlite.spec, exports / "moving.jsonl", people(tmp_path))
        assert not pulled.changed
        assert (exports / "moving.jsonl").read_bytes() == before
    rows = f"select count(*) from task where project_id = {pushed.project_id}"
    assert cluster.ask(rows, "shared") == str(len(ARTICLES))


@pytest.mark.parametrize("killed", [None, 2])
def test_two_pushes_at_once(
    server_on_postgresql: RunningServer, tmp_path: Path, killed: int | None
) -> None:
    """PostgreSQL takes both at the same time; SQLite one after the other."""
    name = f"at-once-{killed}"
    connection = server_on_postgresql.connection
    project = push(connection, spec(name), MANY[:3], scheme_version="1.0").project_id
    one, two = (begin(PUSH, connection, name, tmp_path) for _ in range(2))
    end(one, killed)
    end(two, None)
    push(connection, spec(name), MANY, scheme_version="1.0", memory=tmp_path / "pushed.json")
    assert counted(connection, project) == once(MANY)


def test_the_password_is_told_to_nobody(server_on_postgresql: RunningServer) -> None:
    folder = server_on_postgresql.data_dir
    known = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"postgresql://label_studio@127\.0\.0\.1:\d+/shared", known["database"])
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]
    seen = " ".join(psutil.Process(server_on_postgresql.pid).cmdline())
    assert PASSWORD not in seen + repr(server_on_postgresql)
    assert not (folder / "label_studio.sqlite3").exists()


def test_a_server_is_not_started_on_another_database_than_its_own(
    server: RunningServer,
    server_on_postgresql: RunningServer,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Annotators would find nothing of their work, and begin again."""
    with pytest.raises(UsageError, match=r"is in postgresql://.*/shared,") as wrong:
        studio.start(server_on_postgresql.data_dir, report=print)
    assert "push --restore" in str(wrong.value.hint)
    monkeypatch.setenv(DATABASE_VARIABLE, cluster.address("other"))
    with pytest.raises(UsageError, match="in SQLite, but"):
        studio.start(server.data_dir, report=print)
    found = studio.running(server_on_postgresql.data_dir)
    assert found is not None, "other commands need no database"


def test_a_database_that_cannot_be_used_is_said(
    cluster: Cluster, server_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    monkeypatch.setenv(DATABASE_VARIABLE, cluster.address("missing"))
    with pytest.raises(InstallError, match='"missing" does not exist') as failure:
        studio.start(tmp_path / "data", report=print)
    assert PASSWORD not in f"{failure.value.message} {failure.value.hint}"
    assert studio.running(tmp_path / "data") is None
