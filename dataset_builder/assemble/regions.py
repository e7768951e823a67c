"""Marked spans with their one label and the fields that belong to it."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dataset_builder.assemble.codes import quoted
from dataset_builder.assemble.dates import timex3_problem
from dataset_builder.ontology import mode_control

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dataset_builder.assemble.codes import Notes
    from dataset_builder.assemble.entries import Entry
    from dataset_builder.ontology import Ontology

SPAN_CONTROL = "span"
PARAGRAPHS = "\n\n"
"""What stands between two paragraphs of a cleaned text."""
TRIGGER = "trigger"
STANCE = "stance"

_NONE: frozenset[str] = frozenset()
_BLANK: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_FIELDS_OF = {
    "ACTOR": ("actor_id", "actor_new"),
    "ISSUE": ("issue_id", "issue_new"),
    "DATE": ("timex3",),
    STANCE: ("expression",),
}


in_place = attrgetter("start", "end", "id")
"""`Region.order` as a key to sort by."""


class Region(NamedTuple):
    """A marked span. `kind` is trigger, stance, or the label of an entity."""

    id: str
    label: str
    kind: str
    start: int
    end: int
    text: str
    fields: Mapping[str, tuple[str, ...]]

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts regions by place in the text."""
        return (self.start, self.end, self.id)

    def one(self, name: str) -> str | None:
        """The value of a field that has one value; None when blank."""
        values = self.fields.get(name)
        return values[0] if values else None


def read_regions(
    entries: Iterable[Entry], ontology: Ontology, notes: Notes
) -> tuple[dict[str, Region], dict[str, str]]:
    """Regions by id in the order of the text, and the ids of spans left out -> code.

    A span is left out when its place, control or label cannot be used; a field is when it or its
    value does not belong there.
    """
    fields: dict[str, dict[str, tuple[str, ...]]] = {}
    spans: list[Entry] = []
    for entry in entries:
        if entry.kind == "span":
            spans.append(entry)
        elif entry.kind == "field":
            fields.setdefault(str(entry.region_id), {})[str(entry.name)] = entry.values
    legal = _Legal(ontology)
    regions: list[Region] = []
    dropped: dict[str, str] = {}
    for entry in spans:
        region_id, start, end, text = str(entry.region_id), entry.start, entry.end, entry.text
        code = entry.broken or _unusable(entry, legal, notes)
        if code is not None or start is None or end is None or text is None:
            dropped[region_id] = code or "SPN201"
            continue
        label = entry.values[0]
        filled = fields.get(region_id)
        kept = _fields(entry, filled, legal, notes) if filled else _BLANK
        regions.append(Region(region_id, label, legal.kinds[label], start, end, text, kept))
    regions.sort(key=in_place)
    return {region.id: region for region in regions}, dropped


class _Legal:
    """What the ontology lets a span be and have."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self.kinds = {label: _kind(label, ontology) for label in ontology.span_labels}
        """Label -> kind of the region."""
        self.known = field_names(ontology)
        self.fields = {
            label: _fields_of(label, kind, ontology) for label, kind in self.kinds.items()
        }
        """Label -> the fields that its spans have."""
        self.single = frozenset((*(item.name for item in ontology.attributes), "expression"))
        """Fields with one value of a vocabulary."""
        self.values = {
            **{name: frozenset(ontology.names(name)) for name in (*self.single, "context")},
            **{mode_control(name): frozenset(of.modes) for name, of in ontology.by_type.items()},
        }
        """Field -> its vocabulary."""

    def holds(self, name: str, values: Collection[str]) -> bool:
        """Whether a field can have these values, each of them from its vocabulary."""
        if len(values) > 1 and name in self.single:
            return False
        return self.values.get(name, _NONE).issuperset(values)


def _fields_of(label: str, kind: str, ontology: Ontology) -> frozenset[str]:
    if kind != TRIGGER:
        return frozenset(_FIELDS_OF.get(kind, ()))
    return frozenset((mode_control(label), "context", *(item.name for item in ontology.attributes)))


def field_names(ontology: Ontology) -> frozenset[str]:
    """Every control that belongs to a span."""
    return frozenset(
        (
            *(item.name for item in ontology.attributes),
            *(mode_control(name) for name in ontology.by_type),
            "context",
            *(name for names in _FIELDS_OF.values() for name in names),
        )
    )


def choices(
    vocabulary: str,
    where: str,
    values: tuple[str, ...],
    ontology: Ontology,
    notes: Notes,
    *,
    single: bool,
    region_id: str | None = None,
) -> tuple[str, ...]:
    """The values that `vocabulary` has; none when there is more than the one that may be."""
    if single and len(values) > 1:
        shown = quoted(", ".join(values))
        message = f"{where} has several values, and is not used"
        notes.add("SCH204", message, found=shown, region_id=region_id)
        return ()
    legal = ontology.names(vocabulary)
    for value in values:
        if value not in legal:
            notes.add(
                "SCH204",
                f"{where} cannot be {quoted(value)}; the value is not used",
                expected=", ".join(legal),
                found=quoted(value),
                region_id=region_id,
            )
    return tuple(value for value in values if value in legal)


def unknown_control(name: str, notes: Notes, region_id: str | None = None) -> None:
    """Note an entry of a control that is not ours."""
    notes.add(
        "SCH203",
        f"the label config has no control {quoted(name)}; what it holds is not used",
        region_id=region_id,
    )


def _kind(label: str, ontology: Ontology) -> str:
    if label in ontology.by_type:
        return TRIGGER
    return STANCE if label in ontology.stance_names else label


def _unusable(entry: Entry, legal: _Legal, notes: Notes) -> str | None:
    if entry.name != SPAN_CONTROL:
        unknown_control(str(entry.name), notes, entry.region_id)
        return "SCH203"
    if len(entry.values) > 1:
        notes.add(
            "GRM201",
            f"{quoted(entry.text)} carries several labels, and is left out",
            region_id=entry.region_id,
            expected="one label",
            found=quoted(", ".join(entry.values)),
        )
        return "GRM201"
    if entry.values[0] not in legal.kinds:
        notes.add(
            "SCH202",
            f"{quoted(entry.text)} carries a label that the ontology does not have, "
            "and is left out",
            region_id=entry.region_id,
            found=quoted(entry.values[0]),
        )
        return "SCH202"
    if entry.text is not None and PARAGRAPHS in entry.text:
        notes.add(
            "SPN206",
            f"{entry.values[0]} {quoted(entry.text)} runs over the end of a paragraph, and is left out",
            region_id=entry.region_id,
        )
        return "SPN206"
    return None


def _fields(
    span: Entry, fields: Mapping[str, tuple[str, ...]], legal: _Legal, notes: Notes
) -> dict[str, tuple[str, ...]]:
    label, ontology = span.values[0], legal.ontology
    kept: dict[str, tuple[str, ...]] = {}
    for name, values in sorted(fields.items()) if len(fields) > 1 else fields.items():
        allowed = name in legal.fields[label]
        if allowed and legal.holds(name, values):
            kept[name] = values
            continue
        where = f"{name} of {quoted(span.text)}"
        if name not in legal.known:
            unknown_control(name, notes, span.region_id)
        elif not allowed:
            # Left over from before the span was relabelled: nobody can see it in the tool.
            notes.add(
                "GRM211" if name.startswith("mode_") else "GRM212",
                f"{where} does not belong to {label}, and is not used",
                region_id=span.region_id,
                found=quoted(", ".join(values)),
            )
        elif name.startswith("mode_"):
            kept[name] = _modes(span, label, values, ontology, notes)
        elif name in legal.values:
            single = name != "context"
            kept[name] = choices(
                name, where, values, ontology, notes, single=single, region_id=span.region_id
            )
        elif name == "timex3" and len(values) > 1:
            notes.add(
                "SCH204",
                f"{where} has several values, and is not used",
                region_id=span.region_id,
                found=quoted(", ".join(values)),
            )
        elif name == "timex3" and values and (problem := timex3_problem(values[0])) is not None:
            notes.add(
                "SCH206",
                f"{where} is not used: {problem}",
                region_id=span.region_id,
                found=quoted(values[0]),
            )
        else:
            kept[name] = values
    return kept


def _modes(
    span: Entry, label: str, values: tuple[str, ...], ontology: Ontology, notes: Notes
) -> tuple[str, ...]:
    legal = ontology.by_type[label].modes
    for value in values:
        if value not in legal:
            notes.add(
                "GRM211",
                f"mode {quoted(value)} does not belong to {label}, and is not used",
                region_id=span.region_id,
                expected=", ".join(legal),
                found=quoted(value),
            )
    return tuple(value for value in values if value in legal)
