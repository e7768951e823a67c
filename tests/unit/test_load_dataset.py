"""The real `load_dataset` on a written release."""

import re
import shutil
from pathlib import Path

import pytest

from dataset_builder.release.documents import Release
from dataset_builder.release.load import check_loads, quiet_datasets
from dataset_builder.tables import TABLES, features
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, make_tables, make_world, registries

KNOWN = registries()


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return make_release(tmp_path_factory.mktemp("release"))


@pytest.fixture
def copy(written, tmp_path) -> Path:
    return shutil.copytree(written, tmp_path / "copy" / "1.0.0")


def load(folder, cache, *arguments, **keywords):
    import datasets

    with quiet_datasets():
        return datasets.load_dataset(str(folder), *arguments, cache_dir=str(cache), **keywords)


def codes(folder) -> set[str]:
    return {finding.code for finding in check_loads(folder, KNOWN.ontology)}


def test_a_good_release_loads(written):
    assert check_loads(written, KNOWN.ontology) == []


def test_it_loads_with_shards_and_without_a_split(tmp_path):
    from dataset_builder.release.documents import read_documents
    from dataset_builder.release.writer import prepare
    from tests.factory import project, settings

    tables = make_tables()
    del tables["stance", "test"], tables["events", "validation"]
    made = Release(tables, settings(), KNOWN, read_documents(project()))
    assert check_loads(prepare(tmp_path / "1.0.0", made, shard_rows=5), KNOWN.ontology) == []


@pytest.mark.parametrize("absent", [["events"], ["stance"], ["stance", "events", "annotations"]])
def test_a_config_without_rows_is_left_out_and_everyone_agrees(absent, tmp_path):
    rows = {place: found for place, found in make_world().rows.items() if place[0] not in absent}
    release = make_release(tmp_path, rows=rows)
    assert check_loads(release, KNOWN.ontology) == []
    report = validate_release(release, ontology=KNOWN.ontology)
    assert report.counts == {"SCH013": len(absent)}
    assert report.exit_code() == 0
    prose = (release / "README.md").read_text(encoding="utf-8").split("---\n")[-1]
    listed = ", ".join(f"`{name}`" for name in TABLES if name in absent)
    assert f"Without any row, and no config of this release: {listed}." in prose


def test_without_stance_rows_no_other_config_takes_its_place(tmp_path):
    rows = {place: found for place, found in make_world().rows.items() if place[0] != "stance"}
    release = make_release(tmp_path / "release", rows=rows)
    with pytest.raises(ValueError, match="Config name is missing"):
        load(release, tmp_path / "cache")
    card = release / "README.md"
    text = card.read_text(encoding="utf-8")
    text = text.replace("- config_name: events\n", "- config_name: events\n  default: true\n", 1)
    card.write_text(text, encoding="utf-8")
    assert codes(release) == {"REL102"}
    assert validate_release(release, ontology=KNOWN.ontology).counts["REL015"] == 1


@pytest.mark.parametrize("config", TABLES)
def test_what_training_code_gets(written, tmp_path, config):
    world = make_world()
    loaded = load(written, tmp_path, config, split="train")
    assert loaded.features == features(TABLES[config], KNOWN.ontology)
    assert str(loaded.info.version) == "1.0.0"
    expected = world.tables()[config, "train"].to_pylist()
    assert list(loaded) == expected
    assert list(load(written, tmp_path, config, split="train", streaming=True)) == expected


def test_the_default_config_has_text_holder_target_and_label_names(written, tmp_path):
    splits = load(written, tmp_path)
    assert list(splits) == ["train", "validation", "test"]
    row = splits["train"][0]
    assert {"text", "holder", "target", "label"} <= set(row)
    assert splits["train"].features["label"].names == ["neutral", "against", "favor"]


def test_offsets_are_code_points_of_the_article(written, tmp_path):
    articles = {
        row["article_id"]: row["text"] for row in load(written, tmp_path, "articles")["test"]
    }
    assert any(ord(char) > 0xFFFF for text in articles.values() for char in text)
    for row in load(written, tmp_path, "events")["test"]:
        text = articles[row["article_id"]]
        for span in (row["trigger"], *row["arguments"]):
            assert text[span["start"] : span["end"]] == span["text"]
        assert text[row["context_start"] :].startswith(row["text"])


def test_another_build_in_the_same_place_is_not_served_from_the_cache(tmp_path):
    cache = tmp_path / "cache"
    first = load(make_release(tmp_path / "one"), cache, split="train")
    other = make_release(tmp_path / "two", seed=5)
    shutil.rmtree(tmp_path / "one" / "1.0.0")
    moved = other.rename(tmp_path / "one" / "1.0.0")
    again = load(moved, cache, split="train")
    assert first["stance_id"][:] != again["stance_id"][:]
    assert again["stance_id"][:] == make_tables(seed=5)["stance", "train"]["stance_id"].to_pylist()


def test_a_truncated_file_is_found(copy):
    victim = next((copy / "events").glob("test-*"))
    victim.write_bytes(victim.read_bytes()[:-100])
    assert codes(copy) == {"REL101"}


def test_a_missing_file_is_found(copy):
    next((copy / "events").glob("test-*")).unlink()
    assert codes(copy) == {"REL101"}


def test_a_card_that_turns_labels_around_is_found(copy):
    card = copy / "README.md"
    text = card.read_text()
    turned = text.replace(
        "'1': against\n          '2': favor", "'1': favor\n          '2': against", 1
    )
    assert turned != text
    card.write_text(turned)
    assert codes(copy) == {"REL103"}


def test_another_version_in_the_card_is_found(copy):
    card = copy / "README.md"
    card.write_text(card.read_text().replace('version: "1.0.0"', 'version: "1.0.1"', 1))
    assert codes(copy) == {"REL105"}


def test_another_default_is_found(copy):
    card = copy / "README.md"
    text = card.read_text().replace("  default: true\n", "", 1)
    card.write_text(
        text.replace("- config_name: events\n", "- config_name: events\n  default: true\n", 1)
    )
    assert codes(copy) == {"REL102"}


def test_a_split_missing_from_the_card_is_found(copy):
    card = copy / "README.md"
    text = card.read_text()
    cut = re.sub(r"  - split: test\n    path:\n    - events/[^\n]*\n", "", text)
    assert cut != text
    card.write_text(cut)
    assert codes(copy) & {"REL101", "REL102"}


def test_other_rows_under_the_same_name_are_found(copy):
    import pyarrow.parquet as pq

    # the card says how many rows there are, so the number gives it away
    victim = next((copy / "stance").glob("train-*"))
    pq.write_table(pq.read_table(victim).slice(1), victim)
    assert codes(copy) == {"REL101"}


def test_settings_of_datasets_are_as_before():
    import datasets
    import huggingface_hub.constants as hub

    def state():
        return (
            datasets.config.HF_HUB_OFFLINE,
            datasets.config.HF_UPDATE_DOWNLOAD_COUNTS,
            hub.HF_HUB_OFFLINE,
            datasets.utils.are_progress_bars_disabled(),
            datasets.utils.logging.get_verbosity(),
        )

    before = state()
    inside = []

    def interrupted():
        with quiet_datasets():
            inside.append(state())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert inside[0] != before
    assert state() == before
