"""Written releases made into ones that withhold their text, or have only a part of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from dataset_builder.project import SPLITS
from dataset_builder.release.documents import Release, read_documents
from dataset_builder.release.manifest import content_of, read_manifest
from dataset_builder.release.surfaces import without_words
from dataset_builder.release.withhold import contracts, hashed_files, kept_tables, withheld
from dataset_builder.release.writer import ordered, prepare, publish
from dataset_builder.tables import TABLES
from tests.factory import introduced, project, registries, settings

if TYPE_CHECKING:
    from pathlib import Path


def release_of(folder: Path) -> Release:
    """What a written release of the factory was made from."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = {
        (table, split): pa.concat_tables(map(pq.read_table, files))
        for table in TABLES
        for split in SPLITS
        if (files := sorted((folder / table).glob(f"{split}-*.parquet")))
    }
    documents = read_documents(project())
    changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    version = read_manifest(folder)["version"]
    known, schemas = introduced(tables, registries(), documents.schemas)
    documents = replace(documents, changelog=changelog, schemas=schemas)
    return Release(tables, settings(version), known, documents)


def _again(folder: Path, release: Release) -> Path:
    shutil.rmtree(folder)
    publish(prepare(folder, release), folder)
    return folder


def withhold(folder: Path) -> Path:
    """Take the text out of a written release."""
    return _again(folder, withheld(release_of(folder), content_of(folder)))


def hydrate_in_part(folder: Path, lost: str) -> Path:
    """Take the text of one article out of a written release, as if `hydrate` had not found it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = release_of(folder)
    tables = {}
    for (name, split), table in whole.tables.items():
        mine = pc.equal(table["article_id"], lost)
        rest = table.filter(pc.invert(mine))
        if TABLES[name].textual:
            tables[name, split] = rest
            continue
        bare = without_words(table.filter(mine), TABLES[name])
        both = pa.concat_tables([rest, bare.cast(table.schema)])
        tables[name, split] = ordered(both, TABLES[name], whole.registries.ontology)
    schemas = {**whole.documents.schemas, **contracts(whole, "partial")}
    extra = hashed_files(whole, kept_tables(whole), content_of(folder))
    documents = replace(whole.documents, schemas=schemas)
    return _again(
        folder,
        replace(whole, tables=tables, documents=documents, text="partial", extra=extra),
    )
