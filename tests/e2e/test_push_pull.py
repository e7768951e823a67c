"""Push and pull against a real server: what they do, what they refuse, what they never touch."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import socket
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.errors import (
    ConfigMismatchError,
    FindingsError,
    ServerAuthError,
    ServerDownError,
    ServerError,
    UsageError,
)
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.instruction import instruction_html
from dataset_builder.studio.pull import LostWorkError, pull
from dataset_builder.studio.push import push
from dataset_builder.studio.restore import restore
from tests.e2e.studio_work import (
    GUIDELINES,
    TEXT,
    Person,
    admin,
    arrow,
    article,
    lines,
    people,
    span,
    spec,
    whole,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.studio.push import PushReport
    from dataset_builder.studio.remote import ProjectSpec

MARKED = [span("p", "Putin", "ACTOR"), span("m", "met", "CONSULT"), arrow("p", "m")]


@pytest.fixture
def boss(connection: Connection) -> Iterator[Person]:
    person = admin(connection)
    yield person
    person.http.close()


def send(
    connection: Connection, project: ProjectSpec, articles: list[Article], scheme: str = "1.0"
) -> PushReport:
    return push(connection, project, articles, scheme_version=scheme)


def ids(articles: list[Article]) -> tuple[str, ...]:
    return tuple(a.article_id for a in articles)


def test_pushing_twice_is_the_same_as_once(connection: Connection, boss: Person) -> None:
    articles = [article(number) for number in range(1, 312)]  # more than two batches
    project = spec("twice")
    first = send(connection, project, [*articles, articles[0], articles[200]])
    assert (first.project_created, first.created) == (True, ids(articles))
    second = send(connection, project, articles[::-1])
    assert (second.project_created, second.unchanged) == (False, ids(articles))
    assert (second.created, second.updated, second.stale) == ((), (), ())
    more = send(connection, project, [*articles[:3], article(0xABC)])
    assert (more.created, more.unchanged) == (ids([article(0xABC)]), ids(articles[:3]))
    found = boss.tasks(first.project_id)
    assert Counter(t["data"]["article_id"] for t in found) == dict.fromkeys(
        ids([*articles, article(0xABC)]), 1
    )
    assert found[0]["data"] == {
        "text": TEXT,
        "title": "Title 1 – “quoted” 😀",
        "meta": "The Outlet · Ankara · AFP",
        "article_id": f"{1:016x}",
        "text_sha256": article(1).text_sha256,
        "source": "001.txt",
        "language": "en",
        "scheme_version": "1.0",
    }


def test_an_article_that_states_nothing(connection: Connection, boss: Person) -> None:
    bare = article(1, title=None, outlet=None, agency=None, dateline=None)
    report = send(connection, spec("bare"), [bare])
    (task,) = boss.tasks(report.project_id)
    assert (task["data"]["title"], task["data"]["meta"]) == ("", "")
    assert send(connection, spec("bare"), [bare]).unchanged == ids([bare])


def test_labels_and_guidelines_are_brought_up_to_date(connection: Connection, boss: Person) -> None:
    project = spec("update", label_config=spec("x").label_config.replace("Putin", "P."))
    number = send(connection, project, [article(1)]).project_id
    shown = boss.send("GET", f"/api/projects/{number}")
    assert shown["expert_instruction"] == instruction_html(GUIDELINES)
    assert shown["show_instruction"]
    stamp = boss.send("GET", f"/api/projects/{number}")

    changed = dataclasses.replace(project, guidelines="# Other *guide*", title="Another title")
    report = send(connection, changed, [article(1)])
    shown = boss.send("GET", f"/api/projects/{number}")
    assert report.project_id == number
    assert shown["expert_instruction"] == instruction_html(changed.guidelines)
    assert "<h1>Other <em>guide</em></h1>" in shown["expert_instruction"]
    assert shown["title"] == stamp["title"]  # a team may call its project what it likes
    assert report.unchanged == ids([article(1)])


def test_changed_articles(connection: Connection, boss: Person) -> None:
    """New metadata is brought to the task; a new text only where nobody has worked."""
    project = spec("changed")
    old = [article(number) for number in range(1, 6)]
    number = send(connection, project, old).project_id
    tasks = [boss.task_of(number, a.article_id) for a in old]
    boss.annotate(tasks[1], MARKED)
    boss.annotate(tasks[2], [], was_cancelled=True)
    boss.draft(tasks[3], MARKED)
    boss.annotate(tasks[4], MARKED)
    body = {"task": tasks[0], "result": MARKED, "model_version": "m"}
    boss.send("POST", "/api/predictions", body)
    before = boss.tasks(number)

    new = [article(n, "A better text. " + TEXT) for n in range(1, 5)]
    new.append(article(5, title="A better title"))
    report = send(connection, project, new, scheme="1.1")
    assert report.updated == ids([old[0], old[4]])
    assert report.stale == ids(old[1:4])
    after = boss.tasks(number)
    assert [t["id"] for t in after] == tasks
    assert after[0]["data"]["text"] == new[0].text
    assert after[0]["data"]["scheme_version"] == "1.1"
    assert after[0]["predictions"] == []  # its offsets counted in the old text
    assert [t["data"] for t in after[1:4]] == [t["data"] for t in before[1:4]]
    assert after[4]["data"]["title"] == "A better title"
    assert after[4]["data"]["scheme_version"] == "1.0"  # it was annotated under that
    assert [len(t["annotations"]) for t in after] == [0, 1, 1, 0, 1]
    again = send(connection, project, new, scheme="1.1")
    assert (again.updated, again.stale) == ((), ids(old[1:4]))
    assert again.unchanged == ids([old[0], old[4]])


def test_copies_left_by_an_accident(connection: Connection, boss: Person, tmp_path: Path) -> None:
    project = spec("copies")
    articles = [article(number) for number in (1, 2, 3)]
    number = send(connection, project, articles).project_id
    bodies = [{"data": t["data"]} for t in boss.tasks(number)]
    boss.send("POST", f"/api/projects/{number}/import", bodies * 2)
    second = [t["id"] for t in boss.tasks(number) if t["id"] > 0][3:6]
    boss.annotate(second[1], MARKED)  # article 2: the work is on the copy
    boss.annotate(second[2], MARKED)  # article 3: both have work
    boss.draft(boss.tasks(number)[2]["id"], MARKED[:1])

    report = send(connection, project, articles)
    assert report.duplicates_removed == 5
    assert report.duplicates == ids([articles[2]])
    assert report.unchanged == ids(articles)
    left = Counter(t["data"]["article_id"] for t in boss.tasks(number))
    assert left == {articles[0].article_id: 1, articles[1].article_id: 1, articles[2].article_id: 2}

    file = tmp_path / "copies.jsonl"
    pulled = pull(connection, project, file, people(tmp_path))
    assert pulled.doubled == ids([articles[2]])
    assert pulled.tasks == 3
    states = [(a["article_id"], a["state"]) for a in work(file)]
    assert Counter(states) == {
        (articles[1].article_id, "completed"): 1,
        (articles[2].article_id, "completed"): 1,
        (articles[2].article_id, "draft"): 1,
    }


def test_a_project_that_is_not_ours(connection: Connection, boss: Person, tmp_path: Path) -> None:
    mine = spec("mine", title="One title")
    theirs = boss.send("POST", "/api/projects", {"title": "One title"})
    with pytest.raises(ConfigMismatchError, match="already has a project titled 'One title'"):
        send(connection, mine, [article(1)])
    with pytest.raises(ConfigMismatchError, match="no project marked"):
        pull(connection, mine, tmp_path / "mine.jsonl", people(tmp_path))
    assert list(tmp_path.iterdir()) == []
    # Marking it is how it is taken over; two marked ones are one too many.
    described = {"description": f"Ours.\n{mine.marker}\n"}
    boss.send("PATCH", f"/api/projects/{theirs['id']}", described)
    assert send(connection, mine, [article(1)]).project_id == theirs["id"]
    other = boss.send("POST", "/api/projects", {"title": "Second", **described})
    with pytest.raises(ConfigMismatchError, match=f"{theirs['id']}, {other['id']}"):
        send(connection, mine, [article(1)])
    with pytest.raises(ConfigMismatchError):
        pull(connection, mine, tmp_path / "mine.jsonl", people(tmp_path))


@pytest.mark.parametrize("how", ["annotated", "drafted", "restored"])
def test_labels_that_annotations_still_use(
    connection: Connection, boss: Person, tmp_path: Path, how: str
) -> None:
    """The server would take the new labels and leave the regions without theirs."""
    project = spec(f"orphans-{how}")
    number = send(connection, project, [article(1)]).project_id
    task = boss.task_of(number, article(1).article_id)
    if how == "drafted":
        boss.draft(task, MARKED)
    else:
        boss.annotate(task, MARKED)
    if how == "restored":
        pull(connection, project, tmp_path / "exports" / "x.jsonl", people(tmp_path))
        tasks, _ = read_exports(tmp_path / "exports")
        project = spec("orphans-moved")
        number = restore(connection, project, tasks, people(tmp_path)).project_id

    config = project.label_config.replace('<Label value="CONSULT"', '<Label value="MEET"')
    assert config != project.label_config
    renamed = dataclasses.replace(project, label_config=config)
    with pytest.raises(ConfigMismatchError, match=r"span=CONSULT \(1 times\)"):
        send(connection, renamed, [article(1), article(2)])
    shown = boss.send("GET", f"/api/projects/{number}")
    assert shown["label_config"].strip() == project.label_config.strip()
    assert len(boss.tasks(number)) == 1
    # A label that nobody used may go.
    config = project.label_config.replace('<Label value="AID"', '<Label value="HELP"')
    allowed = dataclasses.replace(project, label_config=config)
    assert config != project.label_config
    assert send(connection, allowed, [article(1)]).unchanged == ids([article(1)])
    shown = boss.send("GET", f"/api/projects/{number}")
    assert shown["label_config"].strip() == config.strip()


def test_labels_that_are_none(connection: Connection) -> None:
    with pytest.raises(ConfigMismatchError, match="does not take the labels"):
        send(connection, spec("broken", label_config="<View><Text"), [article(1)])


def test_a_pull_reports_what_it_does_not_expect(
    connection: Connection, boss: Person, tmp_path: Path
) -> None:
    project = spec("odd")
    number = send(connection, project, [article(1), article(2)]).project_id
    foreign = {"data": {"text": "Not ours", "title": "", "meta": ""}}
    made = boss.send("POST", f"/api/projects/{number}/import?return_task_ids=true", [foreign])
    first, second = boss.tasks(number)[:2]
    boss.annotate(second["id"], MARKED)
    boss.send("PATCH", f"/api/tasks/{first['id']}", {"data": {**first["data"], "text": "Edited"}})

    file = tmp_path / "exports" / "odd.jsonl"
    other = dataclasses.replace(project, label_config=project.label_config + "<!-- new -->")
    report = pull(connection, other, file, people(tmp_path))
    assert report.foreign == tuple(made["task_ids"])
    assert report.altered == ids([article(1)])
    assert report.labels_differ
    assert [line["article_id"] for line in lines(file)] == [*ids([article(1), article(2)])]
    tasks, findings = read_exports(file.parent)
    assert [task.article_id for task in tasks] == [*ids([article(2)])]
    assert [finding.code for finding in findings] == ["SPN103"]


def test_a_pull_that_would_lose_work(connection: Connection, boss: Person, tmp_path: Path) -> None:
    project = spec("loss")
    number = send(connection, project, [article(1), article(2)]).project_id
    one, two = (boss.task_of(number, a.article_id) for a in (article(1), article(2)))
    boss.draft(one, MARKED)
    gone = boss.annotate(two, MARKED)
    exports = tmp_path / "exports"
    file = exports / "loss.jsonl"
    pull(connection, project, file, people(tmp_path))
    # A draft that was submitted is not lost.
    draft = boss.send("GET", f"/api/tasks/{one}/drafts")[0]
    boss.annotate(one, MARKED, draft_id=draft["id"])
    assert pull(connection, project, file, people(tmp_path)).states["draft"] == 0
    before = file.read_bytes()

    boss.send("DELETE", f"/api/annotations/{gone}")
    with pytest.raises(LostWorkError) as failure:
        pull(connection, project, file, people(tmp_path))
    assert f"article {article(2).article_id}: completed annotation 1" in failure.value.message
    assert "push --restore" in str(failure.value)
    assert file.read_bytes() == before

    tasks, _ = read_exports(exports)
    report = restore(connection, project, tasks, people(tmp_path))
    assert (report.annotations_added, report.annotations_known, report.drafts_added) == (1, 1, 0)
    assert not pull(connection, project, file, people(tmp_path)).changed

    boss.send("DELETE", f"/api/tasks/{two}")
    with pytest.raises(LostWorkError):
        pull(connection, project, file, people(tmp_path))
    accepted = pull(connection, project, file, people(tmp_path), accept_loss=True)
    assert len(accepted.lost) == 1
    assert [a["article_id"] for a in work(file)] == [article(1).article_id]


def test_a_machine_without_the_private_map_recognises_people_by_their_work(
    connection: Connection, boss: Person, tmp_path: Path
) -> None:
    project = spec("second-machine")
    number = send(connection, project, [article(1), article(2)]).project_id
    one, two = (boss.task_of(number, a.article_id) for a in (article(1), article(2)))
    boss.annotate(one, MARKED)
    boss.draft(two, MARKED)
    exports = tmp_path / "exports"
    file = exports / "second-machine.jsonl"
    pull(connection, project, file, people(tmp_path))
    committed, listed = file.read_bytes(), (tmp_path / "annotators.yaml").read_bytes()

    (tmp_path / "annotators.private.yaml").unlink()  # a clone has no such file
    tasks, _ = read_exports(exports)
    report = restore(connection, project, tasks, people(tmp_path))
    assert (report.annotations_added, report.drafts_added) == (0, 0)
    (tmp_path / "annotators.private.yaml").unlink(missing_ok=True)
    assert not pull(connection, project, file, people(tmp_path)).changed
    assert file.read_bytes() == committed
    assert (tmp_path / "annotators.yaml").read_bytes() == listed


def test_an_address_in_a_comment_is_said_at_the_door(
    connection: Connection, boss: Person, tmp_path: Path
) -> None:
    project = spec("address")
    number = send(connection, project, [article(1)]).project_id
    task = boss.task_of(number, article(1).article_id)
    boss.annotate(task, [*MARKED, whole("comment", "textarea", ["ask jane@example.org"], "c1")])
    file = tmp_path / "exports" / "address.jsonl"
    pulled = pull(connection, project, file, people(tmp_path))
    assert pulled.addresses == (article(1).article_id,)


def test_a_damaged_file_is_not_overwritten(connection: Connection, tmp_path: Path) -> None:
    project = spec("damaged")
    send(connection, project, [article(1)])
    file = tmp_path / "damaged.jsonl"
    file.write_text('{"format":1,"annot')
    with pytest.raises(FindingsError) as failure:
        pull(connection, project, file, people(tmp_path))
    assert [finding.code for finding in failure.value.findings] == ["SCH101"]
    assert file.read_text() == '{"format":1,"annot'
    assert pull(connection, project, file, people(tmp_path), accept_loss=True).tasks == 1


def test_restoring_needs_known_annotators(connection: Connection, tmp_path: Path) -> None:
    project = spec("unlisted")
    number = send(connection, project, [article(1)]).project_id
    person = admin(connection)
    person.annotate(person.task_of(number, article(1).article_id), MARKED)
    person.http.close()
    pull(connection, project, tmp_path / "exports" / "unlisted.jsonl", people(tmp_path))
    tasks, _ = read_exports(tmp_path / "exports")
    (tmp_path / "annotators.yaml").unlink()
    with pytest.raises(UsageError, match="annotator-1"):
        restore(connection, project, tasks, people(tmp_path))


@pytest.fixture
def other_service() -> Iterator[str]:
    """Something on the web that is not Label Studio."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            moved = self.path.startswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "https://elsewhere.invalid/")
            self.send_header("Content-Length", "14")
            self.end_headers()
            self.wfile.write(b"<html>\x1b[31m</>")

        def log_message(self, *_: Any) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()
        thread.join()


KEY = "0123456789abcdef0123456789abcdef01234567"


def nobody() -> str:
    """An address where nothing listens."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize("what", ["push", "pull", "restore"])
def test_servers_that_cannot_be_used(
    connection: Connection, other_service: str, tmp_path: Path, what: str
) -> None:
    cases = [
        (Connection(nobody(), KEY), ServerDownError, "nothing answers"),
        (Connection(connection.url, KEY), ServerAuthError, "refused the key"),
        (Connection(other_service, KEY), ServerError, "not Label Studio"),
        (Connection(f"{other_service}/moved", KEY), ServerError, "sends us on"),
        (Connection("localhost:8080", KEY), ServerError, "no web address"),
    ]
    calls: dict[str, Callable[[Connection], object]] = {
        "push": lambda target: send(target, spec("never"), [article(1)]),
        "pull": lambda target: pull(target, spec("never"), tmp_path / "x", people(tmp_path)),
        "restore": lambda target: restore(target, spec("never"), [], people(tmp_path)),
    }
    for target, kind, message in cases:
        with pytest.raises(kind, match=message) as failure:
            calls[what](target)
        said = str(failure.value)
        assert KEY not in said
        assert "\x1b" not in said
        assert failure.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_personal_access_token_works_like_a_key(connection: Connection, boss: Person) -> None:
    token = boss.send("POST", "/api/token/", {})["token"]
    personal = Connection(connection.url, token)
    assert send(personal, spec("token"), [article(1)]).created == ids([article(1)])
    wrong = Connection(connection.url, token[:-4] + "AAAA")
    with pytest.raises(ServerAuthError) as failure:
        send(wrong, spec("token"), [article(1)])
    assert json.dumps(token[20:40]) not in str(failure.value)
