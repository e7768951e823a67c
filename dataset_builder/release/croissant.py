"""`croissant.json`: the release in MLCommons Croissant 1.1, for search engines and loaders.

    FileObject  every Parquet file, by relative path and SHA-256
    FileSet     the files of a config
    RecordSet   every config: a field for each column, nested ones with sub-fields, and `split`;
                every closed vocabulary as an enumeration, which the fields of its labels refer to

Everything follows from the declared tables and from what was written; the only date is that of the
changelog's entry. Written as plain JSON: `mlcroissant` is needed to test it, not to make it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.project import SPLITS
from dataset_builder.release.provenance import responsible
from dataset_builder.tables import TABLES, ClassOf, ListOf, Scalar, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_builder.ontology import Ontology
    from dataset_builder.release.documents import ChangelogEntry, Release
    from dataset_builder.release.manifest import SplitFiles
    from dataset_builder.tables import Table, Type

CROISSANT: Final = "croissant.json"
CONFORMS: Final = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
PARQUET: Final = "application/x-parquet"
LABELS: Final = "labels"
"""Before the name of a vocabulary in the id of its record set."""
DATA_TYPES: Final = {
    "string": "sc:Text",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float64": "cr:Float64",
    "date32": "sc:Date",
    "timestamp": "sc:DateTime",
}
_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
            "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset",
            "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
            "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}  # fmt: skip
"""The context of the specification."""


def croissant_bytes(
    release: Release, entry: ChangelogEntry, configs: Mapping[str, Mapping[str, SplitFiles]]
) -> bytes:
    """`croissant.json` of a release whose files are `configs`."""
    settings, provenance = release.settings, responsible(release)
    data = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS),
        "name": settings.name,
        "description": f"{settings.pretty_name}. README.md describes the data.",
        "license": license_of(settings.license),
        "url": settings.homepage or f"urn:dataset:{settings.name}",
        "version": settings.version,
        "datePublished": entry.date,
        "citeAs": citation(release, entry),
        "inLanguage": provenance["inLanguage"],
        "keywords": provenance["keywords"],
        "isLiveDataset": False,
        **{key: value for key, value in provenance.items() if key.startswith("rai:")},
        "distribution": list(_distribution(configs)),
        "recordSet": [
            *_enumerations(release.registries.ontology, configs),
            *(_record_set(TABLES[name], release.registries.ontology) for name in configs),
        ],
    }
    return f"{json.dumps(data, indent=1, ensure_ascii=False)}\n".encode()


def license_of(name: str) -> str:
    """Address of a licence of the Hub's vocabulary; where parts have different terms, the file."""
    known = {
        "cc0-1.0": "publicdomain/zero/1.0", "cc-by-4.0": "licenses/by/4.0",
        "cc-by-sa-4.0": "licenses/by-sa/4.0", "cc-by-nc-4.0": "licenses/by-nc/4.0",
        "cc-by-nc-sa-4.0": "licenses/by-nc-sa/4.0", "cc-by-nd-4.0": "licenses/by-nd/4.0",
        "cc-by-nc-nd-4.0": "licenses/by-nc-nd/4.0",
    }  # fmt: skip
    if name in known:
        return f"https://creativecommons.org/{known[name]}/"
    return "LICENSE" if name in ("other", "unknown") else f"https://spdx.org/licenses/{name}"


def citation(release: Release, entry: ChangelogEntry) -> str:
    """The dataset as BibTeX, with the title and authors of `CITATION.cff`."""
    import yaml

    try:
        found = yaml.safe_load(release.documents.citation)
    except yaml.YAMLError:
        found = None
    cff = found if isinstance(found, dict) else {}
    people = cff.get("authors")
    authors = (
        [_author(one) for one in people if isinstance(one, dict)]
        if isinstance(people, list)
        else []
    )
    title = str(cff.get("title") or release.settings.pretty_name)
    year = entry.date[:4]
    fields = {
        "title": f"{{{title}}}",
        "author": " and ".join(authors) or "{The maintainers}",
        "year": year,
        "version": release.settings.version,
        **({"url": release.settings.homepage} if release.settings.homepage else {}),
    }
    inside = ", ".join(f"{key} = {{{value}}}" for key, value in fields.items())
    return f"@misc{{{release.settings.name}-{year}, {inside}}}"


def _author(one: Mapping[str, Any]) -> str:
    if "family-names" in one:
        given = one.get("given-names")
        return f"{one['family-names']}, {given}" if given else str(one["family-names"])
    return f"{{{one.get('name') or one.get('alias') or ''}}}"


def _distribution(configs: Mapping[str, Mapping[str, SplitFiles]]) -> Iterator[dict[str, Any]]:
    for splits in configs.values():
        for found in splits.values():
            for shard in found.files:
                yield {
                    "@type": "cr:FileObject",
                    "@id": shard.file,
                    "name": shard.file,
                    "contentUrl": shard.file,
                    "contentSize": f"{shard.bytes} B",
                    "encodingFormat": PARQUET,
                    "sha256": shard.sha256,
                }
    for config in configs:
        yield {
            "@type": "cr:FileSet",
            "@id": f"{config}-files",
            "name": f"{config}-files",
            "description": f"The Parquet files of {config}.",
            "encodingFormat": PARQUET,
            "includes": f"{config}/*.parquet",
        }


def _enumerations(ontology: Ontology, configs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [_plain("splits/name", "sc:Text", "name of the split")],
        "data": [{"splits/name": split} for split in SPLITS],
    }
    used = {
        vocabulary
        for config in configs
        for column in TABLES[config].columns
        for vocabulary in _vocabularies(column.type)
        if ontology.names(vocabulary)
    }
    for vocabulary in sorted(used):
        name = f"{LABELS}-{vocabulary}"
        yield {
            "@type": "cr:RecordSet",
            "@id": name,
            "name": name,
            "description": f"Labels of {vocabulary}; their ids are what the columns hold.",
            "dataType": "sc:Enumeration",
            "key": {"@id": f"{name}/id"},
            "field": [
                _plain(f"{name}/id", "cr:Int64", "id of the label"),
                _plain(f"{name}/name", "sc:Text", "the label"),
            ],
            "data": [
                {f"{name}/id": number, f"{name}/name": label}
                for number, label in enumerate(ontology.names(vocabulary))
            ],
        }


def _vocabularies(kind: Type) -> Iterator[str]:
    if isinstance(kind, ClassOf):
        yield kind.vocabulary
    elif isinstance(kind, ListOf):
        yield from _vocabularies(kind.item)
    elif isinstance(kind, Struct):
        for _, item in kind.fields:
            yield from _vocabularies(item)


def _record_set(table: Table, ontology: Ontology) -> dict[str, Any]:
    empty = frozenset(name for name, members in ontology.vocabularies.items() if not members)
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.doc,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key]
        if len(table.key) > 1
        else {"@id": f"{table.name}/{table.key[0]}"},
        "field": [
            {
                **_plain(
                    f"{table.name}/split", "sc:Text", "split of the row, from its file's name"
                ),
                "references": {"field": {"@id": "splits/name"}},
                "source": {
                    "fileSet": {"@id": f"{table.name}-files"},
                    "extract": {"fileProperty": "fullpath"},
                    "transform": {"regex": rf"(?:.*/)?({'|'.join(SPLITS)})(?:-[^/]*)?$"},
                },
            },
            *(
                _field(
                    f"{table.name}/{column.name}", column.type, column.doc, (column.name,), empty
                )
                for column in table.columns
            ),
        ],
    }


def _plain(name: str, data_type: str, doc: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "description": doc,
        "dataType": data_type,
    }


def _field(
    name: str, kind: Type, doc: str, path: tuple[str, ...], empty: frozenset[str]
) -> dict[str, Any]:
    """A column, or with a longer `path` a member of the structs in it. A vocabulary without any
    label (`empty`) is no enumeration, and nothing refers to it."""
    made: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name, "description": doc}
    inner = kind
    if isinstance(kind, ListOf):
        made |= {"isArray": True, "arrayShape": "-1"}
        inner = kind.item
    if isinstance(inner, Struct):
        return made | {
            "subField": [
                _field(f"{name}/{part}", item, f"{part} of {path[-1]}", (*path, part), empty)
                for part, item in inner.fields
            ]
        }
    if isinstance(inner, ClassOf):
        made["dataType"] = "cr:Int64"
        if inner.vocabulary not in empty:
            made["references"] = {"field": {"@id": f"{LABELS}-{inner.vocabulary}/id"}}
    elif isinstance(inner, Scalar):
        made["dataType"] = DATA_TYPES[inner.kind]
    table, column = name.partition("/")[0], path[0]
    source: dict[str, Any] = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": column}}
    if path[1:]:
        source["transform"] = {"jsonPath": ".".join(path[1:])}
    return made | {"source": source}
