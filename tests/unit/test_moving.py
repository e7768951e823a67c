"""Moving annotations onto another text: one case a file, and what a build makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dataset_builder.moving.align import align
from dataset_builder.moving.anchor import move
from dataset_builder.moving.passages import new_passages
from dataset_builder.studio.review import review_config, review_task
from tests.annotated import annotation, article, items, task
from tests.assembling import ARROWS, HERE, RELEVANT, SPANS, TEXT, build, codes, names
from tests.factory import registries

CASES = sorted((Path(__file__).parents[1] / "golden" / "moving").glob("*.yaml"))
LEAD = "Correspondents of two agencies reported from the airport in the early morning.\n\n"
OLDER = LEAD + TEXT


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden(file):
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    result = items(case["old"], case["spans"], case["arrows"], case.get("article"))
    moved = move(result, align(case["old"], case["new"]))
    there = {
        item["id"]: case["new"][item["value"]["start"] : item["value"]["end"]]
        for item in moved.items
        if item.get("type") == "labels"
    }
    assert there == case["moved"]
    doubts = {
        doubt.region_id: [
            doubt.reason,
            *([case["new"][slice(*doubt.proposal)]] if doubt.proposal else []),
        ]
        for doubt in moved.doubts
    }
    assert doubts == case["doubts"]
    assert len(moved.arrows) == case["arrows_left"]
    held = sum(len(doubt.items) for doubt in moved.doubts)
    assert len(moved.items) + held + len(moved.arrows) == len(result)


def test_a_doubled_paragraph_is_where_its_neighbours_are():
    again = "The same words as ever, and more."
    old = f"First of all things.\n\n{again}\n\nThird and last."
    found = align(old, f"{old}\n\n{again}")
    assert found.blocks[0].shift == 0
    assert found.blocks[0].end == len(old)


@pytest.mark.slow
def test_hostile_texts_are_aligned_without_comparing_everything():
    # Quadratic work on these would take minutes.
    for old, new in (
        ("a " * 40_000, "a " * 40_001),
        ("ab " * 20_000, "ab " * 10_000 + "x " + "ab " * 10_000),
        (" ".join(map(str, range(20_000))), " ".join(map(str, range(20_000, 0, -1)))),
        ("\u0301" * 50_000, "\u0301" * 50_001),
        ("\u200d" * 50_000, "x" + "\u200d" * 50_000),
    ):
        for block in align(old, new).blocks:
            assert (
                old[block.start : block.end]
                == new[block.start + block.shift :][: block.end - block.start]
            )


def test_passages_are_new_words_not_edits_nor_what_only_moved():
    old = "One two three four five six.\n\nSeven eight nine ten eleven twelve."
    new = "Seven eight nine ten eleven twelve.\n\nA wholly new line of words.\n\nOne two three four five 6."
    assert new_passages(align(old, new)) == ["A wholly new line of words."]


def test_everything_moved_exactly_gives_the_same_rows_as_ever():
    work = items(OLDER, SPANS, ARROWS, RELEVANT)
    moved = build([HERE], [task(HERE, annotation("draft-1", work), text=OLDER)])
    direct = build(
        [HERE], [task(HERE, annotation("draft-1", items(TEXT, SPANS, ARROWS, RELEVANT)))]
    )
    assert names(moved, "events") == names(direct, "events")
    assert names(moved, "stance") == names(direct, "stance")
    assert codes(moved) == ["SPN203"]
    assert moved.findings[0].severity == "warning"
    (finding,) = moved.findings
    assert "11 spans" in finding.message
    entered = [row for row in names(moved, "annotations") if row["kind"] == "span"]
    assert {row["text_sha256"] for row in entered} == {finding.found}
    assert all(row["text"] == OLDER[row["start"] : row["end"]] for row in entered)


def test_what_is_in_doubt_is_left_out_and_named_and_never_becomes_something_else():
    older = LEAD + TEXT.replace("Turkey condemned", "Ankara condemned")
    spans = {**SPANS, "a4": {"label": "ACTOR", "words": "Ankara"}}
    work = items(older, spans, ARROWS, RELEVANT)
    found = build([HERE], [task(HERE, annotation("draft-1", work), text=older)])
    named = [f for f in found.findings if f.code == "SPN204"]
    assert [f.ids["region_id"] for f in named] == ["a4"]
    assert "Ankara" in named[0].message
    # Without its holder, neither stance may be taken for the author's.
    assert names(found, "stance") == []
    assert len(names(found, "events")) == 2
    assert codes(found, "error") == []


def test_a_review_replaces_what_was_moved_for_that_annotator_only():
    work = items(OLDER, SPANS, ARROWS, RELEVANT)
    first = task(HERE, annotation("draft-1", work), annotation("draft-2", work), text=OLDER)
    without = {name: note for name, note in SPANS.items() if name not in ("t1", "d1", "a1")}
    arrows = [pair for pair in ARROWS if not {"t1", "d1", "a1"} & set(pair)]
    settled = annotation("draft-1", items(TEXT, without, arrows, RELEVANT), ordinal=3)
    review = task(HERE, settled)
    review = replace(review, data={**review.data, "kind": "review"})
    found = build([HERE], [first, review], primary=("draft-1",))
    assert codes(found) == ["SPN203"]  # of draft-2
    (event,) = names(found, "events")
    assert event["trigger"]["text"] == "met"
    assert [(vote["annotator"], vote["label"]) for vote in event["votes"]] == [
        ("draft-1", "CONSULT"),
        ("draft-2", "CONSULT"),
    ]
    again = build([HERE], [review, first], primary=("draft-1",))
    assert again.tables == found.tables
    kinds = {(r["annotation_id"], r["text_sha256"]) for r in names(found, "annotations")}
    assert len(kinds) == 3


def test_a_review_begun_from_anothers_work_is_told():
    renamed = {f"x{name}": note for name, note in SPANS.items()}
    arrows = [tuple(f"x{end}" for end in pair) for pair in ARROWS]
    mine, other = (
        annotation("draft-1", items(OLDER, SPANS, ARROWS, RELEVANT)),
        annotation("draft-2", items(OLDER, renamed, arrows, RELEVANT)),
    )
    first = task(HERE, mine, other, text=OLDER)

    def told(result):
        review = task(HERE, annotation("draft-1", result, ordinal=3))
        review = replace(review, data={**review.data, "kind": "review"})
        return "VOT102" in codes(build([HERE], [first, review]))

    assert told(items(TEXT, renamed, arrows, RELEVANT))
    assert not told(items(TEXT, SPANS, ARROWS, RELEVANT))


def test_a_review_task_has_a_suggestion_for_each_annotator_and_names_what_to_look_at():
    older = LEAD + TEXT.replace("condemned the vote", "condemned the second vote")
    spans = {**SPANS, "i1": {"label": "ISSUE", "words": "the second vote"}}
    work = items(older, spans, ARROWS, RELEVANT)
    done = annotation("annotator-9", items(TEXT, SPANS, ARROWS, RELEVANT))
    tasks = [
        task(HERE, annotation("draft-1", work), annotation("draft-2", work), text=older),
        task(HERE, done),
    ]
    made = review_task(tasks, HERE, registries().ontology)
    assert made.data["kind"] == "review"
    assert (made.data["text"], made.data["text_sha256"]) == (TEXT, HERE.text_sha256)
    versions = [prediction["model_version"] for prediction in made.predictions]
    assert versions == ["moved:draft-1", "moved:draft-2"]
    for prediction in made.predictions:
        regions = [item for item in prediction["result"] if item["type"] == "labels"]
        assert len(regions) == len(SPANS)
        assert sum(item["type"] == "relation" for item in prediction["result"]) == len(ARROWS)
        for item in regions:
            assert TEXT[item["value"]["start"] : item["value"]["end"]] == item["value"]["text"]
    assert "ISSUE “the second vote”" in made.data["review"]
    assert "its words were changed, marked where it may be" in made.data["review"]
    assert review_task(tasks, HERE, registries().ontology) == made


def test_what_moves_exactly_needs_no_review_and_hostile_words_are_shown_harmless():
    work = items(OLDER, SPANS, ARROWS, RELEVANT)
    exact = [task(HERE, annotation("draft-1", work), text=OLDER)]
    assert review_task(exact, HERE, registries().ontology) is None
    bad = "\x1b[31m\u202eevil"
    here = article("A quiet evening in the town of Idlib, and nothing else to report here.")
    old = here.text + " " + bad
    marked = annotation(
        "draft-1", items(old, {"a1": {"label": "ACTOR", "words": bad}}, (), RELEVANT)
    )
    made = review_task([task(here, marked, text=old)], here, registries().ontology)
    assert "\\x1b" in made.data["review"] or "\\u001b" in made.data["review"]
    assert not {"\x1b", "\u202e"} & set(made.data["review"])


def test_the_panel_of_the_review_goes_into_the_rendered_config():
    from dataset_builder.studio.label_config import render_label_config

    config = render_label_config(registries())
    shown = review_config(config)
    assert shown.count("$review") == 1
    assert shown.replace(shown[shown.index('<View className="an-note an-review">') :], "") != config
    assert len(shown.splitlines()) == len(config.splitlines()) + 1
