"""Cleaning a corpus of generated pages: speed and memory, by number of pages and processes.

    python benchmarks/corpus.py --folder DIR [--pages 10000 100000 1000000] [--jobs 1 2]
                                [--engine pool] [--keep]

Every run is what `dataset-builder clean --out` does with a .jsonl.zst of `generate.py`, into an empty
folder: reading twice, learning template lines, cleaning, writing, grouping near-duplicates. Interrupt
it anywhere and give the same command again: what is done is not done again, and the table is that of
all runs in DIR (seconds of a run that was interrupted are those of all its parts). Without --keep, what
was generated and written is removed as soon as it is measured.

Memory is the largest sum over all processes (proportional set size). On a machine with other work wall
seconds mean little: beside them stand CPU seconds, and what the run would take if every process had a
processor to itself: for each stage the CPU seconds of the main process, or those of all processes
divided among them, whichever is more. Tables of runs on the same pages are checked to be the same
bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import psutil

EVERY = 0.5
"""Seconds between two looks at the memory."""
STAGES = ("learning", "cleaning", "grouping")


@dataclass
class Run:
    """Figures of one run; those of its parts when it was interrupted."""

    pages: int
    jobs: int
    engine: str
    size: int
    """Bytes of the pages' text."""
    parts: int = 0
    """1 for a run that was never interrupted."""
    wall: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Of all processes together."""
    main: dict[str, float] = field(default_factory=dict)
    """Of the main process."""
    memory: float = 0.0
    """Bytes, at most, of all processes together."""
    digest: str = ""
    """Of everything that was written; empty as long as the run is not finished."""

    @property
    def name(self) -> str:
        """File name of the run's figures and folder of what it writes."""
        return f"{self.pages}-{self.jobs}-{self.engine}"

    @property
    def alone(self) -> float:
        """Seconds if every process had a processor to itself."""
        return sum(max(self.main[stage], self.cpu[stage] / self.jobs) for stage in self.cpu)


# ---- one run, in a process of its own


def one(source: Path, out: Path, run: Run, figures: Path) -> None:
    """Clean `source` into `out`, and keep what it takes in the file `figures` up to date."""
    from dataset_builder.corpus import Options, Progress, clean_corpus
    from dataset_builder.ontology import load_ontology
    from dataset_builder.project import packaged
    from dataset_builder.sources import read_pages

    me = psutil.Process()
    used: dict[int, float] = {}  # also of processes that have ended
    before = asdict(run)
    now = dict.fromkeys(("wall", "cpu", "main"), 0.0)
    stage = STAGES[0]

    def note() -> None:
        for process in (me, *me.children(recursive=True)):
            used[process.pid] = max(_cpu(process), used.get(process.pid, 0.0))
        new = {"wall": time.perf_counter(), "cpu": sum(used.values()), "main": used[me.pid]}
        for what, value in new.items():
            spent = getattr(run, what)
            spent[stage] = spent.get(stage, 0.0) + value - now[what]
            now[what] = value
        _save(run, figures)

    def report(progress: Progress) -> None:
        nonlocal stage
        found = progress.step if progress.step in STAGES else "grouping"
        if found != stage or time.perf_counter() - now["wall"] > 10 * EVERY:
            note()
            stage = found

    run.parts = before["parts"] + 1
    now["wall"] = time.perf_counter()
    clean_corpus(
        partial(read_pages, (str(source),)),
        out,
        load_ontology(packaged("schemas/ontology.yaml")),
        Options(engine=run.engine, jobs=run.jobs),  # type: ignore[arg-type]
        report,
    )
    note()


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _save(run: Run, figures: Path) -> None:
    new = figures.with_suffix(".part")
    new.write_text(json.dumps(asdict(run)), encoding="utf-8")
    new.replace(figures)


def measure(source: Path, folder: Path, run: Run) -> Run:
    """Make `run`, or what is left of it, and look on."""
    figures, out = folder / f"{run.name}.json", folder / run.name
    if figures.exists():
        run = Run(**json.loads(figures.read_text(encoding="utf-8")))
        if run.digest:
            return run
    else:
        shutil.rmtree(out, ignore_errors=True)
    _save(run, figures)
    process = subprocess.Popen(
        [sys.executable, __file__, "--one", str(source), str(out), str(figures)]
    )
    memory = 0
    try:
        while process.poll() is None:
            memory = max(memory, _memory(process.pid))
            time.sleep(EVERY)
    finally:  # an interrupt reaches the process, too: it ends in good order
        process.wait()
        run = Run(**json.loads(figures.read_text(encoding="utf-8")))
        run.memory = max(run.memory, memory)
        _save(run, figures)
    if process.returncode:
        sys.exit(f"cleaning {source} ended with {process.returncode}")
    run.digest = _digest(out)
    _save(run, figures)
    return run


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


# ---- all runs


def table(runs: list[Run]) -> str:
    """The runs as a Markdown table."""
    lines = [
        (
            "| pages | MB | processes | learn s | clean s | group s | wall s | CPU s | MB per CPU s "
            "| peak MB | on free processors s | against one process | CPU per page, against the fewest |"
        ),
        "| --- " * 13 + "|",
    ]
    for run in runs:
        same = [other for other in runs if other.jobs == run.jobs and other.engine == run.engine]
        small = min(same, key=lambda other: other.pages)
        one_ = next((other for other in runs if (other.pages, other.jobs) == (run.pages, 1)), None)
        cpu, wall = sum(run.cpu.values()), sum(run.wall.values())
        growth = (cpu / run.pages) / (sum(small.cpu.values()) / small.pages)
        stages = " | ".join(f"{run.wall.get(stage, 0.0):,.1f}" for stage in STAGES)
        gain = f"{one_.alone / run.alone:.2f}" if one_ else ""
        again = f" ({run.parts} parts)" if run.parts > 1 else ""
        lines.append(
            f"| {run.pages:,}{again} | {run.size / 1e6:,.0f} | {run.jobs} | {stages} | {wall:,.1f} "
            f"| {cpu:,.1f} | {run.size / cpu / 1e6:.2f} | {run.memory / 1e6:,.0f} | {run.alone:,.1f} "
            f"| {gain} | {growth:.2f} |"
        )
    return "\n".join(lines)


def generated(folder: Path, pages: int) -> tuple[Path, int]:
    """The file with so many pages, made if it is not there, and the bytes of their text."""
    import generate

    source, size = folder / f"{pages}.jsonl.zst", folder / f"{pages}.size"
    if not (source.exists() and size.exists()):
        half = folder / f"half-{pages}.jsonl.zst"
        count = generate.write(pages, half)
        half.replace(source)
        size.write_text(str(count), encoding="utf-8")
    return source, int(size.read_text(encoding="utf-8"))


def main() -> None:
    """Command line."""
    if sys.argv[1:2] == ["--one"]:
        source, out, figures = map(Path, sys.argv[2:5])
        one(source, out, Run(**json.loads(figures.read_text(encoding="utf-8"))), figures)
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--engine", choices=["pool", "ray"], default="pool")
    parser.add_argument("--folder", type=Path, required=True, help="Where to work.")
    parser.add_argument("--keep", action="store_true", help="Leave what was written.")
    given = parser.parse_args()
    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    runs: list[Run] = []
    for pages in given.pages:
        for jobs in given.jobs:
            engine = "loop" if jobs == 1 and given.engine == "pool" else given.engine
            run = Run(pages, jobs, engine, 0)
            finished = folder / f"{run.name}.json"
            if finished.exists() and (found := Run(**json.loads(finished.read_text()))).digest:
                runs.append(found)
                continue
            source, run.size = generated(folder, pages)
            runs.append(measure(source, folder, run))
            if not given.keep:
                shutil.rmtree(folder / run.name)
        if len({run.digest for run in runs if run.pages == pages}) > 1:
            sys.exit(f"{pages} pages: the tables of some runs are not those of others")
        print(table(runs), flush=True)
        if not given.keep:
            (folder / f"{pages}.jsonl.zst").unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: the same command goes on here")
