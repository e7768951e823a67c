"""Reads the files of a release one by one; what cannot be read is kept as an error beside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

_SHARD = re.compile(r"(?P<split>.+?)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?\.parquet")


@dataclass(frozen=True)
class Part:
    """One Parquet file of a config."""

    table: str
    split: str
    file: str
    """Path in the release, with `/`."""
    frame: pl.DataFrame | None
    """None when the file cannot be read."""
    error: str | None
    features: dict[str, Any] | None
    """`datasets` features that the file carries in its schema metadata."""
    first_row: int
    """Rows of the same table and split in the files before this one."""


@dataclass(frozen=True)
class Document:
    """A JSON or YAML mapping of the release; `data` is empty when it is missing or broken."""

    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    error: str | None = None


def read_parts(folder: Path, files: list[str]) -> Iterator[Part]:
    """The Parquet files among `files` that lie in the folder of a config, readable or not."""
    done: dict[tuple[str, str], int] = {}
    for file in files:
        table, _, name = file.partition("/")
        if not name.endswith(".parquet") or "/" in name:
            continue
        match = _SHARD.fullmatch(name)
        split = match["split"] if match else name.removesuffix(".parquet")
        frame, features, error = _read_parquet(folder / file)
        first = done.get((table, split), 0)
        if frame is not None:
            done[table, split] = first + frame.height
        yield Part(table, split, file, frame, error, features, first)


def _read_parquet(
    file: Path,
) -> tuple[pl.DataFrame | None, dict[str, Any] | None, str | None]:
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # From memory: a file that is damaged behind its footer must fail here, not as a fault in
        # a mapped page.
        table = pq.read_table(pa.BufferReader(file.read_bytes()))
        table.validate(full=True)  # bytes that are no UTF-8 would bring polars down later
        frame = pl.from_arrow(table)
    except Exception as error:  # noqa: BLE001 - every reader has its own; all mean "damaged"
        return None, None, " ".join(str(error).split()) or type(error).__name__
    if not isinstance(frame, pl.DataFrame):
        return None, None, "not a table"
    features = None
    try:
        raw = (table.schema.metadata or {})[b"huggingface"]
        features = json.loads(raw)["info"]["features"]
    except (KeyError, ValueError, TypeError):
        pass
    return frame, features if isinstance(features, dict) else None, None


def _read_text(file: Path) -> Document:
    try:
        return Document(text=file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Document(error="missing")
    except UnicodeDecodeError:
        return Document(error="not UTF-8")
    except OSError as error:
        return Document(error=error.strerror or "cannot be read")


def read_json(file: Path) -> Document:
    """A JSON object."""
    document = _read_text(file)
    if document.error:
        return document
    try:
        data = json.loads(document.text)
    except (ValueError, RecursionError) as error:
        return Document(text=document.text, error=f"not valid JSON: {error}")
    if not isinstance(data, dict):
        return Document(text=document.text, error="not a JSON object")
    return Document(data=data, text=document.text)


def read_card(file: Path) -> Document:
    """A Markdown file with YAML front matter."""
    import yaml

    document = _read_text(file)
    if document.error:
        return document
    match = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(?:\n|$)", document.text, re.DOTALL)
    if not match:
        return Document(text=document.text, error="no YAML front matter between two --- lines")
    # The same loader in C where there is one: a card has a thousand lines of features.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(match[1], Loader=loader)  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        return Document(text=document.text, error=f"front matter is not valid YAML: {told}")
    if not isinstance(data, dict):
        return Document(text=document.text, error="front matter is not a mapping")
    return Document(data=data, text=document.text)
