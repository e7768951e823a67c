"""Rows of Python values, as the Arrow tables that they make."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.assemble import rows as gathering
from dataset_builder.assemble.rows import Gathered, to_table
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


def test_pieces_make_one_table(monkeypatch: Any) -> None:
    rows = [
        {"id": str(n), "label": KINDS[n % 2], "words": ["a"] * n, "mark": None, "marks": []}
        for n in range(10)
    ]
    whole = to_table(rows, TABLE, ONTOLOGY)
    monkeypatch.setattr(gathering, "PIECE", 3)
    gathered = Gathered(TABLE, ONTOLOGY)
    for row in reversed(rows):
        gathered.add([row])
    assert gathered.table().equals(whole)
    assert whole["words"].num_chunks == 1
