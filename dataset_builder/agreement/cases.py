"""The disagreements of the page: each in its sentence, what every annotator has side by side."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import TYPE_CHECKING

from dataset_builder.agreement.excerpt import escape, marked, running, windows
from dataset_builder.agreement.report import layer_name
from dataset_builder.agreement.words import ISOLATE, in_words, isolated, value_of
from dataset_builder.moving.sentences import sentences_of
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataset_builder.agreement.differences import Side
    from dataset_builder.agreement.figures import Agreement
    from dataset_builder.agreement.report import Links
    from dataset_builder.agreement.tally import Disagreement
    from dataset_builder.articles import Span

_HEAD = 300
"""Characters shown of an article where a unit has no place in it, and of a title."""
_TOKEN = 80


def choose(found: Sequence[Disagreement], most: int) -> dict[str, list[Disagreement]]:
    """Layer -> at most `most` of its disagreements, by label and article.

    Where there are more, every label has its turn until there is no more room, and the articles
    of a label are taken evenly, so that what is shown is of everything, not of the first.
    """
    layers: dict[str, dict[tuple[str, ...], list[Disagreement]]] = {}
    for item in found:
        layers.setdefault(item.unit.layer, {}).setdefault(item.unit.labels, []).append(item)
    return {
        layer: [item for _, items in sorted(_share(groups, most).items()) for item in items]
        for layer, groups in layers.items()
    }


def _share(
    groups: dict[tuple[str, ...], list[Disagreement]], most: int
) -> dict[tuple[str, ...], list[Disagreement]]:
    room, left = most, len(groups)
    chosen: dict[tuple[str, ...], list[Disagreement]] = {}
    for labels, items in sorted(groups.items(), key=lambda group: (len(group[1]), group[0])):
        take = min(len(items), -(-room // left))  # small groups leave room to larger ones
        chosen[labels] = [items[number * len(items) // take] for number in range(take)]
        room, left = room - take, left - 1
    return chosen


def cases(items: Sequence[Disagreement], found: Agreement, links: Links) -> str:
    """The disagreements as HTML, in the order given."""

    @lru_cache(maxsize=64)
    def sentences(key: tuple[str, str]) -> tuple[Span, ...]:
        task = found.tasks[key]
        return sentences_of(task.text, str(task.data.get("language") or "und"))

    return "\n".join(_case(item, found, links, sentences) for item in items)


def _case(
    item: Disagreement,
    found: Agreement,
    links: Links,
    sentences: Callable[[tuple[str, str]], tuple[Span, ...]],
) -> str:
    unit, task = item.unit, found.tasks[item.key]
    text, known = task.text, sentences(item.key)
    shown = windows(text, known, [mark for side in unit.sides for mark in side.marks])
    if not shown:
        shown = [(0, min(len(text), _HEAD))]
    phrases = "".join(f"<li>{phrase_html(phrase)}</li>" for phrase in in_words(unit, text))
    about = [" → ".join(map(isolated, unit.pair))] if unit.pair else []
    about.append(f"{layer_name(unit.layer)}: {', '.join(map(isolated, unit.labels)) or 'none'}")
    title = str(task.data.get("title") or "")[:_HEAD]
    link = ""
    if address := links.get(item.key):
        safe = html.escape(address, quote=True)
        link = f' · <a href="{safe}" target="_blank" rel="noopener noreferrer">open the task</a>'
    sides = "".join(
        f'<div class="side{" none" if side.values is None else ""}"><h4><bdi>{escape(side.annotator)}'
        f"</bdi> {_value(side)}</h4>"
        f'<p dir="auto">{marked(text, shown, side.marks, known)}</p></div>'
        for side in unit.sides
    )
    labels = html.escape(" ".join(map(token, unit.labels)), quote=True)
    return (
        f'<article class="case" data-layer="{unit.layer}" data-labels="{labels}" '
        f'data-differs="{" ".join(unit.differs)}"><header><ul>{phrases}</ul>'
        f'<p class="where">{phrase_html(" · ".join(about))} · <bdi>{running(title) or "(no title)"}'
        f"</bdi> · <code>{escape(item.article_id)}</code>{link}</p></header>"
        f'<div class="sides">{sides}</div></article>'
    )


def token(label: str) -> str:
    """A label as one word of an attribute, which the filters look for."""
    return "_".join(printable(label, _TOKEN).split())


def _value(side: Side) -> str:
    return f'<span class="value">{phrase_html(value_of(side))}</span>'


def phrase_html(phrase: str) -> str:
    """A phrase of `words` as HTML: what is isolated in it is so by an element."""
    return html.escape(phrase).replace(ISOLATE[0], "<bdi>").replace(ISOLATE[1], "</bdi>")
