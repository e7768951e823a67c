"""The README's main command, as a newcomer types it, against the real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from datasets import load_dataset, load_dataset_builder

from dataset_builder.studio import server as studio
from dataset_builder.tables import TABLES
from tests.conftest import ROOT
from tests.e2e.killed_world import renamed, tasks_of
from tests.e2e.studio_work import admin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from tests.conftest import Command


@pytest.fixture
def stopped(project_folder: Path) -> Iterator[None]:
    """Whatever server the project's commands left up is stopped at the end."""
    yield
    studio.stop(project_folder / ".label-studio")


@pytest.mark.usefixtures("server_environment", "stopped")
def test_run_from_raw_pages_to_a_loaded_release_again_and_again(
    process: Command, command: Command, project_folder: Path, tmp_path: Path
) -> None:
    data = project_folder / ".label-studio"
    export = next((project_folder / "annotations" / "exports").glob("*.jsonl"))
    committed = export.read_bytes()
    first = process("run", "--keep")
    assert first.returncode == 0, first.stderr
    assert "pulled back byte for byte what is committed" in first.stderr
    assert "load_dataset" in first.stdout

    release = project_folder / "releases" / "1.0.0"
    for config in TABLES:
        builder = load_dataset_builder(str(release), config, cache_dir=str(tmp_path / "cache"))
        assert str(builder.info.version) == "1.0.0"
        whole = load_dataset(str(release), config, split="train", cache_dir=str(tmp_path / "cache"))
        streamed = load_dataset(str(release), config, split="train", streaming=True)
        assert whole.num_rows == sum(1 for _ in streamed) > 0
    stance = load_dataset(str(release), split="train", cache_dir=str(tmp_path / "cache"))
    assert stance.features["label"].names == ["neutral", "against", "favor"]
    for row in stance:
        if row["evidence"] is not None:
            start = row["evidence"]["start"] - row["context_start"]
            surface = row["evidence"]["text"]
            assert row["text"][start : start + len(surface)] == surface

    # The server outlives the process that started it, until it is stopped.
    running = studio.running(data)
    assert running is not None
    assert running.connection.url in first.stdout
    assert running.connection.api_key in (data / "server.json").read_text(encoding="utf-8")
    assert running.connection.api_key not in first.stdout + first.stderr
    again = command("run")
    assert again.returncode == 0, again.stderr
    assert "unchanged" in again.stdout
    assert "restored 0 annotations" in again.stderr
    assert export.read_bytes() == committed
    pulled = command("pull")
    assert pulled.returncode == 0, pulled.stderr
    assert "unchanged" in pulled.stdout
    pushed = command("push")
    assert pushed.returncode == 0, pushed.stderr
    assert "0 created, 0 updated, 5 unchanged, 0 stale" in pushed.stdout
    assert studio.running(data) is not None
    assert command("studio", "--stop").returncode == 0
    assert studio.running(data) is None
    assert command("pull").returncode == 3

    # A new page that nobody has worked on is no difference to the committed work.
    page = ROOT / "tests" / "golden" / "pages" / "wire_en.txt"
    (project_folder / "seeds" / "010.txt").write_bytes(page.read_bytes())
    for name, old, new in (
        ("pyproject.toml", 'version = "1.0.0"', 'version = "1.1.0"'),
        ("CHANGELOG.md", "## [1.0.0]", "## [1.1.0] - 2026-12-01\n\n- A page.\n\n## [1.0.0]"),
    ):
        path = project_folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    grown = command("run")
    assert grown.returncode == 0, grown.stderr
    assert "1 tasks are not in the exports yet" in grown.stderr
    assert export.read_bytes() == committed
    assert studio.running(data) is None  # without --keep it ends with the command


@pytest.mark.usefixtures("server_environment", "stopped")
def test_studio_runs_until_ctrl_c_and_starts_again_on_the_same_data(
    command: Command, project_folder: Path
) -> None:
    data = project_folder / ".label-studio"
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", "from dataset_builder.cli import main; main()", "studio"],
            cwd=project_folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        shown = []
        for line in process.stdout:
            shown.append(line)
            if "Ctrl-C" in line:
                break
        assert str(data / "server.json") in "".join(shown)
        assert (data / "server.json").stat().st_mode & 0o077 == 0
        pushed = command("push")
        assert pushed.returncode == 0, pushed.stderr
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=300)
        assert process.returncode == 0, rest
        assert "Traceback" not in rest
        assert studio.running(data) is None
    assert "0 created, 0 updated, 5 unchanged" in pushed.stdout


@pytest.mark.usefixtures("server_environment")
def test_every_kind_of_work_goes_to_an_empty_server_and_comes_back(
    command: Command, committed: Path, tmp_path: Path, connection: Connection
) -> None:
    folder = renamed(committed, tmp_path / "every-kind", committed.name, "every-kind")
    exports = folder / "annotations" / "exports"
    pulled = {file.name: file.read_bytes() for file in exports.iterdir()}
    names = ["every-kind", *(f"every-kind.{kind}" for kind in ("adjudication", "grid", "review"))]
    assert sorted(pulled) == sorted(f"{name}.jsonl" for name in names)
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    done = command("run", cwd=folder, env=env)
    said = "pulled back byte for byte what is committed (articles, grid, adjudication, review)"
    assert said in done.stderr, done.stderr
    assert {file.name: file.read_bytes() for file in exports.iterdir()} == pulled
    assert done.returncode == 0, done.stderr
    # What is only on the server is found, whatever kind it is of.
    boss = admin(connection)
    (conflict,) = tasks_of(boss, "every-kind (adjudication)")
    boss.annotate(conflict["id"], conflict["predictions"][0]["result"])
    boss.http.close()
    done = command("run", cwd=folder, env=env)
    assert done.returncode == 1, done.stderr
    assert "every-kind.adjudication.jsonl: " in done.stderr
    assert "has other annotations on the server" in done.stderr
