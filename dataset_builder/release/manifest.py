"""What a release says of its own files: `MANIFEST.json` and `SHA256SUMS`.

    {"name", "version", "date", "schema_version", "scheme_version", "content_version",
     "text": "full" | "withheld" | "partial", "hashes": [{"file", "sha256", "bytes"}],
     "configs": {config: {split: {"files": [{"file", "rows", "sha256", "bytes"}],
                                  "rows", "content_sha256"}}}}

A full release has no `hashes` (see `release.withhold`). A config without any row is `{}`: it has no files, and the card does not offer it. `files` is a
list so that a split may have several shards. `content_sha256` is over the rows
themselves, as definition `content_version` has it (see `release.content`); a manifest without it is
of an earlier definition.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Shard:
    """One Parquet file; `file` is relative to the release, with `/`."""

    file: str
    rows: int
    sha256: str
    bytes: int


@dataclass(frozen=True)
class SplitFiles:
    """One split of one config. `raw_bytes` is its uncompressed size; it is not in the manifest."""

    files: tuple[Shard, ...]
    rows: int
    content_sha256: str
    raw_bytes: int


def manifest_bytes(
    head: Mapping[str, Any], configs: Mapping[str, Mapping[str, SplitFiles]]
) -> bytes:
    """`MANIFEST.json`: `head` (name, version, ...), then every config and split."""
    listed = {
        config: {
            split: {
                "files": [asdict(shard) for shard in found.files],
                "rows": found.rows,
                "content_sha256": found.content_sha256,
            }
            for split, found in splits.items()
        }
        for config, splits in configs.items()
    }
    text = json.dumps({**head, "configs": listed}, indent=2, ensure_ascii=False)
    return f"{text}\n".encode()


def extra_files(contents: Mapping[str, bytes]) -> list[dict[str, str | int]]:
    """What the manifest says of files that are no tables, by path."""
    return [
        {"file": file, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for file, content in sorted(contents.items())
    ]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release; empty when it has none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def content_of(folder: Path) -> dict[str, dict[str, str]]:
    """Config -> split -> `content_sha256`, of a release that this package wrote."""
    return {
        config: {split: str(found["content_sha256"]) for split, found in splits.items()}
        for config, splits in read_manifest(folder)["configs"].items()
    }


def sums_bytes(folder: Path) -> bytes:
    """`SHA256SUMS` for `sha256sum -c`: every file below `folder` except itself, by path."""
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    lines = [f"{file_sha256(folder / name)}  {name}\n" for name in files if name != SUMS]
    return "".join(lines).encode()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
