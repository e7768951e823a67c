"""Suggestions on a real server: pushed once, corrected in a real browser, and told apart after."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.articles import Span
from dataset_builder.assemble import annotations as rows
from dataset_builder.assemble.versions import read_annotations
from dataset_builder.prelabel.run import predictions, project_rules
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.predictions import push_predictions
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from tests.e2e.studio_work import admin, arrow, article, people, span, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.articles import Article
    from dataset_builder.prelabel.suggestion import Prediction
    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling
    from tests.e2e.studio_work import Person

NEWS = (
    "Erdoğan 🇹🇷 met Putin in Ankara on Thursday 😀.\n\n"
    "Turkey condemned Russia. Cafe\u0301 owners saw Turkish troops attack rebels."
)


@pytest.fixture(scope="module")
def boss(connection: Connection) -> Iterator[Person]:
    person = admin(connection)
    yield person
    person.http.close()


def news(number: int, text: str = NEWS) -> Article:
    sentences = tuple(Span(m.start(), m.end()) for m in re.finditer(r"[^\s.][^.\n]*\.?", text))
    return dataclasses.replace(article(number, text), sentences=sentences)


def suggested(made: list[Article]) -> list[Prediction]:
    project = find_project(Path(__file__))
    registries = load_registries(project)
    held: list[Any] = []
    found = list(predictions(made, project_rules(project, registries), registries.ontology, held))
    assert held == []
    return found


def on_server(boss: Person, project: int) -> dict[str, list[tuple[str, int]]]:
    """Article -> model version and number of items of each prediction."""
    found = {}
    for task in boss.tasks(project):
        listed = boss.send("GET", f"/api/predictions?task={task['id']}")
        found[task["data"]["article_id"]] = sorted(
            (item["model_version"], len(item["result"])) for item in listed
        )
    return found


def test_each_suggestion_is_there_once_and_only_where_nobody_started(
    connection: Connection, boss: Person
) -> None:
    made = [news(number) for number in range(1, 6)]
    its = spec("suggestions")
    project = push(connection, its, made, scheme_version="1.0").project_id
    first = suggested(made)
    ids = [item.article_id for item in made]
    version, size = first[0].model_version, len(first[0].result)

    assert push_predictions(connection, its, first[:2]).created == tuple(ids[:2])
    done = push_predictions(connection, its, first)
    assert (done.created, done.unchanged) == (tuple(ids[2:]), tuple(ids[:2]))
    assert push_predictions(connection, its, first).unchanged == tuple(ids)
    assert on_server(boss, project) == {name: [(version, size)] for name in ids}
    assert boss.send("GET", f"/api/projects/{project}")["model_version"] == version

    # One is annotated, one skipped, one drafted; another model suggests something for the fourth.
    tasks = {task["data"]["article_id"]: task["id"] for task in boss.tasks(project)}
    item = span("r1", "Putin", "ACTOR", NEWS)
    boss.annotate(tasks[ids[0]], [item])
    boss.annotate(tasks[ids[1]], [], was_cancelled=True)
    boss.draft(tasks[ids[2]], [item])
    foreign = {"task": tasks[ids[3]], "model_version": "theirs", "result": [item]}
    boss.send("POST", "/api/predictions", foreign)
    # An interrupted run left a copy.
    copy = {"task": tasks[ids[4]], "model_version": version, "result": list(first[4].result)}
    boss.send("POST", "/api/predictions", copy)

    newer = [
        dataclasses.replace(p, model_version="rules-newer", result=p.result[:1]) for p in first
    ]
    done = push_predictions(connection, its, newer)
    assert (done.started, done.replaced) == (tuple(ids[:3]), tuple(ids[3:]))
    after = on_server(boss, project)
    assert after[ids[3]] == [("rules-newer", 1), ("theirs", 1)]
    assert after[ids[4]] == [("rules-newer", 1)]
    assert all(after[name] == [(version, size)] for name in ids[:3])
    assert push_predictions(connection, its, newer).unchanged == tuple(ids[3:])

    # What is no longer suggested goes; a text that the server does not have is named.
    none = dataclasses.replace(newer[4], result=())
    other = dataclasses.replace(newer[3], text_sha256="0" * 64)
    done = push_predictions(connection, its, [none, other])
    assert (done.empty, done.missing) == ((ids[4],), (ids[3],))
    assert on_server(boss, project)[ids[4]] == []

    # The choice of somebody else's model stays.
    boss.send("PATCH", f"/api/projects/{project}", {"model_version": "theirs"})
    done = push_predictions(connection, its, newer)
    assert done.other_model == "theirs"
    assert boss.send("GET", f"/api/projects/{project}")["model_version"] == "theirs"


def test_a_corrected_suggestion_shows_what_was_accepted_changed_and_drawn(
    labelling: Labelling, connection: Connection, boss: Person, tmp_path: Path
) -> None:
    its = spec("corrected")
    made = news(11)
    project = push(connection, its, [made], scheme_version="1.0").project_id
    (prediction,) = suggested([made])
    push_predictions(connection, its, [prediction])
    task = boss.task_of(project, made.article_id)

    labelling.open_stream(project)  # where people work: it starts from the suggestion, too
    labelling.key("Escape")
    assert len(labelling.arrows()) == sum(i["type"] == "relation" for i in prediction.result)
    labelling.open_task(project, task)
    labelling.select_new_regions()
    arrows = labelling.arrows()
    assert len(arrows) >= 6

    # Relabel one trigger, turn one arrow round, draw a span with its arrow, say that it is relevant.
    labelling.select("met")
    labelling.key("1")
    labelling.page.locator("#Relations-draggable").click()
    labelling.page.locator(".lsf-relations__direction").first.click()
    labelling.page.wait_for_timeout(300)
    (turned,) = set(labelling.arrows()) - set(arrows)
    labelling.page.locator(".lsf-relations__direction").first.click()  # through both ways
    labelling.page.wait_for_timeout(300)
    (turned,) = set(labelling.arrows()) - set(arrows)
    assert turned[1] == "left"
    labelling.key("Escape")
    drawn = labelling.draw("a", "owners")
    labelling.arrow_to("condemned")
    labelling.key("Escape")
    labelling.key("y")
    labelling.submit()

    file = tmp_path / "corrected.jsonl"
    pull(connection, its, file, people(tmp_path))
    tasks, findings = read_exports(tmp_path)
    assert findings == []
    (exported,) = tasks
    assert [p.model_version for p in exported.predictions] == [prediction.model_version]
    reads, _ = read_annotations((exported,))
    kinds = {read.annotator: "human" for read in reads}
    columns = rows.annotation_columns(reads, kinds)
    table = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    spans = {row["region_id"]: row for row in table if row["kind"] == "span"}
    found: dict[Any, set[str]] = {}
    for row in table:
        found.setdefault((row["kind"], row["origin"]), set()).add(
            row["region_id"] or row["from_id"]
        )
    changed = {row["text"] for row in spans.values() if row["origin"] == rows.CHANGED}
    assert changed == {"met"}
    assert spans[drawn]["origin"] == rows.MANUAL
    kept = [row for row in spans.values() if row["origin"] == rows.ACCEPTED]
    assert len(kept) == len(spans) - 2 == sum(i["type"] == "labels" for i in prediction.result) - 1
    by_origin = {
        (row["from_id"], row["to_id"]): row["origin"] for row in table if row["kind"] == "arrow"
    }
    assert by_origin.pop((turned[0], turned[2])) == rows.CHANGED
    assert [ends[0] for ends, origin in by_origin.items() if origin == rows.MANUAL] == [drawn]
    assert sum(origin == rows.ACCEPTED for origin in by_origin.values()) == len(arrows) - 1
    (relevance,) = [row for row in table if row["name"] == "relevance"]
    assert relevance["origin"] == rows.MANUAL

    # And the suggestion itself is left as it was pushed.
    assert push_predictions(connection, its, [prediction]).started == (made.article_id,)


def test_a_task_that_is_opened_meanwhile_keeps_its_suggestion(
    connection: Connection, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody starts between the import of the new suggestion and the removal of the old one."""
    from dataset_builder.studio.client import Client

    its = spec("meanwhile")
    made = news(21)
    project = push(connection, its, [made], scheme_version="1.0").project_id
    (old,) = suggested([made])
    push_predictions(connection, its, [old])
    task = boss.task_of(project, made.article_id)
    post = Client.post

    def post_then_draft(self: Client, path: str, body: Any) -> Any:
        answer = post(self, path, body)
        boss.draft(task, [*old.result[:2], arrow("a", "b")])
        return answer

    monkeypatch.setattr(Client, "post", post_then_draft)
    newer = dataclasses.replace(old, model_version="rules-newer", result=old.result[:1])
    push_predictions(connection, its, [newer])
    assert {version for version, _ in on_server(boss, project)[made.article_id]} == {
        old.model_version,
        "rules-newer",
    }
