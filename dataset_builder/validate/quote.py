"""A span shown in the words around it, so that a person sees at once what is meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.release import Release

AROUND: Final = 50
"""Characters shown on either side of a span, and of each end of a long one."""
_CARRIER: Final = "\u25cc"
"""Dotted circle: carries a combining mark that its letter was cut away from."""


@dataclass(frozen=True)
class Quote:
    """A span of an article and what stands around it on its line; all of it printable."""

    column: str
    """Where the row has the span: `evidence`, `trigger`, `arguments`, ..."""
    start: int
    """Offsets of the row, in code points of the article's text, right or wrong."""
    end: int
    before: str
    words: str
    """What the text has at these offsets; empty when they hold nothing."""
    after: str
    whole_row: bool = False
    """Whether it only stands for its row, and the finding is not about these words."""

    def marked(self, opening: str = ">>", closing: str = "<<") -> str:
        """The line with the span between two signs."""
        return f"{self.before}{opening}{self.words}{closing}{self.after}"


def quote(text: str, start: int, end: int, column: str, *, first: int = 0) -> Quote:
    """The span `start:end` in `text`, which begins at offset `first` of the article.

    Offsets outside the text are taken to its nearest end, backward ones as empty.
    """
    begin = min(max(start - first, 0), len(text))
    stop = min(max(end - first, begin), len(text))
    line = text.rfind("\n", 0, begin) + 1
    line_end = text.find("\n", stop)
    return Quote(
        column=column,
        start=start,
        end=end,
        before=_tail(text, line, begin),
        words=_middle(text[begin:stop]),
        after=_head(text, stop, len(text) if line_end < 0 else line_end),
    )


def _tail(text: str, line: int, begin: int) -> str:
    """The end of what stands before the span."""
    cut = max(line, begin - AROUND)
    while line < cut < begin and _joins(text[cut]):
        cut += 1
    return ("…" if cut > line else "") + printable(text[cut:begin])


def _head(text: str, stop: int, line_end: int) -> str:
    """The beginning of what stands behind the span."""
    cut = min(line_end, stop + AROUND)
    while stop < cut < line_end and _joins(text[cut]):
        cut -= 1
    return _carried(text[stop:cut]) + ("…" if cut < line_end else "")


def _middle(words: str) -> str:
    if len(words) <= 3 * AROUND:
        return _carried(words)
    head, tail = words[:AROUND], words[-AROUND:]
    return f"{_carried(head)} … {_carried(tail)}"


def _carried(piece: str) -> str:
    """A piece of text, printable, whose first mark does not climb on what is printed before it."""
    shown = printable(piece)
    return f"{_CARRIER}{shown}" if piece and _joins(piece[0]) and shown[0] == piece[0] else shown


def _joins(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in "\u200c\u200d"


MARKED: Final = {"stance": "evidence", "events": "trigger"}
"""What stands for a row as a whole, by table."""


def quoted(release: Release, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same findings; those about a row whose rule gave no quote show its evidence or trigger."""
    shown: dict[tuple[str | None, str | None, int | None], Quote] = {}
    for table, column in MARKED.items():
        wanted = {
            (finding.split, finding.row)
            for finding in findings
            if finding.table == table and finding.row is not None and finding.quote is None
        }
        if wanted:
            for split, row, found in _row_quotes(release, table, column, wanted):
                shown[table, split, row] = found
    return tuple(
        finding
        if finding.quote is not None
        else replace(finding, quote=shown.get((finding.table, finding.split, finding.row)))
        for finding in findings
    )


def _row_quotes(
    release: Release, table: str, column: str, wanted: Collection[tuple[str | None, int | None]]
) -> list[tuple[str, int, Quote]]:
    """(split, row, quote) of the rows of `wanted` that have a context and a span in it."""
    import polars as pl

    from dataset_builder.validate.release import Unavailable

    try:
        frame = release.lazy(table, "text", "context_start", column)
    except Unavailable:
        return []
    keys = pl.DataFrame(
        sorted((split, row) for split, row in wanted if split is not None and row is not None),
        schema={"_split": pl.String, "_row": pl.Int64},
        orient="row",
    )
    kept = frame.join(keys.lazy(), on=["_split", "_row"], how="semi", maintain_order="left")
    rows = kept.collect(engine="streaming").drop_nulls(["text", column])
    made = []
    for row in rows.iter_rows(named=True):
        start, end, first = row[column]["start"], row[column]["end"], row["context_start"]
        if None in (start, end, first):
            continue
        found = quote(row["text"], start, end, column, first=first)
        if found.words:
            made.append((row["_split"], row["_row"], replace(found, whole_row=True)))
    return made
