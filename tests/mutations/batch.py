"""Many mutants in one process."""

from __future__ import annotations

import collections
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.bases import Bases
from tests.mutations.kind import NotHere
from tests.mutations.trial import judged, make, plan, survived, whole


@dataclass(frozen=True)
class Task:
    """Every n-th of the mutants that were asked for; a mutant itself cannot be sent to a process."""

    seed: int
    count: int | None
    only: str
    first: int
    step: int

    def mutants(self):
        found = whole(self.seed) if self.count is None else plan(self.seed, self.count)
        chosen = [m for m in found if m.kind.code.startswith(self.only) or m.kind.name == self.only]
        return chosen[self.first :: self.step]


@dataclass(frozen=True)
class Done:
    """What became of them."""

    lines: list[str]
    """About those that survive."""
    bases: collections.Counter
    """How many were made from each base."""
    kinds: set[str]
    mutants: int
    seconds: float


def run(task: Task) -> Done:
    """Make and judge the mutants of a task."""
    start = time.process_time()
    done = Done([], collections.Counter(), set(), len(task.mutants()), 0.0)
    with tempfile.TemporaryDirectory() as folder:
        bases = Bases(Path(folder) / "bases", task.seed)
        for mutant in task.mutants():
            done.kinds.add(mutant.kind.name)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                told = _tried(mutant, bases, Path(scratch), done.bases)
            if told:
                done.lines.append(f"{mutant} {told}")
                print(done.lines[-1], flush=True)
    return Done(done.lines, done.bases, done.kinds, done.mutants, time.process_time() - start)


def _tried(mutant, bases, scratch, made_from):
    """Why a mutant survives; None when it does not."""
    try:
        made = make(mutant, bases, scratch)
    except NotHere:
        return "has nothing to damage in any base"
    except Exception as error:  # noqa: BLE001 - one kind that fails must not hide others
        return f"could not be made: {error!r}"
    made_from[made.base] += 1
    told = survived(mutant, made, *judged(made))
    return f"from {made.base}: {told}" if told else None
