"""`content_sha256` against its definition, written down once more in plain Python."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataset_builder.release import content
from dataset_builder.tables import ClassOf, Column, ListOf, Scalar, Struct, Table
from tests.factory import registries

ONTOLOGY = registries().ontology
LABELS = ONTOLOGY.names("stance_label")
STRING, LABEL = Scalar("string"), ClassOf("stance_label")
NESTED = Struct((("on", Scalar("date32")), ("label", LABEL), ("words", ListOf(STRING))))
DECLARED = Table(
    "rows",
    "Every kind of column.",
    tuple(
        Column(name, kind, name)
        for name, kind in {
            "name": STRING,
            "label": LABEL,
            "number": Scalar("int32"),
            "share": Scalar("float64"),
            "at": Scalar("timestamp"),
            "on": Scalar("date32"),
            "one": NESTED,
            "many": ListOf(NESTED),
        }.items()
    ),
    key=("name", "label", "number"),
)
STRUCT = pa.struct([("words", pa.list_(pa.string())), ("on", pa.date32()), ("label", pa.int64())])
SCHEMA = pa.schema(
    {
        "share": pa.float64(),
        "name": pa.string(),
        "label": pa.int64(),
        "number": pa.int32(),
        "at": pa.timestamp("us", "UTC"),
        "on": pa.date32(),
        "one": STRUCT,
        "many": pa.list_(STRUCT),
        "zone": pa.timestamp("us", "Asia/Tokyo"),
        "yes": pa.bool_(),
        "nothing": pa.null(),
    }
)
"""The last three are in no contract: what a damaged release may have."""

strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", '"', "\\", "a\nb", "\x00", "\x1f", "\x7f", "\u2028", "نص", "👍🏽", "e\u0301"]
)
numbers = st.integers(-(2**31), 2**31 - 1)
labels = st.integers(-1, len(LABELS) + 1)
days = st.dates(dt.date(1, 1, 1))
times = st.datetimes(
    dt.datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    dt.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
) | st.just(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
floats = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1e16, 1e-7, 5e-324, 0.1 + 0.2])


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


structs = st.fixed_dictionaries(
    {
        "words": maybe(st.lists(maybe(strings), max_size=3)),
        "on": maybe(days),
        "label": maybe(labels),
    }
)
rows_of_every_kind = st.lists(
    st.fixed_dictionaries(
        {
            "share": maybe(floats),
            "name": maybe(strings),
            "label": maybe(st.integers(0, len(LABELS) - 1)),
            "number": maybe(numbers),
            "at": maybe(times),
            "on": maybe(days),
            "one": maybe(structs),
            "many": maybe(st.lists(maybe(structs), max_size=3)),
            "zone": maybe(times),
            "yes": maybe(st.booleans()),
            "nothing": st.none(),
        }
    ),
    max_size=12,
)


def defined(table: pa.Table) -> str:
    """The definition: the rows by their keys, nulls last, then every stream of every node."""
    rows = sorted(
        table.to_pylist(), key=lambda row: [(row[n] is None, row[n]) for n in DECLARED.key]
    )
    lines: list[str] = []

    def node(path: str, slots: list[Any], stored: pa.DataType, kind: Any) -> None:
        streams = {"there": [bytes([slot is not None]) for slot in slots]}
        values = [slot for slot in slots if slot is not None]
        if isinstance(kind, ClassOf):
            values = [LABELS[v] if 0 <= v < len(LABELS) else str(v) for v in values]
        if pa.types.is_struct(stored):
            for field in stored:
                below = dict(kind.fields)[field.name]
                node(f"{path}.{field.name}", [v[field.name] for v in values], field.type, below)
        elif pa.types.is_list(stored):
            streams["length"] = [struct.pack("<I", len(value)) for value in values]
            items = [item for value in values for item in value]
            node(f"{path}[]", items, stored.value_type, kind.item)
        elif pa.types.is_string(stored) or isinstance(kind, ClassOf):
            streams["value"] = [value.encode() for value in values]
            streams["length"] = [struct.pack("<I", len(value)) for value in streams["value"]]
        elif not pa.types.is_null(stored):
            streams["value"] = [packed(value) for value in values]
        for name, pieces in streams.items():
            lines.append(f"{path} {name} {hashlib.sha256(b''.join(pieces)).hexdigest()}\n")

    kinds = {column.name: column.type for column in DECLARED.columns}
    for column in table.schema:
        node(column.name, [row[column.name] for row in rows], column.type, kinds.get(column.name))
    whole = ["dataset-builder content 1\n", *sorted(lines)]
    return hashlib.sha256("".join(whole).encode()).hexdigest()


def packed(value: Any) -> bytes:
    match value:
        case bool():
            return bytes([value])
        case int():
            return struct.pack("<q", value)
        case float():
            return struct.pack("<d", value)
        case dt.datetime():
            since = value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
            return struct.pack("<q", since // dt.timedelta(microseconds=1))
        case _:
            return struct.pack("<q", (value - dt.date(1970, 1, 1)).days)


def stored_as(kind: pa.DataType, text: pa.DataType, many: Any) -> pa.DataType:
    """`kind` with another type of text and of list."""
    if pa.types.is_string(kind):
        return text
    if pa.types.is_list(kind):
        return many(stored_as(kind.value_type, text, many))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, stored_as(field.type, text, many)) for field in kind])
    return kind


def relaid(table: pa.Table, text: pa.DataType, many: Any) -> pa.Table:
    """The same values in other types of Arrow."""
    fields = [(field.name, stored_as(field.type, text, many)) for field in table.schema]
    found = table.cast(pa.schema(fields))
    name = table["name"].dictionary_encode() if text == pa.string() else found["name"]
    return found.set_column(found.schema.get_field_index("name"), "name", name)


EMPTY = dict.fromkeys(SCHEMA.names)


@example([{**EMPTY, "share": 0.0}, {**EMPTY, "share": -0.0}], 2, 0, pa.string(), pa.list_)
@example([], 2, 0, pa.string(), pa.list_)
@given(
    rows_of_every_kind,
    st.integers(1, 5),
    st.integers(0, 3),
    st.sampled_from([pa.string(), pa.large_string(), pa.string_view()]),
    st.sampled_from([pa.list_, pa.large_list]),
)
def test_it_is_as_defined_in_whatever_layout_and_pieces(rows, size, chunk, text, many):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    wanted = defined(table)
    assert content.content_sha256(table, DECLARED, ONTOLOGY) == wanted

    laid = relaid(table, text, many)
    around = pa.concat_tables([laid, laid, laid]).combine_chunks().slice(len(rows), len(rows))
    if chunk:
        around = pa.Table.from_batches(around.to_batches(max_chunksize=chunk), around.schema)
    before, content.BATCH = content.BATCH, size
    try:
        assert content.content_sha256(around, DECLARED, ONTOLOGY) == wanted
    finally:
        content.BATCH = before

    pieces = content.ContentDigest(DECLARED, ONTOLOGY)
    ordered = pl.DataFrame(table).sort(DECLARED.key, nulls_last=True, maintain_order=True)
    for piece in ordered.iter_slices(size) if rows else [ordered]:
        pieces.add(piece)
    assert pieces.hexdigest() == wanted


def test_what_a_null_is_stored_as_does_not_matter():
    words = ["", "a text that is longer than twelve bytes", "another one of that length"]
    texts = pl.DataFrame({"name": words * 3}).with_row_index("number")
    rows = texts.select(
        pl.col("number").cast(pl.Int32),
        name=pl.when(pl.col("number") % 2 == 0).then("name"),
        one=pl.struct(
            words=pl.when(pl.col("number") % 4 != 1).then(pl.concat_list("name", "name"))
        ),
        many=pl.when(pl.col("number") % 3 != 1).then(pl.concat_list(pl.struct(words="name"))),
    )
    clean = pa.Table.from_pylist(rows.to_dicts(), schema=rows.to_arrow().schema)
    digests = [content.ContentDigest(DECLARED, ONTOLOGY) for _ in range(2)]
    for digest, frame in zip(digests, (rows, pl.DataFrame(clean)), strict=True):
        digest.add(frame.with_columns(label=pl.lit(None, pl.Int64)))
    assert digests[0].hexdigest() == digests[1].hexdigest()


def test_the_digest_of_these_rows_is_known_for_ever():
    row = {
        "share": 1e16,
        "name": 'a"\n\x7f👍',
        "label": 1,
        "number": -3,
        "at": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "on": dt.date(2026, 1, 2),
        "one": {"words": ["x", None], "on": None, "label": 99},
        "many": [],
        "zone": None,
        "yes": True,
        "nothing": None,
    }
    table = pa.Table.from_pylist([row], schema=SCHEMA)
    assert content.content_sha256(table, DECLARED, ONTOLOGY) == (
        "5dda2ba90485c350a1fa0fba91975fe1b9c42519a8162477773b14d1aac0be95"
    )


@pytest.mark.parametrize(
    "column",
    [
        {"odd": pa.array([b"x"])},
        {"odd": pa.array([1], pa.timestamp("us"))},
        {"odd": pa.array([1], pa.timestamp("ns", "UTC"))},
        {"odd": pa.array([1], pa.decimal128(3))},
        {"two words": pa.array([1])},
        {"odd": pa.array([{"a.b": 1}])},
    ],
)
def test_what_no_contract_has_is_refused(column):
    table = pa.Table.from_pylist([EMPTY], schema=SCHEMA)
    for name, values in column.items():
        table = table.append_column(name, values)
    with pytest.raises(TypeError, match="no contract has"):
        content.content_sha256(table, DECLARED, ONTOLOGY)
