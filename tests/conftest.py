"""Shared fixtures: a copy of this project that a test may do anything to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """A folder with the committed inputs of this project, as a clone would have them."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in INPUTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.private.yaml"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture
def command(project_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `dataset-builder ARGUMENTS` in the copied project, as a person would."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from dataset_builder.cli import main; main()", *arguments],
            cwd=options.pop("cwd", project_folder),
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "default",
                **options.pop("env", {}),
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **options,
        )

    return run
