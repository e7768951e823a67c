"""A release alone gives the figures that its exports gave."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dataset_builder.agreement import agreement, agreement_markdown
from dataset_builder.agreement.figures import figures_of
from dataset_builder.agreement.released import COLUMNS, tally_of
from dataset_builder.articles import sha256_text
from dataset_builder.assemble.annotations import annotation_columns
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.work import Work
from dataset_builder.registries import Annotator
from dataset_builder.studio.exports import read_exports
from dataset_builder.tables import TABLES
from tests.conftest import ROOT
from tests.factory import registries

KNOWN = replace(
    registries(),
    annotators=tuple(Annotator(f"draft-{n}", "model", None) for n in (1, 2, 3)),
)


@pytest.fixture(scope="module")
def tasks():
    return read_exports(ROOT / "annotations/exports")[0]


def varied(tasks, rng):
    """The same work, with gaps: somebody else's, lost marks, drafts, articles that are irrelevant."""
    for task in tasks:
        made = []
        for annotation in task.annotations:
            items = [item for item in annotation.result if rng.random() > 0.1]
            if rng.random() < 0.2:
                for at, item in enumerate(items):
                    if item.get("from_name") == "relevance":
                        items[at] = {**item, "value": {"choices": ["irrelevant"]}}
            who = rng.choice((annotation.annotator, "draft-3"))
            state = rng.choice(("completed", "completed", "completed", "draft", "skipped"))
            made.append(replace(annotation, annotator=who, result=tuple(items), state=state))
            if rng.random() < 0.4:
                again = [item for item in items if rng.random() > 0.2]
                made.append(replace(annotation, annotator=f"draft-{rng.randint(1, 3)}",
                                    ordinal=2, result=tuple(again)))  # fmt: skip
        seen, numbered = {}, []
        for one in made:
            seen[one.annotator] = seen.get(one.annotator, 0) + 1
            numbered.append(replace(one, ordinal=seen[one.annotator]))
        yield replace(task, annotations=tuple(numbered))


def released(tasks):
    """The rows of the table annotations, in the order of its key."""
    rows = []
    known, kinds = lexicon(KNOWN), {item.pseudonym: item.kind for item in KNOWN.annotators}
    for task in tasks:
        columns = annotation_columns(Work([task], KNOWN, known).reads[0], kinds)
        rows += [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    kinds_in_order = KNOWN.ontology.names("annotation_kind")

    def place(row):
        at = {**row, "kind": kinds_in_order.index(row["kind"])}
        return [(at[name] is None, at[name] or 0) for name in TABLES["annotations"].key]

    rows.sort(key=lambda row: (row["article_id"], place(row)))
    return [[row[name] for name in COLUMNS] for row in rows]


def texts_of(tasks):
    return {task.article_id: (task.text, task.text_sha256) for task in tasks}


@pytest.mark.parametrize("seed", range(12))
def test_the_same_figures(seed, tasks):
    work = list(varied(tasks, random.Random(seed))) if seed else tasks
    tally = tally_of(texts_of(work), released(work), KNOWN)
    wanted = agreement(work, KNOWN, details=False)
    assert figures_of(tally, KNOWN).rows == wanted.rows
    assert agreement_markdown(figures_of(tally, KNOWN)) == agreement_markdown(wanted)


def test_work_on_another_text_is_not_told(tasks):
    texts = texts_of(tasks)
    name = tasks[0].article_id
    texts[name] = ("Another.", sha256_text("Another."))
    assert tally_of(texts, released(tasks), KNOWN) is None


def test_answers_in_a_grid_are_not_told(tasks):
    rows = released(tasks)
    grid = dict(zip(COLUMNS, rows[0], strict=True))
    grid |= {"annotation_id": f"{grid['article_id']}:draft-1:1001", "kind": "article",
             "name": "pair:0123456789abcdef", "values": ["neutral"]}  # fmt: skip
    assert tally_of(texts_of(tasks), [list(grid.values()), *rows], KNOWN) is None
