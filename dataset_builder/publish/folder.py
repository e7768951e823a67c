"""A folder with one folder for each version."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import RemoteError, UsageError
from dataset_builder.files import naming
from dataset_builder.publish.target import a_release, refuse_news
from dataset_builder.release import writer
from dataset_builder.release.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dataset_builder.publish.source import Source
    from dataset_builder.publish.target import Report

LOCK: Final = ".publishing.lock"
_UNFINISHED: Final = ".publishing"


class Folder:
    """A release is copied into a hidden sibling, synced and renamed: it exists whole or not at all.

    Who publishes holds a lock on the folder. The system lets go of it when its holder dies, so
    whatever is unfinished while the lock is held is left from a dead run.
    """

    remote, reads_card = False, True

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is no folder", hint="name the folder of all versions")
        if (folder / MANIFEST).is_file():
            raise a_release(str(folder), str(folder.parent))
        self._folder = folder

    def place(self, version: str) -> str:
        """The folder of a version."""
        return str(self._folder / version)

    def versions(self) -> list[str]:
        """Names of folders that are versions and hold a manifest."""
        if not self._folder.is_dir():
            return []
        return [
            path.name
            for path in sorted(self._folder.iterdir())
            if version_numbers(path.name) and (path / MANIFEST).is_file()
        ]

    def read(self, version: str, names: Sequence[str]) -> dict[str, bytes]:
        """Files of a version."""
        return {name: (self._folder / version / name).read_bytes() for name in names}

    def fetch(self, version: str) -> AbstractContextManager[Path]:
        """The folder itself."""
        return nullcontext(self._folder / version)

    def put(self, source: Source, after: str | None, report: Report) -> None:
        """Copy, sync, rename."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            refuse_news(self.versions(), source, after)
            for left in sorted(self._folder.glob(f".*{_UNFINISHED}")):
                shutil.rmtree(left)
            partial = self._folder / f".{source.version}{_UNFINISHED}"
            try:
                names = source.in_order()
                for done, name in enumerate(names, 1):
                    copy = partial / name
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    with naming(copy):
                        shutil.copyfile(source.folder / name, copy)
                    source.checked(name, copy)
                    report("copied", done, len(names))
                writer.publish(partial, self._folder / source.version)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise

    def finish(self) -> None:
        """A folder that is there is finished."""

    def forget(self) -> None:
        """Nobody remembers what is in a folder."""

    def load(self, source: Source, config: str, cache: str) -> Any:
        """By path, as a user of a folder does."""
        import datasets

        return datasets.load_dataset(self.place(source.version), config, cache_dir=cache)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one at a time publishes into a folder."""
        with (self._folder / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RemoteError(
                    f"somebody else is publishing into {self._folder} right now",
                    hint="wait until they are done, then run the command again",
                ) from error
            yield
