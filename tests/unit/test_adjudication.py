"""Golden cases: each file in `tests/golden/adjudication` is an article of several annotators, what is
listed for the adjudicator, and what becomes of it with and without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dataset_builder.adjudication import conflict, describe
from dataset_builder.agreement.words import plain
from dataset_builder.articles import sha256_text
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.project import find_project
from dataset_builder.registries import Annotator, load_registries
from dataset_builder.studio.adjudication import adjudicating, adjudication_task
from dataset_builder.studio.label_config import render_label_config
from dataset_builder.studio.remote import ProjectSpec
from tests.annotated import annotation, article, items, task
from tests.assembling import build, codes, names
from tests.factory import registries

CASES = sorted((Path(__file__).parents[1] / "golden" / "adjudication").iterdir())
RELEVANT = {"relevance": ["relevant"]}


def entered(text, work):
    return items(text, work.get("spans", {}), work.get("arrows", ()), work.get("article", RELEVANT))


def world(case):
    """The article, its tasks and the registries of a case."""
    text, decisions = case["text"], case.get("adjudicators", {})
    known = dict.fromkeys([*case["annotators"], *decisions])
    here = article(text)
    tasks = [task(here, *(annotation(n, entered(text, w)) for n, w in case["annotators"].items()))]
    people = replace(registries(), annotators=tuple(Annotator(n, "human", None) for n in known))
    if decisions:
        open_one = conflict(here, tasks, people, lexicon(people))
        asked = adjudication_task(open_one, people.ontology.scheme_version)
        done = [annotation(n, entered(text, w)) for n, w in decisions.items()]
        tasks.append(replace(task(here, *done), data={**asked.data}))
    return here, tasks, people


def load(name):
    path = next(path for path in CASES if path.stem == name)
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def shown_votes(row):
    return {vote["annotator"]: vote["label"] for vote in row["votes"]}


def test_there_are_cases():
    assert len(CASES) >= 7


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    here, tasks, people = world(case)
    expect = case["expect"]
    found = conflict(here, tasks, people, lexicon(people))
    assert (found.state if found else "none") == expect["state"]
    if "lines" in expect:
        assert plain(describe(found)).split("\n") == expect["lines"]
    settings = {"resolution": case.get("resolution", "primary"), "primary": tuple(case.get("primary", ()))}  # fmt: skip
    built = build([here], tasks, known=people, **settings)
    events = [
        {"id": row["mention_id"].split(":")[1], "label": row["type"], "votes": shown_votes(row)}
        for row in names(built, "events")
    ]
    assert events == expect["events"]
    stance = [
        {
            "pair": [row["holder_id"], row["target_id"]],
            "label": row["label"],
            "votes": shown_votes(row),
            "agreement": round(row["agreement"], 3),
        }
        for row in names(built, "stance")
    ]
    assert sorted(stance, key=lambda row: row["pair"]) == expect["stance"]
    rows = names(built, "annotations")
    ids = {row["annotation_id"].split(":", 1)[1] for row in rows}
    assert sorted(ids) == expect["annotations"]
    settling = {r["annotation_id"] for r in rows if r["values"] == ["adjudication"]}
    assert {name.split(":", 1)[1] for name in settling} == {n for n in ids if n.endswith(":2001")}
    told = [code for code in codes(built) if code != "GRM206"]
    assert sorted(told) == sorted(expect["codes"])
    backwards = build([here], tasks[::-1], known=people, **settings)
    assert backwards.tables == built.tables


def test_each_version_is_a_suggestion_with_its_region_ids():
    here, tasks, people = world(load("majority_of_three"))
    found = conflict(here, tasks, people, lexicon(people))
    made = adjudication_task(found, "1.0")
    assert [p["model_version"] for p in made.predictions] == ["ann", "bob", "cem"]
    for suggested, done in zip(made.predictions, tasks[0].annotations, strict=True):
        assert {i["id"] for i in suggested["result"] if "id" in i} == {
            i["id"] for i in done.result if "id" in i
        }
        assert len(suggested["result"]) == len(done.result)
    assert made.data["kind"] == "adjudication"
    assert (made.data["article_id"], made.data["text_sha256"]) == tasks[0].key


def test_a_version_that_changed_afterwards_is_told():
    case = load("third_person_decides")
    here, tasks, people = world(case)
    work = entered(case["text"], {**case["annotators"]["bob"], "arrows": [["b1", "b2"]]})
    later = annotation("bob", work, ordinal=2)
    tasks[0] = replace(tasks[0], annotations=(*tasks[0].annotations, later))
    found = conflict(here, tasks, people, lexicon(people))
    assert found.state == "changed"
    events = names(build([here], tasks, known=people), "events")
    assert [row["type"] for row in events] == ["AGREE"]


def test_of_two_adjudications_the_last_one_counts():
    case = load("third_person_decides")
    here, tasks, people = world(case)
    other = entered(case["text"], case["annotators"]["bob"])
    later = replace(annotation("ann", other), updated_at="2026-03-01T12:00:00.000000Z")
    tasks[1] = replace(tasks[1], annotations=(later, *tasks[1].annotations))
    built = build([here], tasks, known=people)
    assert [row["mention_id"].split(":")[1] for row in names(built, "events")] == ["b2"]
    assert codes(built) == ["VOT103"]


def test_an_adjudication_alone_is_not_used():
    here, tasks, people = world(load("third_person_decides"))
    built = build([here], tasks[1:], known=people)
    assert not names(built, "events")
    assert codes(built) == ["VOT103"]


def test_no_pair_of_the_adjudicator_is_derived_as_neutral():
    here, tasks, people = world(load("third_person_decides"))
    built = build([here], tasks, known=people, derived_neutrals=50)
    rows = [(r["basis"], r["holder_id"], r["target_id"]) for r in names(built, "stance")]
    assert ("annotated", "rus", "irn") in rows
    assert ("derived", "rus", "irn") not in rows
    assert ("derived", "irn", "rus") in rows


def test_a_better_cleaned_text_keeps_the_adjudication():
    case = load("third_person_decides")
    _, tasks, people = world(case)
    better = article(
        f"{case['text']} And then a new sentence that nobody had seen before was there."
    )
    built = build([better], tasks, known=people)
    (event,) = names(built, "events")
    assert (event["type"], event["trigger"]["text"]) == ("AGREE", "met")
    found = conflict(better, tasks, people, lexicon(people))
    assert found.state == "unclear"  # there is a passage that nobody has read
    assert tasks[1].text_sha256 != sha256_text(better.text)


def test_hostile_words_do_not_steer_the_list():
    case = load("alike")
    case["text"] = "Erdogan \x1b[2J\u202emet\nPutin. " + "x" * 5000
    case["annotators"]["bob"]["spans"]["b2"]["label"] = "AGREE"
    here, tasks, people = world(case)
    told = describe(conflict(here, tasks, people, lexicon(people)))
    assert not {"\x1b", "\u202e"} & set(told)
    assert max(map(len, told.split("\n"))) < 400


def test_the_panel_is_in_this_projects_config_only():
    config = render_label_config(load_registries(find_project(Path(__file__))))
    spec = ProjectSpec("x", "T" * 50, config, "# Guide\n")
    made = adjudicating(spec)
    assert '<Header value="$differences" size="6"/>' in made.label_config
    assert "$differences" not in spec.label_config
    assert len(made.title) <= 50
    assert made.marker == "dataset-builder: x (adjudication)"
