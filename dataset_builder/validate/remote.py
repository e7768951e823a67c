"""Releases that lie elsewhere: in an object store, or on the Hugging Face Hub.

They are fetched into a temporary folder and judged there, file by file as they are published.

    s3://bucket/path/1.0.0                  credentials and endpoint as for the AWS command line
    gs://, az://, ...                       whatever fsspec has a package for
    hf://datasets/ORG/NAME[@REVISION]       or ORG/NAME[@REVISION]; HF_TOKEN, HF_ENDPOINT
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import DatasetBuilderError, RemoteError, UsageError
from dataset_builder.printable import printable
from dataset_builder.publish.hub_client import OF_THE_HUB, bars_on_terminals_only, explained
from dataset_builder.publish.store import opened, sizes
from dataset_builder.release.manifest import MANIFEST, SUMS
from dataset_builder.validate.beside import CARD, in_order, refuse_parent, refuse_within
from dataset_builder.validate.rules import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

__all__ = ["MOST_FILES", "RemoteError", "fetched", "is_remote"]

MOST_FILES = 100_000
"""Files of a release that are fetched; a real one has some dozens."""
_STORE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+)://(?P<path>[^/].*)")
_HUB = re.compile(
    r"(?:hf://datasets/)?(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^@\s]+))?/?"
)


def is_remote(address: str) -> bool:
    """Whether `address` is no path: `s3://...`, `hf://...`, or `ORG/NAME` where nothing of that
    name, nor a folder ORG, lies here."""
    if _STORE.fullmatch(address) or address.startswith(("s3://", "hf://")):
        return True
    here = Path(address)
    match = _HUB.fullmatch(address)
    return bool(
        match
        and not here.exists()
        and not here.parent.exists()
        and not version_numbers(here.name)
        and not address.startswith((".", "/"))
    )


@contextmanager
def fetched(address: str, *, tell: Callable[[str], None] = lambda _: None) -> Iterator[Path]:
    """The release at a remote address, in a temporary folder that is gone afterwards.

    Raises UsageError when the address cannot be meant, RemoteError when it cannot be fetched, or is
    the unfinished rest of an interrupted `publish`.
    """
    hub = _HUB.fullmatch(address)
    store = None if address.startswith("hf://") else _STORE.fullmatch(address)
    if not store and not hub:
        raise UsageError(
            f"{printable(address, 200)} is no address of a release",
            hint="give s3://BUCKET/PATH or hf://datasets/ORG/NAME[@REVISION]",
        )
    with tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch:
        if store:
            name = PurePosixPath(store["path"]).name
            folder = Path(scratch) / (name if version_numbers(name) else "release")
            tell(f"fetching {printable(address, 200)}")
            _from_store(address.rstrip("/"), folder)
        elif hub:
            folder = Path(scratch) / "release"
            tell(f"fetching {hub['repository']} from the Hub")
            _from_hub(hub["repository"], hub["revision"] or "main", folder)
        try:
            yield folder
        except DatasetBuilderError as error:  # nobody knows it by the name of a temporary folder
            error.message = error.message.replace(str(folder), printable(address, 200))
            raise


def _from_store(address: str, folder: Path) -> None:
    with opened(address) as (system, root):
        there = sizes(system, root)
        above, at = address.rpartition("/")[0], root.rpartition("/")[0]
        if not there:
            with suppress(FileNotFoundError):
                _refuse_missing(address, above, _versions(system, at) if at else ())
            system.ls(root)  # tells what is not there
            raise FileNotFoundError(address)
        if "" in there:
            raise UsageError(
                f"{address} is a file, not a release", hint="give the folder of a release"
            )
        refuse_parent(address, there)
        if not {MANIFEST, SUMS, CARD} & there.keys():
            found = bool(at) and system.exists(f"{at}/{MANIFEST}")
            refuse_within(address, above, there, manifest=found)
        if SUMS in there and MANIFEST not in there:
            raise RemoteError(
                f"{address} is not finished: somebody is publishing it, or was interrupted",
                hint="publish it again: that goes on where it stopped",
            )
        for name in _fetchable(there, folder, address):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(f"{root}/{name}", str(target))


def _versions(system: Any, root: str) -> list[str]:
    """Finished releases below `root` that are named like versions."""
    names = (PurePosixPath(str(name)).name for name in system.ls(root, detail=False))
    return [
        name
        for name in names
        if version_numbers(name) and system.exists(f"{root}/{name}/{MANIFEST}")
    ]


def _refuse_missing(address: str, above: str, versions: Collection[str]) -> None:
    """Raise RemoteError when there is nothing at `address`, and there are versions beside it."""
    if versions:
        beside = printable(listed(in_order(versions)), 200)
        raise RemoteError(f"{address}: there is nothing", hint=f"in {above} there are {beside}")


def _from_hub(repository: str, revision: str, folder: Path) -> None:
    from huggingface_hub import HfApi, snapshot_download

    place = f"hf://datasets/{repository}@{revision}"
    with explained(place), bars_on_terminals_only():
        info = HfApi().dataset_info(repository, revision=revision, files_metadata=True)
        there = {item.rfilename: item.size or 0 for item in info.siblings or ()}
        wanted = [name for name in _fetchable(there, folder, place) if name not in OF_THE_HUB]
        # By commit, so that all files are of one moment; and never from an older copy in a cache.
        snapshot_download(
            repository,
            repo_type="dataset",
            revision=info.sha,
            local_dir=folder,
            cache_dir=folder.parent / "cache",
            allow_patterns=[_literal(name) for name in wanted],
        )
        shutil.rmtree(folder / ".cache", ignore_errors=True)


def _fetchable(found: Mapping[str, int], folder: Path, place: str) -> list[str]:
    """The files, sorted, when all may be fetched into `folder`. Raises RemoteError."""
    names = sorted(name for name in found if name and not name.endswith("/"))
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name or path.as_posix() != name:
            raise RemoteError(
                f"{place}: {printable(name, 100)} is no path inside of it",
                hint="look at who wrote it",
            )
    if len(names) > MOST_FILES:
        raise RemoteError(f"{place}: {len(names)} files are no release", hint="check the path")
    room, needed = shutil.disk_usage(folder.parent).free, sum(found.values())
    if needed > room * 0.9:
        raise RemoteError(
            f"{place}: {needed >> 20} MB do not fit into {folder.parent.parent}",
            hint="set TMPDIR to a folder with room",
        )
    return names


def _literal(name: str) -> str:
    """A file name as a pattern that fits nothing else."""
    return re.sub(r"([*?[])", r"[\1]", name)
