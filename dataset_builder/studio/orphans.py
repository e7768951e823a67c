"""Finds what a new labelling configuration would take away from work on the server.

Label Studio itself only refuses to lose a whole control, and not even that for work that was
imported, as restored work is.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"\d+$")

Offer = tuple[str, str]
"""A control and one of its values; the empty value stands for the control itself."""


def offered(label_config: str) -> frozenset[Offer]:
    """Everything that annotators can choose; empty for a configuration that cannot be read."""
    try:
        root = ET.fromstring(label_config)  # noqa: S314  # expat stops expansion bombs itself
    except ET.ParseError:
        return frozenset()
    found = set()
    for control in root.iter():
        name = control.get("name")
        if name is None or control.get("toName") is None:
            continue
        found.add((name, ""))
        for option in control.iter():
            value = option.get("alias") or option.get("value")
            if option is not control and value is not None:
                found.add((name, value))
    return frozenset(found)


def orphans(lost: frozenset[Offer], raws: Iterable[dict[str, Any]]) -> dict[Offer, int]:
    """How often annotations and drafts in `raws` use what is in `lost`."""
    counts: Counter[Offer] = Counter()
    for raw in raws:
        for entry in (*(raw.get("annotations") or ()), *(raw.get("drafts") or ())):
            for item in entry.get("result") or ():
                counts.update(offer for offer in _used(item) if offer in lost)
    return dict(sorted(counts.items()))


def _used(item: dict[str, Any]) -> list[Offer]:
    name, value = item.get("from_name"), item.get("value")
    if not isinstance(name, str) or not isinstance(value, dict):
        return []
    chosen = [*(value.get("labels") or ()), *(value.get("choices") or ())]
    used = [(name, ""), *((name, option) for option in chosen if isinstance(option, str))]
    # A control in a Repeater is declared once, with a flag where its results have the number, and
    # once more with a pattern there.
    declared = {_NUMBER.sub(sign, name) for sign in ("{{idx}}", "[0-9]+")} - {name}
    return [*used, *((control, value) for control in sorted(declared) for _, value in used)]
