"""Reads the result of one annotation into entries, which are the rows of the table annotations.

Nothing is judged here but the shape: what the entries mean is the business of `decode`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dataset_builder.assemble.codes import finding, quoted
from dataset_builder.studio.exported import EMAIL, same_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.assemble.codes import Place
    from dataset_builder.validate.findings import Finding

ARTICLE_CONTROLS = ("relevance", "comment")
DIRECTIONS = ("right", "left", "bi")
MASK = "[e-mail]"
_SHORT = 60
"""Characters of a value that is remembered."""


class Entry(NamedTuple):
    """One thing that an annotator entered. `kind` is span, arrow, field or article.

    A tuple, because there are millions of them: it is made in a third of the time of a dataclass.
    """

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


Field = tuple[str | None, str, tuple[str, ...], str | None]
"""Region id, control, values and origin of a field whose span is not known yet."""


def read_entries(
    result: Iterable[Mapping[str, Any]], text: str, place: Place
) -> tuple[tuple[Entry, ...], list[Finding]]:
    """The entries of a Label Studio `result` made on `text`, each (region, control) and each pair
    of ends once, and what is wrong with their shape. An item of no readable shape is left out."""
    findings: list[Finding] = []
    spans: dict[str, Entry] = {}
    arrows: dict[tuple[str, str], Entry] = {}
    fields: list[Field] = []
    for item in result:
        kind = item.get("type")
        if kind == "relation":
            _add_arrow(item, arrows, place, findings)
        elif kind == "labels":
            _add_span(item, text, spans, place, findings)
        else:
            _add_field(item, fields, place, findings)
    return (*spans.values(), *_placed(fields, spans), *arrows.values()), findings


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
    start, end, words = value.get("start"), value.get("end"), value.get("text")
    broken = surface = None
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
        broken = "SPN201"
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
    else:
        surface = text[start:end]
        if words is not None and words != surface and not same_words(words, surface):
            broken = "SPN202"
            findings.append(
                finding(
                    "SPN202",
                    place,
                    f"the span at {start}:{end} says {quoted(words)}, and is left out: the text has "
                    f"{quoted(surface)} there",
                    region_id=region_id,
                    expected=quoted(surface),
                    found=quoted(words),
                )
            )
    if broken is not None:
        start = end = surface = None
    known = spans.get(region_id)
    if known is not None:
        if (known.start, known.end) != (start, end):
            findings.append(
                finding(
                    "KEY208",
                    place,
                    f"two spans have the id {region_id}; the one at {start}:{end} is left out",
                    region_id=region_id,
                )
            )
            return
        values = tuple(dict.fromkeys((*known.values, *labels)))
        spans[region_id] = known._replace(values=values)
        return
    name, origin = _safe(item.get("from_name")), _safe(item.get("origin"))
    spans[region_id] = Entry(
        "span", region_id, name, labels, start, end, surface, origin=origin, broken=broken
    )


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
    known = arrows.get((from_id, to_id))
    if known is None:
        arrows[from_id, to_id] = Entry("arrow", from_id=from_id, to_id=to_id, direction=direction)
    elif known.direction != direction:
        # Two readings of one arrow are no reading: `none` is never applied.
        arrows[from_id, to_id] = known._replace(direction="none")
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


def _add_field(
    item: Mapping[str, Any], fields: list[Field], place: Place, findings: list[Finding]
) -> None:
    kind, value = item.get("type"), item.get("value")
    name = _safe(item.get("from_name"))
    if not isinstance(value, dict) or not name or not isinstance(kind, str):
        findings.append(_malformed("a field", item, place))
        return
    values = _strings(value.get("text" if kind == "textarea" else kind))
    if values is None:
        findings.append(_malformed(f"the field {quoted(name)}", item, place))
        return
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
    fields.append((_identifier(item.get("id")), name, values, _safe(item.get("origin"))))


def _placed(fields: Iterable[Field], spans: Mapping[str, Entry]) -> Iterable[Entry]:
    """Each field once: with the extent of its span, or as an entry of the article."""
    found: dict[tuple[str | None, str], Entry] = {}
    for region_id, name, values, origin in fields:
        span = None if name in ARTICLE_CONTROLS else spans.get(region_id or "")
        key = (None if span is None else region_id, name)
        known = found.get(key)
        if known is not None:
            found[key] = known._replace(values=tuple(dict.fromkeys((*known.values, *values))))
        elif span is None:
            found[key] = Entry("article", None, name, values, origin=origin)
        else:
            found[key] = Entry(
                "field", region_id, name, values, span.start, span.end, span.text, origin=origin
            )
    return found.values()


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
    if not isinstance(items, list):
        return None
    if len(items) == 1 and isinstance(items[0], str) and len(items[0]) < _SHORT:  # nearly always
        return _one(items[0])
    if not all(isinstance(item, str) for item in items):
        return None
    return tuple(dict.fromkeys(text for text in (_utf8(item).strip() for item in items) if text))


@lru_cache(maxsize=4096)
def _one(text: str) -> tuple[str, ...]:
    """The same of one string. There are few of them: labels, choices, dates."""
    only = _utf8(text).strip()
    return (only,) if only else ()


def _identifier(value: Any) -> str | None:
    """A usable id: printable, without spaces, because row ids are made of it."""
    if isinstance(value, str) and value and value.isprintable() and " " not in value:
        return value  # of all that is blank only the space counts as printable
    return None


def _safe(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value if value.isascii() else _utf8(value)


def _utf8(text: str) -> str:
    """JSON can hold lone surrogates, which no UTF-8 file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _brief(value: Any) -> str:
    return str(value) if type(value) is int else quoted(value, 20)
