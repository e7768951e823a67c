"""Releases that lie elsewhere: in an S3 bucket, or on the Hugging Face Hub.

They are fetched into a temporary folder and judged there, file by file as they are published.

    s3://bucket/path/1.0.0                  credentials and endpoint as for the AWS command line
    hf://datasets/ORG/NAME[@REVISION]       or ORG/NAME[@REVISION]; HF_TOKEN, HF_ENDPOINT
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dataset_builder.errors import DatasetBuilderError, UsageError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_FILES = 100_000
"""Files of a release that are fetched; a real one has some dozens."""
_S3 = re.compile(r"s3://(?P<bucket>[^/]+)/?(?P<path>.*)")
_HUB = re.compile(
    r"(?:hf://datasets/)?(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^@\s]+))?/?"
)
_NUMBERS = re.compile(r"\d+\.\d+\.\d+")
_OF_THE_HUB = frozenset({".gitattributes"})
"""Files that the Hub adds to every repository; they are no part of the release."""


class RemoteError(DatasetBuilderError):
    """A release could not be fetched: no such place, no rights, no network, no room."""


def is_remote(address: str) -> bool:
    """Whether `address` is no path: `s3://...`, `hf://...`, or `ORG/NAME` where nothing of that
    name, nor a folder ORG, lies here."""
    if address.startswith(("s3://", "hf://")):
        return True
    here = Path(address)
    match = _HUB.fullmatch(address)
    return bool(
        match
        and not here.exists()
        and not here.parent.exists()
        and not _NUMBERS.fullmatch(here.name)
        and not address.startswith((".", "/"))
    )


@contextmanager
def fetched(address: str, *, tell: Callable[[str], None] = lambda _: None) -> Iterator[Path]:
    """The release at a remote address, in a temporary folder that is gone afterwards.

    Raises UsageError when the address cannot be meant, RemoteError when it cannot be fetched.
    """
    s3, hub = _S3.fullmatch(address), _HUB.fullmatch(address)
    if not s3 and not hub:
        raise UsageError(
            f"{printable(address, 200)} is no address of a release",
            hint="give s3://BUCKET/PATH or hf://datasets/ORG/NAME[@REVISION]",
        )
    with tempfile.TemporaryDirectory(prefix="dataset-builder-") as scratch:
        if s3:
            name = PurePosixPath(s3["path"]).name
            folder = Path(scratch) / (name if _NUMBERS.fullmatch(name) else "release")
            tell(f"fetching {address}")
            _from_s3(address.rstrip("/"), folder)
        elif hub:
            folder = Path(scratch) / "release"
            tell(f"fetching {hub['repository']} from the Hub")
            _from_hub(hub["repository"], hub["revision"] or "main", folder)
        yield folder


def _from_s3(address: str, folder: Path) -> None:
    try:
        import botocore.exceptions as aws
        import s3fs
    except ImportError as error:
        raise RemoteError(
            "reading from S3 needs the package s3fs", hint="pip install 'dataset-builder[s3]'"
        ) from error

    system = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    try:
        found = system.find(address, detail=True)
        if not found:
            system.ls(address.removeprefix("s3://").partition("/")[0])  # tells what is not there
            raise FileNotFoundError(address)
        start = len(address.removeprefix("s3://")) + 1
        sizes = {name[start:]: int(info["size"] or 0) for name, info in found.items()}
        for name in _fetchable(sizes, folder, address):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(f"{address.removeprefix('s3://')}/{name}", str(target))
    except FileNotFoundError as error:
        raise RemoteError(f"{address}: there is nothing", hint="check bucket and path") from error
    except (PermissionError, aws.NoCredentialsError, aws.PartialCredentialsError) as error:
        raise RemoteError(
            f"{address}: access was refused ({_told(error)})",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
        ) from error
    except (aws.BotoCoreError, aws.ClientError, OSError) as error:
        raise RemoteError(
            f"{address}: could not be read ({_told(error)})",
            hint="check the network, and AWS_ENDPOINT_URL for a server of your own",
        ) from error


def _from_hub(repository: str, revision: str, folder: Path) -> None:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub import errors as hub

    place = f"hf://datasets/{repository}@{revision}"
    try:
        info = HfApi().dataset_info(repository, revision=revision, files_metadata=True)
        sizes = {item.rfilename: item.size or 0 for item in info.siblings or ()}
        wanted = [name for name in _fetchable(sizes, folder, place) if name not in _OF_THE_HUB]
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
    except hub.RevisionNotFoundError as error:
        raise RemoteError(
            f"{place}: there is no such revision", hint="check the tag, v1.0.0"
        ) from error
    except (hub.GatedRepoError, hub.RepositoryNotFoundError) as error:
        raise RemoteError(
            f"{place}: there is no such dataset, or you may not see it",
            hint="check the name; for a private or gated one set HF_TOKEN",
        ) from error
    except hub.HFValidationError as error:
        raise UsageError(f"{place}: {_told(error)}", hint="give hf://datasets/ORG/NAME") from error
    except RemoteError:
        raise
    except Exception as error:  # which exceptions there are is a matter of its HTTP client
        raise RemoteError(
            f"{place}: could not be read ({_told(error)})",
            hint="check the network, HF_ENDPOINT, and that HF_HUB_OFFLINE is not set",
        ) from error


def _fetchable(sizes: Mapping[str, int], folder: Path, place: str) -> list[str]:
    """The files, sorted, when all may be fetched into `folder`. Raises RemoteError."""
    names = sorted(name for name in sizes if name and not name.endswith("/"))
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name or path.as_posix() != name:
            raise RemoteError(
                f"{place}: {printable(name, 100)} is no path inside of it",
                hint="look at who wrote it",
            )
    if len(names) > MOST_FILES:
        raise RemoteError(f"{place}: {len(names)} files are no release", hint="check the path")
    room, needed = shutil.disk_usage(folder.parent).free, sum(sizes.values())
    if needed > room * 0.9:
        raise RemoteError(
            f"{place}: {needed >> 20} MB do not fit into {folder.parent.parent}",
            hint="set TMPDIR to a folder with room",
        )
    return names


def _literal(name: str) -> str:
    """A file name as a pattern that fits nothing else."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _told(error: BaseException) -> str:
    return printable(" ".join(str(error).split()) or type(error).__name__, 200)
