"""Turns the JSON of one export line into values, or says what about it is wrong.

`quick_task` reads lines as this package writes them; `parse_task` is slow and says what is wrong.
"""

from __future__ import annotations

import operator
import re
from typing import Any, Literal

import msgspec

from dataset_builder.studio.exported import (
    STATES,
    ExportedAnnotation,
    ExportedPrediction,
    ExportedTask,
    Item,
)

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ARTICLE_ID = re.compile(r"[0-9a-f]{16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STRINGS = frozenset((str,))
_type = operator.itemgetter("type")
_PSEUDONYM = re.compile(r"[a-z0-9][a-z0-9-]*")


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal[1]
    article_id: str
    text_sha256: str
    scheme_version: str
    data: dict[str, Any]
    annotations: tuple[ExportedAnnotation, ...]
    predictions: tuple[ExportedPrediction, ...]


LINE = msgspec.json.Decoder(_Line)
"""Reads a line that is as this package writes it; checks no more than its shape."""


def quick_task(raw: bytes, file: str, line: int) -> ExportedTask | None:
    """The task of one line of `file`; None when `parse_task` has to look at it."""
    try:
        found = LINE.decode(raw)
        data = found.data
        sound = (
            _ARTICLE_ID.fullmatch(found.article_id)
            and _SHA256.fullmatch(found.text_sha256)
            and data["article_id"] == found.article_id
            and data["text_sha256"] == found.text_sha256
            and data["scheme_version"] == found.scheme_version
            and type(data["text"]) is str
            and all(map(_is_sound, found.annotations))
            and all(_STRINGS.issuperset(map(type, map(_type, p.result))) for p in found.predictions)
        )
    except (msgspec.DecodeError, RecursionError, KeyError):
        return None
    if not sound:
        return None
    if len(found.annotations) > 1 or any(item.draft_of for item in found.annotations):
        names = {(item.annotator, item.ordinal) for item in found.annotations}
        parents = {item.draft_of for item in found.annotations} - {None}
        if len(names) < len(found.annotations) or not parents <= names:
            return None
    return ExportedTask(
        found.article_id,
        found.text_sha256,
        data,
        found.annotations,
        found.predictions,
        found.scheme_version,
        file,
        line,
    )


def _is_sound(item: ExportedAnnotation) -> bool:
    """Raises KeyError for an item without a type."""
    return bool(
        _PSEUDONYM.fullmatch(item.annotator)
        and item.ordinal >= 1
        and _TIME.fullmatch(item.created_at)
        and _TIME.fullmatch(item.updated_at)
        and (item.draft_of is None or item.state == "draft")
        and _STRINGS.issuperset(map(type, map(_type, item.result)))
    )


class WrongShapeError(Exception):
    """A value is not what the format says. Never leaves this package: it becomes a finding."""

    def __init__(self, where: str, expected: str, value: object) -> None:
        super().__init__(where)
        self.where = where
        self.expected = expected
        self.found = f"{type(value).__name__}: {value!r}"[:120]


def parse_task(value: dict[str, Any], file: str, line: int) -> ExportedTask:
    """The task of one line of `file`. Raises WrongShapeError."""
    data = _take(value, "data", dict, "")
    task = ExportedTask(
        article_id=_text(value, "article_id", "", _ARTICLE_ID, "16 hex digits"),
        text_sha256=_text(value, "text_sha256", "", _SHA256, "64 hex digits"),
        data=data,
        annotations=tuple(
            _annotation(item, f"annotations[{place}]")
            for place, item in enumerate(_take(value, "annotations", list, ""))
        ),
        predictions=tuple(
            _prediction(item, f"predictions[{place}]")
            for place, item in enumerate(_take(value, "predictions", list, ""))
        ),
        scheme_version=_text(value, "scheme_version", ""),
        file=file,
        line=line,
    )
    _text(data, "text", "data.")
    for name in ("article_id", "text_sha256", "scheme_version"):
        if data.get(name) != value[name]:
            raise WrongShapeError(f"data.{name}", repr(value[name]), data.get(name))
    names = [(item.annotator, item.ordinal) for item in task.annotations]
    for who in names:
        if names.count(who) > 1:
            raise WrongShapeError("annotations", "each annotator and ordinal once", list(who))
    for item in task.annotations:
        if item.draft_of is not None and item.draft_of not in names:
            raise WrongShapeError("draft_of", "an annotation of the same task", list(item.draft_of))
    return task


def _annotation(item: Any, where: str) -> ExportedAnnotation:
    if not isinstance(item, dict):
        raise WrongShapeError(where, "an object", item)
    where += "."
    state = _text(item, "state", where)
    if state not in STATES:
        raise WrongShapeError(f"{where}state", " | ".join(STATES), state)
    ordinal = _take(item, "ordinal", int, where)
    if ordinal < 1:
        raise WrongShapeError(f"{where}ordinal", "a number from 1", ordinal)
    lead_time = item.get("lead_time")
    if lead_time is not None and (isinstance(lead_time, bool) or not _number(lead_time)):
        raise WrongShapeError(f"{where}lead_time", "a number or null", lead_time)
    draft_of = item.get("draft_of")
    if draft_of is not None and not (
        isinstance(draft_of, list)
        and [type(part) for part in draft_of] == [str, int]
        and state == "draft"
    ):
        raise WrongShapeError(f"{where}draft_of", "[annotator, ordinal] of a draft", draft_of)
    return ExportedAnnotation(
        annotator=_text(item, "annotator", where, _PSEUDONYM, "a pseudonym"),
        ordinal=ordinal,
        state=state,  # type: ignore[arg-type]  # checked above
        created_at=_text(item, "created_at", where, _TIME, "a UTC time with microseconds"),
        updated_at=_text(item, "updated_at", where, _TIME, "a UTC time with microseconds"),
        lead_time=lead_time,
        ground_truth=_take(item, "ground_truth", bool, where),
        result=_items(item, where),
        draft_of=None if draft_of is None else (draft_of[0], draft_of[1]),
        postponed=_take({"postponed": False, **item}, "postponed", bool, where),
    )


def _prediction(item: Any, where: str) -> ExportedPrediction:
    if not isinstance(item, dict):
        raise WrongShapeError(where, "an object", item)
    where += "."
    score = item.get("score")
    if score is not None and not _number(score):
        raise WrongShapeError(f"{where}score", "a number or null", score)
    return ExportedPrediction(_text(item, "model_version", where), score, _items(item, where))


def _items(item: dict[str, Any], where: str) -> tuple[Item, ...]:
    items = _take(item, "result", list, where)
    for place, entry in enumerate(items):
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            raise WrongShapeError(f"{where}result[{place}]", "an object with a `type`", entry)
    return tuple(items)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _take(value: dict[str, Any], name: str, kind: type, where: str) -> Any:
    found = value.get(name)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise WrongShapeError(f"{where}{name}", kind.__name__, found)
    return found


def _text(
    value: dict[str, Any],
    name: str,
    where: str,
    pattern: re.Pattern[str] | None = None,
    expected: str = "a string",
) -> str:
    found = value.get(name)
    if not isinstance(found, str) or (pattern is not None and not pattern.fullmatch(found)):
        raise WrongShapeError(f"{where}{name}", expected, found)
    return found
