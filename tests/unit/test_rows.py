"""Rows of Python values, as the Arrow tables that they make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.assemble.rows import Pieces, to_table
from dataset_builder.errors import DatasetBuilderError
from dataset_builder.ontology import load_ontology
from dataset_builder.project import packaged
from dataset_builder.tables import (
    INT,
    STRING,
    ClassOf,
    Column,
    ListOf,
    Struct,
    Table,
    arrow_schema,
)

ONTOLOGY = load_ontology(packaged("schemas/ontology.yaml"))
KINDS = ONTOLOGY.names("annotator_kind")
MARK = Struct((("start", INT), ("label", ClassOf("annotator_kind")), ("ids", ListOf(STRING))))
TABLE = Table(
    "nested",
    "Every kind of column.",
    (
        Column("id", STRING, "key"),
        Column("label", ClassOf("annotator_kind"), "class"),
        Column("words", ListOf(STRING), "list"),
        Column("mark", MARK, "struct or nothing", nullable=True),
        Column("marks", ListOf(MARK), "list of structs"),
    ),
    key=("id",),
)

labels = st.sampled_from(KINDS)
marks = st.fixed_dictionaries(
    {
        "start": st.integers(0, 9) | st.none(),
        "label": labels,
        "ids": st.lists(st.text(), max_size=2),
    }
)
nested = st.lists(
    st.fixed_dictionaries(
        {
            "label": labels,
            "words": st.lists(st.text(), max_size=3),
            "mark": marks | st.none(),
            "marks": st.lists(marks, max_size=3),
        }
    ),
    max_size=8,
)


def coded(mark: dict[str, Any] | None) -> dict[str, Any] | None:
    return mark and {**mark, "label": KINDS.index(mark["label"])}


@given(nested, st.randoms(use_true_random=False))
def test_a_table_has_its_rows_in_order(rows: list[dict[str, Any]], random: Any) -> None:
    named = [{"id": f"{number:03}", **row} for number, row in enumerate(rows)]
    table = to_table(random.sample(named, len(named)), TABLE, ONTOLOGY)
    assert table.schema.equals(arrow_schema(TABLE, ONTOLOGY), check_metadata=True)
    table.validate(full=True)
    assert table.to_pylist() == [
        {
            **row,
            "label": KINDS.index(row["label"]),
            "mark": coded(row["mark"]),
            "marks": [coded(mark) for mark in row["marks"]],
        }
        for row in named
    ]


ROWS = [
    {"id": str(n), "label": KINDS[n % 2], "words": ["a"] * n, "mark": None, "marks": []}
    for n in range(10)
]


SCHEMA = arrow_schema(TABLE, ONTOLOGY)


@pytest.mark.parametrize("order", [ROWS, ROWS[::-1], [*ROWS[5:], *ROWS[:5]]])
def test_pieces_make_one_table(order: list[dict[str, Any]]) -> None:
    pieces = Pieces(TABLE, SCHEMA)
    for piece in (order[:3], [], order[3:6], order[6:9], order[9:]):
        pieces.add(to_table(piece, TABLE, ONTOLOGY))
    assert pieces.table().equals(to_table(ROWS, TABLE, ONTOLOGY))


def test_what_comes_in_order_stays_on_the_disk_in_its_pieces() -> None:
    pieces = Pieces(TABLE, SCHEMA)
    for at in (0, 3, 6, 9):
        pieces.add(to_table(ROWS[at : at + 3], TABLE, ONTOLOGY))
    made = pieces.table()
    assert made["words"].num_chunks == 4
    assert made.equals(to_table(ROWS, TABLE, ONTOLOGY))


def test_no_piece_is_an_empty_table() -> None:
    pieces = Pieces(TABLE, SCHEMA)
    pieces.add(to_table([], TABLE, ONTOLOGY))
    assert pieces.table().equals(to_table([], TABLE, ONTOLOGY))


def test_a_full_disk_is_told() -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    pieces = Pieces(TABLE, SCHEMA)
    rows = to_table(ROWS * 100, TABLE, ONTOLOGY)
    pieces.add(rows)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(DatasetBuilderError, match=r"could not be put away(.|\n)*TMPDIR"):
            pieces.add(rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
