"""Keeps labels of an earlier scheme readable on a server, as long as work there uses them.

What a declared migration takes away is left in the labelling config where annotations or drafts use
it: hidden where Label Studio can hide it, and without keys. Nobody's work on the server is changed;
it is read under the present labels when a release is built. Lines that do this end with a mark, so
that a config can be compared without them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from dataset_builder.migration.apply import control_of
from dataset_builder.ontology import mode_control

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_builder.ontology import Ontology
    from dataset_builder.studio.orphans import Offer

GRID_ROW = "pair_{{idx}}"
"""Control of a row of the pair grid, as the config has it; on the screen it has the row's number."""
GRID_ROWS = "pair_[0-9]+"
"""The hidden control that stands for all rows, see `grid`."""
_MARK = "<!-- of an earlier scheme -->"
_HIDDEN = '<View style="display: none">'
_GREY = "#616161"


def earlier_offers(ontology: Ontology) -> frozenset[Offer]:
    """What the declared migrations took away: control and value; a control as such with an empty
    value."""
    found: set[Offer] = set()
    for migration in ontology.migrations:
        for change in migration.changes:
            controls = [control_of(change)]
            if change.of == "mode" and change.type is None:
                controls = [mode_control(kind) for kind in ontology.by_type]
            found |= {(control, source) for control in controls for source in change.sources}
            if change.of == "event_type":
                found |= {(mode_control(source), "") for source in change.sources}
    return frozenset(found)


def earlier_answers(ontology: Ontology) -> frozenset[Offer]:
    """The same of the pair grid, whose rows are stances."""
    return frozenset(
        (control, source)
        for migration in ontology.migrations
        for change in migration.changes
        if change.of == "stance_label"
        for source in change.sources
        for control in (GRID_ROW, GRID_ROWS)
    )


def is_earlier(offer: Offer, earlier: frozenset[Offer]) -> bool:
    """Whether `offer`, or its whole control, is in `earlier`."""
    return offer in earlier or (offer[0], "") in earlier


def with_kept(label_config: str, kept: Iterable[Offer]) -> str:
    """`label_config`, as rendered, with what is to stay readable."""
    values: dict[str, list[str]] = {}
    for control, value in sorted(kept):
        values.setdefault(control, [])
        if value:
            values[control].append(value)
    for control, names in values.items():
        if control == "span":
            tags = "".join(
                f"<Label value={quoteattr(name)} background={quoteattr(_GREY)}/>" for name in names
            )
            line = f"{_HIDDEN}{tags}</View>{_MARK}\n"
            label_config = _before(label_config, r"[ ]*</Labels>", line)
            continue
        tags = "".join(
            f'<Choice value={quoteattr(name)} hint="not in use any more"/>' for name in names
        )
        there = (
            rf"<Choices name={re.escape(quoteattr(control))}(?:(?!</Choices>).)*?(?=[ ]*</Choices>)"
        )
        choices = re.search(there, label_config, re.DOTALL)
        if choices is not None:
            end = choices.end()
            label_config = f"{label_config[:end]}{tags}{_MARK}\n{label_config[end:]}"
            continue
        line = (
            f'{_HIDDEN}<Choices name={quoteattr(control)} toName="text" perRegion="true" '
            f'choice="multiple" layout="select">{tags}</Choices></View>{_MARK}\n'
        )
        label_config = _before(label_config, r'[ ]*<View className="an-side">', line)
    return label_config


def without_kept(label_config: str) -> str:
    """The config as it was rendered."""
    return "".join(
        line for line in label_config.splitlines(keepends=True) if not line.rstrip().endswith(_MARK)
    )


def _before(text: str, pattern: str, line: str) -> str:
    return re.sub(pattern, lambda match: line + match[0], text, count=1)
