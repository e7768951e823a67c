"""The parts of the page that stand in it as HTML: everything but the articles themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_builder.agreement.excerpt import escape
from dataset_builder.ontology import AUTHOR
from dataset_builder.report import counts, drawn, parties
from dataset_builder.report.drawn import figure
from dataset_builder.report.reading import WITHHELD
from dataset_builder.report.svg import key, split_legend
from dataset_builder.report.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.report.counts import Distribution, Work
    from dataset_builder.report.drawn import Palette
    from dataset_builder.report.reading import Source

KINDS = {"model": "language model", "human": "person"}
FIRST = ("stance-label", "events-type")
"""Distributions that are shown large."""
DOC = {
    "stance": "holder, target and evidence",
    "events": "event mentions",
    "articles": "cleaned articles",
    "annotations": "what every annotator entered, before any vote",
    "triggers": "sentences with tagged triggers",
}
UNITS = {"stance": "stance rows", "events": "event mentions", "triggers": "tagged sentences"}
SEVERAL = 40
"""Rows of a table that is an alternative to a plot."""


def sections(source: Source, colours: Palette) -> str:
    """The body of the page, up to the packed blocks."""
    done = counts.work(source)
    parts = [
        ("labels", "Labels", _labels(source, colours)),
        ("events", "Events", _events(source, colours)),
        ("stances", "Stances", _stances(source, colours)),
        ("agreement", "Agreement", _agreement(source)),
        ("data", "Splits and texts", _data(source)),
        ("provenance", "Provenance", _provenance(source, done)),
        ("articles", "Articles", _explorer(source)),
    ]
    parts = [part for part in parts if part[2]]
    anchors = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in parts)
    body = "".join(
        f'<section id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{title}</h2>{content}'
        "</section>"
        for name, title, content in parts
    )
    return (
        '<a class="skip" href="#articles">Skip to the articles</a>'
        f"{_head(source, done)}<nav aria-label='Sections'><ul>{anchors}</ul></nav>"
        f"<main>{body}</main>"
    )


def _head(source: Source, done: Sequence[Work]) -> str:
    manifest = source.manifest
    about = [f"version <b>{escape(source.version)}</b>"]
    about += [
        f"{word} {escape(str(manifest[name]))}"
        for name, word in (("date", ""), ("text", "text"), ("scheme_version", "label scheme"))
        if name in manifest
    ]
    figures = [(source.frames[c].height, c) for c in source.frames if c != "articles"]
    stories = {story for (story,) in source.rows("articles", "story")}
    articles = source.frames["articles"].height if "articles" in source.frames else 0
    numbers = [(articles, "articles"), (len(stories), "stories"), *figures]
    shown = "".join(
        f"<div><dt>{escape(UNITS.get(name, name))}</dt><dd>{n:,}</dd></div>" for n, name in numbers
    )
    return (
        f'<header class="top"><h1><bdi>{escape(source.title)}</bdi></h1>'
        f'<p class="about">{" · ".join(about)}</p>{_warnings(source, done)}'
        f'<dl class="numbers">{shown}</dl></header>'
    )


def _warnings(source: Source, done: Sequence[Work]) -> str:
    lines = []
    models = counts.by_model_only(done)
    if models:
        lines.append(
            "<b>Model drafts.</b> Every annotation here was made by a language model: not gold, "
            "not made or checked by people."
        )
    elif models is False and any(item.kind == "model" for item in done):
        lines.append(
            "<b>Partly model drafts.</b> Some annotations were made by a language model; "
            "they are marked as such."
        )
    if source.manifest.get("text") == WITHHELD:
        lines.append(
            "<b>Text withheld.</b> This release holds labels, offsets and hashes, not the articles' "
            "text; <code>dataset-builder hydrate</code> puts it back from your own copies."
        )
    return "".join(f'<p class="warning">{line}</p>' for line in lines)


def _labels(source: Source, colours: Palette) -> str:
    splits = source.splits
    swatches = "".join(
        f'<li><svg width="12" height="12" aria-hidden="true"><rect class="{key(colour)}" width="12" '
        f'height="12" fill-opacity="{shade:g}"/></svg> {escape(name)}</li>'
        for name, colour, shade in split_legend(splits)
    )
    blocks = []
    by_config: dict[str, list[Distribution]] = {}
    for found in counts.distributions(source):
        if found.counts:
            by_config.setdefault(found.config, []).append(found)
    for config, items in by_config.items():
        plots = "".join(
            figure(
                drawn.distribution_plot(item, splits, colours), _distribution_table(item, splits)
            )
            for item in sorted(items, key=lambda d: f"{d.config}-{d.column}" not in FIRST)
        )
        rows = source.frames[config].height
        blocks.append(
            f'<h3><code>{escape(config)}</code> <small>{rows:,} rows: '
            f'{escape(DOC.get(config, ""))}</small></h3><div class="columns">{plots}</div>'
        )  # fmt: skip
    return f'<ul class="legend" aria-label="Shades of the splits">{swatches}</ul>{"".join(blocks)}'


def _distribution_table(found: Distribution, splits: Sequence[str]) -> str:
    totals = [sum(values[at] for _, values in found.counts) for at in range(len(splits))]
    rows = []
    for name, values in (*found.counts, *((name, (0,) * len(splits)) for name in found.absent)):
        cells = [
            f"{n:,} <small>{n / total:.0%}</small>" if total else "0"
            for n, total in zip((*values, sum(values)), (*totals, sum(totals)), strict=True)
        ]
        rows.append([_label_link(found.config, found.column, name), *cells])
    return table((found.column, *splits, "all"), rows)


def _label_link(config: str, column: str, name: str) -> str:
    prefix = {("events", "type"): "e", ("stance", "label"): "s"}.get((config, column))
    shown = escape(name)
    return shown if prefix is None else articles_link("label", f"{prefix}:{name}", shown)


def articles_link(field: str, value: str, shown: str) -> str:
    """A link to the articles for which a filter holds; `shown` is HTML."""
    return f'<a href="#articles?{field}={quote(value, safe="")}">{shown}</a>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, opened: bool = False) -> str:
    """The numbers of a plot, folded; the cells are HTML, the head is not. The first column heads
    its row."""
    top = "".join(f"<th scope=col>{escape(name)}</th>" for name in head)
    lines = "".join(
        f"<tr><th scope=row>{first}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for first, *cells in rows
    )
    whole = f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'
    return whole if opened else f"<details><summary>Table</summary>{whole}</details>"


def _events(source: Source, colours: Palette) -> str:
    if "events" not in source.frames:
        return ""
    quads = counts.quads_of(source)
    time = timeline(source)
    words = [quad.replace("_", " ") for quad in quads]
    rows = [
        [escape(name), *(f"{found.get(quad, 0):,}" for quad in quads)] for name, found in time.bins
    ]
    parts = []
    if time.bins:
        parts.append(
            figure(
                drawn.timeline_plot(time, quads, colours),
                table((time.unit, *words), rows, opened=True),
                beside=True,
            )
        )
    else:
        parts.append('<p class="note">No event has a date that the text supports.</p>')
    net = parties.network(source)
    if net.edges:
        parts.append(
            figure(
                drawn.network_plot(net, source, colours), _network_table(source, net), beside=True
            )
        )
    return "".join(parts)


def _network_table(source: Source, net: parties.Network) -> str:
    rows = []
    for edge in net.edges[:SEVERAL]:
        one, other = (
            articles_link("actor", name, f"<bdi>{escape(source.actors.get(name, name))}</bdi>")
            for name in (edge.source, edge.target)
        )
        types = ", ".join(f"{escape(kind)} {n:,}" for kind, n in edge.types.items())
        how = f'<span class="how">does {"to" if edge.directed else "with"}</span>'
        rows.append([one, how, other, f"{edge.n:,}", types])
    return _rest(table(("actor", "", "actor", "events", "types"), rows, opened=True),
                 len(net.edges) - len(rows), "weaker links")  # fmt: skip


def _rest(whole: str, left: int, what: str) -> str:
    """A table, and how much of it is not shown."""
    note = f'<p class="note">And {left:,} {what}.</p>' if left else ""
    return whole.removesuffix("</div>") + note + "</div>"


def _stances(source: Source, colours: Palette) -> str:
    if "stance" not in source.frames:
        return ""
    found = parties.stances(source)
    if not found.cells:
        return '<p class="note">Every row is derived: nobody took a stance.</p>'
    order = parties.against_to_favor(found.labels)
    ranked = sorted(found.cells.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows = []
    for (holder, target), given in ranked[:SEVERAL]:
        names = [
            f"<bdi>{escape(found.names[name])}</bdi>" if name == AUTHOR
            else articles_link("actor", name, f"<bdi>{escape(found.names[name])}</bdi>")
            for name in (holder, target)
        ]  # fmt: skip
        rows.append([*names, *(f"{given.get(label, 0):,}" for label in order)])
    shown = _rest(table(("holder", "target", *order), rows, opened=True), len(ranked) - len(rows),
                  "more holders on targets")  # fmt: skip
    return figure(drawn.matrix_plot(found, colours), shown, beside=True)


def _agreement(source: Source) -> str:
    parts = []
    plot = drawn.agreement_plot(source)
    if plot:
        rows = [[f"{escape(a)}: {escape(b)}", *map(escape, rest)]
                for a, b, *rest in source.agreement]  # fmt: skip
        parts.append(figure(plot, table(("figure", "value", "95 % interval", "n"), rows)))
    for config, label, unit, what in (
        ("stance", "label", "pair_id", "stance pairs"),
        ("events", "type", "mention_id", "event triggers"),
    ):
        found = counts.confirmed(source, config, label, unit)
        if found.votes:
            rows = [
                [escape(one), *(f"{found.cells.get((one, other), 0):,}" for other in found.labels)]
                for one in found.labels
            ]
            shown = table(("released \\ voted", *found.labels), rows)
            parts.append(figure(drawn.confirmed_plot(found, what), shown))
    if not parts:
        return '<p class="note">No article was annotated by two annotators.</p>'
    return f'<div class="side-by-side">{"".join(parts)}</div>'


def _data(source: Source) -> str:
    splits = source.splits
    sizes = counts.stories(source)
    rows = []
    for split in splits:
        found = sizes[split]
        articles = sum(size * n for size, n in found.items())
        link = articles_link("split", split, escape(split))
        biggest = max(found, default=0)
        rows.append([link, f"{articles:,}", f"{sum(found.values()):,}", f"{biggest:,}",
                     *(f"{source.frames[c].filter(source.frames[c]['split'] == split).height:,}"
                       for c in source.frames if c != "articles")])  # fmt: skip
    head = ("split", "articles", "stories", "largest story",
            *(c for c in source.frames if c != "articles"))  # fmt: skip
    measured = counts.lengths(source)
    lengths = [
        [escape(name), f"{n:,}", f"{low:,}", f"{middle:,}", f"{mean:,.0f}", f"{high:,}"]
        for name, n, low, middle, mean, high in measured.rows
    ]
    return (
        '<div class="side-by-side">'
        f"{figure(drawn.splits_plot(source, sizes), table(head, rows, opened=True))}"
        + figure(
            drawn.lengths_plot(measured, splits),
            table(("split", "articles", "shortest", "median", "mean", "longest"), lengths,
                  opened=True),
        )
        + "</div>"
    )  # fmt: skip


def _provenance(source: Source, done: Sequence[Work]) -> str:
    rows = [
        [
            f"<code>{escape(item.annotator)}</code>",
            f'<span class="kind {escape(item.kind)}">{escape(KINDS.get(item.kind, item.kind))}</span>',
            f"{item.articles:,}",
            escape(", ".join(f"{state} {n:,}" for state, n in item.states.items())),
            f"{item.spans:,}",
            f"{item.arrows:,}",
            escape(item.note),
        ]
        for item in done
    ]
    head = ("annotator", "kind", "articles", "state", "spans", "arrows", "note")
    who = table(head, rows, opened=True) if rows else '<p class="note">No annotations.</p>'
    files = [
        [f"{escape(config)}/{escape(split)}", f"{_count(found, 'rows')}",
         f"<code>{escape(str(found.get('content_sha256', ''))[:16])}…</code>"]
        for config, splits in source.manifest["configs"].items() for split, found in splits.items()
    ]  # fmt: skip
    return (
        f"<h3>Who or what annotated</h3>{who}<h3>What is in the release</h3>"
        f"{table(('config and split', 'rows', 'content hash'), files, opened=True)}"
    )


def _count(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return f"{value:,}" if isinstance(value, int) else ""


def _explorer(source: Source) -> str:
    if "articles" not in source.frames:
        return ""

    def choice(name: str, words: str) -> str:
        return (
            f'<label class="field">{words} <select name="{name}"><option value="">all</option>'
            "</select></label>"
        )

    sorts = "".join(
        f'<option value="{value}">{words}</option>'
        for value, words in (
            ("", "date"), ("title", "title"), ("events", "most events"),
            ("stances", "most stances"), ("disputed", "most disputed"), ("length", "longest"),
        )
    )  # fmt: skip
    return (
        "<noscript><p class=warning>The articles need JavaScript, which is part of this page; the "
        "figures above do not.</p></noscript>"
        '<form class="filters" role="search" hidden>'
        '<label class="field search">search <input type="search" name="q" autocomplete="off" '
        'spellcheck="false" placeholder="words in title or text ( / )" '
        'title="Enter: leave, then step with j and k; Esc: clear and leave"></label>'
        f"{choice('label', 'label')}{choice('actor', 'actor or issue')}{choice('outlet', 'outlet')}"
        f"{choice('split', 'split')}"
        f'<label class="field">order <select name="sort">{sorts}</select></label>'
        '<button type="reset">clear</button></form>'
        '<div class="explorer" hidden><div class="found"><p class="count" role="status"></p>'
        '<ol class="list" aria-label="Articles found"></ol>'
        '<div class="pager"><button type="button" data-step="-1">previous</button>'
        '<span></span><button type="button" data-step="1">next</button></div></div>'
        '<article class="reader" tabindex="-1" aria-live="polite"></article></div>'
    )
