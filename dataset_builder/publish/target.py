"""What a place to publish to has to do, and which one an address means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from urllib.parse import unquote, urlsplit

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import RemoteError, UsageError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from dataset_builder.publish.source import Source

    Report = Callable[[str, int, int | None], None]
    """What is being done, how much of it is done, of how much."""

SCHEME: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)")
_LIKE_ONE: Final = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*):.*", re.DOTALL)
HUB: Final = re.compile(r"hf://datasets/(?P<repository>[\w.-]+/[\w.-]+?)/?")
_KINDS: Final = "a folder, s3://BUCKET/PREFIX, or hf://datasets/ORG/NAME"


@dataclass(frozen=True)
class Access:
    """Who may see a dataset of the Hub; nothing is changed where nothing is asked for."""

    private: bool = False
    gated: Literal["auto", "manual"] | None = None


class Target(Protocol):
    """A place with one release for each version. Every method raises RemoteError or OSError when
    the place cannot be reached or refuses."""

    remote: bool
    """Whether loading from there needs a network."""
    reads_card: bool
    """Whether what loads there has the version and the rest of what the card says."""

    def place(self, version: str) -> str:
        """Where a version is, as a person writes it."""

    def versions(self) -> list[str]:
        """The finished releases, in any order; what is half-written is none."""

    def read(self, version: str, names: Sequence[str]) -> dict[str, bytes]:
        """Small files of a finished release."""

    def fetch(self, version: str) -> AbstractContextManager[Path]:
        """A finished release as a folder on this disk."""

    def put(self, source: Source, after: str | None, report: Report) -> None:
        """Make `source` the release of its version: whole, or what was there is as it was, or
        doing it again goes on. `after` is the newest version that was there when it was compared.
        Raises RemoteError when somebody else is at it or published another version since,
        VersionExistsError when the version came into being with other content."""

    def finish(self) -> None:
        """Whatever else belongs to a version that is there already: an interrupted run may have
        left it undone."""

    def forget(self) -> None:
        """Make this process remember nothing of what it saw there."""

    def load(self, source: Source, config: str, cache: str) -> Any:
        """The config as `load_dataset` gives it, a dict of splits, with no cache but `cache`."""


def _local(address: str) -> str:
    """The path of a `file://` address. Raises UsageError when it has none."""
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise UsageError(
            f"{printable(address, 200)} names no folder of this machine",
            hint="give file:///PATH, or the path itself",
        )
    return unquote(parts.path)


def newest(versions: Iterable[str]) -> str | None:
    """The highest version of all."""
    return max(versions, key=lambda version: version_numbers(version) or (0, 0, 0), default=None)


def refuse_news(there: Sequence[str], source: Source, after: str | None) -> None:
    """Raise RemoteError when another version came since `source` was compared with `after`."""
    came = newest(there)
    if came != after and source.version not in there:
        raise RemoteError(
            f"somebody else published {printable(came or 'less', 40)} meanwhile",
            hint="nothing was published; run the command again to compare with theirs",
        )


def a_release(place: str, parent: str) -> UsageError:
    """For an address that is not that of all versions."""
    return UsageError(
        f"{printable(place, 200)} is a release itself: nothing is published into one",
        hint=f"name the folder of all versions: {printable(parent, 200)}",
    )


def open_target(
    address: str, access: Access, *, discard: bool, tell: Callable[[str], None]
) -> Target:
    """The target that `address` means. `discard`: what an interrupted run left of other content may
    be thrown away. Raises UsageError when it means none."""
    scheme = SCHEME.fullmatch(address)
    if access != Access() and not address.startswith("hf://"):
        raise UsageError(
            "--private and --gated are settings of the Hub",
            hint="elsewhere, who may read is for the folder or the bucket to say",
        )
    if not address.strip():
        raise UsageError("the address to publish to is empty", hint=f"give {_KINDS}")
    if scheme is None and (like := _LIKE_ONE.fullmatch(address)):
        raise UsageError(
            f"{printable(address, 200)} is no address, and looks like one",
            hint=f"write {like['scheme']}://..., or ./{printable(address, 200)} for a folder of "
            "that name",
        )
    if scheme is None or scheme["scheme"] in ("file", "local"):
        from dataset_builder.publish.folder import Folder

        return Folder(Path(_local(address) if scheme else address))
    if not scheme["rest"].strip("/"):
        raise UsageError(f"{printable(address, 200)} names no place", hint=f"give {_KINDS}")
    if "@" in urlsplit(address).netloc:
        raise UsageError(
            "the address holds a name or a password",
            hint="credentials come from the environment, never from a command line",
        )
    if scheme["scheme"] == "hf":
        match = HUB.fullmatch(address)
        if match is None:
            raise UsageError(
                f"{printable(address, 200)} is no dataset of the Hub",
                hint="give hf://datasets/ORG/NAME; the version becomes a tag",
            )
        from dataset_builder.publish.hub import Hub

        return Hub(match["repository"], access, tell)
    from dataset_builder.publish.objects import ObjectStore

    return ObjectStore(address.rstrip("/"), tell, discard=discard)
