"""Cleaning a corpus of generated pages: speed and memory, by number of pages and processes.

    python benchmarks/corpus.py [--pages 10000 100000 1000000] [--jobs 1 2] [--engine pool]
                                [--folder DIR] [--keep]

Every run is the command `dataset-builder clean` on a .jsonl.zst of `generate.py`, into an empty
folder: reading twice, learning template lines, cleaning, writing, grouping near-duplicates. Memory
is the largest sum over all processes (proportional set size). CPU seconds are printed beside wall
seconds, for on a machine with other work only they can be compared. Tables of runs on the same
pages are checked to be the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import generate
import psutil

EVERY = 0.5
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Run:
    """Figures of one run."""

    pages: int
    size: int
    """Bytes of the pages' text."""
    jobs: int
    wall: float
    cpu: float
    memory: float
    """Bytes, at most, of all processes together."""
    digest: str
    """Of everything that was written."""


def measure(source: Path, out: Path, pages: int, size: int, jobs: int, engine: str) -> Run:
    """Clean `source` into `out` and look on."""
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable, "-c", "from dataset_builder.cli import main; main()",
        "clean", str(source), "--out", str(out), "--jobs", str(jobs), "--engine", engine,
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = 0
    while process.poll() is None:
        memory = max(memory, _memory(process.pid))
        time.sleep(EVERY)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(pages, size, jobs, wall, cpu, memory, _digest(out))


def _memory(number: int) -> int:
    """Bytes that a process and all below it hold."""
    total = 0
    try:
        parent = psutil.Process(number)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_full_info().pss
    except psutil.Error:  # one has just ended: the next look will do
        return total
    return total


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(folder)}\n".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def table(runs: list[Run]) -> str:
    """The runs as a Markdown table."""
    lines = [
        (
            "| pages | MB | processes | wall s | CPU s | pages/s | MB/s | peak MB | against one process "
            "| seconds per page, against the smallest |"
        ),
        "| --- " * 10 + "|",
    ]
    for run in runs:
        one = next((other for other in runs if (other.pages, other.jobs) == (run.pages, 1)), run)
        small = next(other for other in runs if other.jobs == run.jobs)
        growth = (run.wall / run.pages) / (small.wall / small.pages)
        lines.append(
            f"| {run.pages:,} | {run.size / 1e6:,.0f} | {run.jobs} | {run.wall:,.1f} "
            f"| {run.cpu:,.1f} | {run.pages / run.wall:,.0f} | {run.size / run.wall / 1e6:.2f} "
            f"| {run.memory / 1e6:,.0f} | {one.wall / run.wall:.2f} | {growth:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--engine", choices=["pool", "ray"], default="pool")
    parser.add_argument("--folder", type=Path, help="Where to work [a temporary folder].")
    parser.add_argument("--keep", action="store_true", help="Leave what was written.")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="corpus-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    runs: list[Run] = []
    for pages in given.pages:
        source = folder / f"{pages}.jsonl.zst"
        size = generate.write(pages, source)
        for jobs in given.jobs:
            engine = "loop" if jobs == 1 and given.engine == "pool" else given.engine
            out = folder / f"{pages}-{jobs}"
            runs.append(measure(source, out, pages, size, jobs, engine))
            if len({run.digest for run in runs if run.pages == pages}) > 1:
                sys.exit(f"{pages} pages: the tables of {jobs} processes are not those of others")
            print(table(runs), flush=True)
            if not given.keep:
                shutil.rmtree(out)
        if not given.keep:
            source.unlink()
    if given.folder is None and not given.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
