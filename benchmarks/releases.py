"""Large valid releases for benchmarks: the project's own release, many times over.

Every copy has its own ids, and its own letters: the text of a copy is that of the original under a
permutation of the Latin letters, so that copies share no words, every offset still fits, and
annotations are as dense as people make them.

Copies are made one by one and wait on the disk, mapped into memory: the rows of ten million do not
fit. Ids begin with the number of their copy, so that what is written first comes first.
"""

from __future__ import annotations

import hashlib
import random
import string
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.rows import digest, pair_id
from dataset_builder.project import find_project
from dataset_builder.release.build import draft
from dataset_builder.release.writer import prepare, publish

if TYPE_CHECKING:
    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.release.documents import Release

Place = tuple[str, str]
Words = dict[str, str]
"""What becomes of a string."""

OF_ARTICLE = ("article_id", "duplicate_group", "story", "mention_id", "event_id", "id",
              "annotation_id")  # fmt: skip
"""Columns that are, or begin with, the id of an article."""
DATED = ("start", "end", "precision", "basis")
"""What an event's date consists of."""
SPELT = ("text", "title", "tokens", "region_id", "from_id", "to_id")
"""Columns, and fields of spans, whose letters are exchanged: words of the page, ids of regions."""


def write_copies(folder: Path, copies: int) -> Path:
    """Write a release of `copies` times the rows that the project around here would release.

    Returns its folder, below `folder`.
    """
    made = draft(find_project(), tell=lambda _: None).release
    final = folder / made.settings.version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as waiting:
        tables = copied(made, copies, Path(waiting))
        publish(prepare(final, replace(made, tables=tables, agreement="")), final)
    return final


def copied(release: Release, copies: int, folder: Path) -> dict[Place, pa.Table]:
    """The tables of `release`, `copies` times: each time other articles with other words. They are
    read from files in `folder`, as far as they are looked at."""
    import pyarrow as pa

    regions = _regions(release)
    files = {place: str(folder / f"{'-'.join(place)}.arrow") for place in release.tables}
    with ExitStack() as open_:
        written = {
            place: open_.enter_context(pa.ipc.new_file(file, release.tables[place].schema))
            for place, file in files.items()
        }
        for number in range(copies):
            for place, table in _copy(release, number, regions).items():
                written[place].write_table(table)
    return {
        place: pa.ipc.open_file(pa.memory_map(file)).read_all() for place, file in files.items()
    }


def _regions(release: Release) -> Words:
    """stance_id -> id of the region that it was made from."""
    known: dict[str, set[str]] = {}
    for (name, _), table in release.tables.items():
        for row in table.to_pylist() if name == "annotations" else ():
            known.setdefault(row["article_id"], {"derived"}).add(row["region_id"] or "derived")
    return {
        row["stance_id"]: region
        for (name, _), table in release.tables.items()
        for row in (table.to_pylist() if name == "stance" else ())
        for region in sorted(known[row["article_id"]])
        if digest((row["pair_id"], region)) == row["stance_id"]
    }


def _copy(release: Release, number: int, regions: Words) -> dict[Place, pa.Table]:
    """One copy of every table."""
    import pyarrow as pa

    shuffled = random.Random(number)
    letters = "".join(shuffled.sample(string.ascii_lowercase, 26))
    spelling = bytes.maketrans(string.ascii_letters.encode(), (letters + letters.upper()).encode())
    ids: Words = {}
    digests: Words = {}
    basis: Words = {}
    bases = release.registries.ontology.names("published_basis")
    tables = dict(release.tables)
    for (name, _), table in tables.items():
        for row in table.to_pylist() if name == "articles" else ():
            made_up = hashlib.sha256(f"{row['article_id']}/{number}".encode()).hexdigest()
            raw = f"{number:08x}{made_up[8:]}"
            text = row["text"].encode().translate(spelling)
            ids[row["article_id"]] = raw[:16]
            digests[row["raw_sha256"]] = raw
            digests[row["text_sha256"]] = hashlib.sha256(text).hexdigest()
            basis[raw[:16]] = bases[row["published_basis"]]

    def spell(region: str) -> str:
        return region.encode().translate(spelling).decode()

    def renamed(name: str) -> str:
        article, colon, region = name.partition(":")
        of_annotation = ":" in region
        return ids.get(article, article) + colon + (region if of_annotation else spell(region))

    made = {}
    for (name, split), table in tables.items():
        columns = {}
        for column in table.column_names:
            values = table[column].combine_chunks()
            if column in OF_ARTICLE:
                values = pa.array(map(renamed, values.to_pylist()), values.type)
            elif column.endswith("_sha256"):
                values = pa.array([digests.get(v, v) for v in values.to_pylist()], values.type)
            else:
                values = _spelt(values, spelling, spelt=column in SPELT)
            columns[column] = values
        if name == "stance":
            rows = table.select(["stance_id", "article_id", "holder_id", "target_id"]).to_pylist()
            pairs = [pair_id(ids[r["article_id"]], r["holder_id"], r["target_id"]) for r in rows]
            columns["pair_id"] = pa.array(pairs)
            columns["stance_id"] = pa.array(
                [
                    digest((pair, region if region == "derived" else spell(region)))
                    for pair, region in zip(
                        pairs, (regions[r["stance_id"]] for r in rows), strict=True
                    )
                ]
            )
        made[name, split] = pa.table(columns, schema=table.schema)
        if name == "events":
            made[name, split] = _dated(made[name, split], release.registries.ontology, basis)
    return made


def _dated(events: pa.Table, ontology: Ontology, basis: dict[str, str]) -> pa.Table:
    """Events with the dates that their new words give: `last week` says nothing any more. `basis` is
    the published_basis of each article."""
    import pyarrow as pa

    from dataset_builder.assemble.dates import Expression, event_date

    date_role = ontology.names("role").index("DATE")
    columns: dict[str, list[Any]] = {f"date_{name}": [] for name in DATED}
    for row in events.select(["article_id", "arguments", "published_at", "tense"]).to_pylist():
        times = [
            Expression(item["timex3"], item["text"])
            for item in row["arguments"]
            if item["role"] == date_role
        ]
        tense = ontology.names("tense")[row["tense"]]
        date, _ = event_date(times, row["published_at"], basis[row["article_id"]], tense)
        for name in DATED:
            value = getattr(date, name)
            if isinstance(value, str):
                value = ontology.names(f"date_{name}").index(value)
            columns[f"date_{name}"].append(value)
    for name, values in columns.items():
        at = events.schema.get_field_index(name)
        field = events.schema.field(at)
        events = events.set_column(at, field, pa.array(values, field.type))
    return events


def _spelt(values: Any, spelling: bytes, *, spelt: bool = True) -> Any:
    """An array with the letters of its words, and of those of the spans in it, exchanged."""
    import pyarrow as pa

    if pa.types.is_list(values.type):
        inner = _spelt(values.values, spelling, spelt=spelt)
        return pa.ListArray.from_arrays(values.offsets, inner, values.type, mask=values.is_null())
    if pa.types.is_struct(values.type):
        fields = [
            _spelt(values.field(index), spelling, spelt=field.name in SPELT)
            for index, field in enumerate(values.type)
        ]
        return pa.StructArray.from_arrays(fields, fields=list(values.type), mask=values.is_null())
    if not spelt or not pa.types.is_string(values.type):
        return values
    valid, offsets, data = values.buffers()
    changed = pa.py_buffer(data.to_pybytes().translate(spelling)) if data else data
    return pa.Array.from_buffers(
        values.type, len(values), [valid, offsets, changed], values.null_count, values.offset
    )
