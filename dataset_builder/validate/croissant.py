"""REL: croissant.json (MLCommons Croissant 1.x), where a release has one, against files and tables.

`mlcroissant validate` looks at the document alone; nine of ten documents that lie about their data
pass it, and only reading the records through them finds the rest. Here every field is followed to
the column, and the member of a nested one, that it reads; its type must fit, and an enumeration must
have the labels with the ids that the column holds.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from dataset_builder.release.croissant import license_of
from dataset_builder.release.manifest import MANIFEST
from dataset_builder.tables import ClassOf, ListOf, Struct
from dataset_builder.validate.documents import mappings, no_file, read_json
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Table, Type
    from dataset_builder.validate.release import Release

CROISSANT = "croissant.json"
_WHOLE = frozenset(("Integer", "Number", "Int8", "Int16", "Int32", "Int64", "UInt32", "UInt64"))
_FITTING = {
    "string": frozenset(("Text", "URL")),
    "int32": _WHOLE,
    "int64": _WHOLE,
    "float64": frozenset(("Float", "Number", "Float32", "Float64")),
    "date32": frozenset(("Date", "DateTime")),
    "timestamp": frozenset(("Date", "DateTime")),
}
"""Type of a column -> those of a field that may read it, without prefix."""
_SAME = {"name": "name", "version": "version", "datePublished": "date"}
"""What both it and the manifest say, by its key and the manifest's."""
_DEEPEST = 20
"""Levels of sub-fields that are looked at."""


def _type(item: dict[str, Any]) -> str:
    """`FileObject` for `cr:FileObject`, `sc:FileObject`, ..."""
    return str(item.get("@type")).rpartition(":")[2]


def _croissant(release: Release) -> Hits:
    if CROISSANT not in release.files:
        return
    document = read_json(release.path / CROISSANT)
    if document.error:
        yield Hit(f"{CROISSANT} is {document.error}", CROISSANT)
        return
    for key, ours in _SAME.items():
        said, stated = release.manifest.data.get(ours), document.data.get(key)
        if said is not None and stated is not None and str(stated) != str(said):
            yield Hit(f"{CROISSANT} has another {ours} than {MANIFEST}", CROISSANT,
                      expected=str(said), found=str(stated))  # fmt: skip
    licence, terms = document.data.get("license"), release.card.data.get("license")
    if isinstance(licence, str) and isinstance(terms, str) and licence != license_of(terms):
        yield Hit(f"{CROISSANT} has another licence than the card", CROISSANT,
                  expected=license_of(terms), found=licence)  # fmt: skip
    yield from _files(release, mappings(document.data.get("distribution")))
    yield from _fields(release, document.data)


def _files(release: Release, objects: list[dict[str, Any]]) -> Hits:
    covered: set[str] = set()
    for item in objects:
        if _type(item) == "FileSet":
            patterns = item.get("includes")
            for pattern in patterns if isinstance(patterns, list) else [patterns]:
                covered |= {f for f in release.files if fnmatch.fnmatch(f, str(pattern))}
            continue
        url = str(item.get("contentUrl", "")).removeprefix("./")
        if "://" in url or not url:
            continue  # somewhere else; nothing can be said of it here
        covered.add(url)
        path = release.path / url
        if url not in release.files or no_file(path, release.path):
            yield Hit(f"{CROISSANT} offers {url}, which is not there", CROISSANT, found=url)
            continue
        found = release.digest(url)
        if str(item.get("sha256")) != found:
            yield Hit(f"{url} is not the file that {CROISSANT} has", CROISSANT,
                      expected=found, found=str(item.get("sha256")))  # fmt: skip
        size = str(item.get("contentSize", "")).removesuffix("B").strip()
        if size.isdigit() and int(size) != path.stat().st_size:
            yield Hit(f"{url} has another size than {CROISSANT} says", CROISSANT,
                      expected=f"{path.stat().st_size} B", found=size)  # fmt: skip
    for part in release.parts:
        if part.file not in covered:
            yield Hit(f"{CROISSANT} does not offer {part.file}", CROISSANT, expected=part.file)


def _extracts(field: dict[str, Any]) -> tuple[str | None, str]:
    """Column that a field reads, and the path below it; None when it reads none."""
    source = (mappings(field.get("source")) or [{}])[0]
    extract = source.get("extract")
    column = extract.get("column") if isinstance(extract, dict) else None
    paths = [item.get("jsonPath") for item in mappings(source.get("transform"))]
    below = next((path for path in paths if isinstance(path, str)), "")
    return (column if isinstance(column, str) else None), below.removeprefix("$").strip(".")


def _leaves(field: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    inner = mappings(field.get("subField"))
    if not inner or depth > _DEEPEST:
        yield field
        return
    for item in inner:
        yield from _leaves(item, depth + 1)


def _named(item: dict[str, Any]) -> str:
    """The last part of the name of a record set or field."""
    return str(item.get("name") or item.get("@id")).rpartition("/")[2]


def _fields(release: Release, data: dict[str, Any]) -> Hits:
    listed = mappings(data.get("recordSet"))
    sets = {_named(item): item for item in listed}
    by_id = {str(item.get("@id")): item for item in listed}
    for table in dict.fromkeys(part.table for part in release.parts):
        if table not in release.tables:
            continue
        if table not in sets:
            yield Hit(f"{CROISSANT} has no record set {table}", CROISSANT, expected=table)
            continue
        fields = mappings(sets[table].get("field"))
        found = {}
        for field in fields:
            leaf = next(_leaves(field))
            found[_extracts(leaf)[0] or _named(field)] = field
        wanted = release.tables[table].column_names
        for name in wanted:
            if name not in found:
                yield Hit(f"{CROISSANT} has no field {name} of {table}", CROISSANT, expected=name)
        for name in sorted(set(found) - set(wanted) - {"split"}):
            # `split` may be made from the file's name.
            yield Hit(f"{CROISSANT} has a field {name} that {table} has not", CROISSANT, found=name)
        for field in fields:
            yield from _reads(field, release.tables[table], release.ontology, by_id)


def _reads(
    field: dict[str, Any], table: Table, ontology: Ontology, sets: dict[str, dict[str, Any]]
) -> Hits:
    """What the leaves of a field read, member by member."""
    columns = {column.name: column.type for column in table.columns}
    for leaf in _leaves(field):
        column, below = _extracts(leaf)
        if column is None:
            continue
        place = f"{table.name}.{column}" + (f".{below}" if below else "")
        kind = columns.get(column)
        if kind is None and leaf is not field:
            text = f"{CROISSANT} has a field {_named(leaf)} that reads a column {column}"
            yield Hit(f"{text}, which {table.name} has not", CROISSANT, found=column)
        if kind is None:
            continue
        member = _member(kind, below)
        if member is None:
            yield Hit(f"{CROISSANT} reads {place}, which is not there", CROISSANT, found=place)
            continue
        called = _named(leaf)
        beside = columns if leaf is field else _beside(kind, below)
        if called in beside and called != (below or column).rpartition(".")[2]:
            yield Hit(f"{CROISSANT} reads {place} under the name of {called}", CROISSANT,
                      expected=called, found=place)  # fmt: skip
        name = "int64" if isinstance(member, ClassOf) else getattr(member, "kind", "")
        stated = leaf.get("dataType")
        types = {
            str(one).rpartition(":")[2]
            for one in (stated if isinstance(stated, list) else [stated])
        }
        if stated and name and not types & _FITTING[name]:
            yield Hit(f"{CROISSANT} has another type for {place}", CROISSANT,
                      expected=name, found=", ".join(sorted(types)))  # fmt: skip
        if isinstance(member, ClassOf):
            yield from _enumerated(leaf, place, ontology.names(member.vocabulary), sets)


def _member(kind: Type, below: str) -> Type | None:
    """The type at a path of members, lists left aside; None when there is no such member."""
    for name in below.split(".") if below else ():
        while isinstance(kind, ListOf):
            kind = kind.item
        members = dict(kind.fields) if isinstance(kind, Struct) else {}
        if name not in members:
            return None
        kind = members[name]
    while isinstance(kind, ListOf):
        kind = kind.item
    return kind


def _beside(kind: Type, below: str) -> frozenset[str]:
    """The names of a member at a path and of those beside it."""
    above = _member(kind, below.rpartition(".")[0])
    return frozenset(dict(above.fields) if isinstance(above, Struct) else ())


def _enumerated(
    leaf: dict[str, Any], place: str, names: tuple[str, ...], sets: dict[str, dict[str, Any]]
) -> Hits:
    """The labels of a field that refers to an enumeration with ids and names."""
    references = (mappings(leaf.get("references")) or [{}])[0].get("field")
    target = str(references.get("@id")) if isinstance(references, dict) else ""
    found = sets.get(target.rpartition("/")[0])
    if found is None:
        return
    rows = [
        {str(key).rpartition("/")[2]: value for key, value in row.items()}
        for row in mappings(found.get("data"))
    ]
    if not all({"id", "name"} <= row.keys() for row in rows):
        return
    stated = [(row["id"], row["name"]) for row in rows]
    if stated != list(enumerate(names)):
        yield Hit(f"{CROISSANT} has other labels for {place}", CROISSANT,
                  expected=", ".join(names), found=", ".join(str(name) for _, name in stated))  # fmt: skip


CROISSANT_RULES = of_release(
    Rule("REL027", "croissant.json says something else than the data", _croissant,
         "Search engines and loaders believe it: a wrong checksum, file or field is found by"
         " nobody before the data is loaded through it.",
         "Build the release again; never edit it by hand.",
         "a field `score` that no table has",
         after=("REL001", "REL002", "REL004", "REL005", "REL006", "REL009", "REL016", "REL018",
                "REL026", "REL030", "SPL008", "SCH010", "SCH012", "VER001")),
)  # fmt: skip
