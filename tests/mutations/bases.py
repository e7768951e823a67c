"""The valid releases that mutants are made from: the seeds', and generated ones of several shapes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataset_builder.release.manifest import MANIFEST
from tests.conftest import copy_inputs, made_once, run_here
from tests.factory import make_release, make_world
from tests.factory_shapes import with_adjudication, with_grid, with_person
from tests.factory_words import BOTH, RICH, SCRIPTS
from tests.mutations.draft import Base

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def seeds(folder: Path) -> Path:
    """The release of the five committed pages, by the real command."""
    project = copy_inputs(folder / "project")
    done = run_here("build", cwd=project)
    assert done.returncode == 0, done.stderr
    return next((project / "releases").iterdir())


SHAPES: dict[str, Callable[[Path, int], Path]] = {
    "seeds": lambda folder, _: seeds(folder),
    "plain": lambda folder, seed: make_release(folder, seed, 6),
    "scripts": lambda folder, seed: make_release(
        folder, rows=make_world(seed + 1, 7, SCRIPTS).rows
    ),
    "team": lambda folder, seed: make_release(
        folder, rows=with_person(with_grid(make_world(seed + 2, 6, RICH).rows))
    ),
    "settled": lambda folder, seed: make_release(
        folder, rows=with_adjudication(make_world(seed + 3, 6, RICH).rows)
    ),
    "shards": lambda folder, seed: make_release(
        folder, rows=make_world(seed + 4, 9, BOTH).rows, shard_rows=15
    ),
}


class Bases:
    """Each shape, written when it is first asked for, by whoever of several processes that share
    `folder` asks first."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self._folder, self._seed = folder, seed
        self._made: dict[str, Base] = {}

    def __getitem__(self, name: str) -> Base:
        if name not in self._made:
            self._folder.mkdir(parents=True, exist_ok=True)
            made = made_once(self._folder / f"{name}-{self._seed}", partial(self._make, name))
            (manifest,) = made.rglob(MANIFEST)
            self._made[name] = Base(name, manifest.parent)
        return self._made[name]

    def _make(self, name: str, folder: Path) -> None:
        folder.mkdir()
        SHAPES[name](folder, self._seed)
