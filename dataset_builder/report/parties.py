"""Who does what to whom, and who is for or against what."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from dataset_builder.ontology import AUTHOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.report.reading import Source


@dataclass(frozen=True)
class Edge:
    """What one actor does to another, or, undirected, what two do together."""

    source: str
    target: str
    directed: bool
    quads: dict[str, int]
    """Events by quad class."""
    types: dict[str, int]

    @property
    def n(self) -> int:
        """Events."""
        return sum(self.quads.values())


@dataclass(frozen=True)
class Network:
    """Who does what to whom: events with an actor and a recipient, or several actors."""

    edges: tuple[Edge, ...]
    """Most events first."""
    events: int
    """Events that are in an edge."""
    alone: int
    """Events without a second known party."""
    denied: int
    """Events left out because they are not told as having happened."""


@dataclass(frozen=True)
class Stances:
    """Pairs of holder and target by label; derived rows do not count."""

    labels: tuple[str, ...]
    cells: dict[tuple[str, str], dict[str, int]]
    """(holder id, target id) -> label -> article pairs that have a row with it."""
    names: dict[str, str]
    """Id -> name of each holder and target."""
    holders: tuple[str, ...]
    """Most pairs first; so are the targets."""
    targets: tuple[str, ...]


def network(source: Source) -> Network:
    """Edges from every ACTOR to every RECIPIENT of an event, its mentions taken together.

    An event without a recipient that several actors do (they met) joins each two of them. What is
    not told as real (polarity or modality other than the default) is left out.
    """
    defaults = {
        item.name: item.default for item in (source.ontology.attributes if source.ontology else ())
    }
    events: dict[str, tuple[str, str]] = {}
    parties: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    left_out: dict[str, None] = {}
    columns = ("event_id", "type", "quad", "polarity", "modality", "arguments")
    for event, kind, quad, polarity, modality, arguments in source.rows("events", *columns):
        if polarity != defaults.get("polarity", polarity) or modality != defaults.get(
            "modality", modality
        ):
            left_out[event] = None
            continue
        events.setdefault(event, (kind, quad))
        actors, recipients = parties.setdefault(event, ({}, {}))
        for item in arguments or ():
            if item["role"] in ("ACTOR", "RECIPIENT"):
                side = actors if item["role"] == "ACTOR" else recipients
                side.update(dict.fromkeys(item["actor_ids"] or ()))
    links: dict[tuple[str, str, bool], list[tuple[str, str]]] = defaultdict(list)
    joined = 0
    for event, what in events.items():
        actors, recipients = parties[event]
        if recipients:
            pairs = [(one, other, True) for one in actors for other in recipients if one != other]
        else:
            pairs = [(*sorted(pair), False) for pair in combinations(actors, 2)]  # type: ignore[misc]
        joined += bool(pairs)
        for pair in pairs:
            links[pair].append(what)
    edges = [
        Edge(
            *pair,
            dict(Counter(quad for _, quad in found)),
            dict(Counter(kind for kind, _ in found).most_common()),
        )
        for pair, found in links.items()
    ]
    edges.sort(key=lambda edge: (-edge.n, edge.source, edge.target, edge.directed))
    denied = len(set(left_out) - set(events))
    return Network(tuple(edges), joined, len(events) - joined, denied)


def stances(source: Source) -> Stances:
    """Each pair of an article once per label, however many pieces of evidence it has."""
    columns = ("holder_id", "target_id", "label", "basis", "pair_id", "holder", "target")
    pairs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    names = {AUTHOR: "the author", **source.actors, **source.issues}
    for holder, target, label, basis, pair, holder_name, target_name in source.rows(
        "stance", *columns
    ):
        if basis != "derived" and None not in (holder, target, label):
            pairs[holder, target, label].add(pair)
            names.setdefault(holder, holder_name or holder)
            names.setdefault(target, target_name or target)
    cells: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    by_holder: Counter[str] = Counter()
    by_target: Counter[str] = Counter()
    for (holder, target, label), found in sorted(pairs.items()):
        cells[holder, target][label] = len(found)
        by_holder[holder] += len(found)
        by_target[target] += len(found)
    known = source.labels.get("stance", {}).get("label", ())
    return Stances(
        known,
        dict(cells),
        {name: names[name] for name in sorted({*by_holder, *by_target})},
        _ranked(by_holder),
        _ranked(by_target),
    )


def against_to_favor(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels in the order of a scale: neutral, which has the first id, stands between two others."""
    if len(labels) == 3 and labels[0] == "neutral":
        return (labels[1], labels[0], labels[2])
    return tuple(labels)


def _ranked(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))
