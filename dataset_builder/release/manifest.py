"""What a release says of its own files: `MANIFEST.json` and `SHA256SUMS`.

    {"name", "version", "date", "schema_version", "scheme_version", "text": "full",
     "configs": {config: {split: {"files": [{"file", "rows", "sha256", "bytes"}],
                                  "rows", "content_sha256"}}}}

A config without any row is `{}`: it has no files, and the card does not offer it. `files` is a
list so that a split may have several shards. `content_sha256` is over the rows
themselves (see `release.content`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

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
    head: Mapping[str, str], configs: Mapping[str, Mapping[str, SplitFiles]]
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
