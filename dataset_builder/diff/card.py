"""What a release's card says that is nowhere else: who is withheld and why, agreement, licence."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_builder.diff.reading import Opened

_WITHHELD = re.compile(r"^Withheld, and why:$", re.MULTILINE)
_BLOCK = re.compile(
    r"^<!-- begin: agreement -->$(?P<body>.*?)^<!-- end: agreement -->$", re.DOTALL | re.MULTILINE
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+!~$|])")


def withheld(release: Opened) -> dict[str, str]:
    """article_id -> why it is not in the release."""
    found = _WITHHELD.search(release.card)
    if found is None:
        return {}
    rows = _rows(release.card[found.end() :])
    return {row[0].strip("`"): row[1] for row in rows if len(row) == 2}


def agreement(release: Opened) -> dict[tuple[str, str], str]:
    """(layer, figure) -> value, with its interval where there is one."""
    found = _BLOCK.search(release.card)
    rows = _rows(found["body"]) if found else []
    return {(row[0], row[1]): _value(row[2:]) for row in rows if len(row) >= 3}


def _value(cells: list[str]) -> str:
    return f"{cells[0]} [{cells[1]}]" if len(cells) > 1 and cells[1] else cells[0]


def _rows(text: str) -> list[list[str]]:
    """The rows of the first pipe table, head and rule aside."""
    lines: list[list[str]] = []
    for line in text.split("\n"):
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
            lines.append([_plain(cell.strip()) for cell in cells])
        elif lines:
            break
    return lines[2:]


def _plain(cell: str) -> str:
    return html.unescape(_ESCAPED.sub(r"\1", cell))
