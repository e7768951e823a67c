"""Shared fixtures: a copy of this project that a test may do anything to, and its commands."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[1]
INPUTS = (
    "pyproject.toml",
    "seeds",
    "schemas",
    "annotations",
    "dataset_card.md",
    "CHANGELOG.md",
    "LICENSE",
    "CITATION.cff",
)

# Property-based tests: few examples at every edit, many in CI. Machines are shared: no deadlines.
hypothesis.settings.register_profile("fast", deadline=None, max_examples=30)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=200)
hypothesis.settings.load_profile("thorough" if os.environ.get("CI") else "fast")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many damaged releases the validator is tried on, and which."""
    many = 300 if os.environ.get("CI") else 0
    parser.addoption(
        "--mutants", type=int, default=many, help="default: one for each rule; in CI 300"
    )
    parser.addoption("--mutant-seed", type=int, default=1, help="decides every draw; default 1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `-n`, all tests that need the server go to one worker: they share it, and its machine.

    Marks of `xdist_group` would say the same, but xdist 3.8 loses them under pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ServerTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "e2e" if nodeid.startswith("tests/e2e/") else nodeid

    return ServerTogether(config, log)


def copy_inputs(folder: Path) -> Path:
    """The committed inputs of this project, as a clone would have them, in a new `folder`."""
    folder.mkdir()
    for name in INPUTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.private.yaml"))
        else:
            shutil.copy(source, folder / name)
    return folder


def run_here(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `dataset-builder ARGUMENTS` in this process: the whole program, from `main` to the exit
    code, but for the seconds that starting Python and importing everything takes."""
    from dataset_builder.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in signals}
    code: object = None
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["dataset-builder", *arguments])
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    assert isinstance(code, int)
    for stream in (out, err):
        stream.flush()
    shown = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(arguments, code, *shown)


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """A copy of this project."""
    return copy_inputs(tmp_path / "project")


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_inputs(tmp_path_factory.mktemp("built") / "project")
    done = run_here("build", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def built_folder(_built: Path, tmp_path: Path) -> Path:
    """A copy of this project after `dataset-builder build`."""
    return shutil.copytree(_built, tmp_path / "built")


@pytest.fixture
def command(project_folder: Path) -> Command:
    """Runs `dataset-builder ARGUMENTS` in the copied project (or `cwd`), see `run_here`."""

    def run(
        *arguments: str, cwd: Path = project_folder, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return run_here(*arguments, cwd=cwd, env=env)

    return run


@pytest.fixture
def process(project_folder: Path) -> Command:
    """The same in a process of its own, as a person would: for what depends on the process."""

    def run(
        *arguments: str, cwd: Path = project_folder, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from dataset_builder.cli import main; main()", *arguments],
            cwd=cwd,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "default",
                **(env or {}),
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
