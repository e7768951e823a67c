"""Opens a release for comparison: whatever version of the schema wrote it, however many shards.

Nothing is loaded but names, shapes and counts; columns are read later, a batch at a time. Files
have to be those of the manifest, to the bit: counts of a damaged release would be lies.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import DatasetBuilderError, UsageError
from dataset_builder.printable import printable
from dataset_builder.project import SPLITS
from dataset_builder.release.manifest import MANIFEST, file_sha256
from dataset_builder.tables import TABLES
from dataset_builder.validate.declared import UNREADABLE, of_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.validate.declared import Shape

BATCH: Final = 65_536
"""Rows of a column that are held at once."""
_SMALL: Final = 16 << 20
"""Bytes of a document that are read; more is no document of a release."""
_FRONT: Final = re.compile(r"\A---\n.*?^---$", re.DOTALL | re.MULTILINE)


class DamagedReleaseError(DatasetBuilderError):
    """A release whose files are not what its manifest says."""


@dataclass(frozen=True)
class Shard:
    """One Parquet file."""

    split: str
    path: Path
    rows: int
    sha256: str


@dataclass(frozen=True)
class Config:
    """One table of a release. Rows are numbered through its shards, in the order of the splits."""

    name: str
    shards: tuple[Shard, ...]
    shapes: Mapping[str, Shape]
    """Columns in their order, with labels by the names that the files carry; empty without rows."""

    @property
    def rows(self) -> int:
        """Over all splits."""
        return sum(shard.rows for shard in self.shards)

    def without(self, digests: set[tuple[str, str]]) -> Config:
        """The config less the shards of these splits and SHA-256."""
        kept = tuple(s for s in self.shards if (s.split, s.sha256) not in digests)
        return replace(self, shards=kept)

    def batches(self, column: str) -> Iterator[pa.Array]:
        """The values of a column, in order. Raises DamagedReleaseError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for shard in self.shards:
            try:
                with pq.ParquetFile(shard.path) as file:
                    for batch in file.iter_batches(BATCH, columns=[column], use_threads=False):
                        values = batch.column(0)
                        # Bytes that are no UTF-8 would bring polars down later.
                        values.validate(full=True)
                        yield values
            except (pa.ArrowException, OSError, KeyError, IndexError) as error:
                raise damaged(shard.path, error) from None

    def take(self, columns: Sequence[str], rows: Sequence[int]) -> list[dict[str, Any]]:
        """Some rows, by ascending number, as Python values. Raises DamagedReleaseError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        found: list[dict[str, Any]] = []
        wanted, first, at = list(rows), 0, 0
        for shard in self.shards:
            if at < len(wanted) and wanted[at] < first + shard.rows:
                try:
                    with pq.ParquetFile(shard.path) as file:
                        start = first
                        for number in range(file.num_row_groups):
                            end = start + file.metadata.row_group(number).num_rows
                            here = []
                            while at < len(wanted) and wanted[at] < end:
                                here.append(wanted[at] - start)
                                at += 1
                            if here:
                                group = file.read_row_group(number, columns=list(columns))
                                found += group.take(pa.array(here)).to_pylist()
                            start = end
                except (pa.ArrowException, OSError, KeyError, ValueError) as error:
                    raise damaged(shard.path, error) from None
            first += shard.rows
        return found


@dataclass(frozen=True)
class Opened:
    """One release."""

    path: Path
    name: str
    version: str
    schema_version: str
    scheme_version: str
    text: str
    """full or withheld."""
    configs: Mapping[str, Config]
    """In the order of the manifest; a config without rows has no shards."""

    @cached_property
    def card(self) -> str:
        """`README.md` without its YAML; empty when there is none."""
        return _FRONT.sub("", self.document("README.md"), count=1)

    def document(self, name: str) -> str:
        """A text file of the release; empty when it is not there or not readable."""
        path = self.path / name
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _SMALL:
                return ""
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    @cached_property
    def documents(self) -> dict[str, str]:
        """SHA-256 of what the release carries as it is: licence, ontology, registries, guidelines."""
        names = ["LICENSE"]
        folder = self.path / "schemas"
        if folder.is_dir():
            names += sorted(f"schemas/{file.name}" for file in folder.iterdir())
        files = {name: self.path / name for name in names}
        return {
            name: file_sha256(path)
            for name, path in files.items()
            if path.is_file() and not path.is_symlink()
        }


def open_release(folder: Path) -> Opened:
    """Open the release at `folder`.

    Raises UsageError when it is no release, DamagedReleaseError when its manifest or a file that
    the manifest names is missing, unreadable or another one.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"{folder} {what}", hint="give the folder of a release, releases/1.0.0")
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise UsageError(
            f"{folder} is no release: it has no {MANIFEST}",
            hint="give the folder of a release, e.g. releases/1.0.0",
        )
    try:
        if manifest.stat().st_size > _SMALL:
            raise ValueError("too large")
        data = json.loads(manifest.read_text(encoding="utf-8"))
        listed = {
            str(name): [
                (str(split), item) for split, found in splits.items() for item in _files(found)
            ]
            for name, splits in data["configs"].items()
        }
        head = {
            key: str(data.get(key, default))
            for key, default in (
                ("name", ""),
                ("version", folder.name),
                ("schema_version", "1"),
                ("scheme_version", ""),
                ("text", "full"),
            )
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(manifest, error) from None
    configs = {name: _config(folder, name, files) for name, files in listed.items()}
    return Opened(folder, **head, configs=configs)


def _files(found: Any) -> list[Any]:
    """The files of a split; one that is not in shards may be named alone."""
    files = found.get("files", [found])
    if not isinstance(files, list):
        raise TypeError("`files` is no list")
    return files


def _config(folder: Path, name: str, listed: list[tuple[str, Any]]) -> Config:
    order = {split: number for number, split in enumerate(SPLITS)}
    listed = sorted(listed, key=lambda item: order.get(item[0], len(order)))
    shards: list[Shard] = []
    shapes: dict[str, Shape] = {}
    for number, (split, item) in enumerate(listed):
        shard, found = _shard(folder, split, item)
        shards.append(shard)
        if number and list(found) != list(shapes):
            raise damaged(shard.path, ValueError("its columns are not those of the other files"))
        shapes = found
    return Config(name, tuple(shards), shapes)


def _shard(folder: Path, split: str, item: Any) -> tuple[Shard, dict[str, Shape]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _inside(folder, item)
    try:
        stated, rows = str(item["sha256"]), item["rows"]
        digest = file_sha256(path)
        if digest != stated:
            raise ValueError("its SHA-256 is not that of the manifest")
        with pq.ParquetFile(path) as opened:
            schema, found = opened.schema_arrow, opened.metadata.num_rows
        if found != rows:
            raise ValueError(f"it has {found} rows, the manifest says {rows}")
        features = of_parquet(_metadata(schema))
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise damaged(path, error) from None
    shapes = {}
    for field in schema:
        known = features.get(field.name, UNREADABLE)
        shapes[field.name] = _of_arrow(field.type) if _unreadable(known) else known
    return Shard(split, path, rows, digest), shapes


def _inside(folder: Path, item: Any) -> Path:
    """The file that an entry of the manifest names; nothing outside the release is ever read."""
    file = item.get("file") if isinstance(item, dict) else None
    inside = PurePosixPath(file) if isinstance(file, str) else PurePosixPath("/")
    path = folder / inside
    plain = not inside.is_absolute() and ".." not in inside.parts and "\0" not in str(inside)
    if not plain or not path.resolve().is_relative_to(folder.resolve()):
        raise damaged(folder / MANIFEST, ValueError(f"{file!r} is no file of the release"))
    return path


def _metadata(schema: pa.Schema) -> Any:
    raw = (schema.metadata or {}).get(b"huggingface")
    return json.loads(raw)["info"]["features"] if raw else None


def _unreadable(shape: Shape) -> bool:
    if shape[0] == "struct":
        return any(_unreadable(inner) for _, inner in shape[1])
    return shape == UNREADABLE or (shape[0] == "list" and _unreadable(shape[1]))


def _of_arrow(kind: pa.DataType) -> Shape:
    """The shape of a column that no metadata tell of."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return ("struct", tuple((field.name, _of_arrow(field.type)) for field in kind))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return ("list", _of_arrow(kind.value_type))
    return ("value", str(kind))


def damaged(path: Path, error: Exception) -> DamagedReleaseError:
    """What to raise where `error` came of reading a file of a release."""
    why = printable(" ".join(str(error).split()) or type(error).__name__, 200)
    return DamagedReleaseError(
        f"{printable(str(path), 300)}: {why}",
        hint="`dataset-builder validate` says all that is wrong; fetch or build the release again",
    )


def label_columns(config: Config) -> tuple[str, ...]:
    """Columns that hold one label a row."""
    return tuple(name for name, shape in config.shapes.items() if shape[0] == "class")


def key_of(one: Config, other: Config) -> tuple[str, ...]:
    """The columns that say which row is which: those of the contract as far as both releases have
    them, else a column `id` or `<what>_id`, else nothing (rows are then known by their values)."""
    both = [name for name in one.shapes if name in other.shapes or not other.shapes]
    declared = IDENTITY.get(one.name) or (TABLES[one.name].key if one.name in TABLES else ())
    found = tuple(name for name in declared if name in both)
    if found:
        return found
    singular = one.name.removesuffix("s")
    return next(((name,) for name in ("id", f"{singular}_id") if name in both), ())


IDENTITY: Final = {
    "annotations": ("annotation_id", "kind", "region_id", "name", "from_id", "to_id")
}
"""What a row is known by where the key of its table says also where it stands."""
