"""Bytes of an input file, decompressed in bounded pieces; lines of it.

What a broken stream held before the damage is delivered first, then `StreamError` says where it
broke. Nothing here holds more than one piece, or one line of `MAX_BYTES`.
"""

from __future__ import annotations

import os
import stat
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from dataset_builder.sources.decoding import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE: Final = 1 << 20
"""Bytes handed on at once."""
_INPUT: Final = 1 << 14
_ZSTD_STEP: Final = 1 << 16  # what Arrow decodes in one step: a later error does not cost it
_RATIO: Final = 1000
_FREE: Final = MAX_BYTES

Codec = Literal["gzip", "zstd"]
_MAGIC: Final[dict[bytes, Codec]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_NAMED: Final[dict[str, Codec]] = {".gz": "gzip", ".zst": "zstd"}


class StreamError(Exception):
    """The stream is broken from here on; the message says how."""

    def __init__(self, message: str, *, member: int = 0, cut: bool = False) -> None:
        super().__init__(message)
        self.member = member
        """Offset of the gzip member that is broken."""
        self.cut = cut
        """Whether it only ends too early: what came before is right."""


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A regular file, opened without ever waiting for a pipe or a device. Raises OSError."""
    descriptor, _ = _open(path)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        yield file


def whole(path: str) -> bytes:
    """The bytes of a regular file; of one above `MAX_BYTES` a byte more than that.

    Raises OSError.
    """
    descriptor, size = _open(path)
    try:
        size = min(size, MAX_BYTES) + 1
        data = os.read(descriptor, size)
        while len(data) < size and (more := os.read(descriptor, size - len(data))):
            data += more
    finally:
        os.close(descriptor)
    return data


def _open(path: str) -> tuple[int, int]:
    """Descriptor and size of a regular file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file", path)
    return descriptor, found.st_size


def pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The file's content in pieces of at most 1 MiB, decompressed if it is gzip or zstd.

    The first bytes tell (a download may have been unpacked under its old name); what is inside is
    not unpacked again. Raises StreamError when it is broken, is named `.gz` or `.zst` and is
    neither, or expands more than 1000 times.
    """
    start = file.read(4)
    file.seek(0)
    codec = next((codec for magic, codec in _MAGIC.items() if start.startswith(magic)), None)
    named = next((codec for end, codec in _NAMED.items() if name.lower().endswith(end)), None)
    if codec is None and (named is None or not start):
        yield from iter(lambda: file.read(PIECE), b"")
    elif (codec or named) == "zstd":  # a frame to skip may come first, which has another magic
        yield from _bounded(_zstd(file), file)
    elif codec is None:
        raise StreamError("it is not gzip, whatever its name says")
    else:
        yield from _bounded((piece for _, piece in gzip_pieces(file)), file)


def _bounded(unpacked: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    total = 0
    for piece in unpacked:
        total += len(piece)
        if total > _FREE + _RATIO * file.tell():
            raise StreamError(f"it expands more than {_RATIO} times: a decompression bomb")
        yield piece


def gzip_pieces(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Unpacked pieces of gzip members from the file's position on, each with its member's offset.

    Zero bytes behind a member are padding. Raises StreamError where a member is broken, after
    everything that could be unpacked.
    """
    unpacker, fresh = zlib.decompressobj(wbits=31), True  # fresh: nothing of its member was read
    member = end = file.tell()
    data = b""
    while True:
        if not data:
            data = file.read(_INPUT)
            if not data:
                break
            end = file.tell()
        if fresh:
            data = data.lstrip(b"\0")
            if not data:
                continue
            member, fresh = end - len(data), False
        before = unpacker.copy()
        try:
            piece = unpacker.decompress(data, PIECE)
        except zlib.error as error:
            yield from ((member, part) for part in _salvage(before, data))
            message = f"broken gzip data: {str(error).rpartition(': ')[2]}"
            raise StreamError(message, member=member) from None
        if piece:
            yield member, piece
        if unpacker.eof:
            data = unpacker.unused_data
            unpacker, fresh = zlib.decompressobj(wbits=31), True
        else:
            data = unpacker.unconsumed_tail
    if not fresh:
        raise StreamError("the gzip data is cut off", member=member, cut=True)


def _salvage(unpacker: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What `data` gives before the byte at which it breaks."""
    for at in range(len(data)):
        try:
            part = unpacker.decompress(data[at : at + 1])
        except zlib.error:
            return
        if part:
            yield part


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd") as stream:
            while piece := stream.read(_ZSTD_STEP):
                yield piece
    except (OSError, pa.ArrowException) as error:
        raise StreamError(f"broken zstd data: {_last_words(error)}") from None


def _last_words(error: Exception) -> str:
    return str(error).rpartition(": ")[2].partition("\n")[0].lower()[:100]


def lines(parts: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    r"""Number (from 1) and bytes of each line without its `\n`; None for one above `MAX_BYTES`.

    A last line without `\n` counts. A StreamError of `parts` passes, and the line that it cut does
    not come out.
    """
    number = 1
    open_line: list[bytes] = []
    size = 0
    for part in parts:
        first, *rest = part.split(b"\n")
        size += len(first)
        if size <= MAX_BYTES:
            open_line.append(first)
        else:
            open_line = []
        if not rest:
            continue
        yield number, b"".join(open_line) if size <= MAX_BYTES else None
        number += 1
        last = rest.pop()
        for line in rest:
            yield number, line
            number += 1
        open_line, size = [last], len(last)
    if size:
        yield number, b"".join(open_line) if size <= MAX_BYTES else None
