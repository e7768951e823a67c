"""Standard output and standard error that nobody has to be there for.

A reader that goes away (`| head`) stops nothing: what is still said goes nowhere, reports are
written to their files, and the exit code is that of the work. The same holds for streams that were
closed from the start (`>&-`), as some services and runners have them.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NAMES: Final = {1: "standard output", 2: "standard error"}


class _Stream(io.FileIO):
    """File descriptor 1 or 2. What else than a missing reader stops it (a full disk) is an OSError
    that names it, once."""

    def write(self, data: ReadableBuffer, /) -> int:
        """How many bytes were taken: all of them when the reader is gone."""
        try:
            return super().write(data)
        except BrokenPipeError:
            _to_nowhere(self.fileno())
            return memoryview(data).nbytes
        except OSError as error:
            error.filename = _NAMES[self.fileno()]
            _to_nowhere(self.fileno())  # the rest of the buffers would fail again at the very end
            raise


def prepare() -> None:
    """Make the standard streams of this process such streams.

    A terminal that lacks a letter of a page shows its escape; that stops nothing, either.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # else the next file that is opened would be standard output
            _to_nowhere(descriptor)
    sys.stdout = _prepared(sys.stdout, 1)
    sys.stderr = _prepared(sys.stderr, 2)


def _prepared(stream: TextIO | None, descriptor: int) -> TextIO:
    """`stream` on a descriptor that bears everything; of another descriptor, or of none, as it is."""
    if stream is not None and not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream is not None and not _is_at(stream, descriptor):
        stream.reconfigure(errors="backslashreplace")
        return stream
    at_once = stream is not None and (stream.line_buffering or stream.write_through)
    if stream is not None:
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(descriptor, "wb", closefd=False)),
        encoding=stream.encoding if stream is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=at_once,
    )


def _is_at(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):  # a stream in memory
        return False


def _to_nowhere(descriptor: int) -> None:
    """Let `descriptor` write into the void, and read nothing from it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:
        os.set_inheritable(nowhere, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
