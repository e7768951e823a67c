"""A prefix of an object store (S3, or whatever fsspec reaches) with one prefix for each version.

A store has no rename, so the order of the writes makes a release whole:

    1. SHA256SUMS is created if nothing is there (`If-None-Match: *`). It names the content byte by
       byte, so it claims the version: whoever has the same one goes on where an interrupted run
       stopped (what two such runs write is the same), and whoever has another one is told.
    2. Data, documents and card are created, each only where nothing is.
    3. MANIFEST.json is created. Before, the version is none: `validate`, `publish` and everybody
       who finds the files through the manifest do not see it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import RemoteError, VersionExistsError
from dataset_builder.printable import printable
from dataset_builder.publish.store import forget, opened, sizes
from dataset_builder.publish.target import a_release, refuse_news
from dataset_builder.release.manifest import MANIFEST, SUMS
from dataset_builder.validate.remote import fetched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dataset_builder.publish.source import Source
    from dataset_builder.publish.target import Report

_NO_RIVALS: Final = (
    "this store does not keep two publishers apart (it ignores If-None-Match): make sure that "
    "nobody else publishes here at this moment"
)


class ObjectStore:
    """`address` without a slash at its end, such as `s3://bucket/prefix`."""

    remote, reads_card = True, False

    def __init__(self, address: str, tell: Callable[[str], None], *, discard: bool) -> None:
        self._address = address
        self._tell = tell
        self._discard = discard

    def place(self, version: str) -> str:
        """The address of a version."""
        return f"{self._address}/{version}"

    def versions(self) -> list[str]:
        """Prefixes that are versions and hold a manifest. Raises UsageError when the address is
        that of a release."""
        with opened(self._address) as (system, root):
            try:
                names = [str(name).rstrip("/") for name in system.ls(root, detail=False)]
            except FileNotFoundError:  # nothing yet; or no such bucket, which writing will tell
                return []
            if f"{root}/{MANIFEST}" in names:
                raise a_release(self._address, self._address.rpartition("/")[0])
            versions = sorted({name.rpartition("/")[2] for name in names})
            return [
                version
                for version in versions
                if version_numbers(version) and system.exists(f"{root}/{version}/{MANIFEST}")
            ]

    def read(self, version: str, names: Sequence[str]) -> dict[str, bytes]:
        """Objects of a version."""
        with opened(self.place(version)) as (system, root):
            return {name: bytes(system.cat_file(f"{root}/{name}")) for name in names}

    def fetch(self, version: str) -> AbstractContextManager[Path]:
        """A copy that is gone afterwards."""
        return fetched(self.place(version))

    def put(self, source: Source, after: str | None, report: Report) -> None:
        """Claim the version, write what is missing, the manifest last."""
        with opened(self.place(source.version)) as (system, root):
            self._claim(system, root, source)
            there = sizes(system, root)
            names = source.in_order()
            self._refuse_strangers(there, source)
            for done, name in enumerate(names, 1):
                if name == MANIFEST:  # everything else is there: make sure that it still is ours
                    self._refuse_rival(system, root, source)
                    refuse_news(self.versions(), source, after)
                if there.get(name) != source.checked(name).stat().st_size:
                    self._create(system, root, source, name)
                report("uploaded", done, len(names))

    def finish(self) -> None:
        """The manifest comes last: what has it is finished."""

    def forget(self) -> None:
        """File systems of fsspec are kept, and with them their lists of files."""
        forget(self._address)

    def load(self, source: Source, config: str, cache: str) -> Any:
        """By the addresses of its Parquet files, as a user of a store does."""
        import datasets

        files = {
            split: [f"{self.place(source.version)}/{name}" for name in names]
            for split, names in source.configs[config].items()
        }
        # `load_dataset` changes the options it is given; each call needs its own.
        return datasets.load_dataset(
            "parquet", data_files=files, cache_dir=cache, storage_options={}
        )

    def _claim(self, system: Any, root: str, source: Source) -> None:
        """Make SHA256SUMS ours, or find that it is. Raises RemoteError when it is another's."""
        mine, path = source.marks[SUMS], f"{root}/{SUMS}"
        try:
            system.pipe_file(path, mine, mode="create")
        except FileExistsError:
            if bytes(system.cat_file(path)) == mine:
                self._tell(f"going on with {self.place(source.version)}, which is not finished")
                return
            if system.exists(f"{root}/{MANIFEST}"):
                raise self._faster(source.version) from None
            if not self._discard:
                raise self._rival(source.version) from None
            self._tell(f"throwing away what is unfinished at {self.place(source.version)}")
            left = sorted(sizes(system, root), key=lambda name: name == SUMS)  # the claim last
            for name in left:
                system.rm_file(f"{root}/{name}")
            self._claim(system, root, source)
            return
        try:
            system.pipe_file(path, mine, mode="create")
        except FileExistsError:
            return
        self._tell(_NO_RIVALS)

    def _rival(self, version: str) -> RemoteError:
        return RemoteError(
            f"{self.place(version)}: somebody else is publishing other content as {version}, or "
            "was interrupted while doing so",
            hint="wait for them. If nobody is at it any more, `--discard-unfinished` throws away "
            "what they left",
        )

    def _faster(self, version: str) -> VersionExistsError:
        return VersionExistsError(
            f"{self.place(version)}: somebody else was faster, with other content",
            hint="raise `version` in pyproject.toml, build, and publish that",
        )

    def _refuse_rival(self, system: Any, root: str, source: Source) -> None:
        with suppress(FileNotFoundError):
            if bytes(system.cat_file(f"{root}/{SUMS}")) == source.marks[SUMS]:
                there = set(sizes(system, root))
                if there | {MANIFEST} == {*source.sums, SUMS}:
                    return
        raise self._rival(source.version)

    def _refuse_strangers(self, there: dict[str, int], source: Source) -> None:
        """Files of nobody knows whom would look like a part of the release."""
        strange = sorted(there.keys() - source.sums.keys() - {SUMS})
        if strange:
            raise RemoteError(
                f"{self.place(source.version)} holds {printable(strange[0], 100)}, which is no "
                "part of this release",
                hint="take it away, or publish elsewhere",
            )

    def _create(self, system: Any, root: str, source: Source, name: str) -> None:
        """Create one object; fine when it is there with this content."""
        path, file = f"{root}/{name}", source.folder / name
        try:
            system.put_file(str(file), path, mode="create")
        except FileExistsError:
            # Our own, and the answer was lost; or that of somebody who publishes the same.
            if name.endswith(".parquet"):  # its digest is in its name
                same = system.info(path)["size"] == file.stat().st_size
            else:
                same = bytes(system.cat_file(path)) == file.read_bytes()
            if not same and name == MANIFEST:
                raise self._faster(source.version) from None
            if not same:
                raise self._rival(source.version) from None
