"""The pair grid, worked with real mouse and keys, and what comes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.assemble.answers import read_grid
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.grid import INSTRUCTIONS, KIND, render_grid_config
from dataset_builder.studio.pull import pull
from dataset_builder.studio.push import NewTask, push_tasks
from tests.annotated import article, items
from tests.e2e.studio_work import Person, admin, people, spec
from tests.unit.test_grid import HERE, KNOWN, RELEVANT, WORK, data_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.articles import Article
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.remote import ProjectSpec
    from tests.e2e.browser import Labelling


@pytest.fixture(scope="module")
def boss(connection: Connection) -> Iterator[Person]:
    person = admin(connection)
    yield person
    person.http.close()


def grid_spec(name: str) -> ProjectSpec:
    return spec(
        name,
        title=f"Grid {name}",
        label_config=render_grid_config(KNOWN.ontology),
        guidelines=INSTRUCTIONS,
        kind=KIND,
    )


def new_task(of: Article = HERE, work: list[dict[str, Any]] = WORK, **over: Any) -> NewTask:
    grid = data_of(of, work, **over)
    assert grid is not None
    shared = {
        "text": of.text,
        "title": "A title",
        "meta": "The Outlet",
        "article_id": of.article_id,
        "text_sha256": of.text_sha256,
        "scheme_version": "1.0",
        "kind": KIND,
    }
    return NewTask({**shared, **grid})


def pushed(connection: Connection, boss: Person, name: str, task: NewTask) -> tuple[int, int]:
    project = push_tasks(connection, grid_spec(name), [task]).project_id
    return project, boss.task_of(project, task.data["article_id"])


def opened(labelling: Labelling, project: int, task: int) -> None:
    labelling.open_task(project, task)
    labelling.page.locator(".gr-row").first.wait_for()


def box(labelling: Labelling, pair: tuple[str, str], label: str, task: NewTask) -> Any:
    """The check box of a label in the row of a pair."""
    pairs = [(row["holder"], row["target"]) for row in task.data["pairs"]]
    row = labelling.page.locator(".gr-row").nth(pairs.index(pair))
    return row.locator(f"input[name='{label}']")


def test_one_click_where_it_is_not_neutral(
    labelling: Labelling, connection: Connection, boss: Person, tmp_path: Path
) -> None:
    task = new_task()
    project, number = pushed(connection, boss, "grid", task)
    opened(labelling, project, number)
    rows = labelling.page.locator(".gr-row")
    assert rows.count() == len(task.data["pairs"]) == 20
    clicked = {("rus", "usa"): "against", ("irn", "assad"): "favor", ("tur", "assad"): "against"}
    for pair, label in clicked.items():
        box(labelling, pair, label, task).click()
    for key in "13579qwertasdfg":  # no row has a key
        labelling.key(key)
    # Without the tick nothing is sent.
    labelling.page.get_by_label("Submit current annotation").click()
    labelling.page.get_by_text(re.compile("I read every row")).last.wait_for()
    assert boss.send("GET", f"/api/tasks/{number}/annotations") == []
    labelling.page.keyboard.press("Escape")
    labelling.key("y")
    labelling.submit()

    pull(connection, grid_spec("grid"), tmp_path / "work.grid.jsonl", people(tmp_path))
    (exported,), findings = read_exports(tmp_path, KIND)
    assert findings == []
    (answers,), findings = read_grid(exported, KNOWN.ontology)
    assert findings == []
    ends = {row["id"]: (row["holder"], row["target"]) for row in task.data["pairs"]}
    said = {ends[pair]: label for pair, label in answers.labels.items()}
    del clicked["tur", "assad"]  # the check row
    assert {pair: label for pair, label in said.items() if label != "neutral"} == clicked
    assert len(said) == 19
    assert (answers.checks, answers.missed) == (1, ())


def test_a_row_that_was_emptied_is_not_sent(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    task = new_task()
    project, number = pushed(connection, boss, "grid-empty", task)
    opened(labelling, project, number)
    box(labelling, ("rus", "usa"), "neutral", task).click()
    labelling.key("y")
    labelling.page.get_by_label("Submit current annotation").click()
    labelling.page.get_by_text("A row has no label").first.wait_for()
    assert boss.send("GET", f"/api/tasks/{number}/annotations") == []


def test_rows_that_are_added_leave_answers_where_they_are(
    labelling: Labelling, connection: Connection, boss: Person, tmp_path: Path
) -> None:
    first = new_task(grid_pairs=5, grid_checks=0)
    project, number = pushed(connection, boss, "grid-more", first)
    opened(labelling, project, number)
    box(labelling, ("rus", "usa"), "against", first).click()
    labelling.key("y")
    labelling.submit()
    more = new_task(grid_pairs=9, grid_checks=0, asked=first.data["pairs"])
    assert push_tasks(connection, grid_spec("grid-more"), [more]).updated == (HERE.article_id,)

    pull(connection, grid_spec("grid-more"), tmp_path / "work.grid.jsonl", people(tmp_path))
    (exported,), _ = read_exports(tmp_path, KIND)
    (answers,), findings = read_grid(exported, KNOWN.ontology)
    assert len(exported.data["pairs"]) == 9
    assert [finding.code for finding in findings] == ["GRM223"]
    asked = {row["id"]: (row["holder"], row["target"]) for row in first.data["pairs"]}
    assert {asked[pair]: label for pair, label in answers.labels.items()} == {
        **dict.fromkeys(asked.values(), "neutral"),
        ("rus", "usa"): "against",
    }
    opened(labelling, project, number)
    assert labelling.page.locator(".gr-row").count() == 9


def test_the_rows_show_what_they_are_about_and_nothing_of_a_page_runs(
    labelling: Labelling, connection: Connection, boss: Person
) -> None:
    text = 'Turkey <img src=x onerror="a()"> **no bold** _x_ $title {{idx}} &lt; met Iran.'
    of = article(text, "hostile.txt")
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "t1": {"label": "CONSULT", "words": "met"},
        "a2": {"label": "ACTOR", "words": "Iran"},
    }
    task = new_task(of, items(text, spans, [("a1", "t1"), ("a2", "t1")], RELEVANT))
    project, number = pushed(connection, boss, "grid-look", task)
    opened(labelling, project, number)
    first = labelling.page.locator(".gr-row").first
    assert first.locator(".gr-pair").inner_text() == "Turkey → Iran"
    assert first.locator(".gr-said").inner_text() == text
    assert first.locator("mark").all_inner_texts() == ["Turkey", "Iran"]
    assert labelling.page.locator(".gr-rows :is(img, script, strong, em)").count() == 0
    width = labelling.page.locator(".gr-rows").bounding_box()
    assert width
    assert width["width"] >= 560
    assert labelling.page.locator(".lsf-sidepanels__wrapper_align_right").first.is_hidden()
