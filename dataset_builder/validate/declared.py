"""Three spellings of a table's features, brought into one: the declaration, the card's YAML, and
the JSON that a Parquet file carries. Reading them here keeps `datasets` out of the validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.tables import ClassOf, ListOf, Scalar

if TYPE_CHECKING:
    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type

Shape = tuple[Any, ...]
"""("value", dtype), ("class", names), ("list", shape) or ("struct", ((name, shape), ...))."""

UNREADABLE: Shape = ("unreadable",)


def of_table(table: Table, ontology: Ontology) -> dict[str, Shape]:
    """What the declaration says."""
    return {column.name: _of_type(column.type, ontology) for column in table.columns}


def _of_type(kind: Type, ontology: Ontology) -> Shape:
    if isinstance(kind, ClassOf):
        return ("class", tuple(ontology.names(kind.vocabulary)))
    if isinstance(kind, ListOf):
        return ("list", _of_type(kind.item, ontology))
    if isinstance(kind, Scalar):
        return ("value", "timestamp[us, tz=UTC]" if kind.kind == "timestamp" else kind.kind)
    return ("struct", tuple((name, _of_type(item, ontology)) for name, item in kind.fields))


def of_card(features: Any) -> dict[str, Shape]:
    """What `dataset_info.features` of a card says; a broken part comes out as UNREADABLE."""
    if not isinstance(features, list):
        return {}
    named = [item for item in features if isinstance(item, dict) and "name" in item]
    return {str(item["name"]): _of_item(item) for item in named}


def _of_item(item: Any) -> Shape:
    if isinstance(item, str):
        return ("value", item)
    if not isinstance(item, dict):
        return UNREADABLE
    if "struct" in item and isinstance(item["struct"], list):
        return ("struct", tuple(of_card(item["struct"]).items()))
    if "list" in item:
        inner = item["list"]
        if isinstance(inner, list):
            return ("list", ("struct", tuple(of_card(inner).items())))
        return ("list", _of_item(inner))
    if "class_label" in item and isinstance(item["class_label"], dict):
        return _names(item["class_label"].get("names"))
    return _of_item(item["dtype"]) if "dtype" in item else UNREADABLE


def _names(names: Any) -> Shape:
    if isinstance(names, list):
        return ("class", tuple(str(name) for name in names))
    if not isinstance(names, dict):
        return UNREADABLE
    try:
        ordered = sorted(names.items(), key=lambda pair: int(pair[0]))
        ids = [int(name) for name, _ in ordered]
    except (TypeError, ValueError):
        return UNREADABLE
    if ids != list(range(len(ids))):
        return UNREADABLE
    return ("class", tuple(str(name) for _, name in ordered))


def of_parquet(features: Any) -> dict[str, Shape]:
    """What the `huggingface` metadata of an Arrow schema says."""
    if not isinstance(features, dict):
        return {}
    return {str(name): _of_json(item) for name, item in features.items()}


def _of_json(item: Any) -> Shape:
    if isinstance(item, list) and len(item) == 1:
        return ("list", _of_json(item[0]))
    if not isinstance(item, dict):
        return UNREADABLE
    kind = item.get("_type")
    if kind == "Value":
        return ("value", str(item.get("dtype")))
    if kind == "ClassLabel":
        return _names(item.get("names"))
    if kind == "List":
        return ("list", _of_json(item.get("feature")))
    if kind is None:
        return ("struct", tuple((str(name), _of_json(inner)) for name, inner in item.items()))
    return ("value", str(kind))


def differences(expected: dict[str, Shape], found: dict[str, Shape]) -> list[tuple[str, str, str]]:
    """(column, expected, found) for each column that differs; the order counts as one, last."""
    wrong = [
        (name, show(expected.get(name)), show(found.get(name)))
        for name in dict.fromkeys((*expected, *found))
        if expected.get(name) != found.get(name)
    ]
    if not wrong and list(expected) != list(found):
        wrong.append(("the order of columns", ", ".join(expected), ", ".join(found)))
    return wrong


def show(shape: Shape | None) -> str:
    """A shape in words."""
    if shape is None:
        return "no such column"
    if shape[0] == "class":
        return f"labels {', '.join(shape[1])}"
    if shape[0] == "list":
        return f"list of {show(shape[1])}"
    if shape[0] == "struct":
        return "{" + ", ".join(f"{name}: {show(item)}" for name, item in shape[1]) + "}"
    return str(shape[-1])
