"""Review tasks: what a machine could not carry over by itself, for an annotator to settle.

The task shows the present text under the present labels, with each annotator's work as far as it
could be carried over as a suggestion of its own, and a list of what needs a look. What an annotator
submits there counts as their work on that text, and replaces what was carried over for them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.moving.anchor import REASONS
from dataset_builder.moving.carry import Carrier, in_order
from dataset_builder.ontology import mode_control
from dataset_builder.printable import printable
from dataset_builder.studio.panel import with_panel
from dataset_builder.studio.push import NewTask, task_data
from dataset_builder.validate.findings import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.articles import Article
    from dataset_builder.moving.carry import Carried
    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.exported import ExportedTask, Item

KIND: Final = "review"
MODEL: Final = "moved:"
"""Begins the `model_version` of a suggestion; the annotator's pseudonym follows."""
_WORDS = 90  # characters of words that are shown in the list
_AROUND = 25
_SEVERAL = "First open the tab with your pseudonym and copy it: start from your own work."
INSTRUCTIONS = """\
# Review

The text of this article was cleaned again, or its labels were changed, after it was annotated. What
could be carried over exactly stands where it stood. The list above the text names the rest.

- Start from your own suggestion. Where there are several, each is a tab with a pseudonym: open
  yours and press its copy button; what Label Studio opens by itself may be somebody else's.
- Settle what the list names: mark a span again, move its edges, choose its label, or leave it out.
- Read what is new in the text, and annotate it.
- Submit. What you submit replaces your earlier work on this article.

"""


def review_config(label_config: str) -> str:
    """The rendered labelling config with the list of what needs a look above the text."""
    return with_panel(label_config, "review")


def review_task(
    tasks: Iterable[ExportedTask], article: Article, ontology: Ontology
) -> NewTask | None:
    """The task that settles what cannot be carried over to the present text and labels, given every
    task that holds work on `article`; None when there is nothing to settle."""
    carrier = Carrier(article.text, article.text_sha256, ontology)
    latest = carrier.latest(in_order(tasks))
    carried = [(who, carrier.carry(*work)) for who, work in latest.items()]
    open_ones = [(who, item) for who, item in carried if not item.settled]
    if not open_ones:
        return None
    lines = [_SEVERAL] if len(open_ones) > 1 else []
    lines += [line for who, item in open_ones for line in _to_look_at(who, item)]
    passages = dict.fromkeys(p for _, item in open_ones for p in item.passages)
    lines += [f"New in the text: “{_in_line(passage, _WORDS)}”" for passage in passages]
    data: dict[str, Any] = task_data(article, ontology.scheme_version)
    data |= {"kind": KIND, "review": "\n".join(lines)}
    suggested = tuple(
        {"model_version": f"{MODEL}{who}", "result": _suggested(item, article.text, ontology)}
        for who, item in open_ones
    )
    return NewTask(data, suggested)


def _suggested(carried: Carried, text: str, ontology: Ontology) -> list[Item]:
    """What the annotator starts from: without spans whose label is retired, and without modes of a
    type that is not there any more."""
    controls = {mode_control(name) for name in ontology.by_type}
    retired = carried.retired
    kept: list[Item] = []
    for item in carried.moved.proposed(text):
        ends = {item.get("from_id"), item.get("to_id")} if item.get("type") == "relation" else set()
        name = str(item.get("from_name"))
        if item.get("id") in retired or ends & retired.keys():
            continue
        if name.startswith(mode_control("")) and name not in controls:
            continue
        kept.append(item)
    return kept


def _to_look_at(who: str, carried: Carried) -> list[str]:
    """What one annotator's work needs, a line each."""
    moved, old = carried.moved, carried.task.text
    still = sum(item.get("type") == "labels" for item in moved.items)
    lines = [f"{who}: {still} spans stand as they were. To look at:"]
    arrows: dict[str, int] = {}
    for arrow in moved.arrows:
        for end in {str(arrow.get("from_id")), str(arrow.get("to_id"))}:
            arrows[end] = arrows.get(end, 0) + 1
    for doubt in moved.doubts:
        count = arrows.get(doubt.region_id, 0)
        linked = f", {count} arrow{'s' if count > 1 else ''}" if count else ""
        around = ""
        if doubt.start is not None and doubt.end is not None:
            before = _in_line(old[max(0, doubt.start - _AROUND) : doubt.start])
            after = _in_line(old[doubt.end : doubt.end + _AROUND])
            around = f" (it was in “…{before}[…]{after}…”{linked})"
        lines.append(
            f"• {printable(doubt.label, SHOWN)} “{printable(doubt.words, _WORDS)}”{around}: "
            f"{REASONS[doubt.reason]}{', marked where it may be' if doubt.proposal else ''}"
        )
    words = {
        str(item.get("id")): str(item["value"].get("text", ""))
        for item in carried.annotation.result
        if item.get("type") == "labels" and isinstance(item.get("value"), dict)
    }
    for use in carried.migrated.undecided:
        of_span = f" “{printable(words.get(use.region_id or '', ''), _WORDS)}”"
        lines.append(f"• {printable(use.value, SHOWN)}{of_span}: {use.change.words}, choose")
    if len(lines) == 1:
        lines[0] = f"{who}: all {still} spans stand as they were"
    return lines


def _in_line(text: str, limit: int = SHOWN) -> str:
    return printable(re.sub(r"\s+", " ", text), limit)
