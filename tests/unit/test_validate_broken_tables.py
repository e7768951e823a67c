"""Tables that pandera or `datasets` themselves break on: the findings are clean, and every rule that
does not need what is broken still runs."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dataset_builder.contract import pandera_schema
from dataset_builder.project import packaged
from dataset_builder.tables import TABLES
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.run import validate_release
from tests.factory import registries
from tests.mutations.disk import rewrite
from tests.mutations.draft import Base, Draft
from tests.releases.valid import plain

ONTOLOGY = registries().ontology


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return Base("plain", plain(tmp_path_factory.mktemp("base")))


def _nulls(table, name):
    at = table.column_names.index(name)
    return table.set_column(at, name, pa.nulls(table.num_rows))


def _cast(table, name, kind):
    at = table.column_names.index(name)
    return table.set_column(at, name, table.column(name).cast(kind))


BREAKS = {
    "column of text as numbers": (
        "SCH004",
        lambda t: t.set_column(0, "text", pa.array([1] * t.num_rows, pa.int32())),
    ),
    "labels as text": ("SCH004", lambda t: _cast(t, "label", "string")),
    "column missing": ("SCH001", lambda t: t.drop_columns(["evidence"])),
    "all columns but one missing": ("SCH001", lambda t: t.select(["text"])),
    "column of nulls without a type": ("SCH004", lambda t: _nulls(t, "label")),
    "votes of nulls without a type": ("SCH004", lambda t: _nulls(t, "votes")),
    "span that is no struct": (
        "SCH004",
        lambda t: t.set_column(
            t.column_names.index("evidence"), "evidence", pa.array(["x"] * t.num_rows)
        ),
    ),
    "span without its end": (
        "SCH004",
        lambda t: t.set_column(
            t.column_names.index("target_span"),
            "target_span",
            pa.array([{"start": 1}] * t.num_rows),
        ),
    ),
    "column twice": (
        "REL009",
        lambda t: t.append_column("text", t.column("text")),
    ),
    "no columns": ("SCH001", lambda t: t.select([])),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_other_rules_still_run(name, base, tmp_path):
    code, breaks = BREAKS[name]
    draft = Draft(base)
    event = draft.one("events", "test", type="CONSULT")
    event["trigger"]["start"] -= 1
    event["trigger"]["end"] -= 1
    article = draft["articles", "train"][0]
    draft.retext(article, " Johnson &amp; Johnson.", "train")
    release = draft.write(tmp_path)
    file = next((release / "stance").glob("train-*"))
    pq.write_table(breaks(pq.read_table(file)), file)
    report = validate_release(release, ontology=ONTOLOGY)
    assert {code, "SPN001", "SPN010"} <= set(report.counts)
    assert "REL901" not in report.counts, [f for f in report.findings if f.code == "REL901"]


@pytest.mark.parametrize("name", TABLES)
def test_the_contract_in_yaml_refuses_what_the_validator_refuses(name, base, tmp_path):
    """pandera judges single tables; its YAML, which users have, is the same schema."""
    import pandera.polars as pandera
    from pandera.errors import SchemaErrors

    text = packaged(f"schemas/{name}.yaml").read_text(encoding="utf-8")
    schema = pandera.DataFrameSchema.from_yaml(text)
    assert yaml.safe_load(text) == yaml.safe_load(pandera_schema(TABLES[name], ONTOLOGY).to_yaml())

    def refused(path):
        release = read_release(path, ontology=ONTOLOGY)
        part = next(p for p in release.parts if (p.table, p.split) == (name, "train"))
        try:
            schema.validate(part.frame, lazy=True)
        except SchemaErrors:
            return True
        return False

    assert not refused(base.folder)
    column = TABLES[name].columns[-1].name
    release = Draft(base).write(tmp_path)
    rewrite(release, name, lambda table: table.drop_columns([column]), "train")
    assert refused(release)
    report = validate_release(release, ontology=ONTOLOGY)
    assert report.counts["SCH001"] == 1


def test_a_column_that_is_there_twice_is_named(base, tmp_path):
    release = Draft(base).write(tmp_path)
    file = rewrite(release, "events", lambda t: t.append_column("quad", t["quad"]), "train")
    [found] = validate_release(release, ontology=ONTOLOGY).findings
    assert (found.code, found.table, found.found) == (
        "REL009", file, "the column quad is there twice"
    )  # fmt: skip


def test_ids_that_became_numbers_are_told_once(base, tmp_path):
    """Nothing follows from them but that they are none of the ids."""
    release = Draft(base).write(tmp_path)

    def numbers(table):
        made = pa.array([int(name[:15], 16) for name in table["article_id"].to_pylist()])
        at = table.column_names.index("article_id")
        return table.set_column(at, "article_id", made)

    rewrite(release, "stance", numbers, "train")
    [found] = validate_release(release, ontology=ONTOLOGY).findings
    assert (found.code, found.table, found.split) == ("SCH004", "stance", "train")
    assert (found.expected, found.found) == ("String", "Int64")
