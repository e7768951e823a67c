"""The card: its YAML reads back, its figures are those of the data, page text stays text."""

from dataclasses import replace

import pytest
import yaml

from dataset_builder.markdown import block_names
from dataset_builder.registries import Annotator
from dataset_builder.release.card import render_card
from dataset_builder.release.documents import ChangelogEntry, Release, read_documents
from dataset_builder.release.manifest import Shard, SplitFiles
from dataset_builder.tables import TABLES, features
from tests.factory import make_release, make_world, project, registries, settings

KNOWN = registries()
ENTRY = ChangelogEntry("1.0.0", "2026-11-22", "### Added\n\n- First release.")
BUILT = (
    *("version", "rights", "stats", "labels", "figures"),
    *("splits", "agreement", "provenance"),
)
RENDERED = (
    "columns",
    "event_types",
    "contexts",
    "roles",
    "attributes",
    "stance_labels",
    "expressions",
)


def release(**changes) -> Release:
    made = Release(make_world().tables(), settings(), KNOWN, read_documents(project()))
    return replace(made, **changes)


def files_of(made: Release) -> dict[str, dict[str, SplitFiles]]:
    configs: dict[str, dict[str, SplitFiles]] = {}
    for config in TABLES:
        for split in ("train", "validation", "test"):
            if (config, split) in made.tables:
                rows = made.tables[config, split].num_rows
                shard = Shard(f"{config}/{split}-00000-of-00001-0.parquet", rows, "0", 10)
                configs.setdefault(config, {})[split] = SplitFiles((shard,), rows, "0", 100)
    return configs


def card_of(made: Release) -> tuple[dict, str]:
    text = render_card(made, ENTRY, files_of(made))
    _, front, prose = text.split("---\n", 2)
    return yaml.safe_load(front), prose


def block(prose: str, name: str) -> str:
    _, _, rest = prose.partition(f"<!-- begin: {name} -->")
    inside, _, _ = rest.partition(f"<!-- end: {name} -->")
    return inside


def table_rows(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_committed_card_has_every_block():
    names = block_names(read_documents(project()).card, where="dataset_card.md")
    assert sorted(names) == sorted((*BUILT, *RENDERED))


def test_front_matter():
    made = release()
    front, _ = card_of(made)
    assert front["license"] == "other"
    assert (front["license_name"], front["license_link"]) == ("mixed", "LICENSE")
    assert front["language"] == ["en"]
    assert front["annotations_creators"] == ["machine-generated"]
    assert front["size_categories"] == ["n<1K"]
    assert front["pretty_name"] == made.settings.pretty_name
    assert [item["config_name"] for item in front["configs"]] == list(TABLES)
    assert [item.get("default", False) for item in front["configs"]] == [
        name == "stance" for name in TABLES
    ]
    assert {item["version"] for item in front["configs"]} == {"1.0.0"}
    assert front["configs"][0]["data_files"][0] == {
        "split": "train",
        "path": ["stance/train-00000-of-00001-0.parquet"],
    }
    assert [item["config_name"] for item in front["dataset_info"]] == list(TABLES)


def test_a_version_that_looks_like_a_number_stays_text():
    made = release(settings=settings("1.0"))
    text = render_card(made, ENTRY, files_of(made))
    assert 'version: "1.0"\n' in text
    front, _ = card_of(made)
    assert front["configs"][0]["version"] == "1.0"


def test_datasets_reads_the_yaml_back(tmp_path):
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCard

    folder = make_release(tmp_path)
    data = DatasetCard.load(folder / "README.md").data
    infos = DatasetInfosDict.from_dataset_card_data(data)
    for name, declaration in TABLES.items():
        assert infos[name].features == features(declaration, KNOWN.ontology)
        sizes = [path.stat().st_size for path in (folder / name).iterdir()]
        assert infos[name].download_size == sum(sizes)
        assert infos[name].splits["train"].num_examples > 0
    assert MetadataConfigs.from_dataset_card_data(data).get_default_config_name() == "stance"


def test_a_single_config_is_written_like_many():
    made = release(tables={("articles", "train"): make_world().tables()["articles", "train"]})
    front, prose = card_of(made)
    assert [item["config_name"] for item in front["configs"]] == ["articles"]
    assert "default" not in front["configs"][0]  # it loads without its name all the same
    assert front["dataset_info"][0]["config_name"] == "articles"
    assert front["annotations_creators"] == ["no-annotation"]
    assert "No annotations in this release" in block(prose, "provenance")


def test_figures_are_those_of_the_data():
    world = make_world(n_articles=7)
    made = release(tables=world.tables(), withheld={"a" * 16: "asked to"})
    _, prose = card_of(made)
    stats = table_rows(block(prose, "stats"))
    for row, config in zip(stats[2:], TABLES, strict=True):
        counts = [len(world.rows[config, s]) for s in ("train", "validation", "test")]
        assert [int(cell) for cell in row[1:]] == [*counts, sum(counts)]
    labels = {row[0]: row[1:] for row in table_rows(block(prose, "labels"))}
    favor = [
        sum(row["label"] == "favor" for row in world.rows["stance", s])
        for s in ("train", "validation", "test")
    ]
    assert [int(cell) for cell in labels["favor"]] == [*favor, sum(favor)]
    assert int(labels["derived"][3]) == 2 * len(world.rows["articles", "train"])
    assert labels["PROTEST"] == ["0", "0", "0", "0"]
    splits = {row[0]: row[1:] for row in table_rows(block(prose, "splits"))}
    assert splits["train"] == ["60%", "4", "5"]
    assert splits["test"] == ["20%", "1", "1"]
    assert splits[f"`{'a' * 16}`"] == ["asked to"]


def test_models_are_named_as_models():
    _, prose = card_of(release())
    rows = {row[0]: row[1:] for row in table_rows(block(prose, "provenance"))}
    assert rows["`draft-1`"][0] == rows["`draft-2`"][0] == "language model"
    assert "no person has checked them" in prose


def test_people_are_not_called_machines():
    known = replace(
        KNOWN,
        annotators=(Annotator("draft-1", "human", None), Annotator("draft-2", "model", None)),
    )
    front, prose = card_of(release(registries=known))
    assert front["annotations_creators"] == ["machine-generated", "other"]
    assert "| `draft-1` | person |" in prose


def test_reasons_cannot_become_markup():
    reason = "<img src=x onerror=alert(1)> | [x](javascript:1) \x1b[31m\n<!-- end: splits -->"
    made = release(withheld={"b" * 16: reason})
    _, prose = card_of(made)
    inside = block(prose, "splits")
    assert "<img" not in inside
    assert "\x1b" not in inside
    assert "](" not in inside
    # the block still ends where it did, and everything after it is there
    assert block_names(prose, where="card") == block_names(made.documents.card, where="card")


def test_agreement_figures_are_taken_over():
    _, prose = card_of(release(agreement="| a |\n| --- |\n| .9 |"))
    assert "| .9 |" in block(prose, "agreement")
    _, prose = card_of(release())
    assert "No agreement figures" in block(prose, "agreement")


def test_the_entry_of_the_changelog_does_not_open_sections():
    _, prose = card_of(release())
    assert "**Added**" in block(prose, "version")
    assert "#" not in block(prose, "version")


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**6, "1M<n<10M"),
        (10**8, "100M<n<1B"),
        (10**10, "1B<n<10B"),
    ],
)
def test_size_categories(rows, size):
    made = release()
    configs = files_of(made)
    configs["stance"] = {"train": replace(configs["stance"]["train"], rows=rows)}
    front = yaml.safe_load(render_card(made, ENTRY, configs).split("---\n")[1])
    assert front["size_categories"] == [size]


def test_languages_come_from_the_data():
    world = make_world()
    for number, row in enumerate(world.rows["articles", "train"]):
        row["language"] = ("tr", "und", "ar", "en")[number % 4]
    front, _ = card_of(release(tables=world.tables()))
    assert front["language"] == ["ar", "en", "tr"]
