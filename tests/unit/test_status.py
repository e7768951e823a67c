"""What `status` counts, on committed exports that a test writes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dataset_builder.assignment import FILE, Assigned, write_assignments
from dataset_builder.clean import clean_pages
from dataset_builder.project import find_project
from dataset_builder.status import status
from dataset_builder.status_text import as_json, as_text
from dataset_builder.studio.exported import ExportedTask
from dataset_builder.studio.exports import read_exports, write_export
from dataset_builder.studio.workspace import export_file
from tests.annotated import annotation, items

PEOPLE = "- pseudonym: ann\n  kind: human\n- pseudonym: bob\n  kind: human\n- pseudonym: eve\n  kind: human\n"
RELEVANT = {"relevance": ["relevant"]}
IRRELEVANT = {"relevance": ["irrelevant"]}


def marked(text, label, article=RELEVANT):
    word = text.split()[0]
    return items(text, {"t1": {"label": label, "words": word}}, article=article)


def task_of(article, *annotations, **data):
    shared = {
        "text": article.text,
        "article_id": article.article_id,
        "text_sha256": article.text_sha256,
        "scheme_version": "1.0",
    }
    return ExportedTask(
        article.article_id, article.text_sha256, {**shared, **data}, annotations, (), "1.0"
    )


@pytest.fixture
def world(project_folder):
    """The project and its articles, with three annotators and no work yet."""
    project = find_project(project_folder)
    for file in project.exports.iterdir():
        file.unlink()
    (project_folder / "annotations" / "annotators.yaml").write_text(PEOPLE)
    articles = clean_pages(project.seeds).articles
    return project, sorted(articles, key=lambda article: article.article_id)


def timed(who, result, seconds, state="completed", ordinal=1):
    return replace(annotation(who, result, state, ordinal), lead_time=seconds)


def test_nothing_is_done_yet(world):
    project, articles = world
    found = status(project, None)
    assert found.articles == len(articles) == 5
    assert found.finished_by == {"0": 5, "1": 0, "2+": 0}
    assert [(p.annotator, p.completed, p.hours) for p in found.people] == [
        ("ann", 0, 0), ("bob", 0, 0), ("eve", 0, 0),
    ]  # fmt: skip
    assert "to adjudicate: 0\n" in as_text(found)


def test_who_did_what_and_what_disagrees(world):
    project, (one, two, three, four, five) = world
    write_export(
        export_file(project),
        [
            task_of(
                one,
                timed("ann", marked(one.text, "CONSULT"), 1800.0),
                timed("bob", marked(one.text, "AGREE"), 900.0),
            ),
            task_of(
                two,
                timed("ann", marked(two.text, "CONSULT"), 1800.0),
                timed("bob", marked(two.text, "CONSULT"), None),
            ),
            task_of(three, timed("ann", [], 36.0, "skipped"), timed("bob", [], 3.0, "empty")),
            task_of(
                four,
                timed("ann", marked(four.text, "CONSULT"), 60.0, "draft"),
                # Submitted without saying whether it is relevant: not finished.
                timed("bob", marked(four.text, "CONSULT", {}), 60.0),
            ),
            task_of(five, timed("ann", items(five.text, {}, article=IRRELEVANT), 0.0)),
        ],
    )
    write_export(
        export_file(project, "adjudication"),
        [task_of(one, kind="adjudication", versions="0" * 64)],
    )
    found = status(project, None)
    assert found.finished_by == {"0": 2, "1": 1, "2+": 2}
    assert found.conflicts == {
        "open": (one.article_id,), "unclear": (), "settled": (), "changed": (),
    }  # fmt: skip
    assert found.differences == 1
    people = {(p.annotator, p.kind): p for p in found.people}
    ann, bob = people["ann", "articles"], people["bob", "articles"]
    assert (ann.completed, ann.drafts, ann.skipped, ann.empty, ann.hours) == (3, 1, 1, 0, 1.03)
    assert (bob.completed, bob.drafts, bob.skipped, bob.empty, bob.hours) == (3, 0, 0, 1, 0.27)
    kinds = {kind.kind: (kind.tasks, kind.done, kind.on_server) for kind in found.kinds}
    assert kinds == {
        "articles": (5, 4, None), "grid": (0, 0, None), "adjudication": (1, 0, None),
        "review": (0, 0, None),
    }  # fmt: skip
    assert "too few to judge: 2 of" in found.gates
    whole = json.loads(as_json(found))
    assert whole["finished_by"] == {"0": 2, "1": 1, "2+": 2}
    text = as_text(found)
    assert f"to adjudicate: 1 ({one.article_id}), 1 differences" in text
    assert "ann        human  articles  3         1       1        0      1.0" in text


def test_who_has_how_much_left_of_what_was_assigned(world):
    project, (one, two, three, four, five) = world
    given = {
        one: ("first", "ann", "bob", "eve"),
        two: ("share", "ann", "bob"),
        three: ("single", "ann"),
        four: ("single", "eve"),
    }
    write_assignments(
        project.path(FILE),
        {article.article_id: Assigned(part, tuple(who)) for article, (part, *who) in given.items()},
    )
    write_export(
        export_file(project),
        [
            task_of(
                one,
                timed("ann", marked(one.text, "CONSULT"), 60.0),
                timed("bob", [], 3.0, "skipped"),
                timed("eve", marked(one.text, "CONSULT"), 60.0, "draft"),
            ),
            task_of(two, timed("bob", marked(two.text, "CONSULT"), 60.0)),
            # Somebody else took ann's: there is nothing left to do.
            task_of(three, timed("eve", marked(three.text, "CONSULT"), 60.0)),
            task_of(four),
            task_of(five, timed("ann", marked(five.text, "CONSULT"), 60.0)),
        ],
    )
    write_export(
        export_file(project, "adjudication"),
        [task_of(two, timed("eve", marked(two.text, "AGREE"), 9.0), kind="adjudication")],
    )
    found = status(project, None)
    people = {p.annotator: (p.assigned, p.left) for p in found.people if p.kind == "articles"}
    # ann: two; bob skipped the first; eve: the first, of which she has a draft, and four.
    assert people == {"ann": (3, 1), "bob": (2, 0), "eve": (2, 2)}
    assert {(p.assigned, p.left) for p in found.people if p.kind != "articles"} == {(None, None)}
    assert [(p.part, p.articles, p.wanted, p.done, p.reached) for p in found.parts] == [
        ("first", 1, 3, 1, 0), ("share", 1, 2, 1, 0), ("single", 2, 2, 1, 1),
    ]  # fmt: skip
    assert found.unassigned == 1
    text = as_text(found)
    assert (
        "annotator  kind   project       assigned  finished  drafts  skipped  empty  left" in text
    )
    assert "ann        human  articles      3         2         0       0        0      1" in text
    assert "assigned to nobody: 1 -> `dataset-builder studio assign`" in text
    assert (
        "assigned to everyone: 0 of 1 articles have all their annotators, 1 of 3 submissions are there"
        in text
    )
    assert json.loads(as_json(found))["parts"][0]["part"] == "first"


def test_an_adjudication_settles_and_a_later_change_is_told(world):
    project, (one, *_) = world
    done = [annotation(who, marked(one.text, label)) for who, label in (("ann", "AGREE"), ("bob", "CONSULT"))]  # fmt: skip
    write_export(export_file(project), [task_of(one, *done)])
    decision = annotation("eve", marked(one.text, "AGREE"))
    write_export(
        export_file(project, "adjudication"),
        [task_of(one, decision, kind="adjudication", versions="0" * 64)],
    )
    found = status(project, None)
    assert found.conflicts["changed"] == (one.article_id,)  # not the versions that it settled
    assert "adjudicated: 1" in as_text(found)
    assert {(p.annotator, p.kind): p.completed for p in found.people}["eve", "adjudication"] == 1


def test_open_reviews_and_rows_of_the_grid(world):
    project, (one, two, *_) = world
    write_export(
        export_file(project, "review"),
        [
            task_of(one, kind="review"),
            task_of(two, annotation("ann", marked(two.text, "AGREE")), kind="review"),
        ],
    )
    found = status(project, None)
    assert found.open_reviews == (one.article_id,)
    assert (found.grid_rows, found.open_grid_rows) == (0, 0)
    tasks, broken = read_exports(project.exports, "review")
    assert len(tasks) == 2
    assert not broken


def test_the_command_without_a_server(command, monkeypatch):
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    done = command("status")
    assert done.returncode == 0, done.stderr
    assert (
        "no Label Studio server is running for this project: the server is left out" in done.stderr
    )
    assert "draft-1    model  articles  5" in done.stdout
    whole = json.loads(command("status", "--offline", "--format", "json").stdout)
    assert whole["format"] == 1
    assert whole["articles"] == 5
    assert len(whole["conflicts"]["open"]) == 5
