"""A release is judged by the contract of its schema version, as the package knows it."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from dataset_builder.contract import pandera_schema
from dataset_builder.errors import ProjectError
from dataset_builder.release.content import content_sha256
from dataset_builder.tables import SCHEMA_VERSION, TABLES, features
from dataset_builder.validate import contracts
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, registries
from tests.mutations.disk import seal
from tests.validate_fuzz import renamed

KNOWN = registries()
GONE = "expression"
"""A column of stance that the older contract did not have."""


def older():
    columns = tuple(c for c in TABLES["stance"].columns if c.name != GONE)
    return {**TABLES, "stance": replace(TABLES["stance"], columns=columns)}


@pytest.fixture
def release(tmp_path):
    """A release of schema version 0, as it was written when `stance` had a column fewer."""
    path = make_release(tmp_path, n_articles=4)
    table = older()["stance"]
    manifest = json.loads((path / "MANIFEST.json").read_text())
    manifest["schema_version"] = "0"
    schema = features(table, KNOWN.ontology).arrow_schema
    for split, entry in manifest["configs"]["stance"].items():
        file = next((path / "stance").glob(f"{split}-*"))
        rows = pq.read_table(file).drop_columns([GONE]).cast(schema)
        pq.write_table(rows, file, compression="zstd")
        entry["content_sha256"] = content_sha256(rows, table, KNOWN.ontology)
        entry["files"][0]["bytes"] = file.stat().st_size
    (path / "MANIFEST.json").write_text(json.dumps(manifest))
    for file in sorted((path / "stance").iterdir()):
        renamed(path, file)
    card = (path / "README.md").read_text()
    head, front, body = card.split("---\n", 2)
    data = yaml.safe_load(front)
    for info in data["dataset_info"]:
        info["features"] = [f for f in info["features"] if f["name"] != GONE]
    text = f"{head}---\n{yaml.safe_dump(data, sort_keys=False, allow_unicode=True)}---\n{body}"
    (path / "README.md").write_text(text)
    (path / "schemas/stance.yaml").write_text(pandera_schema(table, KNOWN.ontology).to_yaml())
    seal(path)
    return path


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The package, when it still knows schema version 0."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "0.yaml").write_text(contracts.as_yaml(older()))
    monkeypatch.setattr(contracts, "FOLDER", folder)
    return folder


ABOUT_DATA = ("SCH", "KEY", "SPN", "GRM", "VOT", "SPL", "VER")


def codes(path):
    report = validate_release(path, ontology=KNOWN.ontology, select=ABOUT_DATA)
    return set(report.counts)


def test_a_release_of_an_older_schema_version(release, known):
    assert contracts.known_versions() == ("0", SCHEMA_VERSION)
    assert codes(release) == set()


def test_its_defects_are_found_by_that_contract(release, known):
    file = next((release / "stance").glob("train-*"))
    frame = pl.read_parquet(file)
    frame.drop("label").write_parquet(file)
    assert "SCH001" in codes(release)


def test_without_it_the_version_is_unknown(release):
    assert {"VER002", "SCH001"} <= codes(release)


def test_todays_release_that_says_it_is_older(tmp_path, known):
    path = make_release(tmp_path, n_articles=3)
    manifest = path / "MANIFEST.json"
    manifest.write_text(
        manifest.read_text().replace(
            f'"schema_version": "{SCHEMA_VERSION}"', '"schema_version": "0"'
        )
    )
    seal(path)
    assert {"SCH002", "VER013"} <= codes(path)


def test_an_older_release_that_says_it_is_todays(release, known):
    manifest = release / "MANIFEST.json"
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "schema_version": SCHEMA_VERSION}))
    assert {"SCH001", "VER013"} <= codes(release)


@pytest.mark.parametrize(
    "change",
    [("max_value: 2", "max_value: 9"), ("strict: true", "strict: false")],
)
def test_a_loosened_contract_of_its_own(tmp_path, change):
    path = make_release(tmp_path, n_articles=3)
    contract = path / "schemas/stance.yaml"
    text = contract.read_text()
    assert change[0] in text
    contract.write_text(text.replace(*change))
    seal(path)
    assert codes(path) == {"VER013"}


@pytest.mark.parametrize("version", ["7", "../1", "", 1.5, None, ["1"]])
def test_an_unknown_schema_version(tmp_path, version):
    path = make_release(tmp_path, n_articles=3)
    manifest = path / "MANIFEST.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema_version": version}))
    seal(path)
    found = set(validate_release(path, ontology=KNOWN.ontology).counts)
    assert {"VER002", "REL001"} & found


def test_a_contract_survives_its_file(tmp_path):
    file = tmp_path / "1.yaml"
    file.write_text(contracts.as_yaml(TABLES), encoding="utf-8")
    assert contracts.read(file) == TABLES


@pytest.mark.parametrize("text", ["", "- 1", "tables: [{name: 3}]", "a: [", "tables: 7"])
def test_a_file_that_is_no_contract(tmp_path, text):
    file = tmp_path / "1.yaml"
    file.write_text(text)
    with pytest.raises(ProjectError):
        contracts.read(file)


def test_arrow_types_are_those_of_datasets():
    from dataset_builder.tables import arrow_type

    for table in TABLES.values():
        schema = features(table, KNOWN.ontology).arrow_schema
        for column in table.columns:
            assert arrow_type(column.type) == schema.field(column.name).type
