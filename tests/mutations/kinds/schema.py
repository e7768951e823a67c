"""SCH: columns, types, nulls and label ids that the contract does not have."""

from __future__ import annotations

import re
import shutil

from dataset_builder.project import SPLITS
from dataset_builder.tables import TABLES as CONTRACT
from dataset_builder.tables import ClassOf, ListOf, Scalar, Struct
from tests.factory import make_release
from tests.mutations.disk import (
    config_of,
    edit_card,
    edit_manifest,
    file_of,
    raw_bytes,
    remove,
    rewrite,
    tell_sizes,
)
from tests.mutations.kind import TABLES, WHOLE, NotHere, Place, files, rows


def _columns(table, fits):
    """Columns of a table that fit."""
    return [column for column in CONTRACT[table].columns if fits(column)]


def _draw(site, rng, fits):
    """Some column of the site's table that fits."""
    return rng.choice(_columns(site.table, fits))


def _inner(kind, path=()):
    """(path, type, nullable) of every value inside a list or struct."""
    if isinstance(kind, ListOf):
        yield (*path, "[]"), kind.item, False
        yield from _inner(kind.item, (*path, "[]"))
    elif isinstance(kind, Struct):
        for name, item in kind.fields:
            yield (*path, name), item, name in kind.nullable
            yield from _inner(item, (*path, name))


def _nested(column):
    return isinstance(column.type, ListOf | Struct)


def _label(column):
    return isinstance(column.type, ClassOf)


def _referred_to(site, column):
    """Whether other rows lose their article, or marks the row that was made of them, with a value
    of this column: that is a defect of its own."""
    return site.table in ("articles", "stance", "events") and column.name == "article_id"


def _scalar(*kinds):
    return lambda column: isinstance(column.type, Scalar) and column.type.kind in kinds


WITH_BOTH = tuple(name for name in TABLES if name != "triggers")
"""Tables with a column of labels, and one that may be null."""


@files("SCH001", *TABLES)
def column_missing(release, site, rng):
    name = rng.choice(CONTRACT[site.table].column_names)
    rewrite(release, site.table, lambda table: table.drop_columns([name]), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH002", *TABLES)
def column_extra(release, site, rng):
    name = rng.choice(("score", "weight", "Label", "__index_level_0__"))
    rewrite(release, site.table, lambda t: t.append_column(name, [[1.0] * t.num_rows]), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH003", *TABLES)
def columns_swapped(release, site, rng):
    def swap(table):
        names = table.column_names
        one, other = rng.sample(range(len(names)), 2)
        names[one], names[other] = names[other], names[one]
        return table.select(names)

    rewrite(release, site.table, swap, site.split)
    return Place(site.table, site.split)


def _cast(name, kind):
    def change(table):
        index = table.column_names.index(name)
        return table.set_column(index, name, table.column(name).cast(kind))

    return change


@files("SCH004", "stance", "events", "annotations")
def number_of_another_type(release, site, rng):
    name = _draw(site, rng, _scalar("int32")).name
    kind = rng.choice(("int64", "int16", "string", "float64"))
    rewrite(release, site.table, _cast(name, kind), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH004", *WITH_BOTH)
def labels_of_another_type(release, site, rng):
    name = _draw(site, rng, _label).name
    kind = rng.choice(("int32", "string", "uint8"))
    rewrite(release, site.table, _cast(name, kind), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH004", *WITH_BOTH)
def column_without_a_type(release, site, rng):
    import pyarrow as pa

    name = _draw(site, rng, lambda column: column.nullable).name

    def empty(table):
        index = table.column_names.index(name)
        return table.set_column(index, name, pa.nulls(table.num_rows))

    rewrite(release, site.table, empty, site.split)
    return Place(site.table, site.split, says=name)


@files("SCH004", *TABLES)
def column_of_another_kind_without_a_type(release, site, rng):
    """Also where nothing may be null: what pandas writes for a column it saw no value of."""
    import pyarrow as pa

    name = _draw(site, rng, lambda column: not column.nullable).name

    def empty(table):
        index = table.column_names.index(name)
        return table.set_column(index, name, pa.nulls(table.num_rows))

    rewrite(release, site.table, empty, site.split)
    return Place(site.table, site.split, says=name)


@files("SCH004", "stance.target_span", "events.trigger")
def offsets_as_text(release, site, rng):
    import pyarrow as pa

    which = rng.choice(("start", "end"))

    def change(table):
        kind = pa.struct(
            [(n, "string" if n in (which, "text") else "int32") for n in ("start", "end", "text")]
        )
        return _cast(site.column, kind)(table)

    rewrite(release, site.table, change, site.split)
    return Place(site.table, site.split, says=site.column)


@files("SCH004", *TABLES)
def strings_in_a_dictionary(release, site, rng):
    """What pandas writes for its categories."""
    import pyarrow as pa

    name = _draw(site, rng, _scalar("string")).name
    rewrite(release, site.table, _cast(name, pa.dictionary("int32", "string")), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH004", *TABLES)
def ids_as_numbers(release, site, rng):
    """What a tool of one's own makes of ids that look like numbers."""
    import pyarrow as pa

    def change(table):
        numbers = pa.array([int(name[:15], 16) for name in table["article_id"].to_pylist()])
        index = table.column_names.index("article_id")
        return table.set_column(index, "article_id", numbers)

    rewrite(release, site.table, change, site.split)
    return Place(site.table, site.split, says="article_id")


@files("SCH014", *TABLES)
def strings_of_another_width(release, site, rng):
    name = _draw(site, rng, _scalar("string")).name
    kind = rng.choice(("large_string", "string_view"))
    rewrite(release, site.table, _cast(name, kind), site.split)
    return Place(site.table, site.split, says=name)


@files("SCH014", "stance.votes", "events.arguments", "articles.sentences", "annotations.values")
def lists_of_another_width(release, site, rng):
    import pyarrow as pa

    def change(table):
        return _cast(site.column, pa.large_list(table.column(site.column).type.value_type))(table)

    rewrite(release, site.table, change, site.split)
    return Place(site.table, site.split, says=site.column)


@rows("SCH005", *TABLES)
def value_null(draft, site, rng):
    name = _draw(site, rng, lambda c: not c.nullable and not _referred_to(site, c)).name
    row = draft.pick(site, rng)
    row[name] = None
    # The row's own id may be what is gone.
    return Place(site.table, site.split, row=draft.at(site.table, row, site.split).row, says=name)


def _holders(row, column, path):
    """(container, key) of every value at a path inside a column."""
    found = [(row, column)]
    for step in path:
        found = [
            (value, key)
            for holder, at in found
            if (value := holder[at]) is not None
            for key in (range(len(value)) if step == "[]" else [step])
        ]
    return found


def _inside(draft, site, rng, fits):
    """(row, column, container, key) of some value inside a list or struct. Raises NotHere."""
    paths = [
        (column.name, path)
        for column in _columns(site.table, _nested)
        for path, kind, nullable in _inner(column.type)
        if fits(kind, nullable)
    ]
    rng.shuffle(paths)
    there = draft[site.table, site.split]
    for column, path in paths:
        for row in rng.sample(there, len(there)):
            if holders := _holders(row, column, path):
                return row, column, *rng.choice(holders)
    raise NotHere


@rows("SCH006", *TABLES)
def value_null_inside(draft, site, rng):
    row, column, holder, key = _inside(draft, site, rng, lambda _, nullable: not nullable)
    holder[key] = None
    return draft.at(site.table, row, site.split, says=column)


@rows("SCH007", *WITH_BOTH)
def label_that_is_none(draft, site, rng):
    name = _draw(site, rng, _label).name
    row = draft.pick(site, rng)
    row[name] = rng.choice((-1, 99, 255, 1000))
    return draft.at(site.table, row, site.split, says=name)


@rows("SCH007", "stance", "events")
def label_that_is_none_inside(draft, site, rng):
    row, column, holder, key = _inside(draft, site, rng, lambda kind, _: isinstance(kind, ClassOf))
    holder[key] = rng.choice((-1, 99))
    return draft.at(site.table, row, site.split, says=column)


@rows("SCH008", *TABLES)
def text_of_another_form(draft, site, rng):
    name = _draw(site, rng, lambda c: c.pattern is not None and not _referred_to(site, c)).name
    row = draft.pick(site, rng)
    row[name] = rng.choice(("304dcb", "x y", "ÄÖ", "E" * 16, ""))
    return Place(site.table, site.split, says=name, row=draft.at(site.table, row, site.split).row)


@rows("SCH009", "stance", "events", "annotations")
def number_out_of_bounds(draft, site, rng):
    name = _draw(site, rng, lambda column: column.minimum is not None).name
    row = draft.pick(site, rng, lambda row: row[name] is not None)
    row[name] = 1.5 if name == "agreement" else -rng.randint(1, 6)
    return draft.at(site.table, row, site.split, says=name)


@files("SCH010", "stance", "events", "annotations", splits=WHOLE)
def table_missing(release, site, rng):
    for split in SPLITS:
        if list((release / site.table).glob(f"{split}-*")):
            remove(release, site.table, split)
    return Place(site.table)


@files("SCH010")
def articles_said_to_have_no_rows(release, site, rng):
    for split in SPLITS:
        if list((release / "articles").glob(f"{split}-*")):
            remove(release, "articles", split)
    edit_manifest(release, lambda data: data["configs"].update(articles={}))
    return Place("articles")


@rows("SCH010", "annotations", splits=WHOLE)
def annotations_said_to_have_no_rows(draft, site, rng):
    for split in SPLITS:
        draft[site.table, split] = []
    return Place(site.table)


@files("SCH011")
def nothing_in_it(release, site, rng):
    shutil.rmtree(release)
    make_release(release.parent, tables={})
    return Place(None)


@files("SCH012", *TABLES)
def table_unknown(release, site, rng):
    file = file_of(release, site.table, site.split)
    name = rng.choice(("extra", "default", "triggers2"))
    (release / name).mkdir()
    alone = re.sub(r"\d{5}-of-\d{5}", "00000-of-00001", file.name)
    new = shutil.copy(file, release / name / alone)
    path = f"{name}/{new.name}"

    def manifest(data):
        entry = data["configs"][site.table][site.split]
        shard = {**entry["files"][0], "file": path}
        made = {**entry, "files": [shard], "rows": shard["rows"]}
        data["configs"][name] = {site.split: made}

    def card(data):
        old = config_of(data, site.table, "dataset_info")
        config = {"config_name": name, "version": data["configs"][0]["version"]}
        data["configs"].append({**config, "data_files": [{"split": site.split, "path": [path]}]})
        split = next(item for item in old["splits"] if item["name"] == site.split)
        split = {**split, "num_bytes": raw_bytes(new)}
        data["dataset_info"].append({**old, "config_name": name, "splits": [split]})
        tell_sizes(data, release)

    edit_manifest(release, manifest)
    edit_card(release, card)
    return Place(name)


@rows("SCH013", "stance", "events", splits=WHOLE)
def table_without_rows(draft, site, rng):
    for split in SPLITS:
        draft[site.table, split] = []
    return Place(site.table)
