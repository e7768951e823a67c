"""Two people run the same command at the same time, and one of them is killed while at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dataset_builder.studio import push_steps
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from tests.e2e.studio_work import admin, article, people, span, spec

if TYPE_CHECKING:
    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection

ROOT = Path(__file__).parents[2]
MANY = [article(number) for number in range(1, 121)]
SMALL = 30_000
"""Bytes of a bulk request, so that these few articles take several."""

PUSH = """
import sys
from pathlib import Path
from dataset_builder.studio import push_steps
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.push import push
from tests.e2e.studio_work import spec
from tests.e2e.test_at_once import MANY, SMALL
push_steps.BATCH_BYTES = SMALL
url, name, folder = sys.argv[1:]
push(Connection(url, sys.stdin.readline().strip()), spec(name), MANY, scheme_version="1.0",
     memory=Path(folder) / "pushed.json", report=lambda *now: print(*now, flush=True))
"""
PULL = """
import sys
from pathlib import Path
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.pull import pull
from tests.e2e.studio_work import people, spec
url, name, folder = sys.argv[1:]
here = Path(folder)
pull(Connection(url, sys.stdin.readline().strip()), spec(name), here / "exports" / "x.jsonl",
     people(here), memory=here / "pulled.json", report=lambda *now: print(*now, flush=True))
"""


def begin(script: str, connection: Connection, name: str, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, connection.url, name, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{connection.api_key}\n")
    process.stdin.flush()
    return process


def end(process: subprocess.Popen[str], lines: int | None) -> None:
    """Wait for its end, or kill it when it has said so many lines, unless it is through by then."""
    if lines is not None:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=300)
    assert process.returncode in ((0,) if lines is None else (0, -signal.SIGKILL))


def counted(connection: Connection, project: int) -> Counter[str]:
    boss = admin(connection)
    found = Counter(task["data"]["article_id"] for task in boss.tasks(project))
    boss.http.close()
    return found


def once(articles: list[Article]) -> dict[str, int]:
    return dict.fromkeys((a.article_id for a in articles), 1)


@pytest.mark.parametrize("killed", [None, 1, 2, 3])
def test_two_pushes(connection: Connection, tmp_path: Path, killed: int | None) -> None:
    name = f"at-once-{killed}"
    # The project is there, so that both push into the same one.
    project = push(connection, spec(name), MANY[:3], scheme_version="1.0").project_id
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (begin(PUSH, connection, name, folder) for folder in folders)
    end(one, killed)
    end(two, None)
    if killed is None:
        assert counted(connection, project) == once(MANY)
    # Who was killed runs it again; what the other one remembers is of no harm.
    for folder in folders:
        memory = folder / "pushed.json"
        report = push(connection, spec(name), MANY, scheme_version="1.0", memory=memory)
        assert (report.updated, report.stale, report.duplicates) == ((), (), ())
        assert counted(connection, project) == once(MANY)


@pytest.mark.parametrize("killed", [None, 1, 65, 175])
def test_two_pulls(connection: Connection, tmp_path: Path, killed: int | None) -> None:
    name = f"pulls-{killed}"
    project = push(connection, spec(name), MANY[:100], scheme_version="1.0").project_id
    boss = admin(connection)
    tasks = sorted(int(task["id"]) for task in boss.tasks(project))
    boss.annotate(tasks[0], [span("p", "Putin", "ACTOR")])
    mine, other = tmp_path / "mine", tmp_path / "other"
    pull(connection, spec(name), mine / "exports" / "x.jsonl", people(mine))
    before = (mine / "exports" / "x.jsonl").read_bytes()
    boss.annotate(tasks[1], [span("p", "Putin", "ACTOR")])
    one, two = (begin(PULL, connection, name, mine) for _ in range(2))
    end(one, killed)
    whole = (mine / "exports" / "x.jsonl").read_bytes()
    assert whole.count(b"\n") == 100
    end(two, None)
    # Told apart by what they hold, not by who was first.
    pull(connection, spec(name), other / "exports" / "x.jsonl", people(other))
    after = (other / "exports" / "x.jsonl").read_bytes()
    assert whole in (before, after)
    assert (mine / "exports" / "x.jsonl").read_bytes() == after
    read, findings = read_exports(mine / "exports")
    assert (len(read), findings) == (100, [])
    again = pull(
        connection,
        spec(name),
        mine / "exports" / "x.jsonl",
        people(mine),
        memory=mine / "pulled.json",
    )
    assert not again.changed
    boss.http.close()


def test_annotating_while_pushing(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody works on the first tasks while the later ones still come."""
    monkeypatch.setattr(push_steps, "BATCH_BYTES", SMALL)
    name = "annotating"
    project = push(connection, spec(name), MANY[:10], scheme_version="1.0").project_id
    boss = admin(connection)
    tasks = sorted(int(task["id"]) for task in boss.tasks(project))
    results = [span("p", "Putin", "ACTOR")]
    one, two = (begin(PUSH, connection, name, tmp_path) for _ in range(2))
    for task in tasks:
        boss.annotate(task, results)
    end(one, None)
    end(two, None)
    assert counted(connection, project) == once(MANY)
    pulled = pull(connection, spec(name), tmp_path / "x.jsonl", people(tmp_path))
    assert (pulled.tasks, pulled.states["completed"], pulled.doubled) == (len(MANY), 10, ())
    boss.http.close()
