"""What a release says of its own files: `MANIFEST.json` and `SHA256SUMS`.

    {"name", "version", "date", "schema_version", "scheme_version", "text": "full",
     "configs": {config: {split: {"files": [{"file", "rows", "sha256", "bytes"}],
                                  "rows", "content_sha256"}}}}

`files` is a list so that a split may have several shards. `content_sha256` is over the rows
themselves, so another Parquet writer does not look like other data.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dataset_builder.tables import ClassOf, ListOf, Scalar, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"
BATCH = 4096


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


def content_sha256(table: pa.Table, declaration: Table, ontology: Ontology) -> str:
    """SHA-256 of the rows in the order of their keys, each as one line of canonical JSON.

    Class ids count by their label's name, timestamps and dates as ISO 8601, floats by `repr`; so
    neither the writer, nor the order of rows or labels matters. An id that no label has counts as
    the number that it is. Raises KeyError when `table` lacks a column of the key.
    """
    types = {column.name: column.type for column in declaration.columns}
    keys = [
        tuple((value is None, value if value is not None else "") for value in row.values())
        for batch in table.select(list(declaration.key)).to_batches(max_chunksize=BATCH)
        for row in _plain_rows(batch.to_pylist(), types, ontology)
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    digest = hashlib.sha256()
    for first in range(0, len(order), BATCH):
        rows = table.take(order[first : first + BATCH]).to_pylist()
        for row in _plain_rows(rows, types, ontology):
            line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            digest.update(f"{line}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _plain_rows(
    rows: list[dict[str, Any]], types: Mapping[str, Type], ontology: Ontology
) -> list[dict[str, Any]]:
    unknown = Scalar("string")
    return [
        {name: _plain(types.get(name, unknown), value, ontology) for name, value in row.items()}
        for row in rows
    ]


def _plain(kind: Type, value: Any, ontology: Ontology) -> Any:
    """`value` as JSON can say it."""
    if value is None:
        return None
    if isinstance(kind, ClassOf):
        names = ontology.names(kind.vocabulary)
        known = isinstance(value, int) and 0 <= value < len(names)
        return names[value] if known else value
    if isinstance(kind, ListOf) and isinstance(value, list):
        return [_plain(kind.item, item, ontology) for item in value]
    if isinstance(kind, Struct) and isinstance(value, dict):
        fields = dict(kind.fields)
        unknown = Scalar("string")
        return {k: _plain(fields.get(k, unknown), item, ontology) for k, item in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
