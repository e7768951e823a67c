"""Releases for the tests of the report: with hostile texts, and with texts withheld."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.factory import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factory import Rows

HOSTILE = "</script><img src=x onerror=\"document.title='ran'\"><!-- \u202e evil \u2066\ue000\U000e0041 & "
SURFACES = {"title", "text", "byline", "dateline", "holder", "target"}


def hostile_rows() -> Rows:
    """Rows of six articles with markup and steering characters wherever a page's text stands."""
    rows = prefixed_rows(HOSTILE)
    for found in rows.values():
        for row in found:
            for name in ("title", "outlet", "byline", "holder", "target"):
                if row.get(name):
                    row[name] = HOSTILE + row[name]
    return rows


def prefixed_rows(prefix: str) -> Rows:
    """Rows of six articles; those of train have `prefix` before their text, offsets moved along."""
    rows = make_world(n_articles=6).rows
    for (config, split), found in rows.items():
        for row in found if split == "train" else ():
            if config == "articles":
                row["text"] = prefix + row["text"]
                row["text_sha256"] = hashlib.sha256(row["text"].encode()).hexdigest()
            _shift(row, len(prefix))
    return rows


def _shift(value: Any, by: int) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("start", "end", "context_start") and inner is not None:
                value[name] = inner + by
            else:
                _shift(inner, by)
    elif isinstance(value, list):
        for item in value:
            _shift(item, by)


def withhold(release: Path) -> None:
    """Make every text and surface of a release null, as a release without texts has it."""
    manifest = json.loads((release / "MANIFEST.json").read_text())
    for splits in manifest["configs"].values():
        for found in splits.values():
            for listed in found["files"]:
                file = release / listed["file"]
                table = pq.read_table(file)
                rows = [_without(row) for row in table.to_pylist()]
                pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    manifest["text"] = "withheld"
    (release / "MANIFEST.json").write_text(json.dumps(manifest))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: None if name in SURFACES else _without(inner) for name, inner in value.items()
        }
    return [_without(item) for item in value] if isinstance(value, list) else value
