"""The codebook: every label and every column with what it means, for those who read the data.

Rendered from the ontology, the tables and the guidelines; `render` writes it to `docs/codebook.md`,
and every release carries its own as `CODEBOOK.md`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dataset_builder.markdown import table
from dataset_builder.tables import TABLES, ClassOf, ListOf, Struct, describe_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_builder.ontology import Label, Ontology
    from dataset_builder.release.documents import Release
    from dataset_builder.tables import Table, Type

CODEBOOK: Final = "CODEBOOK.md"
PAGE: Final = "docs/codebook.md"
_HEADING: Final = re.compile(r"^#{2,4} +(?P<title>.+)$", re.MULTILINE)
_MARKED: Final = re.compile(
    r"^<!-- begin: \w+ -->$.*?^<!-- end: \w+ -->$", re.MULTILINE | re.DOTALL
)
_OF_PROGRAM: Final = {
    "holder_kind": "who holds a stance: an actor, or the article's own voice",
    "target_kind": "what a stance is about: an actor or an issue",
    "stance_basis": "where a stance row comes from: marked, answered in the pair grid, or derived",
    "date_precision": "how exact the date of an event is",
    "date_basis": "how it is known: said outright, from the day of publication, or from that by inference",
    "published_basis": "how the day of publication is known: said in the text, or by the page's markup",
    "annotator_kind": "person or model",
    "annotation_kind": "what was entered: a span, an arrow, a field of a span, or one of the article",
    "annotation_state": "state of the annotation that it belongs to",
    "direction": "of an arrow",
}
_TOLD_APART: Final = 6
"""Most sections of the guidelines that are named for a label."""


def codebook(ontology: Ontology, guidelines: str, title: str) -> str:
    """The whole document. `guidelines` is the Markdown of the guidelines, `title` the dataset's."""
    sections = _sections(guidelines)
    since = _since(ontology)

    def told(of: str, name: str) -> tuple[str, str]:
        return _named_in(name, sections), since.get((of, name), "")

    def labels(of: str, listed: Sequence[Label]) -> str:
        return _table(
            ("Id", "Label", "Definition", "Example", "Since"),
            (
                (
                    number,
                    label.name,
                    label.definition,
                    label.example,
                    since.get((of, label.name), ""),
                )
                for number, label in enumerate(listed)
            ),
        )

    version = re.search(r"(?m)^Version (\d+(?:\.\d+)*)$", guidelines)
    parts = [
        f"# Codebook: {title}",
        f"Label scheme {ontology.scheme_version}"
        + (f"; guidelines {version[1]}" if version else "")
        + ". A label is stored as its id. *Guidelines* names the sections that speak of a label;"
        " *Since* is the version of the scheme that brought it, empty for those of the first.",
        "## Events",
        "### Event types (`events.type`, `event_vote` from 1 on)",
        _table(
            ("Id", "Type", "Quad class", "Definition", "Example", "Needs", "Guidelines", "Since"),
            (
                (
                    number,
                    f"**{kind.name}**",
                    kind.quad,
                    kind.definition,
                    kind.example,
                    ", ".join(kind.requires),
                    *told("event_type", kind.name),
                )
                for number, kind in enumerate(ontology.event_types)
            ),
        ),
        "The vote `unmarked` has id 0: the annotator completed the article and did not mark the unit.",
        "### Quad classes (`events.quad`)",
        _table(("Id", "Quad class", "Types"), _quads(ontology)),
        "### Modes (`events.modes`)",
        _table(
            ("Id", "Mode", "Of", "Since"),
            (
                (
                    number,
                    mode,
                    ", ".join(k.name for k in ontology.event_types if mode in k.modes),
                    since.get(("mode", mode), ""),
                )
                for number, mode in enumerate(ontology.modes)
            ),
        ),
        "### Contexts (`events.contexts`)",
        labels("context", ontology.contexts),
        "### Roles (`events.arguments`)",
        _table(
            ("Id", "Role", "Filled by", "Arrow", "Definition"),
            (
                (number, f"**{role.name}**", role.filler, role.arrow, role.definition)
                for number, role in enumerate(ontology.roles)
            ),
        ),
    ]
    for attribute in ontology.attributes:
        parts += [
            f"### {attribute.name.capitalize()} (`events.{attribute.name}`)",
            f"{attribute.definition} Left blank it is {attribute.default}.",
            labels(attribute.name, attribute.values),
        ]
    parts += [
        "### Tags (`triggers.ner_tags`)",
        "`O` has id 0, then come `B-` and `I-` of each type in the order of their ids.",
        "## Stance",
        "### Stance labels (`stance.label`, `stance_vote` from 1 on)",
        _table(
            ("Id", "Label", "Definition", "Example", "Guidelines", "Since"),
            (
                (number, f"**{label.name}**", label.definition, label.example, *told("stance_label", label.name))
                for number, label in enumerate(ontology.stance_labels)
            ),
        ),
        "### Expression (`stance.expression`)",
        labels("expression", ontology.expressions),
        "## Marks and answers (`annotations`)",
        "What annotators mark besides triggers and stances:",
        _table(
            ("Mark", "Definition", "Example"),
            ((f"**{m.name}**", m.definition, m.example) for m in ontology.entities),
        ),
        "Relevance of an article:",
        _table(("Answer", "Definition"), ((m.name, m.definition) for m in ontology.relevance)),
        "## What the program writes",
        _table(
            ("Vocabulary", "What it says", "Labels with their ids", "Columns"),
            (
                (f"`{name}`", _OF_PROGRAM.get(name, ""),
                 ", ".join(f"{label} {number}" for number, label in enumerate(members)),
                 ", ".join(f"`{place}`" for place in _columns_of(name)))
                for name, members in ontology.closed.items()
            ),
        ),
        *_changes(ontology),
        "## Tables and columns",
        *_tables(ontology),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def codebook_of(release: Release) -> str:
    """That of a release, with the guidelines of its annotations."""
    guidelines = release.documents.schemas.get("schemas/guidelines.md", "")
    return codebook(release.registries.ontology, guidelines, release.settings.pretty_name)


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A pipe table without the columns that are empty in every row; a line when there is no row."""
    listed = [[str(cell) for cell in row] for row in rows]
    if not listed:
        return "None are declared."
    kept = [at for at in range(len(headers)) if any(row[at] for row in listed)]
    return table([headers[at] for at in kept], [[row[at] for at in kept] for row in listed])


def _quads(ontology: Ontology) -> Iterator[tuple[object, ...]]:
    for number, quad in enumerate(ontology.names("quad")):
        yield number, quad, ", ".join(k.name for k in ontology.event_types if k.quad == quad)


def _since(ontology: Ontology) -> dict[tuple[str, str], str]:
    """(vocabulary, label) -> the version of the scheme whose migration brought it."""
    return {
        (change.of, name): migration.scheme_version
        for migration in ontology.migrations
        for change in migration.changes
        for name in change.targets
    }


def _changes(ontology: Ontology) -> Iterator[str]:
    if ontology.migrations:
        yield "## Changes of the scheme"
        yield "\n".join(
            f"- {migration.scheme_version}: {change.words}"
            for migration in ontology.migrations
            for change in migration.changes
        )


def _sections(guidelines: str) -> list[tuple[str, str]]:
    """(heading, text below it) of every section, without the rendered tables."""
    text = _MARKED.sub("", guidelines)
    found = list(_HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(m["title"].strip(), text[m.end() : end]) for m, end in zip(found, ends, strict=True)]


def _named_in(name: str, sections: Sequence[tuple[str, str]]) -> str:
    """Headings of the sections in which a label stands."""
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    there = [title for title, text in sections if word.search(title) or word.search(text)]
    short = [re.sub(r"^(\d+(?:\.\d+)*)\s.*$", r"\1", title) for title in there]
    return ", ".join(dict.fromkeys(short[:_TOLD_APART]))


def _columns_of(vocabulary: str) -> Iterator[str]:
    for item in TABLES.values():
        for column in item.columns:
            yield from _places(f"{item.name}.{column.name}", column.type, vocabulary)


def _places(name: str, kind: Type, vocabulary: str) -> Iterator[str]:
    if isinstance(kind, ClassOf) and kind.vocabulary == vocabulary:
        yield name
    elif isinstance(kind, ListOf):
        yield from _places(name, kind.item, vocabulary)
    elif isinstance(kind, Struct):
        for member, item in kind.fields:
            yield from _places(f"{name}.{member}", item, vocabulary)


def _tables(ontology: Ontology) -> Iterator[str]:
    for item in TABLES.values():
        yield f"### {item.name}"
        yield f"{item.doc} Key: {', '.join(f'`{name}`' for name in item.key)}."
        yield columns_of(item, ontology)


def columns_of(declared: Table, ontology: Ontology) -> str:
    """The columns of a table with what they are, as Markdown."""
    return table(
        ("Column", "Type", "Null", "What it is"),
        [
            (f"`{c.name}`", describe_type(c.type, ontology), "yes" if c.nullable else "no", c.doc)
            for c in declared.columns
        ],
    )
