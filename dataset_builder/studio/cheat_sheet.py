"""What the labelling screen says beside its labels: arrows, examples, tooltips."""

from __future__ import annotations

from html import escape as html_escape
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.ontology import EventType, Label

_ARROWS = """
**Alt+R, then click the end.** Read it like a sentence:

actor → trigger: *did it*

trigger → actor: *was done to*

trigger – place, date: *where, when*

trigger → trigger: *same event*

actor → stance: *holds it*

stance → actor, issue: *about*

nothing into a stance: *the author*
"""


def hint_of(label: Label | EventType) -> str:
    """Definition and example, for the tooltip."""
    example = example_of(label)
    return label.definition + (f" Example: {example.replace('**', '')}" if example else "")


def example_of(label: Label | EventType) -> str:
    """A sentence with the marked words in `**`; empty when there is none."""
    return label.example


def arrows_panel() -> list[str]:
    """How arrows read, unfolded."""
    return _panel("Arrows", _ARROWS, unfolded=True)


def examples_panel(labels: Iterable[Label | EventType]) -> list[str]:
    """One example for each label that has one, folded away."""
    lines = [f"**{label.name}**: {example_of(label)}" for label in labels if example_of(label)]
    # Markdown renders HTML as it comes; what the ontology says stays text.
    shown = [html_escape(" ".join(line.split()), quote=False) for line in lines]
    return _panel("Examples", "\n" + "\n\n".join(shown) + "\n", unfolded=False)


def _panel(title: str, markdown: str, *, unfolded: bool) -> list[str]:
    return [
        f'<Collapse accordion="false" bordered="false" open="{str(unfolded).lower()}">',
        f'<Panel value="{title}">',
        f'<View className="an-note"><Markdown>{escape(markdown)}</Markdown></View>',
        "</Panel>",
        "</Collapse>",
    ]
