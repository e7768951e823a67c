"""Writes a view: a file, or a folder with a file a split, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from dataset_builder.diff.reading import open_release
from dataset_builder.errors import UsageError
from dataset_builder.views.view import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_builder.views.view import Row, View

FORMATS: Final = ("json", "jsonl", "csv", "parquet")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run by spreadsheets."""
_ENDING: Final = re.compile(r"\.[A-Za-z]\w{1,9}")
"""What is meant as the ending of a file; `1.0.0` has none."""
HELD: Final = 20_000
"""Rows of a Parquet file that are held at once, and of its row groups."""


@dataclass(frozen=True)
class Exported:
    """One file that was written."""

    path: Path
    records: int


def export(
    release: Path,
    view: View,
    out: Path,
    *,
    splits: Sequence[str] = (),
    format: str | None = None,  # noqa: A002 - the option's name
) -> list[Exported]:
    """Write `view` of the release at `release`.

    `out` with the ending of a format is one file, else a new folder with `SPLIT.ENDING` for each
    split that has records; `splits` are those wanted, all when empty. One file with several splits
    is only for views whose records name theirs. A file is replaced, a folder is not. Raises
    UsageError when that does not fit, or the release is none, DamagedReleaseError when it is
    damaged, OSError when the disk refuses; `out` then is as it was.
    """
    ending = out.suffix.lower().removeprefix(".")
    one_file = ending in FORMATS
    chosen = format or (ending if one_file else view.formats[0])
    if chosen not in view.formats or (one_file and chosen != ending):
        raise UsageError(
            f"the view {view.name} cannot be written as {ending if one_file else chosen}",
            hint=f"it can be: {', '.join(view.formats)}",
        )
    if not (one_file or format) and _ENDING.fullmatch(out.suffix) and not out.is_dir():
        raise UsageError(
            f"{out}: the view {view.name} cannot be written as {ending}",
            hint=f"it can be: {', '.join(view.formats)}; for a folder of that name, give --format",
        )
    opened = open_release(release)
    if view.needs_text and opened.text != "full":
        raise UsageError(
            f"{release} withholds the articles' text, and the view {view.name} is made of it",
            hint="put the text back with `dataset-builder hydrate`, or use plover, dyads or votes",
        )
    source = Source(opened)
    wanted = [split for split in source.splits if not splits or split in splits]
    if lost := sorted(set(splits) - set(source.splits)):
        raise UsageError(
            f"{release} has no split {', '.join(lost)}",
            hint=f"it has {', '.join(source.splits) or 'none'}",
        )
    around = view.around(opened)
    if one_file:
        if len(wanted) > 1 and not view.whole:
            raise UsageError(
                f"one file of the view {view.name} would mix {' and '.join(wanted)}",
                hint="give --split, or a folder as --out",
            )
        with _new_file(out) as part:
            rows = (row for split in wanted for row in view.records(source, split))
            return [Exported(out, _write(part, chosen, view, rows, around))]
    with _new_folder(out) as folder:
        done: list[Exported] = []
        for split in wanted:
            name = f"{split}.{chosen}"
            count = _write(folder / name, chosen, view, view.records(source, split), around)
            if count:
                done.append(Exported(out / name, count))
            else:  # readers of data sets stumble over empty files
                (folder / name).unlink()
        return done


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A temporary sibling, which becomes `path` at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """The same with a folder. Raises UsageError when there is something at `path`."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"{path} is no folder", hint="give a new folder, or a file's ending")
    if path.exists() and any(path.iterdir()):
        raise UsageError(f"{path} is not empty", hint="give a new folder, or empty this one")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield part
        part.chmod(0o755)
        if path.exists():
            path.rmdir()
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(
    path: Path, ending: str, view: View, rows: Iterable[Row], around: tuple[str, str]
) -> int:
    """Write the records; how many they were."""
    if ending == "parquet":
        return _write_parquet(path, view.columns or {}, rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        if ending == "csv":
            return _write_csv(file, view.columns or {}, rows)
        before, after = around if ending == "json" else ("", "\n")
        between = ",\n" if ending == "json" else "\n"
        count = 0
        for row in rows:
            file.write((between if count else before) + _json(row))
            count += 1
        file.write(after if count else (before + after if ending == "json" else ""))
        return count


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)


def _write_csv(file: IO[str], columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([cell(row[name]) for name in columns])
        count += 1
    return count


def cell(value: Any) -> str:
    """A value as a cell: text that a spreadsheet would run as a formula is led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def _write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    count = 0
    held: list[Row] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:

        def flush() -> None:
            if held:
                writer.write_table(pa.Table.from_pylist(held, schema=schema))
                held.clear()

        for row in rows:
            held.append(row)
            count += 1
            if len(held) == HELD:
                flush()
        flush()
    return count
