"""Markdown made from data: pipe tables, and the marked blocks that are filled by rendering.

A block is everything between two marker lines, `<!-- begin: NAME -->` and `<!-- end: NAME -->`.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MARKER = re.compile(r"^<!-- (begin|end): ([a-z_]+) -->$", re.MULTILINE)


def fill_blocks(text: str, blocks: Mapping[str, str], *, where: str) -> str:
    """`text` with the content of every block named in `blocks` replaced.

    Other blocks stay as they are. Raises ProjectError, naming `where`, when a block is missing,
    is there twice, or its markers are not balanced.
    """
    found = _blocks(text, where)
    missing = sorted(set(blocks) - {name for name, _, _ in found})
    if missing:
        raise ProjectError(
            f"{where}: no block named {', '.join(missing)}",
            hint=f"add the lines <!-- begin: {missing[0]} --> and <!-- end: {missing[0]} -->",
        )
    pieces, done = [], 0
    for name, start, end in found:
        if name in blocks:
            pieces += [text[done:start], f"\n{blocks[name].strip()}\n"]
            done = end
    return "".join((*pieces, text[done:]))


def block_names(text: str, *, where: str) -> list[str]:
    """Names of the blocks in `text`, in order. Raises ProjectError like `fill_blocks`."""
    return [name for name, _, _ in _blocks(text, where)]


def _blocks(text: str, where: str) -> list[tuple[str, int, int]]:
    """(name, start, end) of the content between each pair of markers."""
    found: list[tuple[str, int, int]] = []
    opened: re.Match[str] | None = None
    for marker in MARKER.finditer(text):
        kind, name = marker.groups()
        line = text.count("\n", 0, marker.start()) + 1
        if kind == "begin" and opened is None and name not in {done for done, _, _ in found}:
            opened = marker
        elif kind == "end" and opened is not None and opened.group(2) == name:
            found.append((name, opened.end(), marker.start()))
            opened = None
        else:
            raise ProjectError(
                f"{where}, line {line}: marker `{kind}: {name}` does not fit here",
                hint="every block has one begin and one end marker, and blocks do not nest",
            )
    if opened is not None:
        raise ProjectError(
            f"{where}: block {opened.group(2)} is never closed",
            hint=f"add the line <!-- end: {opened.group(2)} -->",
        )
    return found


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A pipe table. Cells are Markdown: pass page text through `escape` first."""
    lines = [_row(headers), _row(["---"] * len(headers))]
    lines += [_row([str(cell) for cell in row]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    flat = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(flat)} |"


def escape(text: str) -> str:
    """Text from a page as plain Markdown: nothing in it is read as markup, HTML or control."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r"([\\`*_{}\[\]()#+!~$])", r"\\\1", html.escape(visible, quote=False))
