"""Rows that wait on the disk until they are read."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataset_builder.errors import DatasetBuilderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


class Spill:
    """Tables of one schema, put into a file one after the other, then read as one.

    The file has no name, so that nothing of it is left however the process ends. What is read is
    mapped into memory: the system keeps of it there what it has room for.
    """

    def __init__(self, schema: pa.Schema) -> None:
        """Raises DatasetBuilderError when there is no place for temporary files."""
        import pyarrow as pa

        with _told():
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open until it is read
            weakref.finalize(self, self._file.close)
            self._writer = pa.ipc.new_file(pa.PythonFile(self._file, "w"), schema)

    def add(self, table: pa.Table) -> None:
        """Put away the rows of `table`. Raises DatasetBuilderError when the disk is full."""
        with _told():
            self._writer.write_table(table)

    def table(self) -> pa.Table:
        """All rows, in the chunks in which they were added; nothing can be added any more."""
        import pyarrow as pa

        with _told(), self._file:
            self._writer.close()
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return pa.ipc.open_file(pa.py_buffer(mapped)).read_all()


@contextmanager
def _told() -> Iterator[None]:
    """OSError -> an error that says where, and what to do."""
    try:
        yield
    except OSError as error:
        place = tempfile.gettempdir()
        raise DatasetBuilderError(
            f"{place}: rows could not be put away there: {error.strerror or error}",
            hint="free space there, or name another folder in the environment variable TMPDIR",
        ) from error
