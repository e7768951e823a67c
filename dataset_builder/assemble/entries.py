"""Reads the result of one annotation into entries, which are the rows of the table annotations.

Nothing is judged here but the shape: what the entries mean is the business of `decode`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.codes import finding, quoted
from dataset_builder.studio.exported import EMAIL, same_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.assemble.codes import Place
    from dataset_builder.validate.findings import Finding

ARTICLE_CONTROLS = ("relevance", "comment")
DIRECTIONS = ("right", "left", "bi")
MASK = "[e-mail]"


@dataclass(frozen=True)
class Entry:
    """One thing that an annotator entered. `kind` is span, arrow, field or article."""

    kind: str
    region_id: str | None = None
    name: str | None = None
    values: tuple[str, ...] = ()
    start: int | None = None
    """Null, like `end` and `text`, when the place is not in the text."""
    end: int | None = None
    text: str | None = None
    from_id: str | None = None
    to_id: str | None = None
    direction: str = "none"
    origin: str | None = None
    broken: str | None = None
    """Span: code of what is wrong with its place."""


def read_entries(
    result: Iterable[Mapping[str, Any]], text: str, place: Place
) -> tuple[tuple[Entry, ...], list[Finding]]:
    """The entries of a Label Studio `result` made on `text`, each (region, control) and each pair
    of ends once, and what is wrong with their shape. An item of no readable shape is left out."""
    findings: list[Finding] = []
    spans: dict[str, Entry] = {}
    arrows: dict[tuple[str, str], Entry] = {}
    fields: list[Entry] = []
    for item in result:
        if item.get("type") == "relation":
            _add_arrow(item, arrows, place, findings)
        elif item.get("type") == "labels":
            _add_span(item, text, spans, place, findings)
        else:
            entry = _field(item, place, findings)
            if entry is not None:
                fields.append(entry)
    placed = [_place(entry, spans) for entry in fields]
    return (*spans.values(), *_merged(placed), *arrows.values()), findings


def _add_span(
    item: Mapping[str, Any],
    text: str,
    spans: dict[str, Entry],
    place: Place,
    findings: list[Finding],
) -> None:
    value = item.get("value")
    region_id = _identifier(item.get("id"))
    labels = _strings(value.get("labels")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or region_id is None or not labels:
        findings.append(_malformed("a span", item, place))
        return
    entry = Entry(
        kind="span",
        region_id=region_id,
        name=_safe(item.get("from_name")),
        values=labels,
        origin=_safe(item.get("origin")),
    )
    start, end = value.get("start"), value.get("end")
    words = value.get("text")
    if not _inside(start, end, len(text)):
        entry = replace(entry, broken="SPN201")
        findings.append(
            finding(
                "SPN201",
                place,
                f"span {quoted(words)} at {_brief(start)}:{_brief(end)} lies outside the text, "
                "and is left out",
                region_id=region_id,
                expected=f"0 <= start < end <= {len(text)}",
                found=f"{_brief(start)}:{_brief(end)}",
            )
        )
    elif words is not None and not same_words(words, text[start:end]):
        entry = replace(entry, broken="SPN202")
        findings.append(
            finding(
                "SPN202",
                place,
                f"the span at {start}:{end} says {quoted(words)}, and is left out: the text has "
                f"{quoted(text[start:end])} there",
                region_id=region_id,
                expected=quoted(text[start:end]),
                found=quoted(words),
            )
        )
    else:
        entry = replace(entry, start=start, end=end, text=text[start:end])
    known = spans.get(region_id)
    if known is None:
        spans[region_id] = entry
        return
    if (known.start, known.end) != (entry.start, entry.end):
        findings.append(
            finding(
                "KEY208",
                place,
                f"two spans have the id {region_id}; the one at {entry.start}:{entry.end} is left out",
                region_id=region_id,
            )
        )
        return
    labels = tuple(dict.fromkeys((*known.values, *entry.values)))
    spans[region_id] = replace(known, values=labels)


def _add_arrow(
    item: Mapping[str, Any],
    arrows: dict[tuple[str, str], Entry],
    place: Place,
    findings: list[Finding],
) -> None:
    from_id, to_id = _identifier(item.get("from_id")), _identifier(item.get("to_id"))
    if from_id is None or to_id is None:
        findings.append(_malformed("an arrow", item, place))
        return
    direction = item.get("direction", "right")
    if direction not in DIRECTIONS:
        findings.append(_malformed("the direction of an arrow", item, place))
        direction = "none"
    entry = Entry(kind="arrow", from_id=from_id, to_id=to_id, direction=direction)
    known = arrows.setdefault((from_id, to_id), entry)
    if known.direction != entry.direction:
        # Two readings of one arrow are no reading: `none` is never applied.
        arrows[from_id, to_id] = replace(known, direction="none")
        findings.append(
            finding(
                "KEY208",
                place,
                f"the arrow {from_id} -> {to_id} is there twice with different directions, and is "
                "not applied",
                from_id=from_id,
                to_id=to_id,
            )
        )


def _field(item: Mapping[str, Any], place: Place, findings: list[Finding]) -> Entry | None:
    kind, value = item.get("type"), item.get("value")
    name = _safe(item.get("from_name"))
    if not isinstance(value, dict) or not name or not isinstance(kind, str):
        findings.append(_malformed("a field", item, place))
        return None
    values = _strings(value.get("text" if kind == "textarea" else kind))
    if values is None:
        findings.append(_malformed(f"the field {quoted(name)}", item, place))
        return None
    if kind == "textarea":
        masked = tuple(EMAIL.sub(MASK, entered) for entered in values)
        if masked != values:
            findings.append(
                finding(
                    "SCH205",
                    place,
                    f"the text in {quoted(name)} holds an e-mail address; the release shows {MASK}",
                )
            )
        values = masked
    return Entry(
        kind="field",
        region_id=_identifier(item.get("id")),
        name=name,
        values=values,
        origin=_safe(item.get("origin")),
    )


def _place(entry: Entry, spans: Mapping[str, Entry]) -> Entry:
    """The field with the extent of its span, or as an entry of the article."""
    span = spans.get(entry.region_id or "")
    if span is None or entry.name in ARTICLE_CONTROLS:
        return replace(entry, kind="article", region_id=None)
    return replace(entry, start=span.start, end=span.end, text=span.text)


def _merged(entries: Iterable[Entry]) -> list[Entry]:
    found: dict[tuple[str, str | None, str | None], Entry] = {}
    for entry in entries:
        key = (entry.kind, entry.region_id, entry.name)
        known = found.get(key)
        if known is not None:
            values = tuple(dict.fromkeys((*known.values, *entry.values)))
            entry = replace(known, values=values)  # noqa: PLW2901 - the one that stays
        found[key] = entry
    return list(found.values())


def _malformed(what: str, item: Mapping[str, Any], place: Place) -> Finding:
    return finding(
        "SCH201",
        place,
        f"{what} cannot be read, and is left out",
        found=quoted(dict(item), 160),
        fix="pull again; exports are not edited by hand",
    )


def _strings(value: Any) -> tuple[str, ...] | None:
    """The strings of a choice or a text, without blanks and repetitions; None: not such a value."""
    items: Sequence[Any] = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return None
    return tuple(dict.fromkeys(text for text in (_utf8(item).strip() for item in items) if text))


def _identifier(value: Any) -> str | None:
    """A usable id: printable, without spaces, because row ids are made of it."""
    if isinstance(value, str) and value and value.isprintable() and not re.search(r"\s", value):
        return value
    return None


def _safe(value: Any) -> str | None:
    return _utf8(value) if isinstance(value, str) else None


def _utf8(text: str) -> str:
    """JSON can hold lone surrogates, which no UTF-8 file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _inside(start: Any, end: Any, length: int) -> bool:
    return _is_int(start) and _is_int(end) and 0 <= start < end <= length


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _brief(value: Any) -> str:
    return str(value) if _is_int(value) else quoted(value, 20)
