"""Nothing an annotator entered is lost: server -> export -> empty server -> export."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import push
from dataset_builder.studio.restore import restore
from tests.e2e.studio_work import (
    RAW_TEXT,
    Person,
    admin,
    arrow,
    article,
    field,
    lines,
    newcomer,
    people,
    span,
    spec,
    whole,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer

ARTICLES = [article(1), article(2), article(3), article(4), article(5, RAW_TEXT), article(6)]
JANE, OMAR = "Jane.Doe@example.org", "omar@example.org"


def rich() -> list[dict[str, Any]]:
    """Every kind of thing that can be entered, in no helpful order."""
    who = span("w1", "Erdoğan 🇹🇷", "ACTOR", meta={"text": ["a note on the region"]})
    other = span("p1", "Putin", "ACTOR")
    met = span("m1", "met", "CONSULT")
    when = span("d1", "Thursday", "DATE", score=0.5, readonly=False, unheard_of={"of": [1, "é"]})
    outer = span("e1", "Turkey backs the ceasefire", "favor")
    inner = span("e2", "backs the ceasefire", "SUPPORT")
    issue = span("i1", "the ceasefire", "ISSUE")
    same_place = span("i2", "the ceasefire", "ISSUE")
    arabic = span("a1", "الرئيس التركي", "ACTOR")
    return [
        arrow("e1", "i1"),
        arrow("w1", "m1", "right"),
        arrow("p1", "m1", "left"),
        arrow("m1", "d1", "bi", labels=["kept"]),
        whole("comment", "textarea", ["doubtful: “quoted”\nsecond line", "😀"], "c1"),
        whole("relevance", "choices", ["relevant"], "r1"),
        issue,
        same_place,
        field(when, "timex3", "textarea", ["XXXX-WXX-4"]),
        when,
        inner,
        outer,
        field(outer, "expression", "choices", ["reported"]),
        field(met, "mode_consult", "choices", ["visit", "multilateral"]),
        field(met, "context", "choices", ["executive", "diplomatic"]),
        field(met, "tense", "choices", ["PRESENT"]),
        met,
        field(arabic, "actor_new", "textarea", ["رئيس، تركيا"]),
        arabic,
        field(who, "actor_id", "choices", ["erdogan"]),
        other,
        who,
    ]


def small(region: str) -> list[dict[str, Any]]:
    return [span(region, "Putin", "ACTOR"), whole("relevance", "choices", ["irrelevant"], "q")]


@pytest.fixture(scope="module")
def entered(connection: Connection) -> Iterator[Entered]:
    """A project in which three people did everything that one can do."""
    made = Entered(connection)
    yield made
    made.close()


class Entered:
    """What was entered: (article, state, result items), counted by nobody but this class."""

    def __init__(self, connection: Connection, name: str = "round-trip") -> None:
        self.connection = connection
        self.spec = spec(name)
        report = push(connection, self.spec, ARTICLES, scheme_version="1.0")
        self.project = report.project_id
        self.boss = admin(connection)
        at = "" if name == "round-trip" else f"{name}."  # one account for each address
        self.jane = newcomer(connection, at + JANE, "Jane-First-Name")
        self.omar = newcomer(connection, at + OMAR, "Omar-First-Name")
        self.tasks = [self.boss.task_of(self.project, a.article_id) for a in ARTICLES]
        self.expected: list[tuple[str, str, list[dict[str, Any]]]] = []
        self._fill()

    def close(self) -> None:
        for person in (self.boss, self.jane, self.omar):
            person.http.close()

    def _do(self, number: int, state: str, who: Person, result: list[Any], **more: Any) -> int:
        self.expected.append((ARTICLES[number].article_id, state, result))
        do = who.draft if state == "draft" else who.annotate
        return do(self.tasks[number], copy.deepcopy(result), **more)

    def _fill(self) -> None:
        # 1: two people, one of them three times; skipped work keeps what was marked.
        self._do(0, "completed", self.jane, rich())
        self._do(0, "completed", self.omar, small("o1"), ground_truth=True, lead_time=0.1)
        self._do(0, "completed", self.jane, small("j2"))
        self._do(0, "skipped", self.jane, small("j3"), was_cancelled=True)
        # 2: nothing marked, skipped at once, and unfinished changes of submitted work.
        submitted = self._do(1, "empty", self.omar, [])
        self._do(1, "skipped", self.boss, [], was_cancelled=True, lead_time=None)
        self._do(1, "draft", self.omar, small("d2"), annotation=submitted, was_postponed=True)
        # 3: drafts alone, two by one person.
        self._do(2, "draft", self.jane, rich())
        self._do(2, "draft", self.jane, small("d3"))
        self._do(2, "draft", self.omar, [])
        # 4: submitted, then changed by somebody else; suggestions.
        number = self._do(3, "completed", self.boss, rich())
        self.boss.send("PATCH", f"/api/annotations/{number}", {"result": small("x")})
        self.expected[-1] = (ARTICLES[3].article_id, "completed", small("x"))
        for score, version in ((0.25, "model-1"), (None, "model-2")):
            body = {"task": self.tasks[3], "model_version": version, "result": rich()}
            self.boss.send("POST", "/api/predictions", {**body, "score": score})
        # 5: a text that no cleaner would leave as it is; 6: nobody came.
        raw = span("z1", "👩‍👩‍👧", "ACTOR", RAW_TEXT)
        self._do(4, "completed", self.omar, [raw, arrow("z1", "z1")])


def items(results: list[list[dict[str, Any]]]) -> Counter[str]:
    return Counter(json.dumps(item, sort_keys=True) for result in results for item in result)


def test_everything_that_was_entered_is_in_the_export(entered: Entered, tmp_path: Path) -> None:
    file = tmp_path / "exports" / "round-trip.jsonl"
    report = pull(entered.connection, entered.spec, file, people(tmp_path))

    exported = list(work(file))
    assert Counter((a["article_id"], a["state"]) for a in exported) == Counter(
        (article_id, state) for article_id, state, _ in entered.expected
    )
    for state in ("completed", "skipped", "draft"):
        got = items([a["result"] for a in exported if a["state"] == state])
        assert got == items([result for _, s, result in entered.expected if s == state])
    every = [item for _, _, result in entered.expected for item in result]
    arrows = sum(item["type"] == "relation" for item in every)
    regions = sum(item["type"] == "labels" for item in every)
    assert (report.regions, report.arrows) == (regions, arrows)
    assert report.fields == len(every) - regions - arrows
    assert report.states == Counter(state for _, state, _ in entered.expected)
    assert report.predictions == 2
    assert report.tasks == len(ARTICLES)
    assert [line["data"]["text"] for line in lines(file)] == [a.text for a in ARTICLES]
    # Who, how long, when: the same person has the same pseudonym everywhere.
    jane, omar, boss = "annotator-1", "annotator-2", "annotator-3"
    assert [(a["annotator"], a["ordinal"]) for a in exported] == [
        *((jane, 1), (jane, 2), (jane, 3), (omar, 1)),
        *((omar, 1), (omar, 2), (boss, 1)),
        *((jane, 1), (jane, 2), (omar, 1)),
        *((boss, 1), (omar, 1)),
    ]
    assert [a["draft_of"] for a in exported if "draft_of" in a] == [[omar, 1]]
    assert [a["postponed"] for a in exported if "postponed" in a] == [True]
    assert [a["annotator"] for a in exported if a["ground_truth"]] == [omar]
    assert {a["lead_time"] for a in exported} == {12.345, 0.1, 3.5, None}
    changed = [a for a in exported if a["updated_at"][:22] > a["created_at"][:22]]
    assert [a["article_id"] for a in changed if a["state"] == "completed"] == [
        ARTICLES[3].article_id
    ]
    assert report.new_annotators == (jane, omar, boss)
    assert not report.labels_differ


def test_no_person_and_no_server_shows_in_the_export(entered: Entered, tmp_path: Path) -> None:
    file = tmp_path / "round-trip.jsonl"
    pull(entered.connection, entered.spec, file, people(tmp_path))

    committed = file.read_text() + (tmp_path / "annotators.yaml").read_text()
    for secret in (JANE, "jane", "Jane-First-Name", "example.org", "@", "completed_by"):
        assert secret.lower() not in committed.lower()
    private = tmp_path / "annotators.private.yaml"
    assert JANE.lower() in private.read_text()
    assert private.stat().st_mode & 0o777 == 0o600


def test_pulling_twice_gives_the_same_bytes(entered: Entered, tmp_path: Path) -> None:
    file = tmp_path / "round-trip.jsonl"
    assert pull(entered.connection, entered.spec, file, people(tmp_path)).changed
    before = file.read_bytes()
    assert not pull(entered.connection, entered.spec, file, people(tmp_path)).changed
    assert file.read_bytes() == before


def test_an_empty_server_gets_all_of_it_back(
    entered: Entered, fresh_server: RunningServer, tmp_path: Path
) -> None:
    exports = tmp_path / "exports"
    pull(entered.connection, entered.spec, exports / "round-trip.jsonl", people(tmp_path))
    original = (exports / "round-trip.jsonl").read_bytes()
    tasks, findings = read_exports(exports)
    assert findings == []
    drafts = sum(state == "draft" for _, state, _ in entered.expected)
    other = fresh_server.connection

    # Onto an empty server, by somebody who has the committed files alone.
    (tmp_path / "annotators.private.yaml").unlink()
    report = restore(other, entered.spec, tasks, people(tmp_path))
    assert (report.tasks_created, report.drafts_added) == (len(ARTICLES), drafts)
    assert report.annotations_added == len(entered.expected) - drafts
    assert report.not_restored == ()
    back = tmp_path / "back" / "round-trip.jsonl"
    pulled = pull(other, entered.spec, back, people(tmp_path))
    assert back.read_bytes() == original
    assert pulled.new_annotators == ()

    # Again: nothing doubles.
    again = restore(other, entered.spec, tasks, people(tmp_path))
    assert (again.tasks_created, again.annotations_added, again.drafts_added) == (0, 0, 0)
    assert (again.accounts_created, again.predictions_added) == (0, 0)
    assert not pull(other, entered.spec, back, people(tmp_path)).changed

    # Onto tasks that a plain push has made already.
    second = spec("second", label_config=entered.spec.label_config)
    push(other, second, ARTICLES, scheme_version="1.0")
    late = restore(other, second, tasks, people(tmp_path))
    assert (late.tasks_created, late.tasks_known) == (0, len(ARTICLES))
    assert late.annotations_added == len(entered.expected) - drafts
    there = tmp_path / "second.jsonl"
    pull(other, second, there, people(tmp_path))
    assert there.read_bytes() == original

    # Work that goes on after a restore keeps when it was begun and shows when it was changed.
    boss = admin(other)
    task = boss.task_of(report.project_id, ARTICLES[4].article_id)
    annotation = boss.send("GET", f"/api/tasks/{task}/annotations")[0]
    boss.send(
        "PATCH",
        f"/api/annotations/{annotation['id']}",
        {"result": [span("n", "end", "DATE", RAW_TEXT)]},
    )
    boss.http.close()
    pull(other, entered.spec, back, people(tmp_path))
    (before,) = [a for a in work(there) if a["article_id"] == ARTICLES[4].article_id]
    (after,) = [a for a in work(back) if a["article_id"] == ARTICLES[4].article_id]
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] > before["updated_at"]
    others = [a for a in work(back) if a["article_id"] != ARTICLES[4].article_id]
    assert others == [a for a in work(there) if a["article_id"] != ARTICLES[4].article_id]


def test_text_reaches_annotators_unaltered(entered: Entered) -> None:
    shown = {t["data"]["article_id"]: t["data"] for t in entered.boss.tasks(entered.project)}
    for made in ARTICLES:
        assert shown[made.article_id]["text"] == made.text
        assert shown[made.article_id]["title"] == made.title
