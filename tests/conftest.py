"""Shared fixtures: a copy of this project that a test may do anything to, and its commands."""

from __future__ import annotations

import contextlib
import fcntl
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
    "docs/codebook.md",
)
SPREAD = (
    "tests/golden/",
    "tests/property/",
    "tests/unit/test_build.py",
    "tests/unit/test_validate_mutants.py",
)
"""Tests that need not stay with the others of their file."""
MEANWHILE = 150
"""How many of those are as long as installing the server: about two minutes of three workers."""

# Whoever starts the tests in the background may have SIGINT ignored, which all that they start would
# inherit; and Ctrl-C is among what they try.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Workers and what they start share the processors. Polars reads this when it is imported.
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))

# Property-based tests: few examples at every edit, more in CI, and many when asked for by
# `--hypothesis-profile thorough`. Machines are shared: no deadlines.
hypothesis.settings.register_profile("fast", deadline=None, max_examples=25)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=40)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "fast")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many damaged releases the validator is tried on, and which."""
    many = 300 if os.environ.get("CI") else 0
    parser.addoption(
        "--mutants", type=int, default=many, help="default: one for each rule; in CI 300"
    )
    parser.addoption("--mutant-seed", type=int, default=1, help="decides every draw; default 1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `-n`, the tests of a file stay together: its server, its fixtures and what it imports are
    made once. Where tests take long and share nothing, each goes wherever room is."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class FilesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid)

    config.option.loadscopereorder = False  # see below
    return FilesTogether(config, log)


def _scope(nodeid: str) -> str:
    return nodeid if nodeid.startswith(SPREAD) else nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files are begun first, and single quick tests last, so that the end does not wait for one
    worker. While the first of them installs the server, the other workers have something else."""
    scopes: dict[str, list[pytest.Item]] = {}
    for item in items:
        scopes.setdefault(_scope(item.nodeid), []).append(item)
    ordered = sorted(scopes.values(), key=len, reverse=True)
    long = [scope for scope in ordered if "e2e" in scope[0].keywords]
    rest = [scope for scope in ordered if "e2e" not in scope[0].keywords]
    meanwhile = [scope for scope in rest if len(scope) == 1][:MEANWHILE] if long else []
    taken = {scope[0].nodeid for scope in meanwhile}
    last = [scope for scope in rest if scope[0].nodeid not in taken]
    items[:] = [item for scope in (*long[:1], *meanwhile, *long[1:], *last) for item in scope]


def copy_inputs(folder: Path) -> Path:
    """The committed inputs of this project, as a clone would have them, in a new `folder`."""
    folder.mkdir()
    for name in INPUTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.private.yaml"))
        else:
            (folder / name).parent.mkdir(exist_ok=True)
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
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all its workers. See `made_once`."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder` after `make(folder)`, which is called by the first worker that needs it; the others
    wait."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.with_name(f"{folder.name}.done")
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that died
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def _built(shared_folder: Path) -> Path:
    def build(folder: Path) -> None:
        done = run_here("build", cwd=copy_inputs(folder))
        assert done.returncode == 0, done.stderr

    return made_once(shared_folder / "built", build)


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
