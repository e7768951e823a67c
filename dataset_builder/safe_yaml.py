"""What makes a YAML text unfit to be loaded, told before it is."""

from __future__ import annotations

import re
from typing import Final

NODES: Final = 1_000_000
"""Values of a YAML document, those that an alias repeats counted again."""
DEEPEST: Final = 200
"""Levels of a YAML document: the loaders recurse, and the one in C ends the process."""
_SIXTIES: Final = re.compile(r"(?::[0-5]?[0-9]){50}")
"""Of a number in base 60, such as 12:30:45: they are read in quadratic time."""
_INDENTED: Final = re.compile(rf"(?m)^[ \t?:-]{{{DEEPEST}}}")


def refusal(text: str) -> str | None:
    """Why a YAML text must not be loaded: it grows or takes beyond reason, or is nested beyond
    it.

    The events of the parser are counted, which builds nothing; most texts can be neither. Raises
    yaml.YAMLError or ValueError when it is no YAML.
    """
    import yaml

    if _SIXTIES.search(text):
        return "a number of more than 50 places in base 60"
    deep = text.count("[") + text.count("{") > DEEPEST or _INDENTED.search(text)
    if not deep and not ("&" in text and "*" in text):
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            size = sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, 1))
            if len(open_) > DEEPEST:
                return f"nested more than {DEEPEST} deep"
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_.pop()
            if anchor:
                sizes[anchor] = size
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                sizes[event.anchor] = size + len(event.value) // 100
        else:
            continue
        if open_:
            open_[-1] = (open_[-1][0], open_[-1][1] + size)
        if size > NODES or (open_ and open_[-1][1] > NODES):
            return f"a document of more than {NODES} values, by aliases that repeat each other"
    return None
