"""The contracts that releases were written by: that of today, and those of earlier schema versions.

Today's is `tables.py`. When it changes, and `SCHEMA_VERSION` with it, what it was is kept:

    contracts/<schema version>.yaml      written once, by `as_yaml`, and never changed again

so that a release of that version is judged by what it promised, and not by what it ships itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dataset_builder.errors import ProjectError
from dataset_builder.tables import (
    SCHEMA_VERSION,
    TABLES,
    ClassOf,
    Column,
    ListOf,
    Scalar,
    Struct,
    Table,
    Type,
)

FOLDER = Path(__file__).parent / "contracts"
"""Contracts of earlier schema versions."""
LIMITS = ("nullable", "unique", "pattern", "minimum", "maximum")


def known_versions() -> tuple[str, ...]:
    """Every schema version whose contract the package has, today's last."""
    earlier = {file.stem for file in FOLDER.glob("*.yaml")} - {SCHEMA_VERSION}
    return (*sorted(earlier), SCHEMA_VERSION)


def is_earlier(version: object) -> bool:
    """Whether a release says that it is of a schema version before today's, which the package
    knows."""
    return str(version) in known_versions()[:-1]


def contract(version: str) -> dict[str, Table] | None:
    """The tables of a schema version by name; None when the package does not know it.

    Raises ProjectError when the file that the package has of it is broken.
    """
    if version == SCHEMA_VERSION:
        return TABLES
    # Compared with what is there, not looked up: the version is what a release says.
    file = {file.stem: file for file in FOLDER.glob("*.yaml")}.get(version)
    return None if file is None else read(file)


def read(file: Path) -> dict[str, Table]:
    """The tables of a contract that `as_yaml` wrote. Raises ProjectError when it is none."""
    import yaml

    try:
        listed = yaml.safe_load(file.read_text(encoding="utf-8"))["tables"]
        return {item["name"]: _table(item) for item in listed}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ProjectError(f"{file} is no contract: {error}") from error


def as_yaml(tables: dict[str, Table]) -> str:
    """The contract as the text of its file."""
    import yaml

    listed = [
        {
            "name": table.name,
            "doc": table.doc,
            "key": list(table.key),
            "columns": [_column_data(column) for column in table.columns],
            **({"textual": True} if table.textual else {}),
        }
        for table in tables.values()
    ]
    return yaml.safe_dump({"tables": listed}, sort_keys=False, allow_unicode=True, width=100)


def _column_data(column: Column) -> dict[str, Any]:
    plain = Column(column.name, column.type, column.doc)
    limits = {
        name: getattr(column, name)
        for name in LIMITS
        if getattr(column, name) != getattr(plain, name)
    }
    return {"name": column.name, "type": _type_data(column.type), "doc": column.doc, **limits}


def _type_data(kind: Type) -> Any:
    if isinstance(kind, Scalar):
        return {"surface": kind.kind} if kind.surface else kind.kind
    if isinstance(kind, ClassOf):
        return {"class": kind.vocabulary}
    if isinstance(kind, ListOf):
        return {"list": _type_data(kind.item)}
    fields = [{"name": name, "type": _type_data(item)} for name, item in kind.fields]
    return {"struct": fields, "nullable": sorted(kind.nullable)}


def _table(data: dict[str, Any]) -> Table:
    columns = tuple(
        Column(
            item["name"],
            _type(item["type"]),
            item["doc"],
            **{name: item[name] for name in LIMITS if name in item},
        )
        for item in data["columns"]
    )
    textual = bool(data.get("textual", False))
    return Table(data["name"], data["doc"], columns, tuple(data["key"]), textual)


def _type(data: Any) -> Type:
    if isinstance(data, str):
        return Scalar(data)
    if "surface" in data:
        return Scalar(data["surface"], surface=True)
    if "class" in data:
        return ClassOf(data["class"])
    if "list" in data:
        return ListOf(_type(data["list"]))
    fields = tuple((field["name"], _type(field["type"])) for field in data["struct"])
    return Struct(fields, frozenset(data["nullable"]))
