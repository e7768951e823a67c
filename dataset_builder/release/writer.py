"""Writes a release whole or not at all.

    prepare(final, release) -> partial     everything, in a temporary sibling of `final`
    ... validate(partial) ...              the caller's business, before anyone can see it
    is_published(partial, final)           is this version there already? before the ledger is told
    publish(partial, final)                sync, rename; a finished release is never overwritten

No clock and no randomness: the same release gives the same bytes on any day.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from dataset_builder.errors import DatasetBuilderError, VersionExistsError
from dataset_builder.project import SPLITS
from dataset_builder.release.card import render_card
from dataset_builder.release.codebook import CODEBOOK, codebook_of
from dataset_builder.release.content import BATCH, CONTENT_VERSION, ContentDigest
from dataset_builder.release.croissant import CROISSANT, croissant_bytes
from dataset_builder.release.documents import changelog_entry, citation_for
from dataset_builder.release.figures import figures
from dataset_builder.release.manifest import (
    MANIFEST,
    SUMS,
    Shard,
    SplitFiles,
    extra_files,
    file_sha256,
    manifest_bytes,
    sums_bytes,
)
from dataset_builder.tables import SCHEMA_VERSION, TABLES, arrow_schema, contract_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.release.documents import Release
    from dataset_builder.tables import Table

ROW_GROUP = 20_000
"""Rows a row group; fixed, because another size gives other bytes."""
SHARD_ROWS = 500_000
"""Most rows of one file."""

Outcome = Literal["published", "unchanged"]


def prepare(final: Path, release: Release, *, shard_rows: int = SHARD_ROWS) -> Path:
    """Write `release` into a temporary sibling of `final` and return that folder.

    Whatever stops it, nothing is left behind; what a killed process left is removed. Raises
    ProjectError when card, changelog or citation do not fit, DatasetBuilderError when the disk
    refuses.
    """
    partial = final.parent / f".{final.name}.partial-{os.getpid()}"
    entry = changelog_entry(release.documents.changelog, release.settings.version)
    citation = citation_for(release.documents.citation, entry)
    ontology = release.registries.ontology
    with _disk(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        _sweep(final)
        try:
            partial.mkdir()
            configs = _write_tables(partial, release.tables, ontology, shard_rows)
            head: dict[str, Any] = {
                "name": release.settings.name,
                "version": release.settings.version,
                "date": entry.date,
                "schema_version": SCHEMA_VERSION,
                "scheme_version": ontology.scheme_version,
                "content_version": CONTENT_VERSION,
                "text": release.text,
            }
            if release.extra:
                head["hashes"] = extra_files(release.extra)
            names = contract_of(TABLES, release.text)
            drawn = figures(release)
            shown = [(path, title) for path, title, _ in drawn]
            contents: dict[str, bytes] = {
                **{path: text.encode() for path, text in release.documents.schemas.items()},
                "CHANGELOG.md": release.documents.changelog.encode(),
                "LICENSE": release.documents.licence.encode(),
                "CITATION.cff": citation.encode(),
                "README.md": render_card(release, entry, configs, shown).encode(),
                CODEBOOK: codebook_of(release).encode(),
                CROISSANT: croissant_bytes(release, entry, configs),
                **{path: svg.encode() for path, _, svg in drawn},
                MANIFEST: manifest_bytes(head, {name: configs.get(name, {}) for name in names}),
                **release.extra,
            }
            for path, content in sorted(contents.items()):
                file = partial / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            (partial / SUMS).write_bytes(sums_bytes(partial))
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return partial


def publish(partial: Path, final: Path) -> Outcome:
    """Make a prepared and checked folder the release `final`; `partial` is gone afterwards.

    Returns "unchanged" when `final` is already there with exactly this content. Raises
    VersionExistsError when it is there with other content, or is damaged; `final` is then as it
    was and `partial` is removed.
    """
    with _disk(final):
        _sync(partial)
        try:
            if is_published(partial, final):
                return "unchanged"
            try:
                partial.rename(final)
            except OSError:
                if is_published(partial, final):  # somebody else was faster
                    return "unchanged"
                raise
            _sync_folder(final.parent)
            return "published"
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def discard(partial: Path) -> None:
    """Remove a prepared folder that did not pass."""
    shutil.rmtree(partial, ignore_errors=True)


def is_published(partial: Path, final: Path) -> bool:
    """Whether `final` is there already with exactly the content of `partial`.

    Raises VersionExistsError when it is there with other content, or damaged. Ask before writing
    anything else, such as the ledger, that tells of this version.
    """
    if not (final.exists() or final.is_symlink()):
        return False
    names = (MANIFEST, SUMS)
    same = all(
        (final / name).is_file() and (final / name).read_bytes() == (partial / name).read_bytes()
        for name in names
    )
    if not same:
        raise VersionExistsError(
            f"{final}: this version exists, and its content is not what would be written now",
            hint="raise `version` in pyproject.toml and add its entry to CHANGELOG.md",
        )
    if sums_bytes(final) != (final / SUMS).read_bytes():
        raise VersionExistsError(
            f"{final}: this version exists, but its files are not what its {SUMS} says",
            hint=f"move it away (`cd {final} && sha256sum -c {SUMS}` names the files), build again",
        )
    return True


def _write_tables(
    folder: Path,
    tables: Mapping[tuple[str, str], pa.Table],
    ontology: Ontology,
    shard_rows: int,
) -> dict[str, dict[str, SplitFiles]]:
    """Write every split that has rows, in the order of TABLES and SPLITS."""
    configs: dict[str, dict[str, SplitFiles]] = {}
    for name, declaration in TABLES.items():
        for split in SPLITS:
            table = tables.get((name, split))
            if table is not None and table.num_rows:
                rows = ordered(table, declaration, ontology)
                digest = ContentDigest(declaration, ontology)
                written = _write_split(folder / name, split, rows, digest, shard_rows)
                raw = sum(size for _, size in written)
                configs.setdefault(name, {})[split] = SplitFiles(
                    tuple(shard for shard, _ in written), rows.num_rows, digest.hexdigest(), raw
                )
    return configs


def ordered(table: pa.Table, declaration: Table, ontology: Ontology) -> pa.Table:
    """The rows in the order of their key, in the declared schema."""
    import pyarrow.compute as pc

    schema = arrow_schema(declaration, ontology)
    cast = table.select(list(declaration.column_names)).cast(schema)
    order = pc.sort_indices(cast, sort_keys=[(name, "ascending") for name in declaration.key])
    if pc.any(pc.less(order[1:], order[:-1])).as_py():  # what is in order is not copied
        cast = cast.take(order)
    return cast


def _write_split(
    folder: Path, split: str, table: pa.Table, digest: ContentDigest, shard_rows: int
) -> list[tuple[Shard, int]]:
    """Write the shards of one split, and add their rows to `digest`; with each shard, its
    uncompressed size.

    The digest in the name keeps `load_dataset` from serving rows of an older file from its cache.
    """
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    total = -(-table.num_rows // shard_rows)
    shards = []
    for number in range(total):
        # In one chunk: the layout of the chunks would change the bytes of the file.
        part = table.slice(number * shard_rows, shard_rows).combine_chunks()
        unnamed = folder / f".{split}-{number}.part"
        with ThreadPoolExecutor(1) as beside:  # neither holds the interpreter for long
            added = beside.submit(_add_rows, digest, part)
            pq.write_table(
                part,
                unnamed,
                compression="zstd",
                compression_level=3,
                row_group_size=ROW_GROUP,
                use_content_defined_chunking=True,
                write_page_index=True,
            )
            added.result()
        metadata = pq.read_metadata(unnamed)
        groups = range(metadata.num_row_groups)
        size = sum(metadata.row_group(group).total_byte_size for group in groups)
        sha256 = file_sha256(unnamed)
        path = folder / f"{split}-{number:05}-of-{total:05}-{sha256[:12]}.parquet"
        unnamed.rename(path)
        file = f"{folder.name}/{path.name}"
        shards.append((Shard(file, part.num_rows, sha256, path.stat().st_size), size))
    return shards


def _add_rows(digest: ContentDigest, rows: pa.Table) -> None:
    import polars as pl

    for start in range(0, rows.num_rows, BATCH):
        digest.add(pl.DataFrame(rows.slice(start, BATCH)))


@contextmanager
def _disk(final: Path) -> Iterator[None]:
    """OSError -> an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise DatasetBuilderError(
            f"{final}: the release could not be written: {error.strerror or error}",
            hint="check free space and permissions, then run the command again",
        ) from error


def _sweep(final: Path) -> None:
    """Remove what earlier, dead processes left half-written (and this one's own)."""
    pattern = re.compile(rf"\.{re.escape(final.name)}\.partial-(\d+)")
    for sibling in sorted(final.parent.iterdir()):
        match = pattern.fullmatch(sibling.name)
        if match and (int(match[1]) == os.getpid() or not _alive(int(match[1]))):
            shutil.rmtree(sibling)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _sync(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
