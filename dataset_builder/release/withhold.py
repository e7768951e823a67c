"""A release without the publishers' words, and what `hydrate` needs to put them back.

    hydrate/<config>/<split>.parquet     row, place, item, start, end, hash: one row a surface
    hydrate/signatures/<split>.parquet   article_id, signature, triggers
    hydrate/release.json                 what card and manifest of the full release are made from

`row` counts within the split, over its files; `item` within a list. `start` and `end` are code
points of the article's text, null where a surface has no place in it. Beside the columns, articles
have the place `piece`: each piece of the text in turn (see `surfaces`). A signature finds an edited
page and cannot be read (see `takedown_signatures`); `triggers` says which articles have rows there.

Names stay: outlet, agency, byline, dateline, holder, target, what annotators entered. They are facts
about a page, or come from the registries.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dataset_builder.project import SPLITS, Settings
from dataset_builder.release.surfaces import (
    BYTES,
    PIECE,
    WHOLE,
    Outline,
    places,
    surface_hash,
    surfaces,
    without_words,
)
from dataset_builder.tables import TABLES, contract_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dataset_builder.release.documents import Release

FOLDER: Final = "hydrate"
SIGNATURES: Final = "signatures"
"""Folder of the signatures, beside those of the configs."""
RELEASE: Final = f"{FOLDER}/release.json"
KEPT_SETTINGS: Final = tuple(f.name for f in fields(Settings) if f.name != "assignment")


class ArticleText(NamedTuple):
    """A text, its digest and its pieces."""

    text: str
    sha256: str
    outline: Outline


def hash_file(table: str, split: str) -> str:
    """Path of the hashes of one split, or of its signatures."""
    return f"{FOLDER}/{table}/{split}.parquet"


def hash_schema() -> pa.Schema:
    """Of the files with hashes."""
    import pyarrow as pa

    numbers = [(name, pa.int32()) for name in ("item", "start", "end")]
    head = [("row", pa.int32()), ("place", pa.string())]
    return pa.schema([*head, *numbers, ("hash", pa.binary(BYTES))])


def signature_schema() -> pa.Schema:
    """Of the files with signatures."""
    import pyarrow as pa

    from dataset_builder.takedown_signatures import SLOTS

    fields_of = [("article_id", pa.string()), ("signature", pa.binary(SLOTS))]
    return pa.schema([*fields_of, ("triggers", pa.bool_())])


def withheld(release: Release, content: Mapping[str, Mapping[str, str]]) -> Release:
    """`release` without text. `content` is the content hash of each config and split in full."""
    tables = kept_tables(release)
    return replace(
        release,
        tables={place: without_words(table, TABLES[place[0]]) for place, table in tables.items()},
        text="withheld",
        documents=replace(
            release.documents,
            schemas={**release.documents.schemas, **contracts(release, "withheld")},
        ),
        extra=hashed_files(release, tables, content),
    )


def kept_tables(release: Release) -> dict[tuple[str, str], pa.Table]:
    """The tables that stay where text is withheld, their rows in order."""
    from dataset_builder.release.writer import ordered

    ontology = release.registries.ontology
    return {
        (name, split): ordered(release.tables[name, split], TABLES[name], ontology)
        for name in contract_of(TABLES, "withheld")
        for split in SPLITS
        if (name, split) in release.tables and release.tables[name, split].num_rows
    }


def hashed_files(
    release: Release,
    tables: Mapping[tuple[str, str], pa.Table],
    content: Mapping[str, Mapping[str, str]],
) -> dict[str, bytes]:
    """The files of the folder `hydrate`, by path, of a release that has its text; `tables` are
    those of `kept_tables`."""
    files: dict[str, bytes] = {RELEASE: _release_json(release, content)}
    for split in SPLITS:
        if ("articles", split) not in tables:
            continue
        texts = article_texts(tables["articles", split])
        files[hash_file(SIGNATURES, split)] = _parquet(
            _signatures(texts, release.tables.get(("triggers", split)))
        )
        for name in contract_of(TABLES, "withheld"):
            if (name, split) in tables:
                hashes = hash_table(tables[name, split], name, texts)
                files[hash_file(name, split)] = _parquet(hashes)
    return files


def contracts(release: Release, text: str) -> dict[str, str]:
    """The contracts of the tables in a release with this much text, as its `schemas/` has them."""
    from dataset_builder.render import contract_files

    return contract_files(contract_of(TABLES, text), release.registries.ontology)


def article_texts(articles: pa.Table) -> dict[str, ArticleText]:
    """article_id -> text, of rows of the table articles; those without text are left out."""
    names = ("article_id", "text", "text_sha256", "sentences")
    columns = (articles[name].to_pylist() for name in names)
    return {
        name: ArticleText(text, sha, Outline((s["start"], s["end"]) for s in sentences))
        for name, text, sha, sentences in zip(*columns, strict=True)
        if text is not None
    }


def hash_table(table: pa.Table, name: str, texts: Mapping[str, ArticleText]) -> pa.Table:
    """The hashes of all surfaces of a table (`hash_schema`), its rows being in order."""
    import pyarrow as pa

    columns: list[list[Any]] = [[] for _ in hash_schema()]
    for found in _hashed(table, name, texts):
        for column, value in zip(columns, found, strict=True):
            column.append(value)
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, hash_schema(), strict=True)
    ]
    return pa.table(arrays, schema=hash_schema())


def _hashed(
    table: pa.Table, name: str, texts: Mapping[str, ArticleText]
) -> Iterator[tuple[int, str, int, int | None, int | None, bytes]]:
    ids = table["article_id"].to_pylist()
    made_on = table["text_sha256"].to_pylist() if name == "annotations" else None
    for place in places(TABLES[name]):
        for row, item, start, end, words in surfaces(table, place):
            text, sha, outline = texts[ids[row]]
            if words is None:
                continue
            if made_on is not None and made_on[row] != sha:
                made = surface_hash(words, made_on[row])
            elif start is None or end is None:
                made = surface_hash(words, sha)
            else:
                first, last = outline.window(start, end)
                made = surface_hash(text[first:last], sha)
            yield row, place.name, item, start, end, made
    if name == WHOLE[1]:
        for row, article_id in enumerate(ids):
            text, sha, outline = texts[article_id]
            for item, (start, end) in enumerate(outline.pieces):
                yield row, PIECE, item, start, end, surface_hash(text[start:end], sha)


def _signatures(texts: Mapping[str, ArticleText], triggers: pa.Table | None) -> pa.Table:
    import pyarrow as pa

    from dataset_builder.takedown_signatures import text_sketches

    names = sorted(texts)
    sketches = text_sketches([texts[name].text for name in names])
    tagged = set() if triggers is None else set(triggers["article_id"].unique().to_pylist())
    arrays = [
        pa.array(names, pa.string()),
        pa.array([sketch.tobytes() for sketch in sketches], signature_schema().field(1).type),
        pa.array([name in tagged for name in names], pa.bool_()),
    ]
    return pa.table(arrays, schema=signature_schema())


def _parquet(table: pa.Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink, compression="zstd", compression_level=3)
    return bytes(sink.getvalue())


def _release_json(release: Release, content: Mapping[str, Mapping[str, str]]) -> bytes:
    documents = release.documents
    data = {
        "settings": {name: _plain(getattr(release.settings, name)) for name in KEPT_SETTINGS},
        "documents": {
            field.name: value
            for field in fields(documents)
            if isinstance(value := getattr(documents, field.name), str)
        },
        "withheld": dict(sorted(release.withheld.items())),
        "agreement": release.agreement,
        "content_sha256": {name: dict(splits) for name, splits in content.items()},
    }
    return f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Fraction) else value
