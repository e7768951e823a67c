"""Runs mutants of any seed: `python -m tests.mutations --seed 7 --count 2000`.

Without --count every kind is seeded at every table and split that it is for. Prints every mutant
that survives, and what was done; exit code 1 when one survives.
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.mutations.batch import Task, run
from tests.mutations.trial import KINDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides every draw, bases included")
    parser.add_argument("--count", type=int, help="mutants; without it every kind at every site")
    parser.add_argument("--only", default="", help="codes that begin so, or a kind's name")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    tasks = [
        Task(options.seed, options.count, options.only, first, options.jobs)
        for first in range(options.jobs)
    ]
    if options.jobs == 1:
        done = [run(tasks[0])]
    else:
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(options.jobs, mp_context=fresh) as pool:
            done = list(pool.map(run, tasks))
    lines = [line for part in done for line in part.lines]
    bases = sum((part.bases for part in done), collections.Counter())
    mutants = sum(part.mutants for part in done)
    print(
        f"seed {options.seed}: {len(set().union(*(part.kinds for part in done)))} of {len(KINDS)} "
        f"kinds, {mutants} mutants, {mutants - len(lines)} killed, {len(lines)} not; made from "
        f"{', '.join(f'{name} {n}' for name, n in sorted(bases.items()))}; "
        f"{sum(part.seconds for part in done):.0f} s CPU"
    )
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
