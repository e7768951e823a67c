"""Building in several processes: the same bytes as in one, and nothing left of a build that stops."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dataset_builder import assemble as assembling
from dataset_builder.assemble import ranges
from dataset_builder.clean import page as cleaning
from dataset_builder.errors import DatasetBuilderError, FindingsError
from dataset_builder.project import find_project
from dataset_builder.release.build import draft
from dataset_builder.release.writer import prepare
from dataset_builder.validate.findings import Finding

ROOT = Path(__file__).parents[2]
SMALL = """
from dataset_builder import assemble
from dataset_builder.assemble import ranges
ranges.RANGE = assemble.ENOUGH = 1
from dataset_builder.cli import main
main()
"""
"""A command for which every article is a range of its own, and worth a process."""


def content(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.slow
def test_processes_and_ranges_change_no_byte(project_folder, tmp_path, monkeypatch):
    project = find_project(project_folder)
    used: list[int] = []
    for module in (assembling, cleaning):
        opened = module.opened
        monkeypatch.setattr(
            module, "opened", lambda jobs, opened=opened: (used.append(jobs), opened(jobs))[1]
        )

    def release(jobs):
        made = draft(project, tell=lambda _: None, jobs=jobs)
        partial = prepare(tmp_path / str(len(used)) / "1.0.0", made.release)
        return made.findings, made.new_entries, content(partial)

    whole = release(3)
    assert max(used) <= 1, "five articles do not pay for a process"
    monkeypatch.setattr(assembling, "ENOUGH", 1)
    monkeypatch.setattr(cleaning, "TOGETHER", 2)
    for jobs, size, pages in ((1, 1, 1), (2, 1, 2), (3, 100_000, 1)):
        monkeypatch.setattr(ranges, "RANGE", size)
        monkeypatch.setattr(cleaning, "MANY", 2 if pages > 1 else 100)
        used.clear()
        assert release(jobs) == whole
        assert used == [pages, jobs]


def test_an_error_in_a_process_is_told_as_it_is(project_folder, monkeypatch):
    monkeypatch.setattr(ranges, "RANGE", 1)
    monkeypatch.setattr(assembling, "ENOUGH", 1)
    export = next((project_folder / "annotations" / "exports").glob("*.jsonl"))

    def tell(step):
        if step.startswith("assembling"):
            export.write_bytes(export.read_bytes() + b"\n")

    with pytest.raises(DatasetBuilderError, match="changed while it was read"):
        draft(find_project(project_folder), tell=tell, jobs=2)
    error = FindingsError("wrong", [Finding("SCH101", "error", "not JSON")], hint="mend it")
    sent = pickle.loads(pickle.dumps(error))
    assert (str(sent), sent.findings) == (str(error), error.findings)


def workers_of(process):
    import psutil

    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "whom", "code", "said"),
    [
        (signal.SIGINT, "parent", 130, "interrupted"),
        (signal.SIGKILL, "worker", 3, "a worker process was killed"),
    ],
)
def test_nothing_is_left_of_a_build_that_stops(project_folder, tmp_path, number, whom, code, said):
    import psutil

    ledger = project_folder / "annotations" / "ledger.jsonl"
    known = ledger.read_bytes()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SMALL, "build", "--jobs", "2"],
        cwd=project_folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (workers := workers_of(process)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    os.kill(process.pid if whom == "parent" else workers[0].pid, number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == code
    assert said in told.lower()
    assert "Traceback" not in told
    assert psutil.wait_procs(workers, timeout=60)[1] == []
    assert list(scratch.iterdir()) == []
    assert not (project_folder / "releases").exists()
    assert ledger.read_bytes() == known
