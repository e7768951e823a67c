"""REL: a croissant.json that says something else than the data."""

from __future__ import annotations

import json

from dataset_builder.release.manifest import file_sha256
from dataset_builder.tables import TABLES as CONTRACT
from tests.mutations.disk import name_in, write
from tests.mutations.kind import TABLES, WHOLE, NotHere, Place, files

FILE = "croissant.json"
PARQUET = "application/x-parquet"


def describe(release):
    """A croissant.json that fits the files of a release, as somebody else might write it."""
    found = sorted(release.glob("*/*.parquet"))
    return {
        "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "syria-diplomacy",
        "version": release.name,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name_in(release, path),
                "name": path.stem,
                "contentUrl": name_in(release, path),
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": PARQUET,
                "sha256": file_sha256(path),
            }
            for path in found
        ]
        + [
            {
                "@type": "cr:FileSet",
                "@id": "all",
                "encodingFormat": PARQUET,
                "includes": "*/*.parquet",
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": table,
                "name": table,
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{table}/{column.name}",
                        "source": {"fileSet": {"@id": "all"}, "extract": {"column": column.name}},
                    }
                    for column in CONTRACT[table].columns
                ],
            }
            for table in CONTRACT
        ],
    }


def _damaged(release, change):
    data = json.loads((release / FILE).read_text(encoding="utf-8"))
    change(data)
    write(release, FILE, json.dumps(data))


def _object(data, site):
    """The file object of a file of the site's split. Raises NotHere."""
    for item in data["distribution"]:
        if item.get("contentUrl", "").startswith(f"{site.table}/{site.split}-"):
            return item
    raise NotHere


@files("REL027")
def croissant_that_is_none(release, site, rng):
    write(release, FILE, rng.choice(("[]", "{", "not JSON")))
    return Place(FILE)


@files("REL027")
def croissant_of_another_version(release, site, rng):
    _damaged(release, lambda data: data.update(version="0.0.1"))
    return Place(FILE, says="version")


@files("REL027", *TABLES)
def croissant_with_another_checksum(release, site, rng):
    _damaged(release, lambda data: _object(data, site).update(sha256="0" * 64))
    return Place(FILE, says=f"{site.table}/{site.split}-")


@files("REL027", *TABLES)
def croissant_with_another_size(release, site, rng):
    _damaged(release, lambda data: _object(data, site).update(contentSize="7 B"))
    return Place(FILE, says="size")


@files("REL027", *TABLES)
def croissant_with_another_file(release, site, rng):
    url = f"{site.table}/{site.split}.parquet"
    _damaged(release, lambda data: _object(data, site).update(contentUrl=url))
    return Place(FILE, says=url)


@files("REL027", *TABLES)
def croissant_without_a_file(release, site, rng):
    def change(data):
        gone = _object(data, site)
        data["distribution"] = [
            item for item in data["distribution"] if item is not gone and "includes" not in item
        ]

    _damaged(release, change)
    return Place(FILE, says="does not offer")


def _fields(data, table):
    return next(item for item in data["recordSet"] if item["name"] == table)["field"]


@files("REL027", *TABLES, splits=WHOLE)
def croissant_without_a_field(release, site, rng):
    number = rng.randrange(len(CONTRACT[site.table].columns))  # after `split`
    _damaged(release, lambda data: _fields(data, site.table).pop(number + 1))
    return Place(FILE, says="has no field")


@files("REL027", *TABLES, splits=WHOLE)
def croissant_with_a_field_of_nothing(release, site, rng):
    field = {"@type": "cr:Field", "@id": f"{site.table}/score"}
    _damaged(release, lambda data: _fields(data, site.table).append(field))
    return Place(FILE, says="score")


def _leaf(data, table, rng, wanted=lambda leaf: True):
    """Some field, or member of one, that reads a column. Raises NotHere."""
    leaves = [
        leaf
        for field in _fields(data, table)
        for leaf in field.get("subField", [field])
        if "column" in leaf["source"]["extract"] and wanted(leaf)
    ]
    if not leaves:
        raise NotHere
    return rng.choice(leaves)


@files("REL027")
def croissant_with_another_head(release, site, rng):
    key, says = rng.choice((("name", "name"), ("datePublished", "date"), ("license", "licence")))
    path = release / FILE
    data = json.loads(path.read_text(encoding="utf-8"))
    data[key] = "something-else"
    write(release, FILE, json.dumps(data))
    return Place(FILE, says=says)


@files("REL027", *TABLES, splits=WHOLE)
def croissant_with_columns_exchanged(release, site, rng):
    def change(data):
        one, other = rng.choice([
            (one, other)
            for field in _fields(data, site.table)
            for found in (field.get("subField", []), _plain(data, site.table))
            for one in found
            for other in found
            if one is not other and one.get("dataType") == other.get("dataType")
            and "references" not in one and "references" not in other
        ])  # fmt: skip
        one["source"], other["source"] = other["source"], one["source"]

    _damaged(release, change)
    return Place(FILE, says="under the name")


def _plain(data, table):
    return [field for field in _fields(data, table) if "subField" not in field]


@files("REL027", *TABLES, splits=WHOLE)
def croissant_that_reads_another_column(release, site, rng):
    def change(data):
        _leaf(data, site.table, rng)["source"]["extract"]["column"] += "s"

    _damaged(release, change)
    return Place(FILE)


@files("REL027", "stance", "events", "articles", splits=WHOLE)
def croissant_that_reads_another_member(release, site, rng):
    def change(data):
        nested = _leaf(data, site.table, rng, lambda leaf: "transform" in leaf["source"])
        nested["source"]["transform"]["jsonPath"] = "begin"

    _damaged(release, change)
    return Place(FILE, says="begin")


@files("REL027", *TABLES, splits=WHOLE)
def croissant_of_another_type(release, site, rng):
    def change(data):
        _leaf(data, site.table, rng)["dataType"] = "sc:Boolean"

    _damaged(release, change)
    return Place(FILE, says="another type")


@files("REL027", *TABLES, splits=WHOLE)
def croissant_with_labels_in_another_order(release, site, rng):
    def change(data):
        leaf = _leaf(data, site.table, rng, lambda leaf: "references" in leaf)
        name = leaf["references"]["field"]["@id"].removesuffix("/id")
        labels = next(item for item in data["recordSet"] if item["@id"] == name)["data"]
        if len(labels) < 2:
            raise NotHere
        for number, label in enumerate(labels):
            label[f"{name}/id"] = len(labels) - 1 - number

    _damaged(release, change)
    return Place(FILE, says="other labels")


@files("REL027", *TABLES, splits=WHOLE)
def croissant_without_a_table(release, site, rng):
    def change(data):
        data["recordSet"] = [item for item in data["recordSet"] if item["name"] != site.table]

    _damaged(release, change)
    return Place(FILE, says=site.table)
