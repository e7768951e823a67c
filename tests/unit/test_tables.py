"""One declaration, several forms: they must say the same."""

import sys
from dataclasses import replace
from pathlib import Path

import datasets
import polars as pl
import pyarrow as pa
import pytest

from dataset_builder.contract import contract_yaml, pandera_schema
from dataset_builder.ontology import load_ontology
from dataset_builder.tables import TABLES, arrow_schema, features, polars_type
from tests.factory import make_release

ROOT = Path(__file__).parents[2]
ONTOLOGY = load_ontology(ROOT / "schemas" / "ontology.yaml")
EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@EVERY_TABLE
def test_arrow_schema_carries_the_class_names(table):
    schema = arrow_schema(table, ONTOLOGY)
    assert datasets.Features.from_arrow_schema(schema) == features(table, ONTOLOGY)


@EVERY_TABLE
def test_arrow_polars_and_pandera_agree_on_types(table):
    empty = pl.from_arrow(arrow_schema(table, ONTOLOGY).empty_table())
    assert dict(empty.schema) == {c.name: polars_type(c.type) for c in table.columns}
    pandera_schema(table, ONTOLOGY).validate(empty)


BOUNDED = replace(
    TABLES["annotations"],
    columns=tuple(
        replace(column, nullable=True, unique=True, pattern="^'#: x$", minimum=1, maximum=2)
        for column in TABLES["annotations"].columns
    ),
    doc="one: two",
)


@pytest.mark.parametrize("table", [*TABLES.values(), BOUNDED], ids=lambda table: table.doc[:20])
def test_contracts_are_written_as_pandera_writes_them(table):
    assert contract_yaml(table, ONTOLOGY) == pandera_schema(table, ONTOLOGY).to_yaml()


@EVERY_TABLE
def test_the_stock_pandera_command_accepts_the_rendered_contract(table, tmp_path, monkeypatch):
    schema = ROOT / "schemas" / f"{table.name}.yaml"
    file = next((make_release(tmp_path) / table.name).glob("train-*.parquet"))
    assert stock_pandera(schema, file, monkeypatch) == 0
    broken = tmp_path / "broken.parquet"
    pl.read_parquet(file).with_columns(article_id=pl.lit("nonsense")).write_parquet(broken)
    assert stock_pandera(schema, broken, monkeypatch) == 1


def stock_pandera(schema: Path, data: Path, monkeypatch) -> int:
    """Exit code of its command `pandera`, without the second that importing it takes."""
    from pandera.cli import main

    command = ["pandera", "validate", "-s", str(schema), "-d", str(data)]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@EVERY_TABLE
def test_keys_and_names_are_columns(table):
    assert set(table.key) <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.column_names)


@EVERY_TABLE
def test_class_columns_are_never_nullable(table):
    schema = features(table, ONTOLOGY)
    nullable = {c.name for c in table.columns if c.nullable}
    assert not [
        n for n, f in schema.items() if isinstance(f, datasets.ClassLabel) and n in nullable
    ]


def test_stance_is_the_default_config():
    assert next(iter(TABLES)) == "stance"


def test_label_ids_follow_the_declared_order():
    label = features(TABLES["stance"], ONTOLOGY)["label"]
    assert [label.int2str(i) for i in range(3)] == ["neutral", "against", "favor"]
    assert arrow_schema(TABLES["stance"], ONTOLOGY).field("label").type == pa.int64()
