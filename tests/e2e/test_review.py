"""A text is cleaned better after it was annotated: the work moves, and people settle the rest."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from datasets import load_dataset

from dataset_builder.articles import sha256_text
from dataset_builder.clean import clean_pages
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from dataset_builder.studio.push import push
from dataset_builder.studio.workspace import project_spec
from tests.e2e.studio_work import Person, admin, arrow, field, lines, newcomer, span, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

ARTICLE = "7292f718f1e7c8f1"
ACTOR = "Russian President Vladimir Putin"
ACTOR_BEFORE = "Russian leader Vladimir Putin"
EVIDENCE = 'agreed to push for the creation of a "de-escalation" zone'
ISSUE = 'creation of a "de-escalation" zone'
TRIGGER = "agreed"
FURNITURE = "Share this story with your friends and sign up for the newsletter of the week.\n\n"


@pytest.fixture
def boss(connection: Connection) -> Iterator[Person]:
    person = admin(connection)
    yield person
    person.http.close()


def named(folder: Path, name: str) -> None:
    """A project of the test's own on the server, without anybody's work."""
    file = folder / "pyproject.toml"
    text = file.read_text(encoding="utf-8").replace('name = "syria-diplomacy"', f'name = "{name}"')
    text = re.sub(r"pretty_name = .*", f'pretty_name = "Project {name}"', text)
    text = re.sub(r"primary = \[.*\]", 'primary = ["annotator-1"]', text)
    text = re.sub(r"splits = \{.*\}", "splits = { train = 1, validation = 0, test = 0 }", text)
    file.write_text(text, encoding="utf-8")
    for export in (folder / "annotations" / "exports").iterdir():
        export.unlink()
    ledger = folder / "annotations" / "ledger.jsonl"
    ledger.write_text("", encoding="utf-8")


def present(folder: Path) -> Article:
    """The article as it is cleaned now."""
    return next(a for a in clean_pages(folder / "seeds").articles if a.article_id == ARTICLE)


def put_earlier(folder: Path, connection: Connection, boss: Person, text: str) -> int:
    """The article on the server as an earlier cleaner gave it; its task."""
    project = find_project(folder)
    spec = project_spec(project, load_registries(project))
    earlier = dataclasses.replace(present(folder), text=text, text_sha256=sha256_text(text))
    number = push(connection, spec, [earlier], scheme_version="1.0").project_id
    return boss.task_of(number, ARTICLE)


def entered(text: str, actor: str, names: str = "") -> list[dict[str, Any]]:
    """An event and a stance, with region ids that begin with `names`."""
    who = span(f"{names}a1", actor, "ACTOR", text)
    trigger = span(f"{names}t1", TRIGGER, "AGREE", text)
    evidence = span(f"{names}s1", EVIDENCE, "favor", text)
    issue = span(f"{names}i1", ISSUE, "ISSUE", text)
    return [
        who,
        field(who, "actor_id", "choices", ["putin"]),
        trigger,
        evidence,
        field(evidence, "expression", "choices", ["stated"]),
        issue,
        field(issue, "issue_id", "choices", ["idlib_deescalation_zone"]),
        whole("relevance", "choices", ["relevant"], f"{names}r1"),
        arrow(f"{names}a1", f"{names}t1"),
        arrow(f"{names}a1", f"{names}s1"),
        arrow(f"{names}s1", f"{names}i1"),
    ]


def number_of(said: str) -> int:
    """Project of the reviews, as `push` names it."""
    return int(re.search(r"reviews, articles on \S+/projects/(\d+): 1 created", said)[1])


def test_a_changed_text_is_settled_in_the_browser_and_built(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    tmp_path: Path,
    connection: Connection,
    boss: Person,
    labelling: Labelling,
) -> None:
    named(project_folder, "moved-text")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    body = present(project_folder).text
    earlier = FURNITURE + body.replace(ACTOR, ACTOR_BEFORE, 1)
    task = put_earlier(project_folder, connection, boss, earlier)
    boss.annotate(task, entered(earlier, ACTOR_BEFORE))
    before = boss.send("GET", f"/api/tasks/{task}")

    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    assert "1 stale" in pushed.stdout
    reviews = number_of(pushed.stdout)
    assert "KEY301" in pushed.stderr
    assert "there is a review" in pushed.stderr
    again = command("push", env=env)
    assert "reviews" not in again.stdout  # nothing doubled
    (review,) = boss.tasks(reviews)
    assert review["data"]["text"] == body
    assert boss.send("GET", f"/api/tasks/{task}")["data"] == before["data"]

    # Until somebody settles it: what is certain makes rows, the rest is named.
    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    judged = command("validate")
    assert f'ACTOR "{ACTOR_BEFORE}" cannot be moved' in judged.stdout
    assert "3 spans were moved exactly" in judged.stdout
    assert "GRM208" in judged.stdout  # the trigger lost its only participant
    assert judged.returncode == 0, judged.stdout

    labelling.open_task(reviews, int(review["id"]))
    panel = labelling.page.locator(".an-review")
    assert panel.is_visible()
    labelling.page.screenshot(path=tmp_path / "review.png")
    shown = panel.inner_text()
    assert f"ACTOR “{ACTOR_BEFORE}”" in shown
    assert "its words were changed, marked where it may be" in shown
    started = {i["id"]: i["value"] for i in labelling.result() if i.get("type") == "labels"}
    assert started["a1"]["text"] == ACTOR
    assert started["s1"]["text"] == EVIDENCE
    assert len(labelling.arrows()) == 3
    labelling.select(" to push ")  # a span of the suggestion can be worked on like any other
    labelling.key("l")
    labelling.key("Escape")
    labelling.submit()

    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    exports = project_folder / "annotations" / "exports"
    (settled,) = lines(exports / "moved-text.review.jsonl")
    assert settled["data"]["kind"] == "review"
    assert [item["annotator"] for item in settled["annotations"]] == ["annotator-1"]
    assert {line["data"]["text"] for line in lines(exports / "moved-text.jsonl")} >= {earlier}
    assert command("pull", env=env).returncode == 0
    built = command("build")
    assert built.returncode == 0, built.stdout + built.stderr
    release, cache = str(project_folder / "releases" / "1.0.0"), str(tmp_path / "cache")
    (event,) = load_dataset(release, "events", split="train", cache_dir=cache)
    assert event["trigger"]["text"] == TRIGGER == body[slice(*_place(event["trigger"]))]
    (argument,) = event["arguments"]
    assert (argument["text"], argument["actor_ids"]) == (ACTOR, ["putin"])
    assert event["mention_id"] == f"{ARTICLE}:t1"
    stance = load_dataset(release, split="train", cache_dir=cache)
    basis, expression = stance.features["basis"], stance.features["expression"]
    (row,) = [r for r in stance if basis.int2str(r["basis"]) == "annotated"]
    assert expression.int2str(row["expression"]) == "reported"  # what was settled, not what moved
    assert body[slice(*_place(row["evidence"]))] == EVIDENCE


def _place(found: dict[str, Any]) -> tuple[int, int]:
    return found["start"], found["end"]


def test_exact_moves_need_nobody_and_each_annotator_has_a_suggestion(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    connection: Connection,
    boss: Person,
) -> None:
    named(project_folder, "moved-exactly")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    body = present(project_folder).text
    earlier = FURNITURE + body
    task = put_earlier(project_folder, connection, boss, earlier)
    boss.annotate(task, entered(earlier, ACTOR))
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    assert "reviews" not in pushed.stdout
    assert "all of the work can be carried over" in pushed.stderr
    assert command("pull", env=env).returncode == 0
    built = command("build")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "4 spans were moved exactly" in built.stderr

    # Somebody else marks words on the old text that the new one has otherwise.
    other = newcomer(connection, "moved.exactly@example.org", "Mo")
    sentence = FURNITURE.strip()
    marked = [
        *entered(earlier, ACTOR, "o"),
        span("o9", sentence, "ISSUE", earlier),
        arrow("os1", "o9"),
    ]
    other.annotate(task, marked)
    other.http.close()
    pushed = command("push", env=env)
    (review,) = boss.tasks(number_of(pushed.stdout))
    (suggestion,) = review["predictions"]
    assert suggestion["model_version"] == "moved:annotator-2"
    assert len(suggestion["result"]) == len(marked) - 2
    assert "its words are gone" in review["data"]["review"]


MIGRATIONS = """
migrations:
  - scheme_version: "1.1"
    changes:
      - { of: event_type, rename: AGREE, to: PLEDGE }
      - { of: event_type, split: CONSULT, into: [VISIT, CALL] }
"""


def new_scheme(folder: Path) -> None:
    """AGREE gets another name; CONSULT becomes two types."""
    file = folder / "schemas" / "ontology.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('scheme_version: "1.0"', 'scheme_version: "1.1"')
    text = text.replace("- name: AGREE", "- name: PLEDGE").replace(
        "- name: CONSULT", "- name: VISIT"
    )
    call = (
        "  - name: CALL\n    quad: verbal_cooperation\n    definition: A call.\n"
        '    example: They **spoke**\n    colour: "#1b7837"\n    modes: []\n    requires: []\n'
    )
    text = text.replace("  - name: SUPPORT\n", f"{call}  - name: SUPPORT\n", 1)
    file.write_text(text + MIGRATIONS, encoding="utf-8")


def test_a_new_scheme_keeps_work_readable_and_a_split_is_settled(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    connection: Connection,
    boss: Person,
    labelling: Labelling,
) -> None:
    named(project_folder, "new-scheme")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    body = present(project_folder).text
    task = put_earlier(project_folder, connection, boss, body)
    talks = {**span("t2", "Thursday", "CONSULT", body)}
    mode = field(talks, "mode_consult", "choices", ["visit"])
    boss.annotate(task, [*entered(body, ACTOR), talks, mode, arrow("a1", "t2")])
    assert command("push", env=env).returncode == 0
    project = int(boss.send("GET", f"/api/tasks/{task}")["project"])
    other = next(t for t in boss.tasks(project) if t["id"] != task)
    words = other["data"]["text"].split()[0]
    guessed = span("p1", words, "AGREE", other["data"]["text"])
    unclear = span("p2", words, "CONSULT", other["data"]["text"])
    suggestion = {"task": other["id"], "model_version": "rules", "result": [guessed, unclear]}
    made = boss.send("POST", "/api/predictions", suggestion)
    assert command("pull", env=env).returncode == 0
    exports = project_folder / "annotations" / "exports"
    committed = (exports / "new-scheme.jsonl").read_bytes()
    assert command("migrate", "--check").stdout == "schemas/ontology.yaml declares no migrations\n"

    new_scheme(project_folder)
    waits = command("migrate", "--check")
    assert waits.returncode == 1, waits.stderr
    assert "AGREE is called PLEDGE now: 1 in exports, 1 in suggestions in exports" in waits.stdout
    assert f"1 article waits for somebody to choose a label: {ARTICLE}" in waits.stdout
    told = command("migrate", "--dry-run", env=env)
    assert "1 suggestions of project" in told.stdout
    assert "would be rewritten" in told.stdout
    assert boss.send("GET", f"/api/predictions/{made['id']}")["result"] == [guessed, unclear]
    done = command("migrate", env=env)
    assert done.returncode == 0, done.stderr
    (renamed,) = boss.send("GET", f"/api/predictions/{made['id']}")["result"]
    assert renamed["value"]["labels"] == ["PLEDGE"]
    assert "were" not in command("migrate", env=env).stdout  # nothing is left to do
    result = boss.send("GET", f"/api/tasks/{task}/annotations")[0]["result"]
    assert [
        i["value"]["labels"] for i in result if i.get("id") == "t2" and i["type"] == "labels"
    ] == [["CONSULT"]]

    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    (review,) = boss.tasks(number_of(pushed.stdout))
    assert (
        "CONSULT “Thursday”: event_type CONSULT is VISIT or CALL now, choose"
        in review["data"]["review"]
    )
    labelling.open_task(project, task)  # the old work can still be read
    labels = [i["value"]["labels"] for i in labelling.result() if i.get("type") == "labels"]
    assert ["AGREE"] in labels
    assert ["CONSULT"] in labels

    labelling.open_task(int(review["project"]), int(review["id"]))
    labelling.select_new_regions()
    labelling.select("Thursday")
    labelling.page.locator(".lsf-label", has_text="CALL").first.click()
    labelling.page.wait_for_timeout(300)
    labelling.key("Escape")
    labels = {
        i["id"]: i["value"]["labels"] for i in labelling.result() if i.get("type") == "labels"
    }
    assert labels["t2"] == ["CALL"]
    assert labels["t1"] == ["PLEDGE"]
    labelling.submit()
    assert command("pull", env=env).returncode == 0
    assert command("migrate", "--check").returncode == 0
    old = {line["article_id"]: line for line in lines(exports / "new-scheme.jsonl")}
    before = next(a for a in _annotated(committed) if a["article_id"] == ARTICLE)
    assert old[ARTICLE] == before  # not rewritten
    judged = command("validate")
    assert "SCH207" not in judged.stdout
    assert "SCH202" not in judged.stdout


def _annotated(export: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export.splitlines()]
