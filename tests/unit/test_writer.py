"""A release is written whole or not at all, and the same twice."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.errors import DatasetBuilderError, ProjectError, VersionExistsError
from dataset_builder.project import Project
from dataset_builder.release.content import CONTENT_VERSION, content_sha256
from dataset_builder.release.documents import (
    CARRIED,
    Release,
    changelog_entry,
    citation_for,
    read_documents,
)
from dataset_builder.release.figures import BEST as FIGURES
from dataset_builder.release.manifest import file_sha256
from dataset_builder.release.writer import discard, is_published, prepare, publish
from dataset_builder.tables import SCHEMA_VERSION, TABLES, arrow_schema
from tests.conftest import copy_inputs
from tests.factory import (
    make_release,
    make_tables,
    make_world,
    project,
    registries,
    settings,
    to_tables,
)

KNOWN = registries()


def release(**changes) -> Release:
    made = Release(make_tables(), settings(), KNOWN, read_documents(project()))
    return replace(made, **changes)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return make_release(tmp_path_factory.mktemp("release"))


def test_everything_is_there_and_nothing_else(written):
    files = set(tree(written))
    parquet = {name for name in files if name.endswith(".parquet")}
    assert files - parquet == {
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "CITATION.cff",
        "MANIFEST.json",
        "SHA256SUMS",
        "CODEBOOK.md",
        "croissant.json",
        *(f"figures/{name}.svg" for name in FIGURES),
        *CARRIED,
    }
    assert len(parquet) == len(TABLES) * 3
    assert [path.name for path in written.parent.iterdir()] == ["1.0.0"]


def test_sums_pass_sha256sum_and_cover_every_file(written):
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=written,
        capture_output=True,
        text=True,
        check=True,
    )
    named = {line.split(": ")[0] for line in done.stdout.splitlines()}
    assert named == set(tree(written)) - {"SHA256SUMS"}


def test_the_manifest_tells_the_truth(written):
    manifest = json.loads((written / "MANIFEST.json").read_text())
    head = {key: value for key, value in manifest.items() if key != "configs"}
    assert head == {
        "name": "syria-diplomacy",
        "version": "1.0.0",
        "date": "2026-11-22",
        "schema_version": SCHEMA_VERSION,
        "scheme_version": KNOWN.ontology.scheme_version,
        "content_version": CONTENT_VERSION,
        "text": "full",
    }
    assert list(manifest["configs"]) == list(TABLES)
    for config, splits in manifest["configs"].items():
        assert list(splits) == ["train", "validation", "test"]
        for split, listed in splits.items():
            (shard,) = listed["files"]
            path = written / shard["file"]
            assert shard["sha256"] == file_sha256(path)
            assert shard["bytes"] == path.stat().st_size
            assert path.name == f"{split}-00000-of-00001-{shard['sha256'][:12]}.parquet"
            table = pq.read_table(path)
            assert shard["rows"] == listed["rows"] == table.num_rows
            content = content_sha256(table, TABLES[config], KNOWN.ontology)
            assert listed["content_sha256"] == content


def test_rows_come_back_as_they_went_in_sorted_by_key(written):
    for (config, split), table in make_tables().items():
        (path,) = (written / config).glob(f"{split}-*")
        stored = pq.read_table(path)
        declared = arrow_schema(TABLES[config], KNOWN.ontology)
        assert stored.schema.equals(declared)
        assert stored.schema.metadata[b"huggingface"] == declared.metadata[b"huggingface"]
        assert stored.to_pylist() == table.to_pylist()  # the factory sorts by key


def test_files_are_zstd_in_one_row_group(written):
    for path in written.rglob("*.parquet"):
        group = pq.read_metadata(path).row_group(0)
        assert {group.column(n).compression for n in range(group.num_columns)} == {"ZSTD"}
        assert pq.read_metadata(path).num_row_groups == 1


def test_bytes_do_not_depend_on_order_chunks_or_the_process(written, tmp_path):
    shuffled = {}
    for place, table in reversed(make_tables().items()):
        order = list(range(table.num_rows))[::-1]
        pieces = [table.take(order[n : n + 2]) for n in range(0, len(order), 2)]
        shuffled[place] = pa.concat_tables(pieces)
    assert tree(make_release(tmp_path, tables=shuffled)) == tree(written)
    code = "import sys, pathlib; from tests.factory import make_release;"
    code += "make_release(pathlib.Path(sys.argv[1]))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONPATH": str(project().root),
    }
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-c", code, str(other)], check=True, env=environment)
    assert tree(other / "1.0.0") == tree(written)


def test_an_empty_split_is_not_written(tmp_path):
    tables = make_tables()
    tables["events", "test"] = tables["events", "test"].slice(0, 0)
    del tables["stance", "validation"]
    folder = make_release(tmp_path, tables=tables)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert list(manifest["configs"]["events"]) == ["train", "validation"]
    assert list(manifest["configs"]["stance"]) == ["train", "test"]
    card = (folder / "README.md").read_text()
    assert "`stance` has no rows in validation; `events` has no rows in test" in card


def test_a_split_may_have_several_shards(tmp_path):
    final = tmp_path / "1.0.0"
    folder = prepare(final, release(), shard_rows=7)
    listed = json.loads((folder / "MANIFEST.json").read_text())["configs"]["stance"]["train"]
    assert [item["rows"] for item in listed["files"]] == [7, 7, 6]
    assert "train-00002-of-00003-" in listed["files"][2]["file"]
    stored = pa.concat_tables([pq.read_table(folder / item["file"]) for item in listed["files"]])
    assert stored.to_pylist() == make_tables()["stance", "train"].to_pylist()
    whole = json.loads((make_release(tmp_path / "x") / "MANIFEST.json").read_text())
    same = whole["configs"]["stance"]["train"]["content_sha256"]
    assert listed["content_sha256"] == same


def test_publishing_the_same_again_changes_nothing(tmp_path):
    final = make_release(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in final.rglob("*")}
    partial = prepare(final, release())
    assert is_published(partial, final)
    assert publish(partial, final) == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in final.rglob("*")} == before
    assert os.listdir(tmp_path) == ["1.0.0"]


def test_a_finished_release_is_never_overwritten(tmp_path):
    final = make_release(tmp_path)
    before = tree(final)
    partial = prepare(final, release(tables=make_tables(seed=1)))
    with pytest.raises(VersionExistsError, match="raise `version`"):
        publish(partial, final)
    assert tree(final) == before
    assert os.listdir(tmp_path) == ["1.0.0"]


def test_a_damaged_release_is_not_taken_for_finished(tmp_path):
    final = make_release(tmp_path)
    victim = next(final.rglob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-10])
    with pytest.raises(VersionExistsError, match="not what its SHA256SUMS says"):
        publish(prepare(final, release()), final)


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_something_else_in_the_place_is_left_alone(tmp_path, kind):
    final = tmp_path / "1.0.0"
    if kind == "file":
        final.write_text("mine")
    elif kind == "folder":
        final.mkdir()
    else:
        final.symlink_to(tmp_path / "nowhere")
    with pytest.raises(VersionExistsError):
        publish(prepare(final, release()), final)
    assert final.is_symlink() or final.exists()


def test_leftovers_of_dead_processes_are_removed_and_of_living_ones_kept(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for pid in (dead.pid, os.getppid(), os.getpid()):
        (tmp_path / f".1.0.0.partial-{pid}" / "stance").mkdir(parents=True)
    (tmp_path / f".1.0.10.partial-{dead.pid}").mkdir()
    final = make_release(tmp_path)
    assert set(os.listdir(tmp_path)) == {
        final.name,
        f".1.0.0.partial-{os.getppid()}",
        f".1.0.10.partial-{dead.pid}",
    }


def test_a_killed_writer_leaves_no_release_and_the_next_run_cleans_up(tmp_path):
    code = (
        "import os, sys, pathlib\n"
        "from tests.factory import *\n"
        "from dataset_builder.release.documents import read_documents\n"
        "from dataset_builder.release.documents import Release\n"
        "from dataset_builder.release.writer import prepare\n"
        "made = Release(make_tables(), settings(), registries(), read_documents(project()))\n"
        "prepare(pathlib.Path(sys.argv[1]) / '1.0.0', made)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(project().root)}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=False)
    assert done.returncode == -9
    assert [name.startswith(".1.0.0.partial-") for name in os.listdir(tmp_path)] == [True]
    make_release(tmp_path)
    assert os.listdir(tmp_path) == ["1.0.0"]


def test_a_failure_on_the_way_leaves_nothing(tmp_path):
    documents = replace(read_documents(project()), card="# no blocks in it\n")
    with pytest.raises(ProjectError, match="no block named"):
        prepare(tmp_path / "1.0.0", release(documents=documents))
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "releases").write_text("a file where the folder should be")
    with pytest.raises(DatasetBuilderError, match="could not be written") as caught:
        prepare(tmp_path / "releases" / "1.0.0", release())
    assert caught.value.exit_code == 3


def test_discard_removes_a_prepared_folder(tmp_path):
    discard(prepare(tmp_path / "1.0.0", release()))
    assert os.listdir(tmp_path) == []


def test_content_counts_rows_and_labels_by_name_and_nothing_else():
    world = make_world()
    ontology = KNOWN.ontology
    name = ("stance", "train")
    table = world.tables()[name]
    original = content_sha256(table, TABLES["stance"], ontology)
    backwards = table.take(list(range(table.num_rows))[::-1])
    assert content_sha256(backwards, TABLES["stance"], ontology) == original
    # labels declared in another order: other ids, same names
    turned = replace(ontology, stance_labels=ontology.stance_labels[::-1])
    again = to_tables({name: world.rows[name]}, turned)[name]
    assert again.column("label") != table.column("label")
    assert content_sha256(again, TABLES["stance"], turned) == original
    first = world.rows[name][0]
    for column, value in (
        ("label", "favor" if first["label"] != "favor" else "against"),
        ("agreement", first["agreement"] / 3 + 0.1),
        ("outlet", None),
        ("votes", first["votes"][::-1]),
    ):
        rows = [{**first, column: value}, *world.rows[name][1:]]
        changed = to_tables({name: rows}, ontology)[name]
        assert content_sha256(changed, TABLES["stance"], ontology) != original


def test_an_unknown_label_id_still_has_a_checksum():
    world = make_world()
    world.rows["stance", "train"][0]["label"] = 99
    table = world.tables()["stance", "train"]
    assert len(content_sha256(table, TABLES["stance"], KNOWN.ontology)) == 64


CHANGELOG = """# Data

## [1.1.0] - 2027-01-02

### Added

- More.

## [1.0.0] - 2026-11-22

- First.

# Code

## [0.1.0] - 2026-11-22

## [2.0.0] - 2026-11-22
"""


def test_the_entry_of_a_version_is_found_in_the_datas_part():
    entry = changelog_entry(CHANGELOG, "1.1.0")
    assert (entry.date, entry.body) == ("2027-01-02", "### Added\n\n- More.")
    assert changelog_entry(CHANGELOG, "1.0.0").body == "- First."


@pytest.mark.parametrize("version", ["2.0.0", "1.1", "0.1.0"])
def test_a_version_without_an_entry_is_refused(version):
    with pytest.raises(ProjectError, match="no entries for version"):
        changelog_entry(CHANGELOG, version)


def test_two_entries_of_a_version_are_refused():
    with pytest.raises(ProjectError, match="2 entries"):
        changelog_entry(CHANGELOG.replace("1.1.0", "1.0.0"), "1.0.0")


def test_a_date_that_is_no_day_is_refused():
    with pytest.raises(ProjectError, match=r"2027-02-30, the date of version 1\.1\.0, is no day"):
        changelog_entry(CHANGELOG.replace("2027-01-02", "2027-02-30"), "1.1.0")


def test_the_citation_carries_version_and_date_of_the_release():
    import yaml

    text = citation_for(read_documents(project()).citation, changelog_entry(CHANGELOG, "1.1.0"))
    cited = yaml.safe_load(text)
    assert (cited["version"], cited["date-released"]) == ("1.1.0", "2027-01-02")
    assert cited["cff-version"] == "1.2.0"
    with pytest.raises(ProjectError, match="no lines `version:`"):
        citation_for("title: x\n", changelog_entry(CHANGELOG, "1.1.0"))


def test_this_repositorys_version_has_an_entry():
    from dataset_builder.project import find_project

    here = find_project(project().root)
    changelog_entry(read_documents(here).changelog, here.settings.version)


def test_a_document_that_is_not_utf8_is_named(tmp_path):
    own = Project(copy_inputs(tmp_path / "own"), settings())
    (own.root / "CHANGELOG.md").write_bytes(b"# \xff")
    with pytest.raises(ProjectError, match=r"CHANGELOG\.md: not UTF-8"):
        read_documents(own)
    shutil.rmtree(tmp_path)
