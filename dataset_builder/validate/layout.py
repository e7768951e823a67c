"""SCH, REL: how the Parquet files of a release were written, named and numbered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataset_builder.tables import arrow_type, polars_type
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow.parquet as pq

    from dataset_builder.validate.reading import Part
    from dataset_builder.validate.release import Release

CODEC = "ZSTD"
_NUMBERED = re.compile(
    r"(?P<split>.+?)-(?P<number>\d{5})-of-(?P<count>\d{5})(?:-[0-9a-f]+)?\.parquet"
)
_READ_INSTEAD = re.compile(r"[^/]+\.py|dataset_infos\.json|\.huggingface\.yaml")


def _footers(release: Release) -> Iterator[tuple[Part, pq.ParquetFile]]:
    """Every readable file, opened for its footer."""
    import pyarrow.parquet as pq

    for part in release.parts:
        if part.error is None:
            with pq.ParquetFile(part.path) as opened:
                yield part, opened


def _arrow_types(release: Release) -> Hits:
    """What polars reads as one type, Arrow and `datasets` keep apart."""
    for part, opened in _footers(release):
        if part.table not in release.tables:
            continue
        written = opened.schema_arrow
        for column in release.tables[part.table].columns:
            # Where polars already sees another type there is a finding of its own.
            if part.schema.get(column.name) != polars_type(column.type):
                continue
            expected = arrow_type(column.type)
            found = written.field(column.name).type
            if not found.equals(expected):
                text = f"column {column.name} has a type that `datasets` keeps as another one"
                yield Hit(text, part.table, part.split, expected=str(expected), found=str(found))


def _encoded(release: Release) -> Hits:
    makers: dict[str, str] = {}
    for part, opened in _footers(release):
        makers[part.file] = str(opened.metadata.created_by)
        groups = [opened.metadata.row_group(n) for n in range(opened.metadata.num_row_groups)]
        codecs = {
            group.column(number).compression
            for group in groups
            for number in range(group.num_columns)
        }
        if codecs - {CODEC}:
            text = f"{part.file} was written again: its columns are packed otherwise"
            yield Hit(text, part.file, part.split, expected=CODEC, found=", ".join(sorted(codecs)))
    names = sorted(makers.values())
    usual = max(sorted(set(names)), key=names.count, default="")
    splits = {part.file: part.split for part in release.parts}
    for file, maker in makers.items():
        if maker != usual:
            text = f"{file} was written by another program than the other files"
            yield Hit(text, file, splits[file], expected=usual, found=maker)


def _shards(release: Release) -> Hits:
    groups: dict[tuple[str, str], list[tuple[int, int, Part]]] = {}
    for part in release.parts:
        match = _NUMBERED.fullmatch(part.file.partition("/")[2])
        if match is None:
            text = f"{part.file} has no number of its own among the files of its split"
            yield Hit(text, part.file, part.split, expected="train-00000-of-00001-...")
            continue
        place = groups.setdefault((part.table, part.split), [])
        place.append((int(match["number"]), int(match["count"]), part))
    for found in groups.values():
        for at, (number, count, part) in enumerate(found):
            if (number, count) != (at, len(found)):
                text = f"{part.file} is not the file that its number says"
                yield Hit(text, part.file, part.split, expected=f"{at:05}-of-{len(found):05}",
                          found=f"{number:05}-of-{count:05}")  # fmt: skip


def _read_instead(release: Release) -> Hits:
    for file in release.files:
        if _READ_INSTEAD.fullmatch(file):
            yield Hit(f"{file} is read by `datasets` in place of the card, or stops it", file)


REBUILD = "Build the release again; never edit its files by hand."

LAYOUT_RULES = of_release(
    Rule("SCH014", "column of a type that only looks the same", _arrow_types,
         "large_string, string_view, large_list and dictionary are kept as types of their own:"
         " files that differ cannot be joined to one table.",
         "Write the table with the contract's Arrow schema.", "`text` as large_string",
         after=("SCH004",)),
    Rule("REL025", "Parquet file written again", _encoded,
         "All files of a release come from one run of one program; another one may have changed"
         " types, order or metadata on the way.", REBUILD,
         after=("REL004", "REL005", "REL006", "REL008", "SCH004")),
    Rule("REL026", "shards that do not add up", _shards,
         "A shard of an earlier run, or one too few, is read like all others.", REBUILD,
         "two files, both `-of-00003`", after=("REL002", "REL003", "SPL008", "REL006")),
    Rule("REL029", "file that changes how the release loads", _read_instead,
         "`datasets` refuses a folder with a script of its name, and reads dataset_infos.json"
         " where the card is silent.", "Remove it."),
)  # fmt: skip
