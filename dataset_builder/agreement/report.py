"""Agreement for a terminal, for programs and for the card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.agreement.gates import BELOW, GO, TARGET, TOO_FEW
from dataset_builder.agreement.measures import LEVEL
from dataset_builder.agreement.words import in_words, plain
from dataset_builder.markdown import table
from dataset_builder.terminal import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_builder.agreement.figures import Agreement, AgreementRow
    from dataset_builder.agreement.gates import Gates, Verdict
    from dataset_builder.agreement.tally import Disagreement

    Links = Mapping[tuple[str, str], str]
    Verdicts = Mapping[str, Verdict]

FORMAT: Final = 1
NAMES: Final = {
    "exact_f1": "F1, same extent",
    "overlap_f1": "F1, half overlap",
    "f1": "F1",
    "percent": "share equal",
    "alpha": "Krippendorff's alpha",
}
_CARD: Final = (
    ("triggers", "exact_f1"), ("triggers", "overlap_f1"), ("types", "percent"), ("types", "alpha"),
    ("arguments", "f1"), ("polarity", "percent"), ("polarity", "alpha"), ("modality", "percent"),
    ("modality", "alpha"), ("tense", "percent"), ("tense", "alpha"),
    ("stance_evidence", "exact_f1"), ("stance_evidence", "overlap_f1"), ("stance_pairs", "f1"),
    ("stance_labels", "alpha"), ("stance_labels_where_both", "percent"),
)  # fmt: skip
"""The figures of the card, in its order."""
_HEAD: Final = ("layer", "figure", "value", "95 % interval", "n")
NOBODY_YET: Final = "no two annotators finished the same article yet"


def agreement_markdown(found: Agreement) -> str:
    """The main figures as a table for the card; empty when no two annotators share an article."""
    if not found.articles:
        return ""
    rows = {(row.layer, row.metric): row for row in found.rows}
    chosen = [rows[name] for name in _CARD if name in rows]
    return table(("Layer", "Figure", "Value", "95 % interval", "n"), map(cells, chosen))


def as_text(found: Agreement, gates: Gates, verdicts: Verdicts, *, details: bool = False) -> str:
    """The figures with their gates for a terminal; `details`: also by label and annotator pair."""
    if not found.articles:
        return NOBODY_YET
    who = ", ".join(f"{name} ({found.kinds[name]}, {n})" for name, n in found.annotators.items())
    parts = [
        f"{len(found.articles)} articles finished by two annotators or more: {who}",
        aligned(
            (*_HEAD, "go", "target", "gate"),
            [(*cells(row), *_gate_cells(verdicts.get(name_of(row)))) for row in found.rows],
        ),
    ]
    if details:
        parts += [
            aligned(("label", *_HEAD), [(str(row.label), *cells(row)) for row in found.by_label]),
        ]
        if found.by_pair:
            pairs = [("/".join(row.pair or ()), *cells(row)) for row in found.by_pair]
            parts.append(aligned(("annotators", *_HEAD), pairs))
    if found.adjudicated:
        parts += [
            f"against the adjudicated version ({len(found.adjudicated)} articles):",
            aligned(*_beside(found.against)),
        ]
    counted = [(layer, both) for layer, both in found.counts.items() if sum(both)]
    parts.append(
        aligned(
            ("layer", "units", "disagreements"),
            [(layer_name(name), str(sum(both)), str(both[1])) for name, both in counted],
        )
    )
    if found.waiting:
        parts.append(waiting_line(found))
    parts.append(verdict_line(verdicts, gates, len(found.articles)))
    return "\n\n".join(parts)


def waiting_line(found: Agreement) -> str:
    """Whose work is left out, in a sentence."""
    names = ", ".join(f"{name} {count}" for name, count in found.waiting.items())
    return f"left out until reviewed, because text or labels changed (articles): {names}"


def beside(rows: Iterable[AgreementRow]) -> tuple[list[str], dict[str, list[AgreementRow]]]:
    """The annotators of `Agreement.against`, and by figure one row for each; without figures that
    nobody has."""
    lines: dict[str, list[AgreementRow]] = {}
    for row in rows:
        lines.setdefault(name_of(row), []).append(row)
    told = {
        name: cells for name, cells in lines.items() if any(row.value is not None for row in cells)
    }
    names = dict.fromkeys(row.pair[0] for cells in told.values() for row in cells if row.pair)
    return list(names), told


def _beside(rows: Iterable[AgreementRow]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    names, lines = beside(rows)
    shown = [
        (
            *cells(line[0])[:2],
            *("-" if row.value is None else f"{row.value:.3f} (n {row.n})" for row in line),
        )
        for line in lines.values()
    ]
    return ("layer", "figure", *names), shown


def verdict_line(verdicts: Verdicts, gates: Gates, articles: int) -> str:
    """All verdicts in a sentence."""
    states = [verdict.state for verdict in verdicts.values()]
    if TOO_FEW in states:
        return f"gates: {TOO_FEW}: {articles} of {gates.fewest_articles} articles"
    if not states:
        return "gates: none is declared"
    below = [name for name, verdict in verdicts.items() if verdict.state == BELOW]
    counts = ", ".join(
        f"{states.count(state)} {words}"
        for state, words in ((TARGET, "at target"), (GO, "at go"), (BELOW, "below go"))
    )
    other = len(states) - sum(states.count(state) for state in (TARGET, GO, BELOW))
    line = f"gates: {counts}" + (f", {other} without a figure" if other else "")
    names = ", ".join(_spoken(name) for name in below)
    return f"{line}\nbelow go: {names}" if below else line


def as_json(found: Agreement, gates: Gates, verdicts: Verdicts, links: Links | None = None) -> str:
    """Everything as one JSON object, with a newline.

    - `format`: 1; it rises when a key goes away or changes meaning
    - `articles` [{article_id, text_sha256, annotators}], `annotators` {pseudonym: articles},
      `kinds` {pseudonym: human or model}
    - `bootstrap` {samples, seed, level}
    - `figures`, `by_label`, `by_pair`: [{layer, metric, value, n, low, high, reason, label,
      pair}]; `figures` also have `gate` {go, target, state} or null
    - `against_adjudicated`: the same of each annotator and the adjudicated version, with `pair`
      [pseudonym, "adjudicated"]; `adjudicated` [{article_id, text_sha256, annotator}]
    - `waiting` {pseudonym: articles left out until they are reviewed}
    - `confusions` {types, stance_labels}: [{one, other, units}]; `one` is the annotator whose
      pseudonym comes first
    - `counts` {layer: {agreed, differ}}, in units
    - `disagreements` [{article_id, text_sha256, task (address or null), layer, labels, differs,
      pair, words, sides [{annotator, values (null: not marked), marks [{start, end, tag, main, text}]}]}]
    """
    whole: dict[str, Any] = {
        "format": FORMAT,
        "articles": [
            {"article_id": key[0], "text_sha256": key[1], "annotators": list(names)}
            for key, names in found.articles.items()
        ],
        "annotators": dict(found.annotators),
        "kinds": {name: found.kinds[name] for name in found.annotators},
        "bootstrap": {"samples": found.samples, "seed": found.seed, "level": LEVEL},
        "fewest_articles": gates.fewest_articles,
        "figures": [
            {**_plain(row), "gate": _plain_gate(verdicts.get(name_of(row)))} for row in found.rows
        ],
        "by_label": [_plain(row) for row in found.by_label],
        "by_pair": [_plain(row) for row in found.by_pair],
        "against_adjudicated": [_plain(row) for row in found.against],
        "adjudicated": [
            {"article_id": key[0], "text_sha256": key[1], "annotator": who}
            for key, who in found.adjudicated.items()
        ],
        "waiting": dict(found.waiting),
        "confusions": {
            layer: [{"one": a, "other": b, "units": n} for (a, b), n in times.items()]
            for layer, times in found.confusions.items()
        },
        "counts": {
            layer: {"agreed": same, "differ": apart}
            for layer, (same, apart) in found.counts.items()
        },
        "disagreements": [_disagreement(item, found, links or {}) for item in found.disagreements],
    }
    return json.dumps(whole) + "\n"  # indented, it takes five times as long


def name_of(row: AgreementRow) -> str:
    """`<layer> <metric>`: what gates are found by."""
    return f"{row.layer} {row.metric}"


def layer_name(layer: str) -> str:
    """A layer as it is printed."""
    return layer.replace("_", " ")


def cells(row: AgreementRow) -> tuple[str, str, str, str, str]:
    """Layer, figure, value, interval and n as they are printed."""
    return (
        layer_name(row.layer),
        NAMES[row.metric],
        f"undefined ({row.reason})" if row.value is None else f"{row.value:.3f}",
        "-" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}",
        str(row.n),
    )


def _gate_cells(verdict: Verdict | None) -> tuple[str, str, str]:
    if verdict is None:
        return ("", "", "")
    return (f"{verdict.gate.go:.2f}", f"{verdict.gate.target:.2f}", verdict.state)


def _spoken(name: str) -> str:
    layer, metric = name.split(" ")
    return f"{layer_name(layer)} ({NAMES[metric]})"


def _plain(row: AgreementRow) -> dict[str, Any]:
    return {
        "layer": row.layer,
        "metric": row.metric,
        "value": row.value,
        "n": row.n,
        "low": row.low,
        "high": row.high,
        "reason": row.reason,
        "label": row.label,
        "pair": row.pair,
    }


def _plain_gate(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"go": verdict.gate.go, "target": verdict.gate.target, "state": verdict.state}


def _disagreement(item: Disagreement, found: Agreement, links: Links) -> dict[str, Any]:
    unit = item.unit
    text = found.tasks[item.key].text
    return {
        "article_id": item.article_id,
        "text_sha256": item.text_sha256,
        "task": links.get(item.key),
        "layer": unit.layer,
        "labels": list(unit.labels),
        "differs": list(unit.differs),
        "pair": unit.pair,
        "words": [plain(phrase) for phrase in in_words(unit, text)],
        "sides": [
            {
                "annotator": side.annotator,
                "values": None if side.values is None else list(side.values),
                "marks": [
                    {**mark._asdict(), "text": text[mark.start : mark.end]} for mark in side.marks
                ],
            }
            for side in unit.sides
        ],
    }
