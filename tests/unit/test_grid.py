"""The pair grid: which pairs are asked, in which order, and what its answers become."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from dataset_builder.articles import sha256_text
from dataset_builder.assemble.answers import grid_answers, read_grid
from dataset_builder.assemble.pairs import named_pairs
from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.rows import pair_id
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.studio.exported import ExportedTask
from dataset_builder.studio.grid import grid_data, render_grid_config, row_html
from dataset_builder.studio.label_config import AUTOMATIC_KEYS
from tests.annotated import annotation, article, items, task
from tests.assembling import assembled, codes, names
from tests.factory import registries, settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.pairs import Pair

KNOWN = registries()
TEXT = (
    "Turkey condemned Assad and met Iran. "
    "Both Russia and Iran are unhappy with the US and with Turkey. "
    "Nothing else happened. Assad said nothing."
)
WHO = {"tur": "Turkey", "assad": "Assad", "irn": "Iran", "rus": "Russia", "usa": "the US"}
SPANS = {
    "a1": {"label": "ACTOR", "words": "Turkey"},
    "s1": {"label": "against", "words": "condemned", "fields": {"expression": ["stated"]}},
    "a2": {"label": "ACTOR", "words": "Assad"},
    "t1": {"label": "CONSULT", "words": "met"},
    "a3": {"label": "ACTOR", "words": "Iran"},
}
ARROWS = [("a1", "s1"), ("s1", "a2"), ("a1", "t1"), ("t1", "a3")]
CROSSING = {
    "b1": {"label": "ACTOR", "words": "Russia and Iran", "fields": {"actor_id": ["irn", "rus"]}},
    "s2": {"label": "against", "words": "unhappy", "fields": {"expression": ["reported"]}},
    "b2": {"label": "ACTOR", "words": "the US"},
    "b3": {"label": "ACTOR", "words": "Turkey", "nth": 1},
}
CROSSED = [("b1", "s2"), ("s2", "b2"), ("s2", "b3")]
RELEVANT = {"relevance": ["relevant"]}
HERE = article(TEXT)
WORK = items(TEXT, {**SPANS, **CROSSING}, [*ARROWS, *CROSSED], RELEVANT)


def pairs_of(of: Article, *work: Sequence[Mapping[str, Any]]) -> list[Pair]:
    made = task(of, *(annotation(f"draft-{n}", w) for n, w in enumerate(work, start=1)))
    reads, _ = read_annotations([made])
    voters, _ = finished(reads, of.text_sha256, KNOWN, lexicon(KNOWN))
    return named_pairs(of, voters, KNOWN)


def named(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(pair.holder.id, pair.target.id) for pair in pairs]


def data_of(
    of: Article,
    *work: Sequence[Mapping[str, Any]],
    asked: Sequence[dict[str, Any]] = (),
    **over: Any,
) -> dict[str, Any] | None:
    made = task(of, *(annotation(f"draft-{n}", w) for n, w in enumerate(work, start=1)))
    reads, _ = read_annotations([made])
    voters, _ = finished(reads, of.text_sha256, KNOWN, lexicon(KNOWN))
    return grid_data(of, voters, KNOWN, dataclasses.replace(settings(), **over), asked)


def answered(
    rows: Sequence[Mapping[str, Any]], answers: Mapping[tuple[str, str], str], *, tick: bool = True
) -> list[dict[str, Any]]:
    """Result items of a grid in which every row is neutral that `answers` does not name."""
    shared = {"to_name": "text", "type": "choices"}
    made = [
        {
            **shared,
            "id": f"r{n}",
            "from_name": f"pair_{n}",
            "value": {"choices": [answers.get((row["holder"], row["target"]), "neutral")]},
        }
        for n, row in enumerate(rows)
    ]
    done = {**shared, "id": "c", "from_name": "checked", "value": {"choices": ["I read every row"]}}
    return [*made, done] if tick else made


def grid_task(data: Mapping[str, Any], *annotations: Any) -> ExportedTask:
    return ExportedTask(
        article_id=HERE.article_id,
        text_sha256=sha256_text(TEXT),
        data={"text": TEXT, "kind": "grid", **data},
        annotations=annotations,
        file="grid.jsonl",
        line=1,
    )


def built(*grids: ExportedTask, work: Sequence[Mapping[str, Any]] = WORK, **over: Any) -> Any:
    done = task(HERE, annotation("draft-1", work))
    with_settings = dataclasses.replace(settings(), primary=(), **over)
    return assembled([HERE], [done, *grids], KNOWN, with_settings)


def rows_by_pair(found: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = names(found, "stance")
    assert len({(r["holder_id"], r["target_id"]) for r in rows}) == len(rows)
    return {(row["holder_id"], row["target_id"]): row for row in rows}


def test_every_pair_that_is_named_is_there_and_what_somebody_decided_is_not_open() -> None:
    pairs = pairs_of(HERE, WORK)
    people = ("tur", "assad", "irn", "rus", "usa")
    assert set(named(pairs)) == {(a, b) for a in people for b in people if a != b}
    assert named([pair for pair in pairs if not pair.open]) == [("tur", "assad")]
    assert {(p.holder.id, p.target.id): p.crossing for p in pairs if p.crossing} == {
        ("irn", "usa"): "against",
        ("irn", "tur"): "against",
        ("rus", "usa"): "against",
        ("rus", "tur"): "against",
    }


def test_a_span_with_one_holder_or_one_target_is_no_crossing() -> None:
    work = items(TEXT, {**SPANS, **CROSSING}, [*ARROWS, ("b1", "s2"), ("s2", "b2")], RELEVANT)
    pairs = pairs_of(HERE, work)
    assert not [pair for pair in pairs if pair.crossing]
    assert set(named([p for p in pairs if not p.open])) == {
        ("tur", "assad"), ("irn", "usa"), ("rus", "usa"),
    }  # fmt: skip


def test_what_one_annotator_decided_settles_the_crossing_of_another() -> None:
    one = {**SPANS, **CROSSING, "b4": {"label": "ACTOR", "words": "Iran", "nth": 1}}
    alone_ = items(TEXT, one, [*ARROWS, ("b4", "s2"), ("s2", "b2")], RELEVANT)
    pairs = {(p.holder.id, p.target.id): p for p in pairs_of(HERE, WORK, alone_)}
    assert not pairs["irn", "usa"].open
    assert pairs["irn", "usa"].crossing is None
    assert pairs["irn", "tur"].open
    assert pairs["irn", "tur"].crossing == "against"


def test_crossings_come_first_then_what_shares_a_sentence() -> None:
    ranked = [pair for pair in pairs_of(HERE, WORK) if pair.open]
    assert all(pair.crossing for pair in ranked[:4])
    together = [len(pair.together) for pair in ranked[4:]]
    assert together == sorted(together, reverse=True)
    assert together[0] == 2  # Turkey and Iran: the unmarked "Iran" of the second sentence counts
    assert together[-1] == 0


def test_a_name_that_is_marked_as_a_place_is_not_the_actor() -> None:
    text = "Turkey met Iran. Assad left. Assad slept in Turkey."
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "t1": {"label": "CONSULT", "words": "met"},
        "a2": {"label": "ACTOR", "words": "Iran"},
        "t2": {"label": "RETREAT", "words": "left"},
        "a3": {"label": "ACTOR", "words": "Assad"},
    }
    place = {"l1": {"label": "LOCATION", "words": "Turkey", "nth": 1}}
    arrows = [("a1", "t1"), ("t1", "a2"), ("a3", "t2")]
    of = article(text)
    for marked, together in ((spans, (2,)), ({**spans, **place}, ())):
        links = [*arrows, *([("t2", "l1")] if marked is not spans else [])]
        pairs = pairs_of(of, items(text, marked, links, RELEVANT))
        (pair,) = (p for p in pairs if (p.holder.id, p.target.id) == ("assad", "tur"))
        assert pair.together == together


def test_a_row_shows_the_sentence_and_escapes_the_page() -> None:
    text = 'Turkey <img src=x onerror="a()"> & *Iran*\u202e met $title {{idx}}.'
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "t1": {"label": "CONSULT", "words": "met"},
        "a2": {"label": "ACTOR", "words": "Iran"},
    }
    of = article(text)
    pairs = pairs_of(of, items(text, spans, [("a1", "t1"), ("a2", "t1")], RELEVANT))
    shown = row_html(of, pairs[0])
    root = ET.fromstring(f"<r>{shown}</r>")
    assert "<img" not in shown
    assert "\n" not in shown
    assert "\u202e" not in shown
    said = "".join(root.findall("./div")[1].itertext())
    assert said == text.replace("\u202e", " ")
    assert {(m.text, m.get("class")) for m in root.iter("mark")} == {
        ("Turkey", "gr-h" if pairs[0].holder.id == "tur" else "gr-t"),
        ("Iran", "gr-h" if pairs[0].holder.id == "irn" else "gr-t"),
    }


def test_a_long_sentence_is_cut_around_holder_and_target() -> None:
    text = "x " * 500 + "Turkey met Iran" + " y" * 500 + "."
    spans = {
        "a1": {"label": "ACTOR", "words": "Turkey"},
        "t1": {"label": "CONSULT", "words": "met"},
        "a2": {"label": "ACTOR", "words": "Iran"},
    }
    of = article(text)
    pairs = pairs_of(of, items(text, spans, [("a1", "t1"), ("a2", "t1")], RELEVANT))
    shown = row_html(of, pairs[0])
    assert len(shown) < 700
    assert "… " in shown
    assert " …" in shown
    assert shown.count("<mark") == 2


def test_the_cap_counts_what_it_leaves_out() -> None:
    whole = data_of(HERE, WORK, grid_checks=0)
    assert whole is not None
    assert len(whole["pairs"]) == 19
    assert whole["note"] == ""
    some = data_of(HERE, WORK, grid_checks=0, grid_pairs=6)
    assert some is not None
    assert len(some["pairs"]) == 6
    assert some["note"].startswith("13 pairs")
    asked = {(row["holder"], row["target"]) for row in some["pairs"]}
    assert {("irn", "usa"), ("irn", "tur"), ("rus", "usa"), ("rus", "tur")} <= asked


def test_checks_are_known_answers_among_the_rows() -> None:
    data = data_of(HERE, WORK, grid_checks=1)
    assert data is not None
    checks = [row for row in data["pairs"] if "known" in row]
    assert [(row["holder"], row["target"], row["known"]) for row in checks] == [
        ("tur", "assad", "against")
    ]
    assert all("known" not in row["row"] for row in data["pairs"])
    # A second annotator who marks nothing: the pair is decided, but not by everybody.
    less = items(TEXT, {k: v for k, v in SPANS.items() if k != "s1"}, [("a1", "t1")], RELEVANT)
    data = data_of(HERE, WORK, less, grid_checks=100)
    assert data is not None
    assert not [row for row in data["pairs"] if "known" in row]


def test_rows_that_were_pushed_keep_their_place() -> None:
    first = data_of(HERE, WORK, grid_pairs=5)
    assert first is not None
    again = data_of(HERE, WORK, grid_pairs=5, asked=first["pairs"])
    assert again == first
    more = data_of(HERE, WORK, grid_pairs=12, asked=first["pairs"])
    assert more is not None
    assert more["pairs"][: len(first["pairs"])] == first["pairs"]
    assert sum("known" not in row for row in more["pairs"]) == 12
    ids = [row["id"] for row in more["pairs"]]
    assert len(set(ids)) == len(ids)
    # Somebody decided a pair meanwhile, and another actor is gone: the rows stay all the same.
    fewer = data_of(HERE, items(TEXT, SPANS, ARROWS, RELEVANT), asked=first["pairs"])
    assert fewer is not None
    assert fewer["pairs"][: len(first["pairs"])] == first["pairs"]


def test_an_article_without_a_finished_version_has_no_grid() -> None:
    assert data_of(HERE) is None
    assert data_of(HERE, items(TEXT, {}, [], {"relevance": ["irrelevant"]})) is None
    assert data_of(HERE, items(TEXT, SPANS, ARROWS)) is None


def test_answers_become_rows_and_replace_the_derived_ones() -> None:
    data = data_of(HERE, WORK)
    assert data is not None
    answers = {("rus", "usa"): "against", ("irn", "assad"): "favor"}
    done = annotation("draft-2", answered(data["pairs"], {("tur", "assad"): "against", **answers}))
    before = rows_by_pair(built(derived_neutrals=50))
    found = built(grid_task(data, done), derived_neutrals=50)
    rows = rows_by_pair(found)
    assert codes(found, "error") == []
    assert {row["basis"] for row in before.values()} == {"annotated", "derived"}
    assert {row["basis"] for row in rows.values()} == {"annotated", "grid"}
    assert len(rows) == 20
    assert rows["tur", "assad"] == before["tur", "assad"]
    # Of the crossing, the grid confirms one pair, which keeps its evidence; it denies the others.
    assert rows["rus", "usa"] == before["rus", "usa"]
    for pair in (("irn", "usa"), ("irn", "tur"), ("rus", "tur")):
        assert before[pair]["label"] == "against"
        assert (rows[pair]["label"], rows[pair]["basis"]) == ("neutral", "grid")
    row = rows["irn", "assad"]
    assert (row["label"], row["expression"], row["evidence"]) == ("favor", "none", None)
    assert [(vote["annotator"], vote["label"]) for vote in row["votes"]] == [("draft-2", "favor")]
    assert row["agreement"] == 1.0
    assert row["pair_id"] == pair_id(HERE.article_id, "irn", "assad")
    assert row["text"] == "Turkey condemned Assad and met Iran."
    for span in (row["holder_span"], row["target_span"]):
        assert TEXT[span["start"] : span["end"]] == span["text"]
    derived = next(pair for pair, row in before.items() if row["basis"] == "derived")
    assert rows[derived]["stance_id"] == before[derived]["stance_id"]


def test_most_decide_and_ties_go_to_the_first_of_primary_visibly() -> None:
    data = data_of(HERE, WORK, grid_checks=0)
    assert data is not None
    pair = ("irn", "assad")
    said = {"draft-1": "favor", "draft-2": "against"}
    both = [annotation(who, answered(data["pairs"], {pair: label})) for who, label in said.items()]
    for primary, label in (((), "favor"), (("draft-2",), "against")):
        done = task(HERE, annotation("draft-1", WORK))
        made = dataclasses.replace(settings(), primary=("draft-1", "draft-2"))
        made = dataclasses.replace(made, primary=primary or made.primary)
        if primary:  # its version of the article, too
            done = task(HERE, annotation("draft-1", WORK), annotation("draft-2", WORK))
        found = assembled([HERE], [done, grid_task(data, *both)], KNOWN, made)
        row = rows_by_pair(found)[pair]
        assert row["label"] == label
        assert row["agreement"] == 0.5
        assert [vote["label"] for vote in row["votes"]] == ["favor", "against"]


def test_answers_are_published_one_by_one() -> None:
    data = data_of(HERE, WORK)
    assert data is not None
    done = annotation("draft-2", answered(data["pairs"], {}))
    found = built(grid_task(data, done))
    rows = [r for r in names(found, "annotations") if r["annotation_id"].endswith(":1001")]
    asked = [row["id"] for row in data["pairs"] if "known" not in row]
    assert {row["name"] for row in rows} == {"annotation", *(f"pair:{name}" for name in asked)}
    assert {tuple(row["values"]) for row in rows} == {(), ("neutral",)}


def damaged(data: Mapping[str, Any], how: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = [dict(row) for row in data["pairs"]]
    result = answered(rows, {})
    if how == "no tick":
        result = answered(rows, {}, tick=False)
    elif how == "row beyond":
        result.append({**result[0], "from_name": f"pair_{len(rows)}"})
    elif how == "row empty":
        del result[0]
    elif how == "two labels":
        result[0] = {**result[0], "value": {"choices": ["favor", "against"]}}
    elif how == "unknown label":
        result[0] = {**result[0], "value": {"choices": ["maybe"]}}
    elif how == "rows swapped ids":
        rows[0]["id"], rows[1]["id"] = rows[1]["id"], rows[0]["id"]
    elif how == "row twice":
        rows[1] = rows[0]
    elif how == "no rows":
        return {"pairs": "none"}, result
    elif how == "other known":
        rows[0]["known"] = "maybe"
    return {"pairs": rows}, result


@pytest.mark.parametrize(
    ("how", "code", "used"),
    [
        ("no tick", "GRM222", 0),
        ("row beyond", "KEY211", 19),
        ("row empty", "GRM223", 18),
        ("two labels", "SCH204", 18),
        ("unknown label", "SCH204", 18),
        ("rows swapped ids", "KEY209", 0),
        ("row twice", "KEY209", 0),
        ("no rows", "KEY209", 0),
        ("other known", "KEY209", 0),
    ],
)
def test_bad_answers_are_found_and_not_used(how: str, code: str, used: int) -> None:
    data = data_of(HERE, WORK, grid_checks=0)
    assert data is not None
    made, result = damaged(data, how)
    read, findings = read_grid(grid_task(made, annotation("draft-2", result)), KNOWN.ontology)
    assert [finding.code for finding in findings] == [code]
    assert sum(len(item.labels) for item in read) == used
    assert code in codes(built(grid_task(made, annotation("draft-2", result))))


def test_check_rows_show_who_does_not_read() -> None:
    data = data_of(HERE, WORK)
    assert data is not None
    lazy = annotation("draft-1", answered(data["pairs"], {}))
    careful = annotation("draft-2", answered(data["pairs"], {("tur", "assad"): "against"}))
    read, findings = read_grid(grid_task(data, lazy, careful), KNOWN.ontology)
    assert [(item.annotator, item.checks, len(item.missed)) for item in read] == [
        ("draft-1", 1, 1),
        ("draft-2", 1, 0),
    ]
    assert [finding.code for finding in findings] == ["VOT101"]


def test_a_pair_that_was_decided_meanwhile_stays_as_it_was_annotated() -> None:
    data = data_of(HERE, items(TEXT, SPANS, ARROWS[2:], RELEVANT))
    assert data is not None
    done = annotation("draft-2", answered(data["pairs"], {("tur", "assad"): "favor"}))
    row = rows_by_pair(built(grid_task(data, done)))["tur", "assad"]
    assert (row["label"], row["basis"]) == ("against", "annotated")


def test_answers_on_somebody_who_is_not_marked_any_more_are_told() -> None:
    data = data_of(HERE, WORK)
    assert data is not None
    done = annotation("draft-2", answered(data["pairs"], {}))
    found = built(grid_task(data, done), work=items(TEXT, SPANS, ARROWS, RELEVANT))
    assert set(codes(found)) >= {"KEY210"}
    assert {end for pair in rows_by_pair(found) for end in pair} == {"tur", "assad", "irn"}


def test_answers_by_pair_for_agreement() -> None:
    data = data_of(HERE, WORK)
    assert data is not None
    one = annotation("draft-1", answered(data["pairs"], {("irn", "assad"): "favor"}))
    two = annotation("draft-2", answered(data["pairs"], {}))
    unfinished = annotation("draft-2", [], state="draft", ordinal=2)
    answers = grid_answers([grid_task(data, one, two, unfinished)], KNOWN.ontology)
    assert len(answers) == 19
    key = (HERE.article_id, pair_id(HERE.article_id, "irn", "assad"))
    assert answers[key] == {"draft-1": "favor", "draft-2": "neutral"}


def test_the_config_is_valid_and_leaves_no_key_to_a_row() -> None:
    from label_studio_sdk.label_interface import LabelInterface

    config = render_grid_config(KNOWN.ontology)
    LabelInterface(config).validate()
    root = ET.fromstring(config)
    (rows,) = root.iter("Repeater")
    (choices,) = rows.iter("Choices")
    assert choices.get("choice") == "single"  # a radio would be one group over all rows
    assert choices.get("required") == "true"
    assert [(c.get("value"), c.get("selected")) for c in choices] == [
        ("against", None), ("neutral", "true"), ("favor", None),
    ]  # fmt: skip
    assert not [c for c in choices if c.get("hotkey")]
    keys = [item.attrib["hotkey"] for item in root.iter() if "hotkey" in item.attrib]
    assert sorted(keys) == sorted(AUTOMATIC_KEYS)
