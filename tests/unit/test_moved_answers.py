"""Answers of the pair grid on a text that was cleaned again, and under a scheme that changed."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import sha256_text
from dataset_builder.assemble.answers import grid_rows_of, read_grid
from dataset_builder.assemble.moved_answers import Changes, move_answers
from dataset_builder.assemble.pairs import by_id, named_pairs
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import pair_id
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.migration.apply import migrate
from dataset_builder.ontology import load_ontology
from dataset_builder.project import packaged
from dataset_builder.studio.grid import render_grid_config
from dataset_builder.studio.grid_work import grid_tasks
from dataset_builder.studio.kept import earlier_answers, is_earlier, with_kept, without_kept
from dataset_builder.studio.orphans import offered, orphans
from tests.annotated import annotation, article, items, task
from tests.assembling import codes
from tests.factory import registries, settings
from tests.unit.test_grid import (
    ARROWS,
    CROSSED,
    CROSSING,
    HERE,
    KNOWN,
    RELEVANT,
    SPANS,
    TEXT,
    WORK,
    answered,
    built,
    data_of,
    grid_task,
    rows_by_pair,
)  # fmt: skip

FURNITURE = "Share this story with your friends and sign up for the newsletter.\n\n"
DATA = data_of(HERE, WORK)
SAID = {("irn", "assad"): "favor", ("rus", "usa"): "against"}
DECLARED = yaml.safe_load(packaged("schemas/ontology.yaml").read_text(encoding="utf-8"))


def old_grid(text, *annotations, data=DATA):
    made = grid_task(data, *annotations)
    return replace(made, text_sha256=sha256_text(text), data={**made.data, "text": text})


def pairs_here():
    made = task(HERE, annotation("draft-1", WORK))
    voters, _ = finished(read_annotations([made])[0], HERE.text_sha256, KNOWN, lexicon(KNOWN))
    return by_id(named_pairs(HERE, voters, KNOWN))


def moved_from(text, said=SAID):
    grid = old_grid(text, annotation("draft-2", answered(DATA["pairs"], said)))
    (answers,), _ = read_grid(grid, KNOWN.ontology)
    pairs = pairs_here()
    moved = move_answers(answers, HERE, pairs, KNOWN, Changes(grid, HERE))
    doubtful = {(pairs[p].holder.id, pairs[p].target.id) for p in moved.doubtful}
    return answers, moved, doubtful


@pytest.mark.parametrize(
    ("before", "doubtful"),
    [
        (FURNITURE + TEXT, set()),
        (TEXT + "\n\n" + FURNITURE, set()),
        # What only one of a pair is in changes nothing between the two.
        (TEXT.replace("Assad said nothing", "Assad said very little of interest"), set()),
        # A sentence that names both: Turkey and Assad and Iran, in every direction.
        (
            TEXT.replace("and met Iran", "and then met Iran"),
            {(a, b) for a in ("tur", "assad", "irn") for b in ("tur", "assad", "irn") if a != b}
            - {("tur", "assad")},  # decided by the annotators: it was no question
        ),
        # A lost sentence names both; only what is not neutral can rest on it.
        (f"{TEXT} Iran praised Assad again.", {("irn", "assad")}),
        (f"{TEXT} Tehran was there.", set()),
    ],
)
def test_what_moves(before, doubtful):
    answers, moved, found = moved_from(before)
    assert found == doubtful
    assert len(answers.labels) == len(moved.exact.labels) + len(moved.doubtful)
    assert set(moved.exact.labels) | set(moved.doubtful) == set(answers.labels)


_EDITS = st.lists(
    st.tuples(st.integers(0, len(TEXT)), st.integers(0, 30), st.sampled_from(["", " x", "😀", "قال ", "\n\n"])),
    max_size=4,
)  # fmt: skip


@given(_EDITS)
def test_counts_in_are_counts_out_and_labels_stay(edits):
    before = TEXT
    for at, gone, more in edits:
        before = before[:at] + more + before[at + gone :]
    answers, moved, _ = moved_from(before)
    assert len(answers.labels) == len(moved.exact.labels) + len(moved.doubtful)
    assert all(answers.labels[pair] == label for pair, label in moved.exact.labels.items())
    grid = old_grid(before, annotation("draft-2", answered(DATA["pairs"], SAID)))
    rows = [r for r in rows_by_pair(built(grid)).values() if r["basis"] == "grid"]
    said = {row["pair_id"]: row["label"] for row in rows}
    assert all(moved.exact.labels[pair] == label for pair, label in said.items())


def test_moved_answers_make_rows_and_the_rest_is_told():
    here = built(grid_task(DATA, annotation("draft-2", answered(DATA["pairs"], SAID))))
    done = annotation("draft-2", answered(DATA["pairs"], SAID))
    found = built(old_grid(FURNITURE + TEXT, done))
    assert rows_by_pair(found) == rows_by_pair(here)
    assert "SPN203" in codes(found, "warning")
    assert codes(found, "error") == []
    (told,) = [f for f in found.findings if f.code == "SPN203"]
    assert "19 answers were moved exactly" in told.message
    found = built(old_grid(TEXT.replace("and met Iran", "and then met Iran"), done))
    (told,) = [f for f in found.findings if f.code == "SPN204"]
    assert "5 answers of draft-2 cannot be moved" in told.message
    assert ("irn", "assad") not in rows_by_pair(found)
    assert rows_by_pair(found)["rus", "usa"] == rows_by_pair(here)["rus", "usa"]


def test_the_answer_on_the_present_text_counts_before_a_moved_one():
    old = old_grid(FURNITURE + TEXT, annotation("draft-2", answered(DATA["pairs"], SAID)))
    few = {
        **DATA,
        "pairs": [r for r in DATA["pairs"] if (r["holder"], r["target"]) == ("irn", "assad")],
    }
    again = annotation("draft-2", answered(few["pairs"], {("irn", "assad"): "against"}))
    found = built(old, grid_task(few, replace(again, created_at="2026-02-01T12:00:00.000000Z")))
    assert rows_by_pair(found)["irn", "assad"]["label"] == "against"
    ids = {
        row["annotation_id"].split(":", 1)[1]
        for row in found.tables["annotations"].to_pylist()
        if (row["name"] or "").startswith("pair:")
    }
    assert ids == {"draft-2:1001", "draft-2:1002"}  # no id stands for two annotations


def tasks_for(*grids, work=WORK, asked=None, known=KNOWN):
    class Settled:
        settings = replace(settings(), grid_checks=0)

    done = task(HERE, annotation("draft-1", work))
    return grid_tasks([HERE], [done], known, Settled, asked or {}, grids)


def test_only_what_did_not_move_is_asked_again():
    done = annotation("draft-2", answered(DATA["pairs"], SAID))
    (first,) = tasks_for()
    assert len(first.data["pairs"]) == 19
    assert tasks_for(old_grid(FURNITURE + TEXT, done)) == []
    (again,) = tasks_for(old_grid(TEXT.replace("and met Iran", "and then met Iran"), done))
    asked = {(row["holder"], row["target"]) for row in again.data["pairs"]}
    assert asked == {
        ("assad", "tur"), ("assad", "irn"), ("irn", "assad"), ("irn", "tur"), ("tur", "irn"),
    }  # fmt: skip
    # What was pushed stays in front, whatever moved.
    there = {(HERE.article_id, HERE.text_sha256): (DATA["pairs"], "1.0")}
    (kept,) = tasks_for(old_grid(FURNITURE + TEXT, done), asked=there)
    assert kept.data["pairs"] == DATA["pairs"]


def test_a_moved_article_is_asked_too():
    marked = items(FURNITURE + TEXT, {**SPANS, **CROSSING}, [*ARROWS, *CROSSED], RELEVANT)
    old = task(HERE, annotation("draft-1", marked), text=FURNITURE + TEXT)

    class Settled:
        settings = replace(settings(), grid_checks=0)

    (made,) = grid_tasks([HERE], [old], KNOWN, Settled, {})
    assert made.data["text_sha256"] == HERE.text_sha256
    assert len(made.data["pairs"]) == 19


def changed_scheme(folder, change, *changes):
    data = copy.deepcopy(DECLARED)
    change(data)
    data["scheme_version"] = "1.1"
    data["migrations"] = [{"scheme_version": "1.1", "changes": list(changes)}]
    file = folder / "ontology.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")
    return load_ontology(file)


def support(data):
    (entry,) = [item for item in data["stance_labels"] if item["name"] == "favor"]
    entry["name"] = "support"


RENAME = {"of": "stance_label", "rename": "favor", "to": "support"}


def under(scheme, grid):
    return replace(grid, scheme_version=scheme, data={**grid.data, "scheme_version": scheme})


def test_a_renamed_label_is_read_under_its_new_name(tmp_path):
    ontology = changed_scheme(tmp_path, support, RENAME)
    grid = under("1.0", grid_task(DATA, annotation("draft-2", answered(DATA["pairs"], SAID))))
    (answers,), findings = read_grid(grid, ontology)
    assert [f.code for f in findings if f.code != "VOT101"] == []
    key = pair_id(HERE.article_id, "irn", "assad")
    assert answers.labels[key] == "support"
    assert len(answers.labels) == 19
    uses = migrate(grid.annotations[0].result, "1.0", ontology)
    assert [use.value for use in uses.rewritten] == ["favor"]


def test_a_split_label_waits_and_the_rest_stays(tmp_path):
    def change(data):
        (entry,) = [item for item in data["stance_labels"] if item["name"] == "favor"]
        entry["name"] = "approve"
        data["stance_labels"].append({**entry, "name": "defend", "hotkey": None})

    split = {"of": "stance_label", "split": "favor", "into": ["approve", "defend"]}
    ontology = changed_scheme(tmp_path, change, split)
    grid = under("1.0", grid_task(DATA, annotation("draft-2", answered(DATA["pairs"], SAID))))
    (answers,), findings = read_grid(grid, ontology)
    assert len(answers.labels) == 18
    (told,) = [f for f in findings if f.code == "SCH207"]
    assert '"favor"' in told.message
    assert "GRM223" not in [f.code for f in findings]


def test_a_check_under_its_new_name_is_judged_under_it(tmp_path):
    ontology = changed_scheme(tmp_path, support, RENAME)
    (check,) = [row for row in DATA["pairs"] if "known" in row]
    rows = [{**check, "known": "favor"}]
    grid = under(
        "1.0",
        grid_task(
            {"pairs": rows}, annotation("draft-2", answered(rows, {("tur", "assad"): "favor"}))
        ),
    )
    (answers,), findings = read_grid(grid, ontology)
    assert (answers.checks, answers.missed, findings) == (1, (), [])


def test_merged_actors_are_one_pair(tmp_path):
    merge = {"of": "actor", "merge": ["old_iran"], "to": "irn"}
    ontology = changed_scheme(tmp_path, lambda data: None, merge)

    def row(holder, target):
        return {
            "id": pair_id(HERE.article_id, holder, target),
            "holder": holder,
            "target": target,
            "row": "",
        }

    rows = [
        row("old_iran", "assad"),
        row("irn", "assad"),
        row("old_iran", "irn"),
        row("old_iran", "tur"),
    ]
    assert grid_rows_of(rows, HERE.article_id, "1.0", ontology)[0].id == rows[1]["id"]
    said = {("old_iran", "assad"): "favor", ("irn", "assad"): "favor"}
    grid = under("1.0", grid_task({"pairs": rows}, annotation("draft-2", answered(rows, said))))
    (answers,), findings = read_grid(grid, ontology)
    assert answers.labels == {
        rows[1]["id"]: "favor",
        pair_id(HERE.article_id, "irn", "tur"): "neutral",
    }
    assert [f.code for f in findings] == ["SCH207"]  # Iran on itself is no pair
    said = {("old_iran", "assad"): "favor"}
    grid = under("1.0", grid_task({"pairs": rows}, annotation("draft-2", answered(rows, said))))
    (answers,), findings = read_grid(grid, ontology)
    assert rows[1]["id"] not in answers.labels  # favor and neutral: nobody guesses
    assert [f.code for f in findings] == ["SCH207", "SCH207"]


def test_labels_of_answers_stay_readable_in_the_config_of_the_grid(tmp_path):
    ontology = changed_scheme(tmp_path, support, RENAME)
    config, before = render_grid_config(ontology), render_grid_config(registries().ontology)
    lost = offered(before) - offered(config)
    assert lost == {("pair_{{idx}}", "favor"), ("pair_[0-9]+", "favor")}
    assert all(is_earlier(offer, earlier_answers(ontology)) for offer in lost)
    raw = {"annotations": [{"result": answered(DATA["pairs"], SAID)}]}
    assert orphans(lost, [raw]) == dict.fromkeys(sorted(lost), 1)
    kept = with_kept(config, lost)
    assert offered(kept) == offered(config) | lost
    assert without_kept(kept) == config


def test_an_article_that_is_gone_leaves_its_old_answers_alone():
    other = article("Nobody is named here.", "b.txt")
    assert tasks_for() != []
    assert grid_tasks([other], [], KNOWN, None, {}) == []
