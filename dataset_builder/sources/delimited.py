"""Pages from CSV and TSV files: RFC 4180 quoting, the first line names the columns."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Final

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.sources.decoding import MAX_BYTES, NotText, decode_utf8, too_large
from dataset_builder.sources.fields import no_fields, page_from
from dataset_builder.sources.streams import StreamError, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_builder.sources.fields import FieldMap

_DELIMITERS: Final = ",;\t|"
_MAX_CELLS: Final = 1_000_000


class _TooLarge(Exception):  # noqa: N818 - passes through the csv module, caught here
    """A row above `MAX_BYTES`."""


class _Lines:
    """Feeds the csv module, and remembers the lines of the row it is at."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._lines = lines(parts)
        self._again: tuple[int, str] | None = None
        self.number = 0
        """Of the last line that was read, from 1."""
        self.first = 1
        """Of the row's first line."""
        self._last = ""
        self._size = 0
        self._count = 0
        self._ended = False

    def start_row(self) -> None:
        """What is read from now on is a new row."""
        self._size = self._count = 0

    def repeat_last(self) -> None:
        """Read the row's last line again, unless it is its first, or the file ended in the row."""
        if self._count > 1 and not self._ended:
            self._again = (self.number, self._last)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._again is not None:
            self.number, text = self._again
            self._again = None
        else:
            try:
                self.number, line = next(self._lines)
            except StopIteration:
                self._ended = True
                raise
            if self.number == 1 and line is not None:
                line = line.removeprefix(codecs.BOM_UTF8)
            text = "" if line is None else _decoded(line) + "\n"
            self._size += MAX_BYTES + 1 if line is None or _too_many(text) else len(text)
        if not self._count:
            self.first = self.number
        self._count += 1
        self._last = text
        if self._size > MAX_BYTES:
            raise _TooLarge
        return text


def _too_many(line: str) -> bool:
    """Whether a line may have so many cells that they would take much more memory than it does."""
    return len(line) > _MAX_CELLS and max(map(line.count, _DELIMITERS)) > _MAX_CELLS


def _decoded(line: bytes) -> str:
    """The line; bytes that cannot be read stay as surrogates, so that the row keeps its shape."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return decode_utf8(line)
    except NotText:
        return line.decode("utf-8", "surrogateescape")


def read_delimited(
    source: str, parts: Iterable[bytes], wanted: FieldMap, *, tabs: bool
) -> Iterator[RawPage | Rejected]:
    """Pages of the rows, each named by its first line: `source#line`; blank lines are none.

    Columns are divided by tabs, else by what the header shows (`,`, `;`, tab or `|`). Rows with
    another number of cells than the header, or broken quotes, are rejected; behind broken quotes
    reading goes on with the line in which they show.
    """
    csv.field_size_limit(2 * MAX_BYTES)  # of its own it is 128 KiB; rows are bounded in `_Lines`
    feed = _Lines(parts)
    try:
        header = next(feed)
    except StopIteration:
        yield Rejected(source, "empty", "the file is empty")
        return
    except _TooLarge:
        yield too_large(f"{source}#1")
        return
    except StreamError as error:
        yield Rejected(f"{source}#1", "unreadable", f"broken from here on: {error}")
        return
    delimiter = "\t" if tabs else max(_DELIMITERS, key=header.count)
    try:
        names = next(csv.reader([header], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        names = []
    columns = {name.strip(): at for at, name in reversed(list(enumerate(names)))}
    if not any(name in columns for name in (*wanted.html, *wanted.text)):
        yield no_fields(source, columns, wanted)
        return
    rows = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.start_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except StreamError as error:
            where = f"{source}#{feed.number + 1}"
            yield Rejected(where, "unreadable", f"broken from here on: {error}")
            return
        except _TooLarge:
            yield too_large(f"{source}#{feed.first}")
        except csv.Error as error:
            yield Rejected(f"{source}#{feed.first}", "malformed", f"broken quotes: {error}")
            feed.repeat_last()
        else:
            if row:
                yield _page(f"{source}#{feed.first}", row, columns, len(names), wanted)


def _page(
    where: str, row: list[str], columns: dict[str, int], width: int, wanted: FieldMap
) -> RawPage | Rejected:
    if len(row) != width:
        message = f"{len(row)} cells where the header has {width}"
        return Rejected(where, "malformed", message)

    try:
        for cell in row:
            cell.encode("utf-8")
    except UnicodeEncodeError:
        return Rejected(where, "not-utf-8", "not UTF-8: save the file as UTF-8")
    return page_from(where, {name: row[at] for name, at in columns.items()}, wanted)
