"""The contract of a table: as a schema of pandera, and in pandera's own YAML, which releases ship."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.tables import ClassOf, polars_type

if TYPE_CHECKING:
    import pandera.polars as pandera

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Column, Table


def pandera_schema(table: Table, ontology: Ontology) -> pandera.DataFrameSchema:
    """Strict, ordered pandera schema of the top-level columns.

    What pandera cannot say (nested ranges, nulls inside structs) is checked by native rules.
    """
    import pandera.polars as pandera

    def checks(column: Column) -> list[Any]:
        found: list[Any] = []
        if isinstance(column.type, ClassOf):
            last = len(ontology.names(column.type.vocabulary)) - 1
            found.append(pandera.Check.in_range(0, last))
        if column.pattern is not None:
            found.append(pandera.Check.str_matches(column.pattern))
        if column.minimum is not None:
            found.append(pandera.Check.ge(column.minimum))
        if column.maximum is not None:
            found.append(pandera.Check.le(column.maximum))
        return found

    return pandera.DataFrameSchema(
        {
            column.name: pandera.Column(
                polars_type(column.type),
                checks(column),
                nullable=column.nullable,
                unique=column.unique,
                description=column.doc,
            )
            for column in table.columns
        },
        name=table.name,
        description=table.doc,
        strict=True,
        ordered=True,
    )


def contract_yaml(table: Table, ontology: Ontology) -> str:
    """What `pandera_schema(table, ontology).to_yaml()` writes, without the second that importing pandera
    takes."""
    import yaml

    contract = {
        "schema_type": "polars_dataframe",
        "api": "polars",
        "columns": {column.name: _column(column, ontology) for column in table.columns},
        "strict": True,
        "name": table.name,
        "ordered": True,
        "description": table.doc,
    }
    return yaml.safe_dump(contract, sort_keys=False)


def _column(column: Column, ontology: Ontology) -> dict[str, Any]:
    """A column's part of it: what is as pandera has it by default is left out."""
    found: dict[str, Any] = {"description": column.doc, "dtype": str(polars_type(column.type))}
    if column.nullable:
        found["nullable"] = True
    if column.unique:
        found["unique"] = True
    if isinstance(column.type, ClassOf):
        last = len(ontology.names(column.type.vocabulary)) - 1
        ends = {"include_min": True, "include_max": True}
        found["in_range"] = {"min_value": 0, "max_value": last, **ends}
    if column.pattern is not None:
        found["str_matches"] = column.pattern
    if column.minimum is not None:
        found["greater_than_or_equal_to"] = column.minimum
    if column.maximum is not None:
        found["less_than_or_equal_to"] = column.maximum
    return found
