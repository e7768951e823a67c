"""Every unit of an article on which its annotators agree or differ, with what each one has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from dataset_builder.agreement.align import align, align_arguments, same_label
from dataset_builder.agreement.compare import BLANK, ID_LAYERS, date_value
from dataset_builder.assemble.votes import overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dataset_builder.agreement.align import Aligned, View
    from dataset_builder.assemble.decode import Argument, Trigger
    from dataset_builder.assemble.regions import Region
    from dataset_builder.assemble.versions import Take
    from dataset_builder.ontology import Ontology

Key = TypeVar("Key")

MISSING: Final = "missing"
EXTENT: Final = "extent"
LABEL: Final = "label"
ROLE: Final = "role"
VALUE: Final = "value"


class Mark(NamedTuple):
    """A marked span, as it is shown: with what it is."""

    start: int
    end: int
    tag: str
    main: bool
    """Whether it is what the unit is about, not only an argument, holder or target of it."""


@dataclass(frozen=True)
class Side:
    """What one annotator has of a unit."""

    annotator: str
    values: tuple[str, ...] | None
    """What the annotator says of it; None when it is not marked."""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class UnitOf:
    """One unit of an article in one layer."""

    layer: str
    labels: tuple[str, ...]
    """The labels that it has for anybody, sorted: what it is listed under."""
    differs: tuple[str, ...]
    """How the sides differ: missing, extent, label, role, value; empty when they agree."""
    sides: tuple[Side, ...]
    """One an annotator who could have it, by pseudonym."""
    pair: tuple[str, str] | None = None
    """Ids of holder and target, for stances."""


def units(aligned: Aligned, ontology: Ontology) -> Iterator[UnitOf]:
    """Every unit of the article, layer by layer, in the order of the text.

    A difference is told once: an article that only some find relevant, a trigger that only some
    have, or a pair that only some listed is in `relevance`, `triggers` or `stance_pairs`, and
    nowhere else. Arguments, attributes and ids are compared where two or more have what they
    belong to. The layers that sum others up (`argument_spans`, `stance_labels_where_both`,
    `stance_polarity`) have no units of their own.
    """
    views = aligned.views
    whole = [Side(view.annotator, (str(view.version.decoded.relevance),)) for view in views]
    yield _rated("relevance", tuple(_labels(whole)), whole)
    # Someone who finds it not relevant marks nothing; that is one difference, not one a mark.
    able = [n for n, view in enumerate(views) if view.version.relevant]
    if len(able) < 2:
        return
    yield from _triggers(aligned, able, ontology)
    yield from _mentions(aligned, able, ontology)
    yield from _stances(aligned, able)


def grid_units(answers: Mapping[str, Mapping[tuple[str, str], str]]) -> Iterator[UnitOf]:
    """Every pair of an article that two or more annotators answered in the pair grid."""
    for pair in sorted({pair for given in answers.values() for pair in given}):
        sides = [Side(who, (given[pair],)) for who, given in answers.items() if pair in given]
        if len(sides) > 1:
            yield replace(_rated("grid_labels", tuple(_labels(sides)), sides), pair=pair)


def _triggers(aligned: Aligned, able: Sequence[int], ontology: Ontology) -> Iterator[UnitOf]:
    views = aligned.views
    everything = {n: [trigger.region for trigger in views[n].triggers] for n in able}
    for unit in aligned.triggers:
        regions = {n: trigger.region for n, trigger in unit.items()}
        marks = {n: _event_marks(trigger) for n, trigger in unit.items()}
        yield _marked("triggers", views, able, regions, marks, everything)
        if len(unit) < 2:
            continue
        types = tuple(sorted({region.label for region in regions.values()}))

        def rated(
            layer: str,
            value: Callable[[Trigger], tuple[str, ...]],
            unit: Mapping[int, Trigger] = unit,
            marks: Mapping[int, tuple[Mark, ...]] = marks,
            types: tuple[str, ...] = types,
        ) -> UnitOf:
            sides = [Side(views[n].annotator, value(unit[n]), marks[n]) for n in sorted(unit)]
            labels = types if layer == "types" else tuple(_labels(sides))
            return _rated(layer, labels, sides)

        yield rated("types", lambda t: (t.region.label,))
        yield from _arguments(views, unit, ontology)
        for item in ontology.attributes:
            yield rated(item.name, partial(_attribute, item.name))
        if len(types) == 1 and ontology.by_type[types[0]].modes:
            yield rated("modes", lambda t: t.modes)
        yield rated("contexts", lambda t: t.contexts)


def _attribute(name: str, trigger: Trigger) -> tuple[str, ...]:
    return (trigger.attributes[name],)


def _arguments(
    views: Sequence[View], unit: Mapping[int, Trigger], ontology: Ontology
) -> Iterator[UnitOf]:
    """Arguments of one trigger; one that others have in another role differs in the role."""
    found: list[tuple[str, dict[int, Argument]]] = []
    for role in ontology.names("role"):
        found += align_arguments(unit, role)
    whole = [known for _, known in found if len(known) == len(unit)]
    parts = [known for _, known in found if len(known) < len(unit)]
    for known in [*whole, *_across_roles(parts)]:
        sides = []
        for n in sorted(unit):
            trigger = Mark(*_place(unit[n].region), tag=unit[n].region.label, main=False)
            if n in known:
                argument = known[n]
                mark = Mark(*_place(argument.region), tag=argument.role, main=True)
                sides.append(Side(views[n].annotator, (argument.role,), (trigger, mark)))
            else:
                sides.append(Side(views[n].annotator, None, (trigger,)))
        roles = {argument.role for argument in known.values()}
        differs = [MISSING] * (len(known) < len(unit)) + [ROLE] * (len(roles) > 1)
        yield UnitOf("arguments", tuple(sorted(roles)), tuple(differs), tuple(sides))


def _across_roles(parts: Sequence[dict[int, Argument]]) -> list[dict[int, Argument]]:
    """Units of arguments that not everybody has, those of different roles at one place joined."""
    numbers = sorted({n for part in parts for n in part})
    columns = [[part[n] for part in parts if n in part] for n in numbers]
    joined = align([[a.region for a in column] for column in columns])
    return [{numbers[c]: columns[c][i] for c, i in unit.items()} for unit in joined]


def _mentions(aligned: Aligned, able: Sequence[int], ontology: Ontology) -> Iterator[UnitOf]:
    views = aligned.views
    order = {label.name: place for place, label in enumerate(ontology.entities)}
    everyone = [unit for unit in aligned.mentions if len(unit) == len(able)]
    # What not everybody has may bear another label with the others.
    parts = [unit for unit in aligned.mentions if len(unit) < len(able)]
    columns = [sorted((u[n] for u in parts if n in u), key=lambda r: r.order) for n in able]
    joined = [
        {able[c]: columns[c][i] for c, i in unit.items()} for unit in align(columns, same_label)
    ]
    units_ = sorted(
        [*everyone, *joined],
        key=lambda u: (min(order[r.label] for r in u.values()), min(r.order for r in u.values())),
    )
    everything = {n: views[n].mentions for n in able}
    for unit in units_:
        marks = {n: (_mark(region),) for n, region in unit.items()}
        yield _marked("mentions", views, able, unit, marks, everything)
    for unit in aligned.mentions:
        label = next(iter(unit.values())).label
        if len(unit) < 2 or (label not in ID_LAYERS and label != "DATE"):
            continue
        sides = []
        for n in sorted(unit):
            ids = sorted(views[n].ids(unit[n])) if label in ID_LAYERS else [date_value(unit[n])]
            sides.append(Side(views[n].annotator, tuple(ids), (_mark(unit[n]),)))
        yield _rated(ID_LAYERS.get(label, "dates"), tuple(_labels(sides)), sides)


def _stances(aligned: Aligned, able: Sequence[int]) -> Iterator[UnitOf]:
    views = aligned.views
    everything = {n: views[n].evidence for n in able}
    by_evidence = {n: _grouped(views[n].takes, lambda take: take.evidence.id) for n in able}
    by_pair = {n: _grouped(views[n].takes, lambda take: take.pair) for n in able}
    for unit in aligned.evidence:
        marks = {n: _stance_marks(by_evidence[n][region.id]) for n, region in unit.items()}
        yield _marked("stance_evidence", views, able, unit, marks, everything)
        if len(unit) > 1:
            sides = [
                Side(views[n].annotator, (unit[n].one("expression") or BLANK,), marks[n])
                for n in sorted(unit)
            ]
            yield _rated("expression", tuple(_labels(sides)), sides)
    for pair in aligned.pairs:
        sides = []
        for n in able:
            takes = by_pair[n].get(pair, [])
            values = tuple(views[n].stances[pair].split("+")) if takes else None
            sides.append(Side(views[n].annotator, values, _stance_marks(takes)))
        labels = tuple(_labels(sides))
        missing = (MISSING,) if any(side.values is None for side in sides) else ()
        yield UnitOf("stance_pairs", labels, missing, tuple(sides), pair)
        listed = [side for side in sides if side.values is not None]
        if len(listed) > 1:
            yield replace(_rated("stance_labels", labels, listed), pair=pair)


def _marked(
    layer: str,
    views: Sequence[View],
    able: Sequence[int],
    unit: Mapping[int, Region],
    marks: Mapping[int, tuple[Mark, ...]],
    others: Mapping[int, Sequence[Region]],
) -> UnitOf:
    """A unit of a layer of spans: who has it, with which words and label.

    Who does not have it is shown with those of its own marks of the layer (`others`) that share
    some character with it, less than a match takes.
    """
    sides = []
    for n in able:
        if n in unit:
            sides.append(Side(views[n].annotator, (unit[n].label,), marks[n]))
        else:
            near = [r for r in others[n] if any(overlap(r, known) for known in unit.values())]
            shown = tuple(Mark(*_place(r), tag=r.label, main=False) for r in near)
            sides.append(Side(views[n].annotator, None, shown))
    labels = tuple(sorted({region.label for region in unit.values()}))
    differs = [MISSING] * (len(unit) < len(able))
    differs += [EXTENT] * (len({_place(region) for region in unit.values()}) > 1)
    # Types have a layer of their own; what a mention or evidence is has none.
    differs += [LABEL] * (layer != "triggers" and len(labels) > 1)
    return UnitOf(layer, labels, tuple(differs), tuple(sides))


def _rated(layer: str, labels: tuple[str, ...], sides: Sequence[Side]) -> UnitOf:
    values = {side.values for side in sides}
    return UnitOf(layer, labels, (VALUE,) if len(values) > 1 else (), tuple(sides))


def _labels(sides: Sequence[Side]) -> list[str]:
    return sorted({value for side in sides for value in side.values or ()})


def _place(region: Region) -> tuple[int, int]:
    return (region.start, region.end)


def _mark(region: Region) -> Mark:
    return Mark(region.start, region.end, region.label, main=True)


def _event_marks(trigger: Trigger) -> tuple[Mark, ...]:
    arguments = (Mark(*_place(a.region), tag=a.role, main=False) for a in trigger.arguments)
    return (_mark(trigger.region), *arguments)


def _stance_marks(takes: Sequence[Take]) -> tuple[Mark, ...]:
    """The evidence, holders and targets of `takes`, each once."""
    marks: dict[Mark, None] = {}
    for take in takes:
        marks[_mark(take.evidence)] = None
        if take.holder_region is not None:
            marks[Mark(*_place(take.holder_region), tag="holder", main=False)] = None
        marks[Mark(*_place(take.target_region), tag="target", main=False)] = None
    return tuple(marks)


def _grouped(takes: Sequence[Take], key: Callable[[Take], Key]) -> dict[Key, list[Take]]:
    groups: dict[Key, list[Take]] = {}
    for take in takes:
        groups.setdefault(key(take), []).append(take)
    return groups
