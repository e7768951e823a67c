"""The folder that a corpus is cleaned into.

    articles/part-<key>.parquet     table `articles`
    rejected/part-<key>.parquet     source, reason, message; only where a batch has some
    templates.parquet               template lines in force
    summary.json                    counts; written last, so a folder without it is unfinished

A part holds one batch, and its name is the key of everything its content depends on, so a part that
is there need not be made again. The part of the articles is written after that of the rejected:
where it is, the batch is done. Files are written whole or not at all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import DatasetBuilderError, UsageError
from dataset_builder.files import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.ontology import Ontology

_PART: Final = re.compile(r"part-([0-9a-f]{32})\.parquet")
_HALF: Final = re.compile(r"\..*\.part")
"""What `files.write_bytes` leaves behind when it is killed."""


@dataclass(frozen=True)
class Store:
    """The output folder; see the module."""

    folder: Path

    @property
    def articles(self) -> Path:
        """Folder of the parts with articles."""
        return self.folder / "articles"

    @property
    def rejected(self) -> Path:
        """Folder of the parts with rejected records and pages."""
        return self.folder / "rejected"

    @property
    def templates(self) -> Path:
        """Template lines in force."""
        return self.folder / "templates.parquet"

    @property
    def summary(self) -> Path:
        """Counts of a finished run."""
        return self.folder / "summary.json"

    def article_part(self, key: str) -> Path:
        """File of a batch's articles; there when the batch is done."""
        return self.articles / f"part-{key}.parquet"

    def rejected_part(self, key: str) -> Path:
        """File of what a batch had rejected; there only when it had."""
        return self.rejected / f"part-{key}.parquet"


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The store at `folder`, made if it is missing, for this process alone.

    Half-written files of killed processes are removed. Raises UsageError when another process
    works there or the folder holds something else, DatasetBuilderError when the disk refuses.
    """
    import fcntl

    store = Store(folder)
    try:
        for place in (store.articles, store.rejected):
            place.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"{folder}: another run is writing there",
                    hint="wait for it, or choose another folder with --out",
                ) from None
            _sweep(store)
            yield store
    except OSError as error:
        raise DatasetBuilderError(
            f"{error.filename or folder}: cannot be read or written: {error.strerror or error}",
            hint="check free space and permissions, then run the same command again",
        ) from error


def _sweep(store: Store) -> None:
    for place in (store.folder, store.articles, store.rejected):
        for file in sorted(place.iterdir()):
            if _HALF.fullmatch(file.name):
                file.unlink()
            elif place != store.folder and not _PART.fullmatch(file.name):
                raise UsageError(
                    f"{file}: not a part of a cleaned corpus",
                    hint="move it away, or choose another folder with --out",
                )


def write_batch(store: Store, key: str, cleaned: pa.Table, ontology: Ontology) -> None:
    """Store the result of one batch, a table of `stage.cleaned_schema`."""
    import pyarrow.compute as pc

    bad = pc.is_valid(cleaned["reason"])
    rejected = cleaned.filter(bad).select(["source", "reason", "message"])
    if rejected.num_rows:
        write_parquet(store.rejected_part(key), rejected)
    articles = declared(cleaned.filter(pc.invert(bad)), ontology)
    write_parquet(store.article_part(key), articles)


def declared(cleaned: pa.Table, ontology: Ontology) -> pa.Table:
    """Cleaned articles as the declared table `articles`, each in a group and story of its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from dataset_builder.tables import ARTICLES, arrow_schema

    names = pa.array(ontology.names("published_basis"), pa.large_string())
    replaced: dict[str, Any] = {
        "published_basis": pc.index_in(cleaned["published_basis"], value_set=names),
        "duplicate_group": cleaned["article_id"],
        "story": cleaned["article_id"],
    }
    columns = {
        name: replaced[name] if name in replaced else cleaned[name]
        for name in ARTICLES.column_names
    }
    return pa.table(columns).cast(arrow_schema(ARTICLES, ontology))


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write `table` to `path`, whole or not at all; equal tables give equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(
        table.combine_chunks(),
        sink,
        compression="zstd",
        compression_level=3,
        use_content_defined_chunking=True,
        write_page_index=True,
    )
    write_bytes(path, sink.getvalue())


def remove_others(store: Store, keys: Collection[str]) -> None:
    """Remove the parts of batches that are not among `keys`."""
    for place in (store.articles, store.rejected):
        for file in sorted(place.iterdir()):
            found = _PART.fullmatch(file.name)
            if found and found[1] not in keys:
                file.unlink()


def count(store: Store) -> tuple[int, dict[str, int]]:
    """Articles in the store, and rejected records and pages per reason, sorted."""
    import pyarrow.parquet as pq

    articles = sum(pq.read_metadata(file).num_rows for file in sorted(store.articles.iterdir()))
    reasons: Counter[str] = Counter()
    for file in sorted(store.rejected.iterdir()):
        reasons.update(pq.read_table(file, columns=["reason"])["reason"].to_pylist())
    return articles, dict(sorted(reasons.items()))


def write_summary(store: Store, counts: Mapping[str, Any]) -> None:
    """Say that the folder is finished, and what it holds."""
    write_text(store.summary, json.dumps(counts, indent=2, sort_keys=True) + "\n")
