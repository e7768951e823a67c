"""The page of `agreement --html`: one file that asks nothing of any network.

Its style and its one script (filters; without it all is shown) are inline, and its own security
policy forbids everything else, whatever the page texts hold.
"""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dataset_builder.agreement.cases import cases, choose, token
from dataset_builder.agreement.excerpt import escape
from dataset_builder.agreement.plots import axis_start, bar, interval_plot, scale, shade
from dataset_builder.agreement.report import (
    NAMES,
    NOBODY_YET,
    beside,
    layer_name,
    name_of,
    verdict_line,
    waiting_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_builder.agreement.figures import Agreement, AgreementRow
    from dataset_builder.agreement.gates import Gates, Verdict
    from dataset_builder.agreement.report import Links, Verdicts
    from dataset_builder.agreement.tally import Disagreement
    from dataset_builder.ontology import Ontology

SHOWN: Final = 60
"""Disagreements shown of a layer; all are counted, and in the JSON."""
_HERE: Final = Path(__file__).parent


def page(
    found: Agreement,
    gates: Gates,
    verdicts: Verdicts,
    ontology: Ontology,
    *,
    title: str,
    links: Links | None = None,
    shown: int = SHOWN,
) -> str:
    """The whole HTML document. `links` are the addresses of tasks; `shown` caps each layer's
    disagreements."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    chosen = choose(found.disagreements, shown)
    body = [_head(found, gates, verdicts, title)]
    if found.articles:
        body += [
            _summary(found, verdicts),
            _labels(found),
            _pairs(found),
            _against(found),
            _confusions(found, ontology),
            _disagreements(found, chosen, links or {}),
        ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Agreement: {escape(title)}</title>
<style>{style}</style>
</head>
<body>
{"".join(body)}
<script>{script}</script>
</body>
</html>
"""


def _head(found: Agreement, gates: Gates, verdicts: Verdicts, title: str) -> str:
    lines = [f"<h1>Agreement <small><bdi>{escape(title)}</bdi></small></h1>"]
    if not found.articles:
        return f"<header class=top>{lines[0]}<p>{NOBODY_YET}</p></header>"
    who = ", ".join(
        f"<b><bdi>{escape(name)}</bdi></b> ({escape(found.kinds[name])}, {count:,})"
        for name, count in found.annotators.items()
    )
    lines.append(
        f"<p><b>{len(found.articles):,}</b> articles finished by two annotators or more: {who}.</p>"
    )
    verdict, *below = verdict_line(verdicts, gates, len(found.articles)).split("\n")
    lines.append(f'<p class="verdict">{html.escape(verdict)}</p>')
    lines += [f'<p class="verdict">{html.escape(line)}</p>' for line in below]
    if found.waiting:
        lines.append(f'<p class="verdict">{escape(waiting_line(found))}</p>')
    links = [
        ("figures", "Figures"), ("labels", "By label"), ("pairs", "By annotator pair"),
        *([("adjudicated", "Adjudicated")] if found.adjudicated else []),
        ("confusions", "Confusions"), ("disagreements", "Disagreements"),
    ]  # fmt: skip
    anchors = " ".join(f'<a href="#{anchor}">{name}</a>' for anchor, name in links)
    lines.append(f"<nav>{anchors}</nav>")
    return f'<header class="top">{"".join(lines)}</header>'


def _summary(found: Agreement, verdicts: Verdicts) -> str:
    start = axis_start(found.rows)
    rows: list[str] = []
    previous = ""
    for row in found.rows:
        first = row.layer != previous
        previous = row.layer
        verdict = verdicts.get(name_of(row))
        layer = ""
        if first:
            height = sum(other.layer == row.layer for other in found.rows)
            agreed, differ = found.counts[row.layer]
            jump = f'<a href="#layer-{row.layer}">{differ:,} of {agreed + differ:,} differ</a>'
            layer = (
                f'<th scope="rowgroup" rowspan="{height}">{layer_name(row.layer)}'
                f"<small>{html.escape(found.about[row.layer])}</small></th>"
            )
            units = f'<td rowspan="{height}" class="jump">{jump if differ else ""}</td>'
        cells = (
            f"<td>{NAMES[row.metric]}</td>{_number(row)}"
            f"<td>{interval_plot(row, verdict, start)}</td><td class=n>{row.n:,}</td>{_badge(verdict)}"
        )
        rows.append(
            f"<tr{' class=first' if first else ''}>{layer}{cells}{units if first else ''}</tr>"
        )
    return (
        '<section id="figures"><h2>Figures</h2>'
        '<div class="wide"><table class="figures"><thead><tr><th>layer</th><th>figure</th>'
        f"<th>value and 95 % interval</th><th>{scale(start)}</th><th>n</th><th>gate</th>"
        "<th>units</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{_legend(found)}</section>"
    )


def _legend(found: Agreement) -> str:
    return (
        '<p class="note">Dot: the figure. Line: percentile interval of '
        f"{found.samples:,} bootstrap draws of articles (seed {found.seed}); there is none below two "
        "articles. Ticks: go (dashed) and target. Two marks match when they share at least half of "
        "the characters that either covers, one to one. F1 and share equal are the mean over "
        "annotator pairs, alpha is over all annotators; for modes, contexts and ids, which are "
        "sets, alpha uses the MASI distance. n: for F1 the marks of both annotators, otherwise the "
        "units that were compared. A figure without anything to compare is undefined, not 0.</p>"
    )


def _labels(found: Agreement) -> str:
    blocks: list[str] = []
    for layer in dict.fromkeys(row.layer for row in found.by_label):
        rows = [row for row in found.by_label if row.layer == layer]
        start = axis_start(rows)
        metrics = list(dict.fromkeys(row.metric for row in rows))
        by_label: dict[str, dict[str, AgreementRow]] = {}
        for row in rows:
            by_label.setdefault(str(row.label), {})[row.metric] = row
        head = "".join(f"<th colspan=2>{NAMES[metric]}</th>" for metric in metrics)
        lines = []
        for label, cells in by_label.items():
            shown = "".join(
                f"<td>{bar(cells[metric], start)}</td>{_number(cells[metric])}"
                if metric in cells
                else "<td colspan=2></td>"
                for metric in metrics
            )
            n = min(row.n for row in cells.values())  # not once for every pair of annotators
            lines.append(
                f"<tr><th scope=row>{escape(label)}</th><td class=n>{n:,}</td>{shown}</tr>"
            )
        blocks.append(
            f"<details open><summary>{layer_name(layer)} <small>{html.escape(found.about[layer])}"
            f'</small></summary><div class="wide"><table class="labels"><thead><tr><th>label</th>'
            f"<th>n</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div></details>"
        )
    return (
        f'<section id="labels"><h2>By label</h2><p class="note">F1 of the marks with the label; '
        "share equal of a label: twice the units that both gave it, by the times it was given; "
        "alpha of whether it was given.</p>"
        f"{''.join(blocks)}</section>"
    )


def _pairs(found: Agreement) -> str:
    if not found.by_pair:
        only = " and ".join(f"<bdi>{escape(name)}</bdi>" for name in found.annotators)
        note = f"All figures are of one pair of annotators: {only}."
        return f'<section id="pairs"><h2>By annotator pair</h2><p class="note">{note}</p></section>'
    pairs = list(dict.fromkeys(row.pair for row in found.by_pair if row.pair))
    head = "".join(
        f"<th><bdi>{escape(one)}</bdi><br><bdi>{escape(other)}</bdi></th>" for one, other in pairs
    )
    rows: dict[str, list[AgreementRow]] = {}
    for row in found.by_pair:
        rows.setdefault(name_of(row), []).append(row)
    return f'<section id="pairs"><h2>By annotator pair</h2>{_heat_table(head, rows)}</section>'


def _against(found: Agreement) -> str:
    if not found.adjudicated:
        return ""
    names, rows = beside(found.against)
    head = "".join(f"<th><bdi>{escape(name)}</bdi></th>" for name in names)
    who = ", ".join(
        f"<bdi>{escape(name)}</bdi>" for name in sorted(set(found.adjudicated.values()))
    )
    return (
        '<section id="adjudicated"><h2>Against the adjudicated version</h2><p class="note">'
        f"{len(found.adjudicated):,} articles, adjudicated by {who}, who had seen all versions: the "
        "figures tell whose work was taken, and are no agreement of independent annotators.</p>"
        f"{_heat_table(head, rows)}</section>"
    )


def _heat_table(head: str, rows: Mapping[str, Sequence[AgreementRow]]) -> str:
    lines = []
    for cells in rows.values():
        shown = "".join(_heat(row) for row in cells)
        lines.append(
            f"<tr><th scope=row>{layer_name(cells[0].layer)}</th>"
            f"<td>{NAMES[cells[0].metric]}</td>{shown}</tr>"
        )
    return (
        '<div class="wide"><table class="heat"><thead>'
        f"<tr><th>layer</th><th>figure</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
        "</table></div>"
    )


def _heat(row: AgreementRow) -> str:
    if row.value is None:
        return f'<td class="none" title="{html.escape(str(row.reason), quote=True)}">–</td>'
    low = "" if row.low is None else f", {row.low:.2f} to {row.high:.2f}"
    return (
        f'<td class="shaded" style="{shade(row.value)}" title="n = {row.n}{low}">'
        f"{_short(row.value)}</td>"
    )


def _confusions(found: Agreement, ontology: Ontology) -> str:
    tables = [
        _confusion(found, "types", "Event types", ontology.names("event_vote")),
        _confusion(found, "stance_labels", "Stance of a pair", ontology.names("stance_vote")),
    ]
    if len(found.annotators) == 2:
        one, other = (f"<bdi>{escape(name)}</bdi>" for name in found.annotators)
        whose = f"Rows: {one}, columns: {other}."
    else:
        whose = "Of every two annotators, rows: the one whose pseudonym comes first, columns: the other."
    return (
        f'<section id="confusions"><h2>Confusions</h2><p class="note">Units by the label of each of '
        f"two annotators; <i>unmarked</i>: only the other has it. {whose}</p>"
        f'<div class="tables">{"".join(tables)}</div></section>'
    )


def _confusion(found: Agreement, layer: str, title: str, order: Sequence[str]) -> str:
    cells = found.confusions[layer]
    if not cells:
        return (
            f"<figure><figcaption>{title}</figcaption><p>There is nothing to compare.</p></figure>"
        )
    given = {label for pair in cells for label in pair}
    labels = [*(label for label in order[1:] if label in given), *sorted(given - set(order))]
    labels += [label for label in order[:1] if label in given]  # unmarked comes last
    head = "".join(f"<th scope=col><span>{escape(label)}</span></th>" for label in labels)
    lines = []
    for one in labels:
        total = sum(cells.get((one, other), 0) for other in labels)
        shown = "".join(
            _confused(cells.get((one, other), 0), total, same=one == other) for other in labels
        )
        lines.append(f"<tr><th scope=row>{escape(one)}</th>{shown}<td class=n>{total:,}</td></tr>")
    return (
        f'<figure><figcaption>{title}</figcaption><div class="wide"><table class="confusion"><thead>'
        f"<tr><th></th>{head}<th scope=col><span>all</span></th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div></figure>"
    )


def _confused(units: int, total: int, *, same: bool) -> str:
    if not units:
        return f'<td class="{"same " if same else ""}zero">·</td>'
    kind = "same" if same else "other"
    return f'<td class="shaded {kind}" style="{shade(units / total)}">{units:,}</td>'


def _disagreements(
    found: Agreement, chosen: Mapping[str, Sequence[Disagreement]], links: Links
) -> str:
    blocks = []
    for layer, (agreed, differ) in found.counts.items():
        items = chosen.get(layer, [])
        if not differ:
            continue
        shown = "" if len(items) == differ else f"; {len(items):,} of them shown"
        blocks.append(
            f'<details open class="layer" id="layer-{layer}"><summary>{layer_name(layer)} '
            f"<small>{differ:,} of {agreed + differ:,} units differ{shown}</small></summary>"
            f"{cases(items, found, links)}</details>"
        )
    if not blocks:
        return '<section id="disagreements"><h2>Disagreements</h2><p>There are none.</p></section>'
    every = [item.unit for items in chosen.values() for item in items]
    total = sum(differ for _, differ in found.counts.values())
    note = f"{total:,} in all"
    if total > len(every):
        note += (
            f", {len(every):,} shown, of every layer and label; <code>--format json</code> has all"
        )
    return (
        '<section id="disagreements"><h2>Disagreements</h2>'
        f'<p class="note">{note}. Each is told once: a trigger, mention, evidence or pair that not all '
        "have is there, and its type, arguments, attributes or id are compared where they have it. "
        "The marks in question are filled, what belongs to them is underlined.</p>"
        '<form class="filters" hidden>'
        f"{_filter('layer', (unit.layer for unit in every))}"
        f"{_filter('labels', (label for unit in every for label in unit.labels))}"
        f"{_filter('differs', (kind for unit in every for kind in unit.differs))}"
        "<output></output></form>"
        f"{''.join(blocks)}</section>"
    )


def _filter(name: str, values: Iterable[str]) -> str:
    options = "".join(
        f'<option value="{html.escape(token(value), quote=True)}">'
        f"{escape(layer_name(value) if name == 'layer' else value[:80])}</option>"
        for value in sorted(set(values))
    )
    words = {"layer": "layer", "labels": "label", "differs": "difference"}[name]
    return f'<label>{words} <select name="{name}"><option value="">all</option>{options}</select></label>'


def _number(row: AgreementRow) -> str:
    if row.value is None:
        return f'<td class="number none">{html.escape(str(row.reason))}</td>'
    between = ""
    if row.low is not None and row.high is not None:
        between = f" <small>{_short(row.low)} to {_short(row.high)}</small>"
    return f'<td class="number">{_short(row.value)}{between}</td>'


def _short(value: float) -> str:
    """Three decimals, with a real minus sign."""
    return f"{value:.3f}".replace("-", "\u2212")


def _badge(verdict: Verdict | None) -> str:
    if verdict is None:
        return "<td></td>"
    name = verdict.state.split()[0]
    return (
        f'<td class="gate"><span class="badge {name}">{verdict.state}</span>'
        f"<small>go {verdict.gate.go:.2f}, target {verdict.gate.target:.2f}</small></td>"
    )
