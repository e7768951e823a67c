"""Renders everything that follows from the declarations, and finds what has drifted from them.

schemas/ontology.yaml ─┐              ┌─> annotations/label_config.xml
annotations/actors.yaml├─> render() ──┼─> schemas/<table>.yaml
annotations/targets.yaml              ├─> label tables in annotations/guidelines.md
tables.py ─────────────┤              ├─> label and column tables in dataset_card.md
                       │              ├─> docs/codebook.md
validate/ ─────────────┘              └─> docs/rules.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.contract import contract_yaml
from dataset_builder.files import write_text
from dataset_builder.markdown import fill_blocks, table
from dataset_builder.release.codebook import PAGE, codebook, columns_of
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_builder.ontology import Label, Ontology
    from dataset_builder.project import Project
    from dataset_builder.tables import Table

NOTE = "# Rendered by `dataset-builder render` from dataset_builder/tables.py and schemas/ontology.yaml.\n"


def rendered(project: Project) -> dict[str, str]:
    """File name (relative to the project) -> the content it must have.

    Raises ProjectError when a declaration or a file with marked blocks is wrong.
    """
    from dataset_builder.registries import load_registries
    from dataset_builder.studio.label_config import render_label_config

    registries = load_registries(project)
    ontology = registries.ontology
    blocks = label_blocks(ontology)
    files = {
        "annotations/label_config.xml": render_label_config(registries),
        **contract_files(TABLES, ontology),
    }
    for name in ("annotations/guidelines.md", "dataset_card.md"):
        path = project.resource(name)
        text = path.read_text(encoding="utf-8")
        ours = {block: body for block, body in blocks.items() if f"<!-- begin: {block} -->" in text}
        files[name] = fill_blocks(text, ours, where=name)
    guidelines = files["annotations/guidelines.md"]
    files[PAGE] = codebook(ontology, guidelines, project.settings.pretty_name)
    if project.path("dataset_builder/validate/catalogue.py").is_file():  # not in other projects
        from dataset_builder.validate import rule_list

        files[rule_list.PAGE] = rule_list.as_page()
    return dict(sorted(files.items()))


def contract_files(tables: Mapping[str, Table], ontology: Ontology) -> dict[str, str]:
    """`schemas/<table>.yaml` of every table: its contract in pandera's YAML."""
    return {
        f"schemas/{name}.yaml": NOTE + contract_yaml(item, ontology)
        for name, item in tables.items()
    }


def drifted(project: Project) -> list[str]:
    """Names of the rendered files whose content on disk is not what the declarations give."""
    return list(_differing(project))


def render(project: Project) -> list[str]:
    """Write every rendered file that differs, each atomically; returns their names."""
    changed = _differing(project)
    for name, content in changed.items():
        write_text(project.path(name), content)
    return list(changed)


def _differing(project: Project) -> dict[str, str]:
    return {
        name: content
        for name, content in rendered(project).items()
        if not project.path(name).is_file()
        or project.path(name).read_bytes() != content.encode("utf-8")
    }


def label_blocks(ontology: Ontology) -> dict[str, str]:
    """Markdown tables of every vocabulary and of the columns, by block name."""
    return {
        "event_types": table(
            ("Key", "Type", "What it is", "Modes", "Required", "Example"),
            [
                (
                    _key(kind.hotkey),
                    f"**{kind.name}**",
                    kind.definition,
                    ", ".join(kind.modes) or "-",
                    ", ".join(kind.requires) or "-",
                    kind.example,
                )
                for kind in ontology.event_types
            ],
        ),
        "contexts": table(
            ("Context", "About"), [(label.name, label.definition) for label in ontology.contexts]
        ),
        "roles": table(
            ("Role", "Arrow", "Reads"),
            [(role.name, role.arrow, role.definition) for role in ontology.roles],
        ),
        "attributes": table(
            ("Attribute", "Value", "Key", "Meaning"),
            [
                (
                    item.name,
                    f"**{value.name}** (when blank)" if value.name == item.default else value.name,
                    _key(value.hotkey),
                    value.definition,
                )
                for item in ontology.attributes
                for value in item.values
            ],
        ),
        "stance_labels": _labels("Stance", ontology.stance_labels),
        "expressions": _labels("Expression", ontology.expressions, pickable=True),
        "hotkeys": table(
            ("Key", "Does"),
            [(f"`{key}`", action) for key, action in hotkeys(ontology)],
        ),
        "columns": "\n\n".join(
            f"### {item.name}\n\n{item.doc}\n\n{columns_of(item, ontology)}"
            for item in TABLES.values()
        ),
    }


def hotkeys(ontology: Ontology) -> list[tuple[str, str]]:
    """(key, what it does) for every label and choice that has one, in the order of the screen."""
    groups: list[tuple[str, tuple[tuple[str | None, str], ...]]] = [
        ("trigger", tuple((kind.hotkey, kind.name) for kind in ontology.event_types)),
        ("mark", _keys(ontology.entities)),
        ("stance", _keys(ontology.stance_labels)),
        *((item.name, _keys(item.values)) for item in ontology.attributes),
        ("expression", _keys(ontology.expressions)),
        ("article", _keys(ontology.relevance)),
    ]
    return [(key, f"{group}: {name}") for group, keys in groups for key, name in keys if key]


def _keys(labels: tuple[Label, ...]) -> tuple[tuple[str | None, str], ...]:
    return tuple((label.hotkey, label.name) for label in labels)


def _labels(heading: str, labels: tuple[Label, ...], *, pickable: bool = False) -> str:
    return table(
        ("Key", heading, "Meaning"),
        [
            (_key(label.hotkey), f"**{label.name}**", label.definition)
            for label in labels
            if label.hotkey or not pickable
        ],
    )


def _key(hotkey: str | None) -> str:
    return f"`{hotkey}`" if hotkey else ""
