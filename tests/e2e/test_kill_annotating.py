"""People annotate while commands push other articles, ask new questions and migrate: no annotation is
lost or doubled, and a command that is killed meanwhile changes nothing of it."""

from __future__ import annotations

import shutil
import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING

from tests.e2e.killed_world import (
    DISPUTED,
    articles_are_annotated,
    files_are_whole,
    projects_of,
    tasks_of,
)
from tests.e2e.killing import Running, run
from tests.e2e.studio_work import admin, lines, span, whole
from tests.e2e.test_review import named, new_scheme

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection

PEOPLE = 2


class Annotators:
    """Several people who submit and save drafts all the time, until they are told to stop."""

    def __init__(self, connection: Connection, tasks: list[tuple[int, str]]) -> None:
        self.submitted: list[tuple[int, int]] = []
        """Person and number of everything that the server took."""
        self.wrong: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(connection, number, tasks))
            for number in range(PEOPLE)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, connection: Connection, who: int, tasks: list[tuple[int, str]]) -> None:
        person = admin(connection)
        count = 0
        try:
            while not self._stop.is_set():
                task, text = tasks[count % len(tasks)]
                mark = span(f"w{who}-{count}", text.split()[0], "ACTOR", text)
                said = whole("comment", "textarea", [f"{who} {count}"], f"c{who}-{count}")
                if count % 4 == 3:
                    person.draft(task, [mark, said])
                else:
                    person.annotate(task, [mark, said])
                self.submitted.append((who, count))
                count += 1
                self._stop.wait(0.5)
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.wrong.append(error)
        person.http.close()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.wrong, self.wrong


def test_everything_at_once(project_folder: Path, connection: Connection, tmp_path: Path) -> None:
    name = "annotating"
    named(project_folder, name)
    aside = tmp_path / "aside"
    aside.mkdir()
    later = sorted((project_folder / "seeds").glob("00[34]_*"))
    for seed in later:  # pages that come while people are at work
        shutil.move(seed, aside / seed.name)
    articles_are_annotated(project_folder, connection, f"{name}@example.org")
    assert run("pull", folder=project_folder, connection=connection).code == 0
    boss = admin(connection)
    open_tasks = [
        (int(task["id"]), str(task["data"]["text"]))
        for task in tasks_of(boss, name)
        if task["data"]["article_id"] != DISPUTED
    ]
    before = len(open_tasks)
    people = Annotators(connection, open_tasks)
    try:
        for seed in later:
            shutil.move(aside / seed.name, project_folder / "seeds" / seed.name)
        env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
        for commands in (("push", "grid"), ("push", "adjudicate")):
            running = [Running(one, folder=project_folder, env=env) for one in commands]
            running[0].process.join(1.5)
            if commands[1] == "adjudicate":
                running[0].kill()  # in the middle of it
            done = [one.wait() for one in running]
            assert done[1].code == 0, done[1].said
            ended = {0} if commands[1] == "grid" else {0, -signal.SIGKILL}
            assert done[0].code in ended, done[0].said
        new_scheme(project_folder)
        done = run("migrate", folder=project_folder, connection=connection)
        assert done.code == 0, done.said
        done = run("push", folder=project_folder, connection=connection)
        assert done.code == 0, done.said
        pulled = run("pull", folder=project_folder, connection=connection)
        assert pulled.code == 0, pulled.said
    finally:
        people.stop()
    files_are_whole(project_folder)
    assert set(projects_of(boss, name)) >= {name, f"{name} (grid)", f"{name} (adjudication)"}
    assert len(tasks_of(boss, name)) == before + 1 + len(later)
    assert len(people.submitted) > 3 * PEOPLE, "nobody was at work"
    done = run("pull", folder=project_folder, connection=connection)
    assert done.code == 0, done.said
    file = project_folder / "annotations" / "exports" / f"{name}.jsonl"
    said = Counter(
        item["value"]["text"][0]
        for line in lines(file)
        for annotation in line["annotations"]
        for item in annotation["result"]
        if item.get("from_name") == "comment"
    )
    assert said == Counter(f"{who} {count}" for who, count in people.submitted)
    boss.http.close()
