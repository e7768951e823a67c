"""Entries of one annotation -> triggers with arguments, stances with holders and targets.

A role is read from an arrow and the labels at its two ends, and from nothing else:

    ACTOR -> trigger       ACTOR            ACTOR -> stance         holder
    trigger -> ACTOR       RECIPIENT        stance -> ACTOR         target
    trigger -- LOCATION    LOCATION         stance -- ISSUE         target
    trigger -- DATE        DATE             trigger -- trigger      the same event

`--` is read either way round. A stance that no ACTOR points at is the author's own. The codes of
the findings are in `codes`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dataset_builder.assemble.codes import Notes, quoted
from dataset_builder.assemble.entries import ARTICLE_CONTROLS
from dataset_builder.assemble.regions import (
    STANCE,
    TRIGGER,
    Region,
    choices,
    field_names,
    in_place,
    read_regions,
    unknown_control,
)
from dataset_builder.ontology import mode_control

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dataset_builder.assemble.codes import Place
    from dataset_builder.assemble.entries import Entry
    from dataset_builder.ontology import Ontology
    from dataset_builder.validate.findings import Finding

PARTICIPANTS = frozenset(("ACTOR", "RECIPIENT"))

# (kind at the tail, kind at the head) -> what the arrow says, and whether its direction matters.
_MEANING: dict[tuple[str, str], tuple[str, bool]] = {
    ("ACTOR", TRIGGER): ("ACTOR", True),
    (TRIGGER, "ACTOR"): ("RECIPIENT", True),
    (TRIGGER, "LOCATION"): ("LOCATION", False),
    ("LOCATION", TRIGGER): ("LOCATION", False),
    (TRIGGER, "DATE"): ("DATE", False),
    ("DATE", TRIGGER): ("DATE", False),
    ("ACTOR", STANCE): ("holder", True),
    (STANCE, "ACTOR"): ("target", True),
    (STANCE, "ISSUE"): ("target", False),
    ("ISSUE", STANCE): ("target", False),
    (TRIGGER, TRIGGER): ("same", False),
}


@dataclass(frozen=True)
class Argument:
    """A participant, place or date of a trigger."""

    role: str
    region: Region


@dataclass(frozen=True)
class Trigger:
    """An event mention. Blank attributes have their defaults here."""

    region: Region
    arguments: tuple[Argument, ...]
    """By role as the ontology orders them, then place."""
    modes: tuple[str, ...]
    contexts: tuple[str, ...]
    attributes: Mapping[str, str]
    chain: str
    """Region id of the first mention that same-event arrows lead to; its own when there is none."""
    usable: bool
    """False when the mention breaks the grammar or lies over another, and makes no row."""


@dataclass(frozen=True)
class Stance:
    """Stance evidence with its ends. No holder means the author."""

    region: Region
    holders: tuple[Region, ...]
    targets: tuple[Region, ...]
    expression: str | None
    usable: bool
    """False when it makes no row: no target, or an arrow that could not be read."""


@dataclass(frozen=True)
class Decoded:
    """One annotation, understood. Everything is in the order of the text."""

    regions: tuple[Region, ...]
    triggers: tuple[Trigger, ...]
    stances: tuple[Stance, ...]
    relevance: str | None
    loose: frozenset[str] = frozenset()
    """Ids of actors, issues, places and dates that no arrow leads from or to."""


def decode(
    entries: Sequence[Entry], ontology: Ontology, place: Place
) -> tuple[Decoded, list[Finding]]:
    """Read what `entries` mean; whatever breaks the grammar is a finding and is left out."""
    notes = Notes(place)
    relevance = _relevance(entries, ontology, notes)
    regions, dropped = read_regions(entries, ontology, notes)
    links = _links(entries, regions, dropped, notes)
    triggers: list[Trigger] = []
    stances: list[Stance] = []
    loose: set[str] = set()
    for region in regions.values():
        if region.kind == TRIGGER:
            triggers.append(_trigger(region, links, ontology, notes))
        elif region.kind == STANCE:
            stances.append(_stance(region, links, notes))
        elif region.id not in links.touched:
            loose.add(region.id)
            notes.add(
                "GRM206",
                f"{region.label} {quoted(region.text)} takes part in no arrow",
                region_id=region.id,
            )
    kept = _without_overlaps(_without_doubles(triggers, notes), notes)
    whole = Decoded(tuple(regions.values()), kept, tuple(stances), relevance, frozenset(loose))
    return whole, notes.found


def _relevance(entries: Iterable[Entry], ontology: Ontology, notes: Notes) -> str | None:
    found: tuple[str, ...] = ()
    known = field_names(ontology)
    for entry in entries:
        if entry.kind != "article":
            continue
        if entry.name == "relevance":
            found = choices("relevance", "relevance", entry.values, ontology, notes, single=True)
        elif entry.name in known:
            notes.add(
                "KEY207",
                f"the field {quoted(entry.name)} belongs to no span, and is not used",
                found=quoted(", ".join(entry.values)),
            )
        elif entry.name not in ARTICLE_CONTROLS:
            unknown_control(str(entry.name), notes)
    return next(iter(found), None)


@dataclass
class _Links:
    """What the arrows of an annotation say, while they are read."""

    regions: Mapping[str, Region]
    dropped: Mapping[str, str]
    attached: defaultdict[str, defaultdict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    """Id of a trigger or stance -> role -> ids of the fillers."""
    earlier: dict[str, str] = field(default_factory=dict)
    """Trigger -> an earlier mention of its event."""
    touched: set[str] = field(default_factory=set)
    """Regions that an arrow leads from or to, whatever it means."""
    spoiled: dict[str, str] = field(default_factory=dict)
    """Regions with an arrow that could not be read -> code."""

    def spoil(self, code: str, *ends: str) -> None:
        for end in ends:
            self.spoiled.setdefault(end, code)

    def attach(self, tail: str, head: str, role: str) -> None:
        owner, filler = (tail, head)
        if self.regions[tail].kind not in (TRIGGER, STANCE):
            owner, filler = head, tail
        self.attached[owner][role].add(filler)

    def fillers(self, owner: Region, role: str) -> tuple[Region, ...]:
        found = [self.regions[i] for i in self.roles(owner).get(role, ())]
        return tuple(sorted(found, key=in_place) if len(found) > 1 else found)

    def roles(self, owner: Region) -> Mapping[str, set[str]]:
        """Role -> ids of the fillers, of one trigger or stance."""
        return self.attached.get(owner.id, {})

    def first_mention(self, trigger: str) -> str:
        while trigger in self.earlier:
            trigger = self.earlier[trigger]
        return trigger


def _links(
    entries: Iterable[Entry],
    regions: Mapping[str, Region],
    dropped: Mapping[str, str],
    notes: Notes,
) -> _Links:
    links = _Links(regions, dropped)
    directed: dict[tuple[str, str], str] = {}
    arrows = [entry for entry in entries if entry.kind == "arrow"]
    for arrow in sorted(arrows, key=lambda a: (str(a.from_id), str(a.to_id))):
        tail, head = str(arrow.from_id), str(arrow.to_id)
        if arrow.direction == "left":
            tail, head = head, tail
        if not (tail in regions and head in regions):
            _ends_missing(tail, head, arrow, links, notes)
            continue
        links.touched.update((tail, head))
        if arrow.direction == "none":  # already noted when it was read
            links.spoil("SCH201", tail, head)
            continue
        one, other = regions[tail], regions[head]
        meaning, has_direction = _MEANING.get((one.kind, other.kind), ("", False))
        if not meaning or tail == head:
            notes.add(
                "GRM202",
                f"the arrow {_shown(one, other)} means nothing, and is not used",
                from_id=arrow.from_id,
                to_id=arrow.to_id,
            )
            # Something points at the evidence, so that it is not the author's by default.
            links.spoil("GRM202", *((tail, head) if arrow.direction == "bi" else (head,)))
        elif has_direction and arrow.direction == "bi":
            links.spoil("GRM203", tail, head)
            notes.add(
                "GRM203",
                f"the arrow {_shown(one, other)} points both ways, and is not used",
                from_id=arrow.from_id,
                to_id=arrow.to_id,
            )
        elif meaning == "same":
            _join(one, other, arrow, links, notes)
        elif has_direction:
            directed[tail, head] = meaning
        else:
            links.attach(tail, head, meaning)
    for (tail, head), meaning in directed.items():
        if (head, tail) not in directed:
            links.attach(tail, head, meaning)
        elif tail < head:
            links.spoil("GRM204", tail, head)
            words = quoted(regions[tail].text), quoted(regions[head].text)
            notes.add(
                "GRM204",
                f"arrows lead both from {words[0]} to {words[1]} and back; neither is used",
                from_id=tail,
                to_id=head,
            )
    return links


def _named(region: Region) -> str:
    return f"{region.label} {quoted(region.text)}"


def _shown(one: Region, other: Region) -> str:
    return f"{_named(one)} -> {_named(other)}"


def _ends_missing(tail: str, head: str, arrow: Entry, links: _Links, notes: Notes) -> None:
    missing = [end for end in (tail, head) if end not in links.regions]
    unknown = sorted({end for end in missing if end not in links.dropped})
    code = "KEY201" if unknown else links.dropped[missing[0]]
    for end in (tail, head):
        if end in links.regions:
            links.touched.add(end)
            links.spoil(code, end)
    if unknown:  # an arrow to a span that was left out is no defect of its own
        notes.add(
            "KEY201",
            f"the arrow {arrow.from_id} -> {arrow.to_id} leads from or to nothing, and is not used",
            from_id=arrow.from_id,
            to_id=arrow.to_id,
            found=", ".join(unknown),
        )


def _join(one: Region, other: Region, arrow: Entry, links: _Links, notes: Notes) -> None:
    if one.label != other.label:
        notes.add(
            "GRM205",
            f"the arrow {_shown(one, other)} joins different types, and is not used",
            from_id=arrow.from_id,
            to_id=arrow.to_id,
        )
        return
    roots = {links.first_mention(one.id), links.first_mention(other.id)}
    early, *late = sorted(roots, key=lambda i: links.regions[i].order)
    links.earlier.update(dict.fromkeys(late, early))


def _trigger(region: Region, links: _Links, ontology: Ontology, notes: Notes) -> Trigger:
    kind = ontology.by_type[region.label]
    given = links.roles(region)
    arguments = tuple(
        Argument(role, filler)
        for role in ontology.names("role")
        if role in given
        for filler in links.fillers(region, role)
    )
    roles = {item.role for item in arguments}
    missing = [role for role in kind.requires if role not in roles]
    usable = not PARTICIPANTS.isdisjoint(roles) and not missing
    if not usable:
        code = "GRM208" if PARTICIPANTS.isdisjoint(roles) else "GRM209"
        lacks = "participant" if code == "GRM208" else ", ".join(missing)
        notes.add(
            code,
            f"{_named(region)} has no {lacks}, and is left out",
            region_id=region.id,
            caused_by=links.spoiled.get(region.id),
        )
    return Trigger(
        region=region,
        arguments=arguments,
        modes=_in_order(region.fields.get(mode_control(region.label), ()), ontology.modes),
        contexts=_in_order(region.fields.get("context", ()), ontology.names("context")),
        attributes={
            item.name: region.one(item.name) or item.default for item in ontology.attributes
        },
        chain=links.first_mention(region.id),
        usable=usable,
    )


def _stance(region: Region, links: _Links, notes: Notes) -> Stance:
    holders, targets = links.fillers(region, "holder"), links.fillers(region, "target")
    cause = links.spoiled.get(region.id)
    more = {"region_id": region.id, "caused_by": cause}
    # An unread arrow may have been the holder's: taking the author instead would be invented.
    unread = cause is not None and not holders
    expression = region.one("expression")
    if not targets:
        notes.add("GRM207", f"{_named(region)} has no target, and is left out", **more)
    elif unread:
        what = f"{_named(region)} has an arrow that is not used, and is left out"
        notes.add("GRM219", what, **more)
    elif expression in (None, "none"):
        what = f"{_named(region)} does not say how it is expressed"
        notes.add("GRM221", what, region_id=region.id)
    return Stance(region, holders, targets, expression, bool(targets) and not unread)


def _without_doubles(triggers: Sequence[Trigger], notes: Notes) -> tuple[Trigger, ...]:
    """Of triggers with the same words and type the one with most arguments stays."""
    best: dict[tuple[str, int, int], Trigger] = {}
    for item in sorted(triggers, key=lambda t: (-len(t.arguments), t.region.order)):
        key = (item.region.label, item.region.start, item.region.end)
        kept = best.setdefault(key, item)
        if kept is not item:
            notes.add(
                "GRM217",
                f"{item.region.label} {quoted(item.region.text)} is marked twice; the one with "
                "fewer arrows is left out",
                region_id=item.region.id,
            )
    return tuple(sorted(best.values(), key=lambda t: t.region.order))


def _without_overlaps(triggers: Sequence[Trigger], notes: Notes) -> tuple[Trigger, ...]:
    """Of triggers over each other the longest is used, of equally long ones the one with more
    arguments, then the first."""
    order = sorted(
        (item for item in triggers if item.usable),
        key=lambda t: (t.region.start - t.region.end, -len(t.arguments), t.region.order),
    )
    starts: list[int] = []
    used: list[Region] = []  # in the order of the text, none over another
    covered: dict[str, Region] = {}
    for item in order:
        region = item.region
        at = bisect_right(starts, region.start)
        neighbours = used[max(at - 1, 0) : at + 1]
        over = next((r for r in neighbours if r.start < region.end and region.start < r.end), None)
        if over is None:
            starts.insert(at, region.start)
            used.insert(at, region)
            continue
        covered[region.id] = over
        notes.add(
            "GRM225",
            f"{region.label} {quoted(region.text)} overlaps {over.label} {quoted(over.text)}, and "
            "is left out",
            region_id=region.id,
        )
    return tuple(
        replace(item, usable=False) if item.region.id in covered else item for item in triggers
    )


def _in_order(values: Collection[str], order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=order.index)) if values else ()
