"""Building from committed inputs: twice the same bytes, and never half a release."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.project import find_project
from dataset_builder.release.build import build

ROOT = Path(__file__).parents[2]


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


ELSEWHERE = """
import os, sys, time

real = time.time


class Backwards(list):
    def __enter__(self):
        return iter(self)

    def __exit__(self, *_):
        pass

    def __next__(self):
        return self.pop()

    def close(self):
        pass


time.time = lambda: real() + 400 * 86400
listdir, scandir = os.listdir, os.scandir
os.listdir = lambda *a: sorted(listdir(*a), reverse=True)
os.scandir = lambda *a: Backwards(sorted(scandir(*a), key=lambda e: e.name, reverse=True))
sys.argv = ["dataset-builder", "build"]
from dataset_builder.cli import main
main()
"""
"""A build on another day, in a process that is shown every folder in the opposite order."""


@pytest.mark.slow
def test_building_twice_gives_identical_bytes_and_the_same_ledger(command, built_folder, tmp_path):
    release = built_folder / "releases" / "1.0.0"
    before = digest(release)
    ledger = built_folder / "annotations" / "ledger.jsonl"
    known = ledger.read_bytes()
    again = command("build", cwd=built_folder)
    assert again.returncode == 0
    assert "unchanged" in again.stdout
    assert before == digest(release)
    assert ledger.read_bytes() == known
    # A second version, with what changed since the first: here, and on another day, in another
    # folder, time zone and locale, with other hash seeds and numbers of threads.
    for file, old, new in (
        ("pyproject.toml", 'version = "1.0.0"', 'version = "1.1.0"'),
        ("CHANGELOG.md", "## [1.0.0]", "## [1.1.0] - 2026-12-01\n\n- More.\n\n## [1.0.0]"),
    ):
        path = built_folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    page = (built_folder / "seeds" / "004_6dd31631be1a3fe6.txt").read_text(encoding="utf-8")
    words = page.split()
    mixed = "\n\n".join(" ".join(words[n::7]) + "." for n in range(7))
    (built_folder / "seeds" / "new.txt").write_text(mixed, encoding="utf-8")
    elsewhere = shutil.copytree(built_folder, tmp_path / "else where" / "ünïcode")
    assert command("build", cwd=built_folder).returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        cwd=elsewhere,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "",
            "TZ": "Pacific/Kiritimati",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "7",
            "POLARS_MAX_THREADS": "3",
            "OMP_NUM_THREADS": "1",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert digest(built_folder / "releases") == digest(elsewhere / "releases")
    assert ledger.read_bytes() == (elsewhere / "annotations" / "ledger.jsonl").read_bytes()
    notes = (elsewhere / "releases" / "1.1.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "### Changes from 1.0.0" in notes
    for folder in (built_folder, elsewhere):  # to be committed, for versions built in a fresh clone
        own = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
        assert own.startswith(notes.rstrip())


def test_the_seeds_are_two_one_one_stories_and_never_divided(built_folder):
    lines = (built_folder / "annotations" / "ledger.jsonl").read_text().splitlines()
    entries = {entry["article_id"]: entry for entry in map(json.loads, lines)}
    assert len(entries) == 5
    assert entries["42dcf876709be0c2"]["split"] == entries["7292f718f1e7c8f1"]["split"]
    stories = {(entry["story"], entry["split"]) for entry in entries.values()}
    splits = [split for _, split in stories]
    assert {name: splits.count(name) for name in set(splits)} == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }


def test_a_finished_version_is_never_overwritten(command, built_folder):
    before = digest(built_folder / "releases" / "1.0.0")
    export = next((built_folder / "annotations" / "exports").glob("*.jsonl"))
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    export.write_text("".join(lines[:-1]), encoding="utf-8")
    done = command("build", cwd=built_folder)
    assert done.returncode == 2
    assert "1.0.0" in done.stderr
    assert "version" in done.stderr
    assert digest(built_folder / "releases" / "1.0.0") == before


@pytest.mark.slow
def test_bad_pages_cost_only_themselves(command, project_folder):
    seeds = project_folder / "seeds"
    (seeds / "a_empty.txt").write_bytes(b"")
    (seeds / "b_binary.txt").write_bytes(bytes(range(256)))
    (seeds / "c_latin.txt").write_bytes("Größe".encode("latin-1"))
    copy = sorted(seeds.glob("0*.txt"))[0]
    (seeds / "z_copy.txt").write_bytes(copy.read_bytes())
    done = command("build")
    assert done.returncode == 0, done.stderr
    for name in ("a_empty.txt", "b_binary.txt", "c_latin.txt", "z_copy.txt"):
        assert name in done.stderr
    assert command("build", "--strict", "--out", "other/1.0.0").returncode == 1


@pytest.mark.parametrize("damage", ["truncated", "foreign", "unknown label", "dangling", "beyond"])
def test_a_damaged_export_is_named_by_file_and_line(command, project_folder, damage):
    export = next((project_folder / "annotations" / "exports").glob("*.jsonl"))
    lines = export.read_text(encoding="utf-8").splitlines()
    task = json.loads(lines[1])
    result = task["annotations"][0]["result"]
    span = next(item for item in result if item["type"] == "labels")
    if damage == "truncated":
        lines[-1] = lines[-1][:5000]
    elif damage == "foreign":
        lines[1] = json.dumps({"id": 5, "annotations": [], "data": {"text": "x"}, "project": 3})
    elif damage == "unknown label":
        span["value"]["labels"] = ["NONSENSE"]
    elif damage == "dangling":
        arrow = next(item for item in result if item["type"] == "relation")
        arrow["to_id"] = "nowhere"
    elif damage == "beyond":
        span["value"]["end"] = 10**6
    if damage not in ("truncated", "foreign"):
        lines[1] = json.dumps(task, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = command("validate")
    shown = done.stdout + done.stderr
    assert done.returncode == 1, shown
    assert "Traceback" not in shown
    assert command("build").returncode == 1
    assert not (project_folder / "releases").exists() or not list(
        (project_folder / "releases").iterdir()
    )
    expected = export.name if damage in ("truncated", "foreign") else task["article_id"]
    assert expected in shown


def listens(pid: int) -> bool:
    """Whether the program has set its handlers: Python on its own does not catch SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = (int(line[7:], 16) for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def interrupted(project_folder, said):
    """A build that somebody stops when it has said that; without its release, if it was too late."""
    with subprocess.Popen(
        [sys.executable, "-c", "from dataset_builder.cli import main; main()", "build"],
        cwd=project_folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        if said:
            assert any(line.startswith(said) for line in process.stderr)
        while process.poll() is None and not listens(process.pid):
            time.sleep(0.01)  # until then, Python itself says that it was interrupted
        time.sleep(0.2)  # into the imports, or the work that the line announces
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=300)
    assert "Traceback" not in stderr
    assert process.returncode in (0, 130, -signal.SIGINT)  # the last: Python was ending already
    releases = project_folder / "releases"
    left = [path.name for path in releases.iterdir()] if releases.is_dir() else []
    assert left in ([], ["1.0.0"])
    shutil.rmtree(releases, ignore_errors=True)


@pytest.mark.slow
def test_interrupted_anywhere_it_leaves_nothing_half_written(project_folder, command):
    """Nor anything that is in the way of the next build."""
    for said in ("", "assembling", "loading it back"):
        interrupted(project_folder, said)
    assert command("build").returncode == 0
    assert (project_folder / "releases" / "1.0.0" / "MANIFEST.json").is_file()


def test_another_fetch_of_a_released_page_gives_way_to_it(command, project_folder):
    known = "702db432e6494204"
    page = (project_folder / "seeds" / "004_6dd31631be1a3fe6.txt").read_bytes()
    while (name := hashlib.sha256(page).hexdigest()[:16]) >= known:
        page += b"\n"
    (project_folder / "seeds" / "000_again.txt").write_bytes(page)
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert "000_again.txt" in done.stderr
    articles = pq.read_table(project_folder / "releases" / "1.0.0" / "articles")
    assert known in articles["article_id"].to_pylist()
    assert name not in articles["article_id"].to_pylist()
    assert articles.num_rows == 5


def ledger_of(project_folder):
    lines = (project_folder / "annotations" / "ledger.jsonl").read_text().splitlines()
    return {entry["article_id"]: entry for entry in map(json.loads, lines)}


def test_a_near_duplicate_becomes_an_alias_of_the_released_article(command, project_folder):
    known = "702db432e6494204"
    seeds = project_folder / "seeds"
    page = (seeds / "004_6dd31631be1a3fe6.txt").read_text(encoding="utf-8")
    words = max(page.split("\n"), key=len).split()
    edited = page.replace(" ".join(words), " ".join([*words[:7], "reportedly", *words[7:]]), 1)
    (seeds / "000_again.txt").write_text(edited, encoding="utf-8")
    name = hashlib.sha256(edited.encode()).hexdigest()[:16]
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert "000_again.txt" in done.stderr
    assert f"near-duplicate of 004_6dd31631be1a3fe6.txt ({known})" in done.stderr
    articles = pq.read_table(project_folder / "releases" / "1.0.0" / "articles")
    assert articles.num_rows == 5
    ledger = ledger_of(project_folder)
    assert (ledger[known]["aliases"], name in ledger) == ([name], False)


def test_a_withheld_article_does_not_come_back_with_another_fetch(command, project_folder):
    known = "20e8a78ed90717a1"
    file = project_folder / "annotations" / "ledger.jsonl"
    entry = {**ledger_of(project_folder)[known], "status": "withheld", "reason": "taken down"}
    with file.open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps(entry) + "\n")
    (old,) = (
        path
        for path in (project_folder / "seeds").iterdir()
        if hashlib.sha256(path.read_bytes()).hexdigest().startswith(known)
    )
    page = old.read_bytes() + b"\n"
    old.unlink()
    (project_folder / "seeds" / "again.txt").write_bytes(page)
    name = hashlib.sha256(page).hexdigest()[:16]
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert f"another copy of {known}, which is withheld: taken down" in done.stderr
    articles = pq.read_table(project_folder / "releases" / "1.0.0" / "articles")
    assert not {known, name} & set(articles["article_id"].to_pylist())
    assert ledger_of(project_folder)[known]["aliases"] == [name]


def test_a_published_article_without_its_page_is_named(command, project_folder):
    (project_folder / "seeds" / "004_6dd31631be1a3fe6.txt").unlink()
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert "SPL104" in done.stderr
    card = (project_folder / "releases" / "1.0.0" / "README.md").read_text(encoding="utf-8")
    assert "its page is not among the sources any more" in card


def test_an_event_type_at_the_end_is_a_minor_change(command, built_folder):
    ontology = built_folder / "schemas" / "ontology.yaml"
    text = ontology.read_text(encoding="utf-8").replace(
        "\n# What an event is about",
        "  - name: BARTER\n    quad: material_cooperation\n    definition: Swaps goods.\n"
        '    example: ""\n    colour: "#00695c"\n    modes: []\n    requires: []\n'
        "\n# What an event is about",
    )
    ontology.write_text(text, encoding="utf-8")
    for file, old, new in (
        ("pyproject.toml", 'version = "1.0.0"', 'version = "1.1.0"'),
        ("CHANGELOG.md", "## [1.0.0]", "## [1.1.0] - 2026-12-01\n\n- BARTER.\n\n## [1.0.0]"),
    ):
        path = built_folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    early = command("build", cwd=built_folder)
    assert early.returncode == 2
    assert "schemas/events.yaml" in early.stderr
    assert "run `dataset-builder render`" in early.stderr
    assert command("render", cwd=built_folder).returncode == 0
    assert command("build", cwd=built_folder).returncode == 0
    releases = "releases/1.1.0", "--previous", "releases/1.0.0"
    judged = command("validate", *releases, cwd=built_folder)
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("CITATION.cff", "cff-version: 1.2.0", "cff-version: [1.2.0", "not valid YAML"),
        ("CITATION.cff", "authors:", "autors:", "`authors` must list"),
        ("CITATION.cff", "- name: The", "- nom: The", "author 1 has none of alias"),
    ],
)
def test_what_only_a_release_needs_is_looked_at_before_it_is_built(
    project_folder, file, old, new, said
):
    path = project_folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    project = find_project(project_folder)
    with pytest.raises(ProjectError, match=said):
        build(project, project.release, tell=print)


def test_a_corpus_that_nobody_annotated_is_a_release_of_articles(command, project_folder):
    for export in (project_folder / "annotations" / "exports").glob("*.jsonl"):
        export.unlink()
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert "SCH013" in done.stderr
    release = project_folder / "releases" / "1.0.0"
    assert [path.name for path in release.iterdir() if list(path.glob("*.parquet"))] == ["articles"]
    assert json.loads((release / "MANIFEST.json").read_text())["configs"]["stance"] == {}
    assert command("validate", "--strict").returncode == 1


def test_a_corpus_of_which_only_the_test_split_is_annotated_is_released(command, project_folder):
    (test,) = (
        name for name, entry in ledger_of(project_folder).items() if entry["split"] == "test"
    )
    for export in (project_folder / "annotations" / "exports").glob("*.jsonl"):
        lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if json.loads(line)["article_id"] == test]
        export.write_text("".join(kept), encoding="utf-8")
    done = command("build")
    assert done.returncode == 0, done.stderr
    assert "SPL010" in done.stderr
    stance = project_folder / "releases" / "1.0.0" / "stance"
    assert [path.name.split("-")[0] for path in stance.iterdir()] == ["test"]


def test_a_primary_whom_nobody_knows_stops_the_build_and_a_new_one_beside_others_does_not(
    command, project_folder
):
    settings = project_folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")

    def named(primary):
        settings.write_text(re.sub(r"(?m)^primary = .*$", f"primary = {primary}", text), "utf-8")
        return command("build")

    refused = named('["drfat-1"]')
    assert refused.returncode == 1
    assert "KEY212" in refused.stderr
    assert "`primary` names drfat-1, of whom nobody" in refused.stderr
    assert "completed by draft-1 (5), draft-2 (5)" in refused.stderr
    assert "KEY206" not in refused.stderr
    assert not (project_folder / "releases").exists()
    assert named('["newcomer", "draft-2"]').returncode == 0


def test_nothing_in_the_package_asks_what_time_it_is():
    asking = re.compile(r"\.(now|today|utcnow)\(|\btime\.time(_ns)?\(")
    files = sorted((ROOT / "dataset_builder").rglob("*.py"))
    found = [file.name for file in files if asking.search(file.read_text(encoding="utf-8"))]
    assert found == ["init_commands.py"]  # which dates a changelog that a person then writes
