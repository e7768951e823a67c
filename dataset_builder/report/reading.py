"""Reads a release for the report: its tables with labels by name, and what it says of itself.

Labels come by the names that the release itself carries, so a release of other labels, or of an
older scheme, is shown as it is. Whether it keeps its promises is the validator's business; here a
label that has no name is shown as its number, and a column that is missing as empty.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import DatasetBuilderError, ProjectError, UsageError
from dataset_builder.markdown import MARKER
from dataset_builder.ontology import load_ontology
from dataset_builder.project import SPLITS
from dataset_builder.registries import load_actors, load_annotators, load_targets
from dataset_builder.release.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Annotator

TABLE_ROW: Final = re.compile(r"^\|(.*)\|\s*$", re.MULTILINE)
WITHHELD: Final = "withheld"


@dataclass(frozen=True)
class Source:
    """A release as the report sees it."""

    manifest: dict[str, Any]
    frames: dict[str, pl.DataFrame]
    """Config -> rows, labels by name, with a column `split`, by article."""
    labels: dict[str, dict[str, tuple[str, ...]]]
    """Config -> column -> its vocabulary in order; `arguments.role` for a field of a list."""
    ontology: Ontology | None
    """What the release carries as `schemas/ontology.yaml`, if this version can read it."""
    actors: dict[str, str]
    """Id -> name, from the registry that the release carries."""
    issues: dict[str, str]
    annotators: tuple[Annotator, ...]
    title: str
    """As the card is headed."""
    agreement: tuple[tuple[str, ...], ...] = field(default=())
    """Rows of the agreement table of the card: layer, figure, value, interval, n."""

    @property
    def version(self) -> str:
        """Of the data."""
        return str(self.manifest.get("version", ""))

    @property
    def file_name(self) -> str:
        """Name and version as a file may be called."""
        named = f"{self.manifest.get('name', 'release')}-{self.version}"
        return re.sub(r"[^A-Za-z0-9._-]", "_", named).lstrip("._-")[:100] or "release"

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that have rows, in their order."""
        there = {split for frame in self.frames.values() for split in frame["split"].unique()}
        return (*(s for s in SPLITS if s in there), *sorted(there - set(SPLITS)))

    def rows(self, config: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Values of some columns row by row; None for a column that is not there."""
        frame = self.frames.get(config)
        if frame is None:
            return iter(())
        import polars as pl

        there = set(frame.columns)
        return frame.select(
            pl.col(name) if name in there else pl.lit(None).alias(name) for name in columns
        ).iter_rows()


def read_release(folder: Path) -> Source:
    """Read every table of the release at `folder`.

    Raises UsageError when it is no release, DatasetBuilderError when a file of it cannot be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        configs = manifest["configs"].items()
        listed = {
            config: {split: [f["file"] for f in found["files"]] for split, found in splits.items()}
            for config, splits in configs
        }
    except OSError as error:
        raise UsageError(
            f"{folder}: no release: {MANIFEST} cannot be read ({error.strerror})",
            hint="name the folder of a release, as `dataset-builder build` writes it",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(
            f"{folder}: {MANIFEST} is not that of a release",
            hint=f"`dataset-builder validate {folder}` says what is wrong",
        ) from None
    card = _text(folder / "README.md")
    heading = re.search(r"^# (.+)$", card.partition("\n---\n")[2], re.MULTILINE)
    frames, labels = {}, {}
    for config, splits in listed.items():
        if any(splits.values()):
            frames[config], labels[config] = _config(folder, splits)
    return Source(
        manifest=manifest,
        frames=frames,
        labels=labels,
        ontology=_declared(load_ontology, folder / "schemas/ontology.yaml"),
        actors={item.id: item.name for item in _registry(load_actors, folder, "actors")},
        issues={item.id: item.name for item in _registry(load_targets, folder, "targets")},
        annotators=_registry(load_annotators, folder, "annotators"),
        title=heading[1].strip() if heading else str(manifest.get("name", folder.name)),
        agreement=_agreement(card),
    )


def _config(
    folder: Path, splits: dict[str, list[str]]
) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]]]:
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts, labels = [], {}
    for split, files in splits.items():
        for name in files:
            file = folder / name
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise UsageError(f"{folder / MANIFEST}: {name!r} is outside the release")
            try:
                table = pq.read_table(pa.BufferReader(file.read_bytes()))
                table.validate(full=True)  # bytes that are no UTF-8 would bring polars down later
                features = json.loads((table.schema.metadata or {})[b"huggingface"])
                shapes = features["info"]["features"]
                frame = pl.DataFrame(table)
                frame = frame.select(named(pl.col(c), shapes.get(c)) for c in frame.columns)
            except (OSError, ValueError, KeyError, TypeError, pa.ArrowException,
                    pl.exceptions.PolarsError) as error:  # fmt: skip
                told = " ".join(str(error).split())[:200]
                raise DatasetBuilderError(
                    f"{file}: cannot be read: {type(error).__name__}: {told}",
                    hint=f"`dataset-builder validate {folder}` says what is wrong with the release",
                ) from None
            labels.update(vocabularies(shapes))
            parts.append(frame.with_columns(pl.lit(split).alias("split")))
    whole = pl.concat(parts, how="diagonal_relaxed", rechunk=True)
    if "article_id" in whole.columns:
        whole = whole.sort("article_id", maintain_order=True)
    return whole, labels


def named(values: pl.Expr, shape: Any) -> pl.Expr:
    """Class ids as their names, at any depth; an id that has no name as `#id`."""
    import polars as pl

    if not _has_labels(shape):
        return values
    if "names" in shape:
        ids = values.cast(pl.Int64)
        names = shape["names"]
        other = pl.lit("#") + ids.cast(pl.String)
        return ids.replace_strict(range(len(names)), names, default=other, return_dtype=pl.String)
    if "feature" in shape:
        return values.list.eval(named(pl.element(), shape["feature"]))
    fields = [named(pl.field(name), inner) for name, inner in shape.items() if _has_labels(inner)]
    return values.struct.with_fields(fields)


def _has_labels(shape: Any) -> bool:
    if not isinstance(shape, dict):
        return False
    if shape.get("_type") == "ClassLabel":
        return True
    return any(_has_labels(inner) for inner in shape.values())


def vocabularies(shapes: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Column, or `column.field` of a list, -> its labels in order."""
    found = {}
    for column, shape in shapes.items():
        inner = shape.get("feature", shape)
        if inner.get("_type") == "ClassLabel":
            found[column] = tuple(inner["names"])
        elif shape is not inner:
            for name, item in inner.items():
                if isinstance(item, dict) and item.get("_type") == "ClassLabel":
                    found[f"{column}.{name}"] = tuple(item["names"])
    return found


def _declared(load: Any, file: Path) -> Any:
    """What `load` makes of a file of the release; None when it is missing or not as we know it."""
    try:
        return load(file)
    except ProjectError:
        return None


def _registry(load: Any, folder: Path, name: str) -> tuple[Any, ...]:
    return _declared(load, folder / f"schemas/{name}.yaml") or ()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _agreement(card: str) -> tuple[tuple[str, ...], ...]:
    """The rows of the table in the card's block `agreement`; none when there is no such block."""
    marks = {match.groups(): match for match in MARKER.finditer(card)}
    begin, end = marks.get(("begin", "agreement")), marks.get(("end", "agreement"))
    if begin is None or end is None:
        return ()
    rows = [
        tuple(cell.strip() for cell in row.split("|"))
        for row in TABLE_ROW.findall(card[begin.end() : end.start()])
    ]
    return tuple(row for row in rows[2:] if len(row) == 5)
