"""Reads a release folder however damaged it is.

Nothing here judges: what cannot be read is kept as an error beside the file, so that one rule can
report it and all others still run on what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.printable import printable
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.tables import TABLES, contract_of, polars_type
from dataset_builder.validate.beside import (
    refuse_parent,
    refuse_project,
    refuse_within,
    where_else,
)
from dataset_builder.validate.contracts import contract
from dataset_builder.validate.documents import no_file, no_yaml, read_card, read_json
from dataset_builder.validate.reading import read_parts
from dataset_builder.validate.release import HELD, Release

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from dataset_builder.ledger import Ledger
    from dataset_builder.ontology import Ontology
    from dataset_builder.registries import Registries
    from dataset_builder.tables import Table
    from dataset_builder.takedown import Takedowns
    from dataset_builder.validate.reading import Part


def _fitting(part: Part, tables: dict[str, Table]) -> frozenset[str]:
    """Columns of the contract that a readable file has, in a type that loses nothing in theirs.

    A number written as text is that number; what is text and was written as a number is none of the
    ids and words that it stood for, and matches nothing.
    """
    if part.error is not None or part.table not in tables:
        return frozenset()
    types = {column.name: polars_type(column.type) for column in tables[part.table].columns}
    return frozenset(
        name
        for name, wanted in types.items()
        if name in part.schema
        and (part.schema[name] == wanted or _castable(part, name, part.schema[name], wanted))
    )


def _castable(part: Part, name: str, found: pl.DataType, wanted: pl.DataType) -> bool:
    import polars as pl

    if found == pl.Null or found.is_nested() != wanted.is_nested():
        return False
    if wanted == pl.String and not isinstance(found, pl.Categorical | pl.Enum | pl.Binary):
        return False
    if (
        isinstance(found, pl.Struct)
        and isinstance(wanted, pl.Struct)
        and [f.name for f in found.fields] != [f.name for f in wanted.fields]
    ):
        return False  # a cast would fill missing fields with null and hide what is wrong
    nulls = pl.col(name).null_count()
    cast = pl.col(name).cast(wanted, strict=True).null_count()
    try:
        return bool(part.lazy().select(same=nulls == cast).collect()["same"][0])
    except pl.exceptions.PolarsError:
        return False


def read_release(
    folder: Path,
    *,
    ontology: Ontology,
    registries: Registries | None = None,
    previous: Path | None = None,
    held: int = HELD,
    ledger: Ledger | None = None,
    takedowns: Takedowns | None = None,
) -> Release:
    """Read what is below `folder`, its rows into memory when they are no more than `held`.

    Raises UsageError when there is nothing that could be meant as a release, when others lie in the
    folder or it lies in another, or when `previous` is
    so damaged that nothing could be compared with it.
    """
    if not folder.is_dir():
        if folder.exists():
            raise UsageError(f"{folder} is a file, not a folder", hint="give the folder it is in")
        raise UsageError(f"{folder} does not exist", hint=where_else(folder))
    refuse_project(folder)
    files = tuple(
        sorted(
            file.relative_to(folder).as_posix()
            for file in folder.rglob("*")
            if file.is_symlink() or not file.is_dir()
        )
    )
    refuse_parent(str(folder), files)
    above = folder.resolve().parent
    refuse_within(str(folder), str(above), files, manifest=(above / MANIFEST).is_file())
    if not any(f in ("README.md", "MANIFEST.json") or f.endswith(".parquet") for f in files):
        raise UsageError(
            f"{folder} is no release: it has no README.md, no MANIFEST.json and no Parquet file",
            hint="give the folder of a release, e.g. releases/1.0.0",
        )
    card, manifest = read_card(folder / "README.md"), read_json(folder / "MANIFEST.json")
    # What nobody mentions is no part of the data; that it lies there is a finding of its own.
    known = f"{card.text}\n{manifest.text}"
    parts = read_parts(
        folder, [f for f in files if manifest.error or card.error or f in known], held=held
    )
    known_tables = contract(str(manifest.data.get("schema_version"))) or TABLES
    tables = contract_of(known_tables, str(manifest.data.get("text")))
    return Release(
        path=folder,
        ontology=ontology,
        registries=registries or _shipped(folder, ontology),
        previous=None if previous is None else _earlier(previous, ontology, held),
        files=files,
        parts=parts,
        card=card,
        manifest=manifest,
        tables=tables,
        fitting={part.file: _fitting(part, tables) for part in parts},
        held=held,
        ledger=ledger,
        takedowns=takedowns,
    )


def _earlier(folder: Path, ontology: Ontology, held: int) -> Release:
    """A release to compare with. Raises UsageError: comparing with half of one would find nothing."""
    release = read_release(folder, ontology=ontology, held=held)
    damaged = next((part for part in release.parts if part.error is not None), None)
    if release.manifest.error:
        why = f"its MANIFEST.json is {release.manifest.error}"
    elif damaged is not None:
        why = f"{damaged.file} is damaged"
    elif release.incomplete:
        why = f"files of {', '.join(sorted(release.incomplete))} are missing"
    elif "article_id" not in release.columns("articles"):
        why = "it has no articles"
    else:
        return release
    raise UsageError(
        f"{folder} cannot be compared with: {printable(why, 200)}",
        hint="take it from where it was published (`dataset-builder validate` tells what is wrong), or"
        " compare with nothing: --previous none",
    )


def _shipped(folder: Path, ontology: Ontology) -> Registries | None:
    """The registries that the release carries; None when one of them is missing or broken."""
    from dataset_builder.registries import carried_registries

    files = [folder / f"schemas/{name}.yaml" for name in ("actors", "targets", "annotators")]
    if any(no_file(file, folder) or no_yaml(file) for file in files):
        return None
    try:
        return carried_registries(folder, ontology)
    except (ProjectError, TypeError, AttributeError):
        return None
