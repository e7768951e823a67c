"""Client, server or network die at any moment; running again ends with everything exactly once."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dataset_builder.errors import ServerDownError
from dataset_builder.studio import push_steps
from dataset_builder.studio import server as studio
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from dataset_builder.studio.restore import restore
from tests.e2e.faulty_network import ABANDON, FORGET, HALVE, PASS, REFUSE, FaultyNetwork
from tests.e2e.studio_work import admin, arrow, article, newcomer, people, span, spec, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer

ROOT = Path(__file__).parents[2]
MANY = [article(number) for number in range(1, 201)]
SMALL = 60_000
"""Bytes of a bulk request, so that these few articles take several."""


@pytest.fixture(autouse=True)
def small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_steps, "BATCH_BYTES", SMALL)


def assert_each_once(connection: Connection, project: int, articles: list[Article]) -> None:
    boss = admin(connection)
    counts = Counter(t["data"]["article_id"] for t in boss.tasks(project))
    boss.http.close()
    assert counts == dict.fromkeys((a.article_id for a in articles), 1)


class OnNth:
    """Does `action` to the n-th request that has `part` in it, and passes all others on."""

    def __init__(self, number: int, action: str, part: str) -> None:
        self.number = number
        self.action = action
        self.part = part
        self.seen = 0

    def __call__(self, method: str, path: str) -> str:
        if self.part in f"{method} {path}":
            self.seen += 1
            if self.seen == self.number:
                return self.action
        return PASS


@pytest.mark.parametrize("action", [REFUSE, FORGET, ABANDON, HALVE])
def test_a_push_whose_import_breaks_off(connection: Connection, action: str) -> None:
    project = spec(f"push-{action}")
    with (
        FaultyNetwork(connection, OnNth(2, action, "/import")) as network,
        pytest.raises(ServerDownError, match="half-way") as failure,
    ):
        push(network.connection, project, MANY, scheme_version="1.0")
    assert failure.value.hint is not None
    assert "again" in failure.value.hint

    report = push(connection, project, MANY, scheme_version="1.0")
    assert_each_once(connection, report.project_id, MANY)
    assert len(report.created) + len(report.unchanged) == len(MANY)
    assert len(report.unchanged) >= 75


def test_a_push_whose_project_is_made_without_an_answer(connection: Connection) -> None:
    project = spec("push-project")
    with (
        FaultyNetwork(connection, OnNth(1, FORGET, "POST /api/projects")) as network,
        pytest.raises(ServerDownError),
    ):
        push(network.connection, project, MANY[:2], scheme_version="1.0")
    report = push(connection, project, MANY[:2], scheme_version="1.0")
    assert not report.project_created
    assert_each_once(connection, report.project_id, MANY[:2])


CLIENT = """
import os, sys
from dataset_builder.studio import push_steps
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.push import push
from tests.e2e.studio_work import spec
from tests.e2e.test_interruptions import MANY, SMALL
push_steps.BATCH_BYTES = SMALL
def told(what, done, total):
    print(what, done, flush=True)
push(Connection(sys.argv[1], os.environ["KEY"]), spec("killed"), MANY, scheme_version="1.0",
     report=told)
"""


def test_a_client_that_is_killed_in_the_middle(connection: Connection) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, connection.url],
        cwd=ROOT,
        env={**os.environ, "KEY": connection.api_key, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline().startswith("pushing ")
        client.send_signal(signal.SIGKILL)
    assert client.returncode == -signal.SIGKILL

    report = push(connection, spec("killed"), MANY, scheme_version="1.0")
    assert report.created
    assert report.unchanged
    assert_each_once(connection, report.project_id, MANY)


def test_a_server_that_is_killed_in_the_middle(fresh_server: RunningServer) -> None:
    """While it imports; and it loses nothing of what it had."""
    at = itertools.count(1)

    def kill(method: str, path: str) -> str:
        if "/import?" in path and next(at) == 2:
            os.kill(fresh_server.pid, signal.SIGKILL)
        return PASS

    with (
        FaultyNetwork(fresh_server.connection, kill) as network,
        pytest.raises(ServerDownError),
    ):
        push(network.connection, spec("dying"), MANY, scheme_version="1.0")
    with pytest.raises(ServerDownError, match="nothing answers"):
        push(fresh_server.connection, spec("dying"), MANY, scheme_version="1.0")

    again = studio.start(fresh_server.data_dir, report=print)
    report = push(again.connection, spec("dying"), MANY, scheme_version="1.0")
    assert len(report.unchanged) >= 75
    assert_each_once(again.connection, report.project_id, MANY)


@pytest.fixture(scope="module")
def committed(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with an export of a little of everything."""
    folder = tmp_path_factory.mktemp("committed")
    report = push(connection, spec("origin"), MANY[:4], scheme_version="1.0")
    boss, jane = admin(connection), newcomer(connection, "jane@interruptions.org", "Jane")
    first, second, third, _ = (boss.task_of(report.project_id, a.article_id) for a in MANY[:4])
    result = [span("p", "Putin", "ACTOR"), span("m", "met", "CONSULT"), arrow("p", "m")]
    jane.annotate(first, result)
    jane.annotate(first, [], was_cancelled=True)
    submitted = boss.annotate(first, result, ground_truth=True)
    boss.annotate(second, [])
    jane.draft(first, result[:1], annotation=submitted)
    jane.draft(third, result)
    jane.draft(third, result[:2])
    boss.send("POST", "/api/predictions", {"task": second, "result": result, "model_version": "m"})
    boss.http.close()
    jane.http.close()
    pull(connection, spec("origin"), folder / "exports" / "origin.jsonl", people(folder))
    return folder


def restored(
    connection: Connection, name: str, committed: Path, begin: Callable[[], Connection]
) -> None:
    """Restore through connections that fail, one after the other, until one does not."""
    tasks, findings = read_exports(committed / "exports")
    assert findings == []
    for attempt in itertools.count(1):
        assert attempt < 60, "it never came to an end"
        try:
            restore(begin(), spec(name), tasks, people(committed))
        except ServerDownError:
            continue
        break
    back = committed / f"{name}.jsonl"
    pull(connection, spec(name), back, people(committed))
    assert back.read_bytes() == (committed / "exports" / "origin.jsonl").read_bytes()
    assert attempt > 3, "it was hardly interrupted"


@pytest.mark.parametrize(("action", "pushed"), [(FORGET, True), (REFUSE, True), (ABANDON, False)])
def test_a_restore_that_breaks_off_at_every_step(
    connection: Connection, committed: Path, action: str, pushed: bool
) -> None:
    """Each attempt gets one changing request further than the one before, and then no answer."""
    name = f"restore-{action}"
    if pushed:
        push(connection, spec(name), MANY[:4], scheme_version="1.0")
    networks = []
    limits = itertools.count(1)

    def begin() -> Connection:
        limit, seen = next(limits), itertools.count(1)

        def rule(method: str, path: str) -> str:
            changes = method != "GET" and "/exports" not in path
            return action if changes and next(seen) == limit else PASS

        networks.append(FaultyNetwork(connection, rule).__enter__())
        return networks[-1].connection

    try:
        restored(connection, name, committed, begin)
    finally:
        for network in networks:
            network.__exit__()


@pytest.mark.parametrize(
    ("action", "part"),
    [(HALVE, "/download"), (REFUSE, "/download"), (FORGET, "POST /api/projects/")],
)
def test_a_pull_that_breaks_off_leaves_the_old_file(
    connection: Connection, committed: Path, tmp_path: Path, action: str, part: str
) -> None:
    file = tmp_path / "origin.jsonl"
    old = (committed / "exports" / "origin.jsonl").read_bytes().replace(b"Title 1 ", b"Old one ")
    file.write_bytes(old)
    with (
        FaultyNetwork(connection, OnNth(1, action, part)) as network,
        pytest.raises(ServerDownError),
    ):
        pull(network.connection, spec("origin"), file, people(committed))
    assert file.read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["origin.jsonl"]

    assert pull(connection, spec("origin"), file, people(committed)).changed
    assert file.read_bytes() == (committed / "exports" / "origin.jsonl").read_bytes()
    assert len(list(work(file))) == 7
