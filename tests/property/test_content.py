"""`content_sha256`: the digest that manifests have held from the first release on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pyarrow as pa
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
    """The definition: rows by their keys, nulls last, each as one line of canonical JSON."""
    kinds = {column.name: column.type for column in DECLARED.columns}
    rows = [
        {name: plain(kinds.get(name), value) for name, value in row.items()}
        for row in table.to_pylist()
    ]
    rows.sort(key=lambda row: [(row[n] is None, row[n] or type(row[n])()) for n in DECLARED.key])
    lines = (
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows
    )
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def plain(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [plain(kind.item, item) for item in value]
    if isinstance(value, dict):
        fields = dict(kind.fields)
        return {name: plain(fields[name], item) for name, item in value.items()}
    if kind == LABEL and value is not None:
        return LABELS[value] if 0 <= value < len(LABELS) else value
    return value.isoformat() if hasattr(value, "isoformat") else value


EMPTY = dict.fromkeys(SCHEMA.names)


@example([{**EMPTY, "share": 0.0}, {**EMPTY, "share": -0.0}], 2, 0)
@given(rows_of_every_kind, st.integers(1, 5), st.integers(0, 3))
def test_made_by_columns_it_is_the_digest_of_the_rows(rows, batch, chunk):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    if chunk and len(rows):
        table = pa.Table.from_batches(table.to_batches(max_chunksize=chunk), SCHEMA)
    before, content.BATCH = content.BATCH, batch
    try:
        assert content.content_sha256(table, DECLARED, ONTOLOGY) == defined(table)
    finally:
        content.BATCH = before


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
    line = (
        '{"at":"2026-01-02T03:04:05+00:00","label":"against","many":[],"name":"a\\"\\n\x7f👍",'
        '"nothing":null,"number":-3,"on":"2026-01-02",'
        '"one":{"label":99,"on":null,"words":["x",null]},"share":1e+16,"yes":true,"zone":null}\n'
    )
    table = pa.Table.from_pylist([row], schema=SCHEMA)
    wanted = hashlib.sha256(line.encode()).hexdigest()
    assert content.content_sha256(table, DECLARED, ONTOLOGY) == wanted
