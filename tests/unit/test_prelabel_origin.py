"""Whether something was suggested, changed or drawn is visible in the table annotations."""

from __future__ import annotations

from typing import Any

from dataset_builder.assemble.annotations import ACCEPTED, CHANGED, MANUAL, annotation_columns
from dataset_builder.assemble.versions import read_annotations
from dataset_builder.studio.exported import ExportedAnnotation, ExportedPrediction, ExportedTask
from tests.annotated import items

TEXT = "Turkey met Russia. Iran left."
SPANS = {
    "a": {"label": "ACTOR", "words": "Turkey", "fields": {"actor_id": ["tur"]}},
    "t": {"label": "CONSULT", "words": "met"},
    "r": {"label": "ACTOR", "words": "Russia", "fields": {"actor_id": ["rus"]}},
}
ARROWS = [("a", "t"), ("r", "t")]


def origins(
    result: list[dict[str, Any]], *predicted: list[dict[str, Any]]
) -> dict[tuple[Any, ...], str | None]:
    annotation = ExportedAnnotation(
        "p1", 1, "completed", "", "", None, ground_truth=False, result=tuple(result)
    )
    predictions = tuple(ExportedPrediction("rules-x", None, tuple(p)) for p in predicted)
    task = ExportedTask("0" * 16, "0" * 64, {"text": TEXT}, (annotation,), predictions)
    reads, _ = read_annotations((task,))
    entered = annotation_columns(reads, {"p1": "human"})
    names = ("kind", "region_id", "from_id", "name", "to_id", "origin")
    return {
        (kind, region_id or from_id, name or to_id): origin
        for kind, region_id, from_id, name, to_id, origin in zip(
            *(entered[name] for name in names), strict=True
        )
    }


def test_without_suggestions_nothing_changes() -> None:
    found = origins(items(TEXT, SPANS, ARROWS, {"relevance": ["relevant"]}))
    assert found["span", "a", "span"] == "manual"  # what Label Studio says
    assert found["arrow", "a", "t"] is None
    assert found["article", None, "relevance"] is None


def test_each_thing_is_told_apart() -> None:
    spans = {
        "a": {**SPANS["a"], "fields": {"actor_id": ["syr"]}},  # a field changed, the span not
        "t": {**SPANS["t"], "label": "AGREE", "fields": {"tense": ["FUTURE"]}},  # relabelled
        "r": SPANS["r"],
        "n": {"label": "ACTOR", "words": "Iran"},
    }
    arrows = [("a", "t"), ("r", "t", "left"), ("n", "t")]
    result = items(TEXT, spans, arrows, {"relevance": ["relevant"]})
    found = origins(result, items(TEXT, SPANS, ARROWS))
    assert found == {
        ("article", None, "annotation"): None,
        ("span", "a", "span"): ACCEPTED,
        ("field", "a", "actor_id"): CHANGED,
        ("span", "t", "span"): CHANGED,
        ("field", "t", "tense"): MANUAL,
        ("span", "r", "span"): ACCEPTED,
        ("field", "r", "actor_id"): ACCEPTED,
        ("span", "n", "span"): "manual",
        ("arrow", "a", "t"): ACCEPTED,
        ("arrow", "r", "t"): CHANGED,
        ("arrow", "n", "t"): MANUAL,
        ("article", None, "relevance"): MANUAL,
    }


def test_an_arrow_drawn_the_other_way_is_a_changed_one() -> None:
    found = origins(items(TEXT, SPANS, [("a", "t"), ("t", "r")]), items(TEXT, SPANS, ARROWS))
    assert found["arrow", "t", "r"] == CHANGED
    # Turned twice, or drawn back to front and turned: it says what was suggested.
    found = origins(items(TEXT, SPANS, [("t", "a", "left")]), items(TEXT, SPANS, ARROWS))
    assert found["arrow", "t", "a"] == ACCEPTED


def test_any_of_several_suggestions_counts() -> None:
    moved = {**SPANS, "t": {"label": "AGREE", "words": "met"}}
    result = items(TEXT, moved, ARROWS)
    found = origins(result, items(TEXT, SPANS, ARROWS), items(TEXT, moved))
    assert found["span", "t", "span"] == ACCEPTED


def test_a_suggestion_that_is_gone_leaves_its_mark() -> None:
    result = [{**item, "origin": "prediction"} for item in items(TEXT, {"x": SPANS["a"]})]
    found = origins(result, items(TEXT, {"t": SPANS["t"]}))
    assert found["span", "x", "span"] == "prediction"
