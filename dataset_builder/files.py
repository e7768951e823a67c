"""Writing files so that they exist whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Errors of the disk name `path`; when a write fails, the system does not say of which file."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write `content` to `path` through a temporary sibling, synced, then renamed into place.

    Raises OSError (disk full, no permission); `path` then is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with naming(path), os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, content: str, *, mode: int = 0o644) -> None:
    """`write_bytes` of the UTF-8 form; line ends are written as they are."""
    write_bytes(path, content.encode("utf-8"), mode=mode)


def write_output(path: Path, content: bytes) -> None:
    """Write what a command was asked for to `path`: a file, also behind a link, whole or not at all;
    a pipe or device as it is, instead of putting a file in its place. Raises OSError naming it."""
    if path.exists() and not path.is_file():
        with naming(path):
            path.write_bytes(content)
    else:
        write_bytes(path.resolve(), content)
