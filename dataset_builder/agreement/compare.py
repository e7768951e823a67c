"""Counts what annotators of one article have in common, layer by layer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.ratings import Marks, Ratings
from dataset_builder.assemble.regions import in_place
from dataset_builder.assemble.votes import match
from dataset_builder.ontology import UNMARKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dataset_builder.agreement.align import Aligned, View
    from dataset_builder.agreement.ratings import Value
    from dataset_builder.assemble.decode import Trigger
    from dataset_builder.assemble.regions import Region
    from dataset_builder.ontology import Ontology

    Confusions = dict[str, Counter[tuple[str, str]]]

NEUTRAL: Final = "neutral"
BLANK: Final = "(blank)"
"""The value of a field that was left empty; no label, date or id looks like it."""
_EXTENT: Final = attrgetter("start", "end")
_LABELLED: Final = attrgetter("start", "end", "label")
ID_LAYERS: Final = {"ACTOR": "actor_ids", "ISSUE": "issue_ids"}


@dataclass(frozen=True)
class Layer:
    """One thing that annotators may agree on."""

    name: str
    metrics: tuple[str, ...]
    about: str
    vocabulary: tuple[str, ...] = ()
    """Labels for which figures are given, too."""


def layers(ontology: Ontology) -> tuple[Layer, ...]:
    """Every layer, in the order of reports."""
    marks, rated = ("exact_f1", "overlap_f1"), ("percent", "alpha")
    types = ontology.names("event_type")
    stances = ontology.names("stance_label")
    matched = "of triggers that both marked"
    return (
        Layer("relevance", rated, "whether the article is relevant", ontology.names("relevance")),
        Layer("triggers", marks, "which words are an event, whatever its type", types),
        Layer("types", rated, f"the type {matched}", types),
        Layer("arguments", ("f1",), f"role and place of the arguments {matched}",
              ontology.names("role")),
        *(
            Layer(item.name, rated, f"{item.name} {matched}", ontology.names(item.name))
            for item in ontology.attributes
        ),
        Layer("modes", rated, f"the modes {matched} with the same type", ontology.modes),
        Layer("contexts", rated, f"the contexts {matched}", ontology.names("context")),
        Layer("mentions", marks, "which words are an actor, issue, place or date",
              tuple(label.name for label in ontology.entities)),
        Layer("argument_spans", marks, "which words are an argument of any event"),
        Layer("actor_ids", rated, "who the actors that both marked are"),
        Layer("issue_ids", rated, "what the issues that both marked are"),
        Layer("dates", rated, "the TIMEX3 value of dates that both marked"),
        Layer("stance_evidence", marks, "which words show a stance, whatever its label", stances),
        Layer("stance_pairs", ("f1",), "who has a stance on what, whatever its label", stances),
        Layer("stance_labels", rated,
              "the stance of every pair that anybody listed, where not listed is neutral, or that two "
              "answered in the pair grid", stances),
        Layer("stance_labels_where_both", rated, "the stance of pairs that both listed", stances),
        Layer("grid_labels", rated, "the stance of pairs that both answered in the pair grid", stances),
        Layer("stance_polarity", rated, "for or against, where both took a side", stances),
        Layer("expression", rated, "how the stance is expressed, on evidence that both marked",
              ontology.names("expression")),
    )  # fmt: skip


def marks(aligned: Aligned, ontology: Ontology, *, labels: bool = True) -> dict[str, Marks]:
    """`<layer> <metric>` -> marks of the two annotators of `aligned`, for every F1; without `labels`
    in all only, sooner."""
    one, other = aligned.views
    found: dict[str, Marks] = {}
    triggers = [[t.region for t in view.triggers] for view in (one, other)]
    evidence = (one.evidence, other.evidence)
    _spans(found, "triggers", *triggers, common=_shared(aligned.triggers), labels=labels)
    _spans(found, "stance_evidence", *evidence, common=_shared(aligned.evidence), labels=labels)
    fillers = _fillers(one.triggers), _fillers(other.triggers)
    _spans(found, "argument_spans", *fillers, common=len(match(*fillers)), labels=False)
    exact, overlapping = Marks(), Marks()
    total = len(one.mentions) + len(other.mentions)
    exact.add(_common(one.mentions, other.mentions, _LABELLED), total)
    overlapping.add(_shared(aligned.mentions), total)
    for label in [item.name for item in ontology.entities] if labels else ():
        columns = [[r for r in view.mentions if r.label == label] for view in (one, other)]
        units = [unit for unit in aligned.mentions if next(iter(unit.values())).label == label]
        for tally, common in (
            (exact, _common(columns[0], columns[1])),
            (overlapping, _shared(units)),
        ):
            tally.add_label(label, common, sum(map(len, columns)))
    found["mentions exact_f1"], found["mentions overlap_f1"] = exact, overlapping
    found["arguments f1"] = _arguments(aligned, ontology)
    found["stance_pairs f1"] = _stance_pairs(one, other, ontology, labels=labels)
    return found


def ratings(aligned: Aligned, ontology: Ontology) -> dict[str, Ratings]:
    """Layer -> values that the annotators of `aligned`, two or more, gave the same units.

    Those of the pair grid are left empty: see `grid_ratings`.
    """
    found = {layer.name: Ratings() for layer in layers(ontology) if "alpha" in layer.metrics}
    views = aligned.views
    found["relevance"].add([_one(str(view.version.decoded.relevance)) for view in views])
    for unit in filter(_several, aligned.triggers):  # of others there is nothing to compare
        found["types"].add([_one(t.region.label) for t in unit.values()])
        for item in ontology.attributes:
            found[item.name].add([_one(t.attributes[item.name]) for t in unit.values()])
        found["contexts"].add([frozenset(t.contexts) for t in unit.values()])
        for type_ in sorted({t.region.label for t in unit.values()}):
            if ontology.by_type[type_].modes:
                same = [t for t in unit.values() if t.region.label == type_]
                found["modes"].add([frozenset(t.modes) for t in same])
    for mention in filter(_several, aligned.mentions):
        label = next(iter(mention.values())).label
        if label in ID_LAYERS:
            found[ID_LAYERS[label]].add([views[n].ids(region) for n, region in mention.items()])
        elif label == "DATE":
            found["dates"].add([_one(date_value(region)) for region in mention.values()])
    for unit_ in filter(_several, aligned.evidence):
        found["expression"].add([_one(r.one("expression") or BLANK) for r in unit_.values()])
    for pair in aligned.judged_pairs:
        marked = [view.stances.get(pair) for view in views]
        found["stance_labels_where_both"].add([_one(label) if label else None for label in marked])
        # Of a pair that nobody marked, only an answer says that it is neutral.
        silent = NEUTRAL if any(marked) else None
        judged = [view.judged(pair) for view in views]
        labels = [label or silent for label in judged]
        found["stance_labels"].add([_one(label) if label else None for label in labels])
        sides = [_one(label) if label and _is_side(label) else None for label in judged]
        found["stance_polarity"].add(sides)
    return found


def grid_ratings(answers: Sequence[Mapping[tuple[str, str], str]]) -> Ratings:
    """The labels that annotators, each with the answers to (holder, target), gave in the pair grid."""
    found = Ratings()
    for pair in sorted({pair for given in answers for pair in given}):
        found.add([_one(given[pair]) if pair in given else None for given in answers])
    return found


def nothing(ontology: Ontology) -> tuple[dict[str, Marks], dict[str, Ratings]]:
    """`marks` and `ratings` of an article that not two annotators finished."""
    known = layers(ontology)
    return (
        {f"{each.name} {m}": Marks() for each in known for m in each.metrics if m.endswith("f1")},
        {each.name: Ratings() for each in known if "alpha" in each.metrics},
    )


def confusions(aligned: Aligned) -> Confusions:
    """For types and stance labels: (label of the one, label of the other) -> units.

    A unit that only one of the two has is `unmarked` by the other.
    """
    one, other = aligned.views
    types: Counter[tuple[str, str]] = Counter()
    for unit in aligned.triggers:
        labels = [unit[n].region.label if n in unit else UNMARKED for n in (0, 1)]
        types[labels[0], labels[1]] += 1
    pairs: Counter[tuple[str, str]] = Counter()
    for pair in aligned.judged_pairs:
        judged = [one.judged(pair), other.judged(pair)]
        if all(judged) or pair in one.stances or pair in other.stances:
            pairs[judged[0] or UNMARKED, judged[1] or UNMARKED] += 1
    return {"types": types, "stance_labels": pairs}


def date_value(region: Region) -> str:
    """The TIMEX3 value of a DATE."""
    return (region.one("timex3") or "").strip() or BLANK


@lru_cache(maxsize=4096)
def _one(label: str) -> Value:
    return frozenset((label,))


def _is_side(label: str) -> bool:
    return label != NEUTRAL and "+" not in label


def _spans(
    found: dict[str, Marks],
    layer: str,
    left: Sequence[Region],
    right: Sequence[Region],
    *,
    common: int,
    labels: bool,
) -> None:
    """Exact and overlap F1 of marks whose label does not matter, and of each label where it does."""
    exact, overlapping = Marks(), Marks()
    exact.add(_common(left, right), len(left) + len(right))
    overlapping.add(common, len(left) + len(right))
    for label in sorted({r.label for r in (*left, *right)}) if labels else ():
        ones = [r for r in left if r.label == label]
        others = [r for r in right if r.label == label]
        total = len(ones) + len(others)
        exact.add_label(label, _common(ones, others), total)
        overlapping.add_label(label, len(match(ones, others)), total)
    found[f"{layer} exact_f1"], found[f"{layer} overlap_f1"] = exact, overlapping


def _common(
    left: Sequence[Region], right: Sequence[Region], what: Callable[[Region], object] = _EXTENT
) -> int:
    """How many marks of each have a partner with the same extent, one to one."""
    return (Counter(map(what, left)) & Counter(map(what, right))).total()


def _several(unit: Mapping[int, object]) -> bool:
    return len(unit) > 1


def _shared(units: Iterable[Mapping[int, object]]) -> int:
    """How many units both annotators have."""
    return sum(len(unit) == 2 for unit in units)


def _fillers(triggers: Iterable[Trigger]) -> list[Region]:
    """The regions that are an argument of any trigger, each once, in the order of the text."""
    found = {a.region.id: a.region for trigger in triggers for a in trigger.arguments}
    return sorted(found.values(), key=in_place)


def _arguments(aligned: Aligned, ontology: Ontology) -> Marks:
    """Arguments of the same role that overlap by at least half, on triggers that both have."""
    tally = Marks()
    for unit in aligned.triggers:
        if len(unit) < 2:
            continue
        for role in ontology.names("role"):
            ones, others = (
                [a.region for a in trigger.arguments if a.role == role] for trigger in unit.values()
            )
            pairs, total = len(match(ones, others)), len(ones) + len(others)
            tally.add(pairs, total)
            tally.add_label(role, pairs, total)
    return tally


def _stance_pairs(one: View, other: View, ontology: Ontology, *, labels: bool) -> Marks:
    tally = Marks()
    both = one.stances.keys() & other.stances.keys()
    tally.add(len(both), len(one.stances) + len(other.stances))
    for label in ontology.names("stance_label") if labels else ():
        found = [_with_label(view.stances, label) for view in (one, other)]
        tally.add_label(label, len(found[0] & found[1]), len(found[0]) + len(found[1]))
    return tally


def _with_label(stances: Mapping[tuple[str, str], str], label: str) -> set[tuple[str, str]]:
    return {pair for pair, labels in stances.items() if label in labels.split("+")}
