"""The release on this disk that is to be published."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import UsageError
from dataset_builder.placeholders import placeholders
from dataset_builder.release.manifest import MANIFEST, SUMS, file_sha256

if TYPE_CHECKING:
    from pathlib import Path

_LINE: Final = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<name>[^\r\n]+)")
_CARD: Final = "README.md"


@dataclass(frozen=True)
class Source:
    """A validated release. Its files are those that its SHA256SUMS lists, and that list."""

    folder: Path
    name: str
    version: str
    text: str
    """full or withheld."""
    configs: dict[str, dict[str, tuple[str, ...]]]
    """Config -> split -> Parquet files, in the order of the manifest; only configs with rows."""
    digests: dict[str, str]
    """Config/split -> `content_sha256` of its rows."""
    sums: dict[str, str]
    """File -> SHA-256 of its bytes; all files but SHA256SUMS itself."""
    marks: dict[str, bytes]
    """MANIFEST.json and SHA256SUMS: two releases are the same where these are."""

    def checked(self, name: str, copy: Path | None = None) -> Path:
        """A file of it, or a copy of that. Raises UsageError when it is not what was validated."""
        path = copy or self.folder / name
        try:
            same = name not in self.sums or file_sha256(path) == self.sums[name]
        except FileNotFoundError:
            same = False
        if not same:
            raise UsageError(
                f"{self.folder / name} changed while it was being published",
                hint="leave finished releases alone; run `validate` on it, then publish again",
            )
        return path

    def in_order(self) -> list[str]:
        """All files as they are best put one by one: data, documents, card, list; the manifest,
        without which nothing is a release, last."""
        last = {_CARD: 1, SUMS: 2, MANIFEST: 3}
        names = sorted((*self.sums, SUMS))
        return sorted(names, key=lambda name: (last.get(name, 0), not name.endswith(".parquet")))


def unedited(source: Source) -> list[str]:
    """What `init` left in its documents for somebody to write: file, line and words."""
    return [
        f"{name}, line {item.line}: {item.words}"
        for name in sorted(source.sums)
        if PurePosixPath(name).suffix not in (".parquet", ".json")
        for item in placeholders((source.folder / name).read_text(encoding="utf-8"))
    ]


def read_source(folder: Path) -> Source:
    """What the release at `folder` says of itself; it has to be valid.

    Raises UsageError when it leads out of its folder, OSError when it cannot be read.
    """
    marks = {name: (folder / name).read_bytes() for name in (MANIFEST, SUMS)}
    manifest: dict[str, Any] = json.loads(marks[MANIFEST])
    sums = {}
    for line in marks[SUMS].decode("utf-8").splitlines():
        match = _LINE.fullmatch(line)
        path = PurePosixPath(match["name"]) if match else PurePosixPath("/")
        if match is None or path.is_absolute() or ".." in path.parts:
            raise UsageError(f"{folder / SUMS} is no list of files of a release")
        sums[match["name"]] = match["sha256"]
    configs = {config: splits for config, splits in manifest["configs"].items() if splits}
    return Source(
        folder=folder,
        name=str(manifest["name"]),
        version=str(manifest["version"]),
        text=str(manifest["text"]),
        configs={
            config: {
                split: tuple(str(shard["file"]) for shard in listed["files"])
                for split, listed in splits.items()
            }
            for config, splits in configs.items()
        },
        digests={
            f"{config}/{split}": str(listed["content_sha256"])
            for config, splits in configs.items()
            for split, listed in splits.items()
        },
        sums=sums,
        marks=marks,
    )
