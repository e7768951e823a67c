"""Raw pages from every input format: folders and globs of text and HTML, JSON Lines, CSV, Parquet,
WARC.

    list_files: sources -> SourceFile      read_file: SourceFile -> RawPage | Rejected
    read_pages: both, without repeats      read_page: one page file

Bad data comes out as `Rejected` with its file and line, row or offset; only sources that name
nothing, or files whose fields fit nothing, are errors.
"""

from dataset_builder.sources.decoding import MAX_BYTES, decode_page
from dataset_builder.sources.fields import DEFAULT_FIELDS, NO_FIELDS, FieldMap, parse_fields
from dataset_builder.sources.ids import IdSet
from dataset_builder.sources.paths import FORMATS, SourceFile, list_files
from dataset_builder.sources.reading import read_file, read_page, read_pages, without_repeats

__all__ = [
    "DEFAULT_FIELDS",
    "FORMATS",
    "MAX_BYTES",
    "NO_FIELDS",
    "FieldMap",
    "IdSet",
    "SourceFile",
    "decode_page",
    "list_files",
    "parse_fields",
    "read_file",
    "read_page",
    "read_pages",
    "without_repeats",
]
