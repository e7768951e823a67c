"""Records of a WARC file (ISO 28500), plain or gzip, and where each begins.

FastWARC 2.0 ends at the first damaged record and takes a wrong length for the truth, with all
records that it swallows. The framing is small, so it is read here.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from dataset_builder.articles import Rejected
from dataset_builder.sources.decoding import MAX_BYTES
from dataset_builder.sources.http import Headers, parse_headers
from dataset_builder.sources.streams import PIECE, StreamError, gzip_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

_START: Final = re.compile(rb"WARC/[01]\.\d{1,3}\r?\n[A-Za-z][\w-]{0,60}[ \t]{0,8}:")
_LONGEST_START: Final = 96
_BLANK: Final = re.compile(rb"[\r\n]+")
_HEADERS_END: Final = re.compile(rb"\r?\n\r?\n")
_USUAL_HEADERS: Final = 1 << 13
_MAX_HEADERS: Final = 1 << 18
_HEAD: Final = 1 << 16
_TAIL: Final = 64
_MEMBER: Final = b"\x1f\x8b\x08"
_GZIP_RATIO: Final = 1032  # deflate cannot pack more


class Record(NamedTuple):
    """A whole record."""

    where: str
    """Source and offset."""
    headers: Headers
    block: bytes
    whole: bool
    """False when the block is above `MAX_BYTES`: then only its beginning is here."""


class _Piece(NamedTuple):
    """The next bytes, and where in the file their gzip member begins (0 in a plain file)."""

    member: int
    data: bytes


class _Broken(NamedTuple):
    """The stream is broken here; what follows begins at the next member that can be read."""

    message: str
    member: int
    cut: bool
    """Whether the bytes before are right, only more are missing."""


class RecordReader:
    """Finds the records of a file. Holds one record of at most `MAX_BYTES` at a time.

    Behind a broken record the search for the next goes on right after its first line, so a wrong
    length costs no other record (but for one above `MAX_BYTES` in a gzip member that holds more
    than a record: nothing tells where that ends). Linear time, whatever the bytes are.
    """

    def __init__(self, source: str, file: BinaryIO) -> None:
        self._source = source
        size = file.seek(0, 2)
        file.seek(0)
        self._packed = file.read(2) == _MEMBER[:2]
        file.seek(0)
        self._size = size * _GZIP_RATIO if self._packed else size
        self._pieces = _members(file) if self._packed else _plain(file)
        self._buffer = bytearray()
        self._at = 0
        self._base = 0  # place of the buffer's start in the unpacked stream
        self._begins: deque[_Begin] = deque()
        self._broken: _Broken | None = None

    def records(self) -> Iterator[Record | Rejected]:
        """Every record in order, and a `Rejected` for whatever is broken."""
        while True:
            self._skip_blank()
            if self._fill(1):
                yield self._record()
            elif self._broken is not None:
                member = self._broken.member
                reached = bool(self._begins) and self._begins[-1].member == member
                yield self._damage(self._where() if reached else f"{self._source}#{member}")
            else:
                return

    def _record(self) -> Record | Rejected:
        """The record that begins here, or why none does; then stands where the next may begin."""
        where = self._where()
        alone = self._begins[0].member if self._begins[0].place == self._base + self._at else None
        self._fill(_LONGEST_START)
        if not _START.match(self._buffer, self._at):
            return self._lost(where, "no WARC record begins here")
        end = self._headers_end()
        if end is None:
            return self._lost(where, "its headers do not end")
        headers = parse_headers(bytes(self._buffer[self._at : end.start()]))
        stated = headers.get("content-length", "")
        if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
            return self._lost(where, "it states no length")
        length, begin = int(stated), end.end() - self._at
        wrong = f"it is not {length} bytes long, as it states"
        if length > MAX_BYTES:
            self._fill(begin + _HEAD)
            head = bytes(self._buffer[self._at + begin : self._at + begin + _HEAD])
            possible = self._base + self._at + begin + length <= self._size
            if not possible or not self._skip(begin + length):
                return self._lost(where, wrong)
            return Record(where, headers, head, whole=False)
        if not self._fill(begin + length) or not self._ends_well(begin + length):
            return self._lost(where, wrong)
        if self._broken is not None and not self._broken.cut and alone == self._broken.member:
            return self._damage(where)  # its checksum is wrong
        start = self._at + begin
        self._at = start + length
        block = bytes(memoryview(self._buffer)[start : start + length])
        return Record(where, headers, block, whole=True)

    def _lost(self, where: str, message: str) -> Rejected:
        """Reject what begins here and go to the next start of a record."""
        if self._broken is not None and not self._next_start():
            return self._damage(where)
        while not self._next_start():
            keep = min(len(self._buffer) - self._at, _LONGEST_START)
            self._at = len(self._buffer) - keep
            if not self._pull():
                if self._broken is None:
                    self._at = len(self._buffer)
                break
        return Rejected(where, "malformed", message)

    def _next_start(self) -> bool:
        found = _START.search(self._buffer, self._at + 1)
        if found is None:
            return False
        self._at = found.start()
        return True

    def _damage(self, where: str) -> Rejected:
        """Reject what is cut by the damage and go on behind it."""
        message = self._broken.message if self._broken is not None else ""
        self._at = len(self._buffer)
        self._broken = None
        return Rejected(where, "unreadable", message)

    def _ends_well(self, size: int) -> bool:
        """Whether a record of `size` bytes would end before another record or the end."""
        self._fill(size + _TAIL)
        tail = bytes(self._buffer[self._at + size : self._at + size + _TAIL])
        if tail.startswith(b"\r\n\r\n"):
            return True
        tail = tail.lstrip(b"\r\n")
        return not tail or tail.startswith(b"WARC/"[: len(tail)])

    def _skip(self, size: int) -> bool:
        """Pass over `size` bytes; False when they end before, or a member begins a new record."""
        while size > len(self._buffer) - self._at:
            size -= len(self._buffer) - self._at
            self._at = len(self._buffer)
            known = len(self._begins)
            if not self._pull():
                return False
            if self._packed and len(self._begins) > known and _START.match(self._buffer, self._at):
                self._at = max(0, self._at - 1)
                return False
        self._at += size
        return self._ends_well(0)

    def _skip_blank(self) -> None:
        while self._fill(1):
            blank = _BLANK.match(self._buffer, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._buffer):
                return

    def _headers_end(self) -> re.Match[bytes] | None:
        """The blank line behind the headers; None when another record begins before."""
        for size in (_USUAL_HEADERS, _MAX_HEADERS):
            self._fill(size)
            limit = self._at + size
            following = _START.search(self._buffer, self._at + 1, limit)
            if following is not None:  # looked for first: else many starts, each without an
                limit = following.start()  # end, would take quadratic time
            end = _HEADERS_END.search(self._buffer, self._at, limit)
            if end is not None or following is not None:
                return end
        return None

    def _fill(self, size: int) -> bool:
        """Have `size` bytes at hand; False when there are not so many."""
        while len(self._buffer) - self._at < size:
            if not self._pull():
                return False
        return True

    def _pull(self) -> bool:
        if self._broken is not None:
            return False
        got = next(self._pieces, None)
        if got is None:
            return False
        if isinstance(got, _Broken):
            self._broken = got
            return False
        del self._buffer[: self._at]
        self._base += self._at
        self._at = 0
        place = self._base + len(self._buffer)
        if not self._begins or self._begins[-1].member != got.member:
            self._begins.append(_Begin(place, got.member))
        self._buffer += got.data
        return True

    def _where(self) -> str:
        """Source and offset of the place where the reader stands."""
        place = self._base + self._at
        while len(self._begins) > 1 and self._begins[1].place <= place:
            self._begins.popleft()
        begin = self._begins[0] if self._begins else _Begin(0, 0)
        if not self._packed:
            return f"{self._source}#{place}"
        behind = place - begin.place
        return f"{self._source}#{begin.member}" + (f"+{behind}" if behind > 0 else "")


class _Begin(NamedTuple):
    """Where a gzip member begins: in the unpacked stream, in the file."""

    place: int
    member: int


def _plain(file: BinaryIO) -> Iterator[_Piece | _Broken]:
    while data := file.read(PIECE):
        yield _Piece(0, data)


def _members(file: BinaryIO) -> Iterator[_Piece | _Broken]:
    """The gzip members.

    Where one breaks, the next is looked for right behind its start, because a member that lost
    bytes runs into the next before that shows; not any more, though, once that has cost four times
    the reading itself.
    """
    again = 0
    while True:
        try:
            for member, data in gzip_pieces(file):
                yield _Piece(member, data)
        except StreamError as error:
            yield _Broken(str(error), error.member, error.cut)
            reached = file.tell()
            start = reached
            if again <= 4 * reached:
                again += reached - error.member
                start = error.member + 1
            if not _seek_member(file, start):
                return
        else:
            return


def _seek_member(file: BinaryIO, start: int) -> bool:
    """Go to the next gzip member that holds the start of a record; False when there is none."""
    file.seek(start)
    window = bytearray()
    while True:
        more = file.read(PIECE)
        window += more
        at = window.find(_MEMBER)
        while at >= 0 and (len(window) - at >= 512 or not more):
            head = b""
            with suppress(zlib.error):
                head = zlib.decompressobj(wbits=31).decompress(window[at : at + 512], 5)
            if head == b"WARC/":
                file.seek(start + at)
                return True
            at = window.find(_MEMBER, at + 1)
        if not more:
            return False
        done = at if at >= 0 else max(0, len(window) - len(_MEMBER) + 1)
        del window[:done]
        start += done
