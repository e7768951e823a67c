"""Which files a source argument names: folders, globs and single files, in one fixed order."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from dataset_builder.articles import Rejected
from dataset_builder.errors import ProjectError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

Format = Literal["text", "html", "jsonl", "csv", "tsv", "parquet", "warc"]
Sources = str | Path | Sequence[str | Path]

_PLAIN: Final[dict[str, Format]] = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".warc": "warc",
}
FORMATS: Final[dict[str, Format]] = _PLAIN | {
    f"{suffix}{packed}": _PLAIN[suffix]
    for suffix in (".jsonl", ".ndjson", ".csv", ".tsv", ".warc")
    for packed in (".gz", ".zst")
    if (suffix, packed) != (".warc", ".zst")
}
"""Format of a file by the end of its name, in lower case."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file."""

    source: str
    """Its name in all results: relative to the folder or pattern that named it, with `/`; when
    several sources were named, behind that folder as it was named. Always printable UTF-8."""
    path: str
    """Where to open it; not a symbolic link."""
    format: Format


class _Entry(NamedTuple):
    """Something in a folder; sorts as its path would."""

    label: str
    path: str
    kind: Literal["folder", "file", "link", "other"]


def list_files(sources: Sources) -> Iterator[SourceFile | Rejected]:
    """Every file of a known format that `sources` name, each source in the order of its paths.

    A source is a folder (searched through all levels; links to folders are not followed), a file,
    or a pattern (`*`, `?`, `[]`, `**`). Folders that cannot be read, symbolic links that lead out
    of the folder or nowhere, and what is no regular file come out as `Rejected` (`unreadable`).
    The listing holds one folder at a time, however many files there are. Raises ProjectError at
    once when a source names nothing, or a file of no known format.
    """
    named = [sources] if isinstance(sources, str | Path) else list(sources)
    return _list_all([_named(str(source)) for source in dict.fromkeys(map(str, named))])


def shown(path: str) -> str:
    r"""A path with `/` that can be stored and printed.

    Bytes that are no UTF-8 and control characters become their escapes, `\xff` and `\u202e`.
    """
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return printable(text.replace(os.sep, "/"))


def format_of(name: str) -> Format | None:
    """The format that a file name stands for; case does not matter."""
    name = name.lower()
    first, _, last = name.rpartition(".")
    ending = f".{last}"
    if ending in (".gz", ".zst"):
        ending = f".{first.rpartition('.')[2]}{ending}"
    return FORMATS.get(ending)


class _Named(NamedTuple):
    """A source argument, looked at."""

    argument: str
    kind: Literal["folder", "file", "pattern"]


def _named(argument: str) -> _Named:
    if Path(argument).is_dir():
        return _Named(argument, "folder")
    if os.path.lexists(argument):
        if format_of(argument) is None:
            msg = f"{shown(argument)}: not a format that is read"
            raise ProjectError(msg, hint=f"pages come as {' '.join(sorted(FORMATS))}")
        return _Named(argument, "file")
    if glob.has_magic(argument) and any(True for _ in _glob(argument)):
        return _Named(argument, "pattern")
    msg = f"{shown(argument)}: no such folder of pages, file or pattern"
    raise ProjectError(msg, hint="name the folder that holds the pages, e.g. seeds/")


def _glob(pattern: str) -> Iterator[str]:
    # Path.glob knows no absolute patterns, and its `**` follows links in some versions only.
    return glob.iglob(pattern, recursive=True, include_hidden=True)  # noqa: PTH207


def _list_all(named: Sequence[_Named]) -> Iterator[SourceFile | Rejected]:
    for source in named:
        prefix = f"{shown(os.path.normpath(source.argument))}/" if len(named) > 1 else ""
        if source.kind == "folder":
            yield from _walk(source.argument, prefix)
        elif source.kind == "file":
            label = prefix[:-1] or shown(Path(source.argument).name)
            entry = _Entry(label, os.path.realpath(source.argument), "file")
            yield from _listed(entry, "/")
        else:
            yield from _matching(source.argument, with_base=len(named) > 1)


def _matching(pattern: str, *, with_base: bool) -> Iterator[SourceFile | Rejected]:
    fixed = Path(pattern).parts
    fixed = fixed[: next(at for at, part in enumerate(fixed) if glob.has_magic(part))]
    base = str(Path(*fixed))
    root = os.path.realpath(base)
    deep = "**" in Path(pattern).parts
    entries = []
    for path in _glob(pattern):
        label = shown(os.path.normpath(path) if with_base else os.path.relpath(path, base))
        if not Path(path).is_dir():
            if format_of(path) is not None:
                kind: Literal["file", "link"] = "link" if Path(path).is_symlink() else "file"
                entries.append(_Entry(label, path, kind))
        elif not deep and not Path(path).is_symlink():  # `**` names the files in there itself
            entries.append(_Entry(f"{label}/", path, "folder"))
    for entry in sorted(entries):
        if entry.kind == "folder":
            yield from _walk(entry.path, entry.label)
        else:
            yield from _listed(entry, root)


def _walk(folder: str, prefix: str) -> Iterator[SourceFile | Rejected]:
    root = os.path.realpath(folder)
    pending = [_Entry(prefix, folder, "folder")]
    while pending:
        entry = pending.pop()
        if entry.kind != "folder":
            yield from _listed(entry, root)
            continue
        try:
            with os.scandir(entry.path) as found:
                inside = [_entry(entry.label, item) for item in found]
        except OSError as error:
            label = entry.label.removesuffix("/") or "."
            yield Rejected(label, "unreadable", f"cannot be read: {error.strerror}")
            continue
        # A folder's label ends in "/", so this is the order of the whole paths.
        pending += sorted((item for item in inside if item is not None), reverse=True)


def _entry(parent: str, item: os.DirEntry[str]) -> _Entry | None:
    label = parent + shown(item.name)
    if item.is_dir(follow_symlinks=False):
        return _Entry(f"{label}/", item.path, "folder")
    if format_of(item.name) is None:
        return None
    if not item.is_symlink():
        return _Entry(label, item.path, "file" if item.is_file() else "other")
    try:
        return None if item.is_dir() else _Entry(label, item.path, "link")
    except OSError:  # links in a circle
        return _Entry(label, item.path, "link")


def _listed(entry: _Entry, root: str) -> Iterator[SourceFile | Rejected]:
    form = format_of(entry.path)
    path = entry.path
    if entry.kind == "link":
        try:
            path = os.path.realpath(path, strict=True)
        except OSError as error:
            yield Rejected(entry.label, "unreadable", f"cannot be read: {error.strerror}")
            return
        if os.path.commonpath((root, path)) != root:
            message = "a symbolic link that leads out of the folder"
            yield Rejected(entry.label, "unreadable", message)
            return
    if entry.kind == "other" or form is None:
        yield Rejected(entry.label, "unreadable", "not a regular file")
    else:
        yield SourceFile(entry.label, path, form)
