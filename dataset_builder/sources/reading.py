"""Pages of files and of whole sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.errors import UsageError
from dataset_builder.sources.decoding import decode_page
from dataset_builder.sources.delimited import read_delimited
from dataset_builder.sources.fields import DEFAULT_FIELDS, NO_FIELDS, FieldMap
from dataset_builder.sources.ids import IdSet
from dataset_builder.sources.jsonl import read_jsonl
from dataset_builder.sources.parquet import read_parquet
from dataset_builder.sources.paths import SourceFile, Sources, format_of, list_files, shown
from dataset_builder.sources.streams import opened, pieces, whole
from dataset_builder.sources.warc import read_warc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def read_pages(sources: Sources, fields: FieldMap = DEFAULT_FIELDS) -> Iterator[RawPage | Rejected]:
    """Every page of the `sources`: folders, files and glob patterns (see `list_files`).

    Always in the same order: by path, then by place in the file. Whatever is no usable page comes
    out as `Rejected`, and so does a page or record that came before (`duplicate`: the same bytes,
    the same mapped fields); nothing else is affected. Memory does not grow with the size of files,
    and by about 16 bytes a page. Raises ProjectError at once when a source names nothing, and
    UsageError at the end when there was no page and files whose fields fit none of `fields`.
    """
    files = list_files(sources)
    return _fitting(without_repeats(_all(files, fields)))


def _all(files: Iterable[SourceFile | Rejected], fields: FieldMap) -> Iterator[RawPage | Rejected]:
    for file in files:
        if isinstance(file, Rejected):
            yield file
        else:
            yield from read_file(file, fields)


def read_file(file: SourceFile, fields: FieldMap = DEFAULT_FIELDS) -> Iterator[RawPage | Rejected]:
    """The pages of one file of `list_files`, in order; never raises for what is in it."""
    try:
        if file.format == "text" or file.format == "html":  # noqa: PLR1714 - narrows the type
            yield decode_page(file.source, whole(file.path), file.format)
            return
        with opened(file.path) as stream:
            if file.format == "jsonl":
                yield from read_jsonl(file.source, pieces(stream, file.path), fields)
            elif file.format == "parquet":
                yield from read_parquet(file.source, stream, fields)
            elif file.format == "warc":
                yield from read_warc(file.source, stream)
            else:
                parts = pieces(stream, file.path)
                tabs = file.format == "tsv"
                yield from read_delimited(file.source, parts, fields, tabs=tabs)
    except OSError as error:
        yield Rejected(file.source, "unreadable", f"cannot be read: {error.strerror or error}")


def read_page(file: Path) -> RawPage | Rejected:
    """One page file, HTML by its name and else plain text; its `source` is its name."""
    source = shown(file.name)
    kind = format_of(file.name)
    try:
        path = str(file.resolve(strict=True))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        cause = getattr(error, "strerror", None) or "symbolic links in a circle"
        return Rejected(source, "unreadable", f"cannot be read: {cause}")
    found = read_file(SourceFile(source, path, "html" if kind == "html" else "text"))
    return next(found)


def without_repeats(pages: Iterable[RawPage | Rejected]) -> Iterator[RawPage | Rejected]:
    """`pages`, with every page whose id came before as `Rejected` (`duplicate`)."""
    seen = IdSet()
    for page in pages:
        if isinstance(page, RawPage) and not seen.add(page.article_id):
            message = f"the same page as an earlier one, article {page.article_id}"
            yield Rejected(page.source, "duplicate", message)
        else:
            yield page


def _fitting(pages: Iterable[RawPage | Rejected]) -> Iterator[RawPage | Rejected]:
    found = False
    unfit: Rejected | None = None
    for page in pages:
        if isinstance(page, RawPage):
            found = True
        elif page.reason == NO_FIELDS and unfit is None:
            unfit = page
        yield page
    if unfit is not None and not found:
        raise UsageError(
            f"{unfit.source}: {unfit.message}", hint="say which field is which with --field"
        )
