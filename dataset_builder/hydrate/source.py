"""Reads a release without text, and what it keeps for those who put the text back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dataset_builder.diff.reading import DamagedReleaseError
from dataset_builder.errors import UsageError
from dataset_builder.project import SPLITS, Settings
from dataset_builder.release.manifest import MANIFEST, SUMS, read_manifest, sums_bytes
from dataset_builder.release.surfaces import PIECE, Outline
from dataset_builder.release.withhold import (
    KEPT_SETTINGS,
    RELEASE,
    SIGNATURES,
    hash_file,
    hash_schema,
    signature_schema,
)
from dataset_builder.tables import SCHEMA_VERSION, TABLES, arrow_schema, contract_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.registries import Registries

MOST: Final = 20_000_000
"""Code points of a text; a longer one is none."""


class Hashed(NamedTuple):
    """Where a surface stands in its text, and its hash."""

    start: int | None
    end: int | None
    hash: bytes


Hashes = dict[str, dict[tuple[int, int], Hashed]]
"""Place -> row and item -> hash."""


@dataclass(frozen=True)
class Wanted:
    """One article whose text is withheld."""

    article_id: str
    split: str
    row: int
    raw_sha256: str
    text_sha256: str
    source: str
    url: str | None
    title: bytes | None
    """Hash of its title."""
    outline: Outline
    paragraphs: tuple[int, ...]
    """Where they begin."""
    pieces: tuple[bytes, ...]
    """Hash of each piece of the outline."""
    signature: bytes
    triggers: bool
    """Whether it has rows in that table."""


@dataclass(frozen=True)
class Source:
    """A release without text."""

    folder: Path
    tables: Mapping[tuple[str, str], pa.Table]
    """(config, split) -> rows in the order of its files."""
    registries: Registries
    settings: Settings
    told: Mapping[str, Any]
    """`hydrate/release.json`."""
    content_version: object
    """The definition of the content hashes in it, as its manifest says; None: an earlier one."""
    articles: tuple[Wanted, ...]
    """Sorted by id."""

    def hashes(self, config: str, split: str) -> Hashes:
        """The hashes of one split. Raises DamagedReleaseError."""
        return _hashes(self.folder, config, split)


def read_source(folder: Path) -> Source:
    """Read the release at `folder`.

    Raises UsageError when it is none that withholds text, or of another schema version,
    DamagedReleaseError when its files are not what it says of them.
    """
    from dataset_builder.ontology import load_ontology
    from dataset_builder.registries import carried_registries

    manifest = read_manifest(folder)
    if not manifest:
        raise UsageError(f"{folder}: no release: it has no {MANIFEST} that can be read")
    text = manifest.get("text")
    if text != "withheld":
        told = "has its text" if text == "full" else "is not one that withholds its text"
        hint = "give the release as it was published"
        raise UsageError(f"{folder}: the release {told}", hint=hint)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(
            f"{folder}: written by another contract than that of this package, {SCHEMA_VERSION}",
            hint="use the version of dataset-builder that wrote it",
        )
    sums = folder / SUMS
    if not sums.is_file() or sums_bytes(folder) != sums.read_bytes():
        raise _damaged(folder, f"its files are not what its {SUMS} says")
    try:
        registries = carried_registries(folder, load_ontology(folder / "schemas/ontology.yaml"))
        tables = _tables(folder, manifest, registries)
        told = json.loads((folder / RELEASE).read_bytes())
        return Source(
            folder=folder,
            tables=tables,
            registries=registries,
            settings=_settings(told),
            told=told,
            content_version=manifest.get("content_version"),
            articles=_articles(folder, tables),
        )
    except DamagedReleaseError:
        raise
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise _damaged(folder, f"{type(error).__name__}: {error}"[:300]) from error


def _damaged(folder: Path, what: str) -> DamagedReleaseError:
    return DamagedReleaseError(
        f"{folder}: the release is damaged: {what}", hint="take it again from where it is published"
    )


def _tables(
    folder: Path, manifest: Mapping[str, Any], registries: Registries
) -> dict[tuple[str, str], pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = {}
    for config in contract_of(TABLES, "withheld"):
        for split in SPLITS:
            entry = manifest["configs"].get(config, {}).get(split)
            if entry is not None:
                files = [folder / _inside(shard["file"]) for shard in entry["files"]]
                schema = arrow_schema(TABLES[config], registries.ontology)
                table = pa.concat_tables(pq.read_table(file) for file in files)
                found[config, split] = table.cast(schema).combine_chunks()
    return found


def _inside(file: str) -> str:
    if file.startswith("/") or ".." in file.split("/"):
        raise ValueError(f"{file!r} is no path in a release")
    return file


def _settings(told: Mapping[str, Any]) -> Settings:
    made: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told["settings"].items()
        if name in KEPT_SETTINGS
    }
    made["splits"] = {name: Fraction(share) for name, share in made["splits"].items()}
    return Settings(**made)


def _read(folder: Path, config: str, split: str, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(folder / hash_file(config, split))
        return table.select(schema.names).cast(schema)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise _damaged(folder, f"{hash_file(config, split)} cannot be used: {error}") from error


def _hashes(folder: Path, config: str, split: str) -> Hashes:
    table = _read(folder, config, split, hash_schema())
    found: Hashes = {}
    columns = (table[name].to_pylist() for name in hash_schema().names)
    for row, place, item, start, end, digest in zip(*columns, strict=True):
        found.setdefault(place, {})[row, item] = Hashed(start, end, digest)
    return found


def _articles(folder: Path, tables: Mapping[tuple[str, str], pa.Table]) -> tuple[Wanted, ...]:
    made: list[Wanted] = []
    for split in SPLITS:
        table = tables.get(("articles", split))
        if table is None:
            continue
        hashes = _hashes(folder, "articles", split)
        signed = _read(folder, SIGNATURES, split, signature_schema()).to_pylist()
        signatures = {row["article_id"]: (row["signature"], row["triggers"]) for row in signed}
        of_row: dict[int, dict[int, bytes]] = {}
        for (row, item), hashed in hashes.get(PIECE, {}).items():
            of_row.setdefault(row, {})[item] = hashed.hash
        titles = hashes.get("title", {})
        for row, article in enumerate(table.to_pylist()):
            outline = Outline((s["start"], s["end"]) for s in article["sentences"])
            known = of_row.get(row, {})
            title = titles.get((row, 0))
            signature, triggers = signatures[article["article_id"]]
            if outline.length > MOST:
                raise _damaged(folder, f"{article['article_id']} is longer than any article")
            made.append(
                Wanted(
                    article_id=article["article_id"],
                    split=split,
                    row=row,
                    raw_sha256=article["raw_sha256"],
                    text_sha256=article["text_sha256"],
                    source=article["source"],
                    url=article["url"],
                    title=title.hash if title else None,
                    outline=outline,
                    paragraphs=tuple(p["start"] for p in article["paragraphs"]),
                    pieces=tuple(known[at] for at in range(len(outline.pieces))),
                    signature=signature,
                    triggers=bool(triggers),
                )
            )
    return tuple(sorted(made, key=lambda wanted: wanted.article_id))
