"""Readers of standard output that go away, streams that are closed, disks that are full, and Ctrl-C:
what people and services do to a command around its work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "releases/1.0.0"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in `folder`, in which `db` is the command as it is installed."""
    command = f'{sys.executable} -c "from dataset_builder.__main__ import main; main()" "$@"'
    return subprocess.run(
        ["bash", "-c", f"db() {{ {command}; }}\n{line}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (f"validate {RELEASE}", 0),
        ("validate --strict --select GRM", 1),
        ("status", 0),
        ("rules", 0),
        ("--help", 0),
    ],
)
def test_the_code_is_that_of_the_work_whoever_reads(built_folder, call, code):
    done = shell(f"db {call} | true; echo ${{PIPESTATUS[0]}}", built_folder)
    assert done.stdout == f"{code}\n", done.stderr
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def test_nobody_reads_standard_error(built_folder):
    done = shell("db rules XYZ 2>&1 | true; echo ${PIPESTATUS[0]}", built_folder)
    assert done.stdout == "2\n"


def test_files_are_written_when_the_reader_is_gone(built_folder):
    call = f"validate {RELEASE} --format text --format json=found.json"
    done = shell(f"db {call} | true; echo ${{PIPESTATUS[0]}}", built_folder)
    assert done.stdout == "0\n", done.stderr
    assert json.loads((built_folder / "found.json").read_bytes())["findings"] == []


def test_a_file_whose_reader_is_gone_is_no_finding(built_folder):
    call = f"validate {RELEASE} --format sarif=pipe"  # more than a pipe holds
    done = shell(f"mkfifo pipe; head -c 10 < pipe > start & db {call}", built_folder)
    assert done.returncode == 3, done.stdout
    assert "error: pipe: the other end went away" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(built_folder, closed):
    call = f"validate {RELEASE} --format json=found.json"
    done = shell(f"db {call} {closed}", built_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((built_folder / "found.json").read_bytes())["findings"] == []
    assert shell(f"db status {closed}", built_folder).returncode == 0
    assert shell(f"db rules XYZ {closed}", built_folder).returncode == 2


def test_an_error_is_told_when_only_standard_output_is_closed(built_folder):
    done = shell("db validate nowhere >&-", built_folder)
    assert done.returncode == 2
    assert "nowhere does not exist" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("call", "place"),
    [
        ("rules > /dev/full", "standard output"),
        (f"validate {RELEASE} --format json=/dev/full", "/dev/full"),
        (f"report {RELEASE} --out /dev/full", "/dev/full"),
    ],
)
def test_a_full_disk_names_what_could_not_be_written(built_folder, call, place):
    done = shell(f"db {call}", built_folder)
    assert done.returncode == 3
    assert f"error: {place}: No space left on device" in done.stderr
    assert "ignored" not in done.stderr


SLOW = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.{number})
            {then}
sys.meta_path.insert(0, Finder())
sys.argv = ["dataset-builder", "rules"]
from dataset_builder.__main__ import main
main()
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "name", ["click", "dataset_builder.cli", "dataset_builder.validate_commands"]
)
@pytest.mark.parametrize("then", ["pass", "raise ImportError('as some libraries do')"])
def test_interrupted_while_it_is_imported(tmp_path, number, name, then):
    code = SLOW.format(name=name, number=number, then=then)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    said = "interrupted; nothing is half-written, run the same command again\n"
    assert (done.stdout, done.stderr) == ("", said)


def test_what_is_installed_is_what_can_be_interrupted():
    """Nothing that takes time is imported before the handlers are there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"dataset-builder": "dataset_builder.__main__:main"}
    code = (
        "import sys; before = set(sys.modules)\n"
        "import dataset_builder.__main__\n"
        "print(sorted(set(sys.modules) - before - {'enum', 'signal', '_signal'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.strip("[]\n").replace("'", "").split(", "))
    assert {name for name in loaded if name.startswith("dataset_builder")} == {
        "dataset_builder", "dataset_builder.__main__", "dataset_builder.interrupts",
    }  # fmt: skip
    assert not loaded & {"click", "typing", "pathlib", "importlib.metadata"}
