"""What can be wrong inside one annotation, seen from the labelling scheme alone.

What arrows mean, and which event lacks what, is judged where they are decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.ontology import mode_control
from dataset_builder.validate.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask, Item

DANGLING = "KEY101"
BEYOND = "SPN101"
OTHER_SURFACE = "SPN102"
UNKNOWN = "SCH102"

SPAN = "span"
TEXT_FIELDS = frozenset({"actor_new", "issue_new", "timex3", "comment"})
ARTICLE_FIELDS = frozenset({"relevance", "comment"})
DIRECTIONS = ("right", "left", "bi")


def field_choices(ontology: Ontology) -> dict[str, frozenset[str]]:
    """Every choice control whose options the ontology knows, with its options."""
    return {
        **{item.name: frozenset(ontology.names(item.name)) for item in ontology.attributes},
        **{mode_control(kind.name): frozenset(kind.modes) for kind in ontology.event_types},
        "context": frozenset(ontology.names("context")),
        "expression": frozenset(ontology.names("expression")),
        "relevance": frozenset(ontology.names("relevance")),
    }


def check_result(
    task: ExportedTask,
    annotation: ExportedAnnotation,
    ontology: Ontology,
    *,
    actor_ids: Collection[str] | None = None,
    issue_ids: Collection[str] | None = None,
) -> list[Finding]:
    """Unknown labels, fields and choices, dangling arrows, offsets that do not fit the text.

    `actor_ids` and `issue_ids` are the ids of the registries; None leaves them unchecked. Drafts
    are unfinished, so what is wrong in one is a warning.
    """
    severity: Severity = "warning" if annotation.state == "draft" else "error"
    choices: dict[str, Collection[str] | None] = {
        **field_choices(ontology),
        "actor_id": actor_ids,
        "issue_id": issue_ids,
    }
    regions = {item.get("id") for item in annotation.result if item.get("type") == "labels"}
    findings = []
    for item in annotation.result:
        for code, message, expected, found, fix in _item(item, task, ontology, choices, regions):
            ids = {"article_id": task.article_id, "annotator": annotation.annotator}
            ids["ordinal"] = str(annotation.ordinal)
            if item.get("type") == "relation":
                ids |= {"from_id": str(item.get("from_id")), "to_id": str(item.get("to_id"))}
            else:
                ids["region_id"] = str(item.get("id"))
            findings.append(
                Finding(
                    code=code,
                    severity=severity,
                    message=f"{message} ({annotation.annotator}, article {task.article_id})",
                    table=f"exports/{task.file}" if task.file else "exports",
                    row=task.line or None,
                    ids=ids,
                    expected=expected,
                    found=found[:120],
                    fix=fix,
                )
            )
    return findings


_Defect = tuple[str, str, str | None, str, str]


def _item(
    item: Item,
    task: ExportedTask,
    ontology: Ontology,
    choices: dict[str, Collection[str] | None],
    regions: set[Any],
) -> Iterator[_Defect]:
    if item["type"] == "relation":
        yield from _arrow(item, regions)
        return
    name = item.get("from_name")
    value = item.get("value")
    if not isinstance(name, str) or not isinstance(value, dict):
        yield _unknown("an entry names no control or has no value", "from_name, value", str(item))
        return
    if name == SPAN:
        yield from _named(value, "labels", ontology.span_labels, "label")
        yield from _surface(value, task.text)
        return
    if name in choices:
        yield from _named(value, "choices", choices[name], f"choice of `{name}`")
    elif name not in TEXT_FIELDS:
        yield _unknown("there is no such field in the labelling scheme", None, name)
        return
    elif not _strings(value.get("text")):
        yield _unknown(f"`{name}` holds no text", "a list of strings", repr(value.get("text")))
    if name not in ARTICLE_FIELDS:
        if item.get("id") not in regions:
            yield (
                DANGLING,
                f"field `{name}` belongs to a region that is not there",
                "the id of a labelled region",
                str(item.get("id")),
                "open the annotation in Label Studio, remove the field or mark the region",
            )
        yield from _range(value, task.text)


def _arrow(item: Item, regions: set[Any]) -> Iterator[_Defect]:
    for end in ("from_id", "to_id"):
        if item.get(end) not in regions:
            yield (
                DANGLING,
                f"an arrow's `{end}` is a region that is not there",
                "the id of a labelled region",
                str(item.get(end)),
                "draw the arrow again in Label Studio",
            )
    if item.get("direction") not in DIRECTIONS:
        yield _unknown("an arrow has no direction", "right, left or bi", str(item.get("direction")))


def _named(
    value: dict[str, Any], key: str, allowed: Collection[str] | None, what: str
) -> Iterator[_Defect]:
    found = value.get(key)
    if not _strings(found) or not found:
        yield _unknown(f"a {what} is missing", f"a list of strings in `{key}`", repr(found))
        return
    for name in found:
        if allowed is not None and name not in allowed:
            expected = ", ".join(sorted(allowed))
            yield _unknown(f"unknown {what}", expected[:400], name)


def _surface(value: dict[str, Any], text: str) -> Iterator[_Defect]:
    problem = next(_range(value, text), None)
    if problem is not None:
        yield problem
        return
    expected = text[value["start"] : value["end"]]
    if value.get("text") != expected:
        yield (
            OTHER_SURFACE,
            "a region's text is not what its offsets point at",
            repr(expected[:100]),
            repr(value.get("text")),
            "offsets count Unicode code points; mark the region again in Label Studio",
        )


def _range(value: dict[str, Any], text: str) -> Iterator[_Defect]:
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        yield (
            BEYOND,
            "a region's offsets do not fit the text",
            f"0 <= start < end <= {len(text)}",
            f"start {start!r}, end {end!r}",
            "offsets count Unicode code points; mark the region again in Label Studio",
        )


def _unknown(message: str, expected: str | None, found: str) -> _Defect:
    fix = "correct it in Label Studio and pull, or declare it in schemas/ontology.yaml"
    return (UNKNOWN, message, expected, found, fix)


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
