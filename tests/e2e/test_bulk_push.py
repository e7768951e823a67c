"""A push that remembers the last one asks for little, and ends as one that looks at everything."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from dataset_builder.studio.push import push
from tests.e2e.faulty_network import PASS, FaultyNetwork
from tests.e2e.studio_work import admin, article, span, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.push import PushReport
    from tests.e2e.studio_work import Person

MANY = [article(number) for number in range(1, 13)]
IDS = tuple(a.article_id for a in MANY)
RESULT = [span("p", "Putin", "ACTOR")]


class World:
    """A project, somebody who works there, and a folder that remembers pushes."""

    def __init__(self, connection: Connection, folder: Path, name: str) -> None:
        self.connection = connection
        self.spec = spec(name)
        self.memory = folder / "pushed.json"
        self.project = self.push(MANY).project_id
        self.boss: Person = admin(connection)
        self.asked: list[tuple[str, str]] = []

    def push(
        self, articles: list[Article], *, memory: bool = True, scheme: str = "1.0"
    ) -> PushReport:
        known = self.memory if memory else None
        return push(self.connection, self.spec, articles, scheme_version=scheme, memory=known)

    def recorded(self, articles: list[Article]) -> PushReport:
        """Push through a network that notes what is asked."""

        def note(method: str, path: str) -> str:
            self.asked.append((method, path))
            return PASS

        self.asked.clear()
        # The memory is for the server's address; the network stands in for it.
        with FaultyNetwork(self.connection, note) as network:
            direct = self.connection
            self.connection = network.connection
            self.memory.write_bytes(
                self.memory.read_bytes().replace(direct.url.encode(), self.connection.url.encode())
            )
            done = self.push(articles)
            self.connection = direct
        return done

    def task(self, number: int) -> int:
        return self.boss.task_of(self.project, IDS[number])


@pytest.fixture
def world(
    connection: Connection, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[World]:
    made = World(connection, tmp_path, f"bulk-{request.node.name[:30]}")
    yield made
    made.boss.http.close()


def test_nothing_changed_and_no_task_is_looked_at(world: World) -> None:
    done = world.recorded(MANY)
    assert (done.unchanged, done.created, done.updated) == (IDS, (), ())
    listings = [parse_qs(urlsplit(p).query) for m, p in world.asked if p.startswith("/api/tasks?")]
    assert listings
    assert all(q["page_size"] == ["1"] and "data" not in q["include"][0] for q in listings)
    assert not [path for method, path in world.asked if method != "GET"]


def test_what_is_new_goes_in_one_request(world: World) -> None:
    done = world.recorded([*MANY, *(article(number) for number in range(100, 140))])
    assert (len(done.created), done.unchanged) == (40, IDS)
    assert [m for m, path in world.asked if "/import?" in path] == ["POST"]


def annotated(world: World) -> None:
    world.boss.annotate(world.task(3), RESULT)


def drafted(world: World) -> None:
    world.boss.draft(world.task(3), RESULT)


def deleted(world: World) -> None:
    world.boss.send("DELETE", f"/api/tasks/{world.task(3)}")


def title_changed_there(world: World) -> None:
    task = world.task(3)
    data = world.boss.send("GET", f"/api/tasks/{task}")["data"]
    world.boss.send("PATCH", f"/api/tasks/{task}", {"data": {**data, "title": "Theirs"}})


def doubled(world: World) -> None:
    data = world.boss.send("GET", f"/api/tasks/{world.task(3)}")["data"]
    world.boss.send("POST", f"/api/projects/{world.project}/import", [{"data": data}] * 3)


def replaced(world: World) -> None:
    """As many tasks as before, but not the same."""
    data = world.boss.send("GET", f"/api/tasks/{world.task(3)}")["data"]
    deleted(world)
    other = {**data, "article_id": "f" * 16}
    world.boss.send("POST", f"/api/projects/{world.project}/import", [{"data": other}])


def memory_lost(world: World) -> None:
    world.memory.unlink()


def memory_broken(world: World) -> None:
    world.memory.write_bytes(world.memory.read_bytes()[:-20])


HAPPENED: tuple[Callable[[World], None], ...] = (
    annotated,
    drafted,
    deleted,
    title_changed_there,
    doubled,
    replaced,
    memory_lost,
    memory_broken,
)


def test_whatever_happened_since(world: World) -> None:
    """One after the other, with new titles and once another scheme in between."""
    expected = set(IDS)
    for at, happen in enumerate(HAPPENED):
        happen(world)
        if happen is replaced:
            expected.add("f" * 16)
        scheme = "1.0" if at < 4 else "1.1"
        mine = [dataclasses.replace(a, title=f"Title after {at}") for a in MANY[:4]] + MANY[4:]
        first = world.push(mine, scheme=scheme)
        assert (first.stale, first.duplicates) == ((), ()), happen
        for memory in (True, False):
            again = world.push(mine, memory=memory, scheme=scheme)
            assert (again.created, again.updated, again.duplicates_removed) == ((), (), 0), happen
            assert again.unchanged == IDS
        tasks = world.boss.tasks(world.project)
        counts = Counter(task["data"]["article_id"] for task in tasks)
        assert counts == dict.fromkeys(expected, 1), happen
        titles = {t["data"]["article_id"]: t["data"]["title"] for t in tasks}
        assert {titles[name] for name in IDS[:4]} == {f"Title after {at}"}, happen
        assert titles[IDS[7]] == MANY[7].title
