"""Assignments on a real server, worked through in a real browser as an annotator does."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.e2e.studio_work import Person, admin, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from playwright.sync_api import Page

    from dataset_builder.studio.connection import Connection
    from tests.e2e.browser import Labelling

PEOPLE = ("ann", "bob", "cem")
ASSIGNMENT = """
[tool.dataset-builder.assignment]
annotators = ["ann", "bob", "cem"]
first = 1
share = 0.5
"""


@pytest.fixture
def declared(project_folder: Path) -> Path:
    """A project without work, whose five articles are to be annotated by three people."""
    settings = project_folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('name = "syria-diplomacy"', 'name = "assigned"')
    text = re.sub(r"pretty_name = .*", 'pretty_name = "Assigned"', text)
    settings.write_text(text + ASSIGNMENT, encoding="utf-8")
    folder = project_folder / "annotations"
    for file in (folder / "exports").iterdir():
        file.unlink()
    listed = "".join(f"- {{pseudonym: {who}, kind: human}}\n" for who in PEOPLE)
    (folder / "annotators.yaml").write_text(listed)
    private = "".join(f"{who}.given@example.org: {who}\n" for who in PEOPLE)
    (folder / "annotators.private.yaml").write_text(private)
    return project_folder


def given_out(folder: Path) -> dict[str, list[str]]:
    """Article -> who it is assigned to, read without our reader."""
    lines = (folder / "annotations" / "assignments.jsonl").read_text().splitlines()
    return {entry["article_id"]: entry["annotators"] for entry in map(json.loads, lines)}


def queue_of(folder: Path, who: str) -> set[str]:
    return {name for name, people in given_out(folder).items() if who in people}


def work_through(page: Labelling) -> list[str]:
    """Judge articles irrelevant until the stream has no more; their ids."""
    met: list[str] = []
    tab: Page = page.page
    end = tab.get_by_text("No More Tasks Left in Queue")
    while True:
        tab.locator(".lsf-htx-richtext").or_(end).first.wait_for()
        if end.is_visible():
            return met
        tab.wait_for_function(
            "(last) => window.Htx?.annotationStore?.selected"
            " && window.Htx.task?.dataObj?.article_id !== last",
            arg=met[-1] if met else "",
        )
        tab.wait_for_timeout(700)
        tab.keyboard.press("Escape")  # the instructions, which the stream opens with
        tab.locator(".lsf-modal-ls_visible").wait_for(state="hidden")
        met.append(str(tab.evaluate("() => window.Htx.task.dataObj.article_id")))
        assert page.result() == []
        page.key("p")
        page.submit()
        tab.wait_for_timeout(700)


def shown(page: Labelling) -> str:
    """How many tasks a tab has."""
    place = page.page.get_by_text(re.compile(r"Tasks: \d+ / \d+"))
    place.wait_for()
    page.page.wait_for_timeout(500)
    return place.inner_text()


def label(page: Labelling, how: str) -> None:
    """Start labelling with the button, or with its menu's entry."""
    if how == "Label All Tasks":
        page.page.get_by_role("button", name=how).click()
    else:
        page.page.get_by_label("Toggle open").click()
        page.page.get_by_text(how).click()


def state(boss: Person, project: int) -> Any:
    """Whatever assigning sets on a server."""
    found = boss.send("GET", f"/api/projects/{project}")
    tasks = {t["data"]["article_id"]: (t["overlap"], t["is_labeled"]) for t in boss.tasks(project)}
    views = boss.send("GET", f"/api/dm/views?project={project}")
    return found["maximum_annotations"], found["show_overlap_first"], tasks, views


def test_everybody_gets_their_own_articles_and_no_article_too_many_people(
    command: Callable[..., CompletedProcess[str]],
    declared: Path,
    tmp_path: Path,
    connection: Connection,
    sessions: Callable[..., Labelling],
) -> None:
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    assert "5 articles are assigned to nobody" in pushed.stdout
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    assert command("studio", "users", env=env).returncode == 0
    assigned = command("studio", "assign", env=env)
    assert assigned.returncode == 0, assigned.stderr
    assert "5 articles (1 first, 2 share, 2 single), 5 new" in assigned.stdout
    assert "3 tasks and 3 tabs brought up to date" in assigned.stdout
    overlap = {name: len(who) for name, who in given_out(declared).items()}
    assert sorted(overlap.values()) == [1, 1, 2, 2, 3]
    load = Counter(who for people in given_out(declared).values() for who in people)
    assert load == dict.fromkeys(PEOPLE, 3)
    boss = admin(connection)
    once = state(boss, project)
    assert once[2] == {name: (count, False) for name, count in overlap.items()}
    record = (declared / "annotations" / "assignments.jsonl").read_bytes()
    for again in (("studio", "assign"), ("push",)):
        done = command(*again, env=env)
        assert done.returncode == 0, done.stderr
        assert "0 tasks and 0 tabs brought up to date" in done.stdout
        assert state(boss, project) == once
    assert (declared / "annotations" / "assignments.jsonl").read_bytes() == record

    logins = yaml.safe_load((declared / "annotations" / "logins.private.yaml").read_text())
    links = dict(re.findall(r"^  (\w+) +\d+ articles +(\S+)$", assigned.stdout, re.MULTILINE))
    assert set(links) == set(PEOPLE)

    # One's own tab: one's own articles, and "Label Tasks As Displayed" deals these and no others.
    bob = sessions(**logins["bob"])
    bob.page.goto(links["bob"])
    assert shown(bob) == "Tasks: 3 / 5"
    bob.page.screenshot(path=tmp_path / "tab.png")
    label(bob, "Label Tasks As Displayed")
    assert sorted(work_through(bob)) == sorted(queue_of(declared, "bob"))
    bob.page.screenshot(path=tmp_path / "end.png")
    bob.page.goto(links["bob"])  # what is done is to be seen there
    assert shown(bob) == "Tasks: 3 / 5"
    bob.page.get_by_text("BO", exact=True).nth(3).wait_for()  # beside bob's own sign: each article
    bob.page.screenshot(path=tmp_path / "done.png")
    # Whoever opens the project itself sees a tab that is nobody's.
    bob.page.goto(f"{connection.url}/projects/{project}/data")
    assert shown(bob) == "Tasks: 5 / 5"

    # The button looks at no tab. It still gives nobody an article that has enough people.
    cem = sessions(**logins["cem"])
    cem.page.goto(links["cem"])
    shown(cem)
    label(cem, "Label All Tasks")
    met = work_through(cem)
    enough = {name for name, people in given_out(declared).items() if people == ["bob"]}
    assert sorted(met) == sorted(set(overlap) - enough)
    ann = sessions(**logins["ann"])
    ann.page.goto(links["ann"])
    shown(ann)
    label(ann, "Label Tasks As Displayed")
    work_through(ann)
    counts = {t["data"]["article_id"]: t["total_annotations"] for t in boss.tasks(project)}
    assert counts == overlap

    # A table of who has what; new articles are added, and nothing else moves.
    pulled = command("pull", env=env)
    assert pulled.returncode == 0, pulled.stderr
    told = json.loads(command("status", "--offline", "--format", "json").stdout)
    people = {p["annotator"]: p for p in told["people"] if p["kind"] == "articles"}
    assert {who: (p["assigned"], p["left"]) for who, p in people.items()} == dict.fromkeys(
        PEOPLE, (3, 0)
    )
    assert [(p["part"], p["done"], p["reached"]) for p in told["parts"]] == [
        ("first", 3, 1), ("share", 4, 2), ("single", 2, 2),
    ]  # fmt: skip
    before = given_out(declared)
    page = ROOT / "tests" / "golden" / "pages" / "wire_en.txt"
    (declared / "seeds" / "010.txt").write_bytes(page.read_bytes())
    grown = command("studio", "assign", env=env)
    assert "6 articles (1 first, 3 share, 2 single), 1 new" in grown.stdout
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    assert "1 created" in pushed.stdout
    assert "1 tasks and 0 tabs" in pushed.stdout
    after = given_out(declared)
    assert {name: after[name] for name in before} == before
    (new,) = set(after) - set(before)
    assert state(boss, project)[2][new] == (2, False)
    who = after[new][0]
    own = sessions(**logins[who])
    own.page.goto(links[who])
    assert shown(own) == "Tasks: 4 / 6"
    boss.http.close()


def test_work_that_is_there_counts_when_a_task_is_given_to_more_people(
    command: Callable[..., CompletedProcess[str]], declared: Path, connection: Connection
) -> None:
    """Restored onto an empty server, one annotation finishes a task; then it is for three."""
    settings = declared / "pyproject.toml"
    text = settings.read_text(encoding="utf-8").replace('name = "assigned"', 'name = "given-more"')
    settings.write_text(text.replace("Assigned", "Given more"), encoding="utf-8")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    nobody_yet = text.replace(ASSIGNMENT, "").replace("Assigned", "Given more")
    settings.write_text(nobody_yet.replace('"assigned"', '"given-more"'), encoding="utf-8")
    pushed = command("push", env=env)
    assert pushed.returncode == 0, pushed.stderr
    project = int(re.search(r"/projects/(\d+)", pushed.stdout)[1])
    boss = admin(connection)
    boss.send("PATCH", f"/api/projects/{project}", {"maximum_annotations": 1})
    for task in boss.tasks(project):
        boss.annotate(task["id"], [whole("relevance", "choices", ["irrelevant"], "r")])
    assert {t["is_labeled"] for t in boss.tasks(project)} == {True}
    with settings.open("a", encoding="utf-8") as file:
        file.write(ASSIGNMENT)
    assert command("studio", "assign", env=env).returncode == 0
    overlap = {name: len(who) for name, who in given_out(declared).items()}
    tasks = {t["data"]["article_id"]: (t["overlap"], t["is_labeled"]) for t in boss.tasks(project)}
    assert tasks == {name: (count, count == 1) for name, count in overlap.items()}
    boss.http.close()


def test_without_a_server_the_file_is_written_and_nothing_fails(
    command: Callable[..., CompletedProcess[str]], declared: Path
) -> None:
    done = command("studio", "assign", env={"LABEL_STUDIO_URL": "", "LABEL_STUDIO_API_KEY": ""})
    assert done.returncode == 0, done.stderr
    assert "`push` brings it to the server" in done.stdout
    assert len(given_out(declared)) == 5
