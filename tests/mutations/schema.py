"""SCH: columns, types, nulls and label ids that the contract does not have."""

from __future__ import annotations

import shutil

from tests.factory import make_release
from tests.mutations.mutant import (
    Place,
    at,
    config_of,
    edit_card,
    edit_manifest,
    file_of,
    files,
    one,
    remove,
    rewrite,
    rows,
    stance,
)


@files("SCH001")
def column_missing(release):
    rewrite(release, "stance", lambda table: table.drop_columns(["holder"]))
    return Place("stance", "train", says="holder")


@files("SCH001")
def nullable_column_missing(release):
    rewrite(release, "articles", lambda table: table.drop_columns(["byline"]), "test")
    return Place("articles", "test", says="byline")


@files("SCH002")
def column_extra(release):
    rewrite(release, "events", lambda t: t.append_column("score", [[1.0] * t.num_rows]))
    return Place("events", "train", says="score")


@files("SCH003")
def columns_swapped(release):
    def swap(table):
        names = table.column_names
        names[0], names[1] = names[1], names[0]
        return table.select(names)

    rewrite(release, "stance", swap)
    return Place("stance", "train")


def _cast(name, kind):
    def change(table):
        index = table.column_names.index(name)
        return table.set_column(index, name, table.column(name).cast(kind))

    return change


@files("SCH004")
def number_of_another_width(release):
    rewrite(release, "stance", _cast("context_start", "int64"))
    return Place("stance", "train", says="context_start")


@files("SCH004")
def number_as_text(release):
    rewrite(release, "events", _cast("context_start", "string"))
    return Place("events", "train", says="context_start")


@files("SCH004")
def column_without_a_type(release):
    import pyarrow as pa

    def empty(table):
        index = table.column_names.index("byline")
        return table.set_column(index, "byline", pa.nulls(table.num_rows))

    rewrite(release, "articles", empty)
    return Place("articles", "train", says="byline")


@files("SCH004")
def labels_without_a_type(release):
    import pyarrow as pa

    def empty(table):
        index = table.column_names.index("label")
        return table.set_column(index, "label", pa.nulls(table.num_rows))

    rewrite(release, "stance", empty)
    return Place("stance", "train", says="label")


@files("SCH004")
def offsets_as_text(release):
    import pyarrow as pa

    def change(table):
        index = table.column_names.index("target_span")
        kind = pa.struct([("start", "string"), ("end", "int32"), ("text", "string")])
        return table.set_column(index, "target_span", table.column("target_span").cast(kind))

    rewrite(release, "stance", change)
    return Place("stance", "train", says="target_span")


@rows("SCH005")
def label_null(found):
    row = stance(found)
    row["label"] = None
    return at("stance", row)


@rows("SCH005")
def language_null(found):
    row = one(found, "articles", "validation")
    row["language"] = None
    return at("articles", row, "validation")


@rows("SCH006")
def offset_null(found):
    row = stance(found)
    row["evidence"]["start"] = None
    return at("stance", row, says="evidence.start")


@rows("SCH006")
def surface_null_in_a_list(found):
    row = one(found, "events", "test", type="CONSULT")
    row["arguments"][1]["text"] = None
    return at("events", row, "test", says="arguments.text")


@rows("SCH006")
def value_null_in_a_list(found):
    row = one(found, "annotations", kind="field")
    row["values"] = [None]
    return at("annotations", row)


@rows("SCH007")
def label_beyond_the_names(found):
    row = stance(found)
    row["label"] = 3
    return at("stance", row)


@rows("SCH007")
def label_minus_one(found):
    row = one(found, "events", "validation", type="CONSULT")
    row["tense"] = -1
    return at("events", row, "validation", says="-1")


@rows("SCH007")
def vote_beyond_the_names(found):
    row = stance(found)
    row["votes"][1]["label"] = 99
    return at("stance", row, says="99")


@rows("SCH007")
def role_beyond_the_names(found):
    row = one(found, "events", type="CONSULT")
    row["arguments"][-1]["role"] = 9
    return at("events", row)


@rows("SCH008")
def language_spelt_out(found):
    row = one(found, "articles")
    row["language"] = "English"
    return at("articles", row)


@rows("SCH009")
def agreement_above_one(found):
    row = stance(found)
    row["agreement"] = 1.5
    return at("stance", row)


@rows("SCH009")
def context_before_the_text(found):
    row = one(found, "events", type="CONSULT")
    row["context_start"] = -1
    return at("events", row)


@files("SCH010")
def table_missing(release):
    for split in ("train", "validation", "test"):
        remove(release, "events", split)
    return Place("events")


@files("SCH010")
def articles_said_to_have_no_rows(release):
    for split in ("train", "validation", "test"):
        remove(release, "articles", split)
    edit_manifest(release, lambda data: data["configs"].update(articles={}))
    return Place("articles")


@rows("SCH013")
def no_event_anywhere(found):
    for split in ("train", "validation", "test"):
        found["events", split] = []
    return Place("events")


@files("SCH011")
def nothing_in_it(release):
    shutil.rmtree(release)
    make_release(release.parent, tables={})
    return Place(None)


@files("SCH012")
def table_unknown(release):
    file = file_of(release, "stance")
    (release / "extra").mkdir()
    shutil.copy(file, release / "extra")

    def manifest(data):
        entry = data["configs"]["stance"]["train"]
        shard = {**entry["files"][0], "file": f"extra/{file.name}"}
        data["configs"]["extra"] = {"train": {**entry, "files": [shard]}}

    def card(data):
        path = [f"extra/{file.name}"]
        files = [{"split": "train", "path": path}]
        old = config_of(data, "stance", "dataset_info")
        data["configs"].append({"config_name": "extra", "version": "1.0.0", "data_files": files})
        data["dataset_info"].append({**old, "config_name": "extra", "splits": old["splits"][:1]})

    edit_manifest(release, manifest)
    edit_card(release, card)
    return Place("extra")
