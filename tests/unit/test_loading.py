"""Every config of every version from every target, and the traps of `load_dataset` that give other rows
than were asked for without a word."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from dataset_builder.release.load import quiet_datasets
from dataset_builder.tables import TABLES, features
from tests.factory import make_release, make_world, registries
from tests.unit.conftest import DATASET, only

if TYPE_CHECKING:
    from pathlib import Path

CONFIGS = tuple(TABLES)
ARTICLES = {"1.0.0": 2, "1.1.0": 3}


def wanted(version: str, config: str) -> dict[str, list]:
    """Split -> rows, as they were made."""
    tables = make_world(n_articles=ARTICLES[version]).tables()
    return {split: table.to_pylist() for (name, split), table in tables.items() if name == config}


@pytest.fixture
def load(place, releases):
    """`load(version, config)` as a user of that target writes it; both versions are there."""
    import datasets

    cache = str(place.home / "cache")

    def run(version, config, **more):
        if place.kind == "folder":
            folder = f"{place.address}/{version}"
            return datasets.load_dataset(folder, config, cache_dir=cache, **more)
        if place.kind == "hub":
            pin = f"v{version}"
            return datasets.load_dataset(DATASET, config, revision=pin, cache_dir=cache, **more)
        files = {
            split: f"{place.address}/{version}/{config}/{split}-*.parquet"
            for split in wanted(version, config)
        }
        return datasets.load_dataset(
            "parquet", data_files=files, cache_dir=cache, storage_options={}, **more
        )

    with quiet_datasets(network=True), place.reached():
        place.put(releases.first)
        place.put(releases.second)
        yield run


def test_every_config_of_both_versions_side_by_side(load):
    """Streaming, and by turns, so that one version could be taken for the other. That they load
    whole is a part of publishing them."""
    for config in CONFIGS:
        for version in ("1.1.0", "1.0.0", "1.1.0")[: 3 if config == "stance" else 2]:
            splits = load(version, config, streaming=True)
            expected = wanted(version, config)
            assert list(splits) == list(expected)
            for split, rows in expected.items():
                assert splits[split].features == features(TABLES[config], registries().ontology)
                assert list(splits[split]) == rows
    whole = [load(version, "stance") for version in ("1.0.0", "1.1.0", "1.0.0")]
    assert [found["train"].to_list() for found in whole] == [
        wanted(version, "stance")["train"] for version in ("1.0.0", "1.1.0", "1.0.0")
    ]


@contextmanager
def offline(monkeypatch):
    """As with HF_HUB_OFFLINE=1 in the environment."""
    import datasets
    from huggingface_hub import constants

    with monkeypatch.context() as here:
        here.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        here.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
        here.setattr(constants, "HF_HUB_OFFLINE", True)
        yield


@only("hub")
@pytest.mark.parametrize("cached", ["1.0.0", "1.1.0"])
def test_the_check_of_the_version_catches_a_revision_that_is_ignored(cached, load, monkeypatch):
    """Without a network `load_dataset` takes what its cache has, whatever `revision` says. The line
    that docs/publishing.md recommends never lets other rows pass for 1.0.0."""
    load(cached, "stance")
    with offline(monkeypatch):
        stance = load("1.0.0", "stance")
    found = {split: rows.to_list() for split, rows in stance.items()}
    right = found == wanted("1.0.0", "stance")
    assert (str(stance["train"].info.version) == "1.0.0") is right
    assert right or cached == "1.1.0"


def test_rebuilding_and_loading_in_any_order_never_gives_old_rows(tmp_path):
    """One cache; the same path, a link that is turned, another folder of that name."""
    import datasets

    made = {seed: make_release(tmp_path / str(seed), seed=seed, n_articles=2) for seed in (1, 2, 3)}
    rows = {seed: make_world(seed, 2).tables()["stance", "train"].to_pylist() for seed in made}
    place, link = tmp_path / "dist" / "1.0.0", tmp_path / "latest"
    with quiet_datasets():

        def check(path: Path, seed: int, **more) -> None:
            loaded = datasets.load_dataset(
                str(path), "stance", split="train", cache_dir=str(tmp_path / "cache"), **more
            )
            assert list(loaded) == rows[seed], (path, seed)

        for seed in (1, 2, 1, 3, 1):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(made[seed], place)
            link.unlink(missing_ok=True)
            link.symlink_to(made[seed])
            check(place, seed)
            check(link, seed)
        for seed in (2, 1):
            check(made[seed], seed, streaming=seed == 1)


def test_an_empty_split_is_no_split(releases):
    """`datasets` cannot read one; 1.0.0 has none of its articles in `test`, and loads above."""
    assert not list(releases.first.glob("*/test-*"))
    assert "test" not in wanted("1.0.0", "articles")
