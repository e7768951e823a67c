"""How a diff looks: on a terminal, and on a page.

Text of articles and labels may hold anything: on a terminal it is made printable, in Markdown it
is escaped besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.markdown import escape, table
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 160
"""Characters shown of a value."""
GRID = 8
"""Labels up to which a confusion is shown as a grid."""


class Text:
    """How things look on a terminal."""

    def safe(self, text: str, limit: int | None = WIDTH) -> str:
        """Somebody's text, cut to `limit`."""
        return printable(text, limit)

    def code(self, text: str) -> str:
        """An id, a name or a place."""
        return printable(text, WIDTH)

    def row(self, name: str, about: str = "", split: str | None = None) -> str:
        """A row: its id, its split, and what it is."""
        place = "" if split is None else f" ({self.safe(split)})"
        return f"{self.code(name)}{place}{f' {self.safe(about)}' if about else ''}"

    def title(self, text: str) -> list[str]:
        """The first lines."""
        return [text]

    def head(self, text: str) -> list[str]:
        """The lines above a part."""
        return ["", text]

    def item(self, text: str, depth: int = 0) -> str:
        """A line of a list."""
        return f"{'  ' * (depth + 1)}{text}"

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
        """Rows below their headers; cells are safe already."""
        from dataset_builder.terminal import aligned

        cells = [[str(cell) for cell in row] for row in rows]
        return [f"  {line}" for line in aligned(headers, cells).split("\n")]

    def diff(self, lines: Sequence[str]) -> list[str]:
        """Lines of a unified diff."""
        return [f"      {printable(line)}" for line in lines]


class Markdown(Text):
    """How they look on a page."""

    def safe(self, text: str, limit: int | None = WIDTH) -> str:
        """Somebody's text, cut to `limit`."""
        return escape(printable(text, limit))

    def code(self, text: str) -> str:
        """An id, a name or a place."""
        shown = printable(text, WIDTH).replace("|", "¦")
        return f"`{shown.replace('`', 'ˋ')}`"

    def title(self, text: str) -> list[str]:
        """The first lines."""
        return [f"## {text}", ""]

    def head(self, text: str) -> list[str]:
        """The lines above a part."""
        return ["", f"### {text}", ""]

    def item(self, text: str, depth: int = 0) -> str:
        """A line of a list."""
        return f"{'  ' * depth}- {text}"

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
        """Rows below their headers; cells are safe already."""
        return ["", *table(headers, rows).split("\n"), ""]

    def diff(self, lines: Sequence[str]) -> list[str]:
        """Lines of a unified diff."""
        # A line never begins with the fence, because it begins with - or + or @.
        return ["", "```diff", *(printable(line) for line in lines), "```", ""]
