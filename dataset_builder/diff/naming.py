"""What a row is called: its id, and a few words that tell a person which one it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.diff.reading import Config
    from dataset_builder.validate.declared import Shape

SHOWN: Final = 60
"""Characters of a value that are among the few words."""
_ITEMS: Final = 12
"""Items of a list that are looked at for them."""
_ABOUT: Final[dict[str, tuple[str, ...]]] = {
    "articles": ("title", "source"),
    "events": ("trigger", "type"),
    "stance": ("holder", "holder_id", "target", "target_id", "label"),
    "triggers": ("tokens",),
    "annotations": ("values", "text"),
}


def row_names(config: Config, key: Sequence[str], rows: Sequence[int]) -> list[tuple[str, str]]:
    """Id and words of some rows, by ascending number. Raises DamagedReleaseError."""
    if not len(rows):
        return []
    taken = config.take(naming_columns(config, key), rows)
    return [(row_id(row, key, config), about(row, config)) for row in taken]


def naming_columns(config: Config, key: Sequence[str]) -> list[str]:
    """The columns that `row_id` and `about` read."""
    further = [name for name in _ABOUT.get(config.name, ()) if name in config.shapes]
    return list(dict.fromkeys((*_id_columns(config, key), *further)))


def row_id(row: Mapping[str, Any], key: Sequence[str], config: Config) -> str:
    """The id that the release gives to a row, else the values of its key."""
    values = [named(row[name], config.shapes[name]) for name in _id_columns(config, key)]
    return " ".join(str(value) for value in values if value is not None)


def _id_columns(config: Config, key: Sequence[str]) -> Sequence[str]:
    """A key of several columns may have one column besides that says it in one."""
    if len(key) > 1 and "id" in config.shapes:
        return ("id",)
    return key or tuple(config.shapes)


def about(row: Mapping[str, Any], config: Config) -> str:
    """Articles: title, or source; events: trigger and type; stance: holder, target and label;
    sentences: how they begin; annotations: label and words. Empty where none of it is there."""

    def said(*columns: str) -> str:
        there = (named(row.get(name), config.shapes[name]) for name in columns
                 if name in config.shapes)  # fmt: skip
        return next((shown for value in there if (shown := _shown(value))), "")

    if config.name == "articles":
        return said("title", "source")
    if config.name == "events":
        return _joined(said("trigger"), said("type"))
    if config.name == "stance":
        pair = said("holder", "holder_id"), said("target", "target_id")
        return _joined(" -> ".join(pair) if all(pair) else "", said("label"))
    if config.name == "triggers":
        return said("tokens")
    return _joined(said("values"), said("text")) if config.name == "annotations" else ""


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _shown(value: Any) -> str:
    """A value in few characters: of a span its words, of a list its first items."""
    if isinstance(value, dict):
        value = value.get("text")
    if isinstance(value, list):
        value = " ".join(_shown(item) for item in value[:_ITEMS])
    if value is None:
        return ""
    text = " ".join(str(value)[: 4 * SHOWN].split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def named(value: Any, shape: Shape) -> Any:
    """A value as a person writes it: labels by name, dates in ISO 8601."""
    if value is None:
        return None
    if shape[0] == "class" and isinstance(value, int):
        return shape[1][value] if 0 <= value < len(shape[1]) else value
    if shape[0] == "list" and isinstance(value, list):
        return [named(item, shape[1]) for item in value]
    if shape[0] == "struct" and isinstance(value, dict):
        kinds = dict(shape[1])
        return {n: named(item, kinds.get(n, ("value", ""))) for n, item in value.items()}
    return value if isinstance(value, str | int | float | bool) else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
