"""Building from articles and exports to Parquet, against parsing and writing alone, in CPU time.

    python benchmarks/build.py [ROWS ...]

The articles and exports are the seeds' over and over under new ids, until there are ROWS rows of
annotations (20,000 and 200,000). Building is what `build` does between cleaning and validating: read
the exports, assemble, count how far annotators agree, write the release with its card and hashes. Parsing and
writing is `json.loads` of every line, of which nothing is kept, and `pyarrow.parquet.write_table` of
the same tables. Both take turns, so that a busy machine slows both alike. Memory is the most that
the process had before the first build and until it was done, and how much of that at most was its
own: the rest is mapped files, which the system takes away when it needs the room. The line below is
one build each with 1, 2, 4, ... processes, as many as there are cores, by the clock: so it depends on
what else the machine does. Its memory is that of all processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from dataset_builder.agreement import agreement_markdown
from dataset_builder.agreement.figures import figures_of
from dataset_builder.agreement.tally import Tally
from dataset_builder.assemble import assemble
from dataset_builder.clean import clean_pages
from dataset_builder.collecting import without_collecting
from dataset_builder.engines import cores
from dataset_builder.project import SPLITS, find_project
from dataset_builder.registries import load_registries
from dataset_builder.release.documents import Release, read_documents
from dataset_builder.release.writer import discard, prepare
from dataset_builder.studio.export_lines import read_lines
from dataset_builder.tables import TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from dataset_builder.articles import Article
    from dataset_builder.project import Project
    from dataset_builder.registries import Registries

ROUNDS = 3
SIZES = (20_000, 200_000)
ROWS_OF_SEEDS = 2300
MANY = 500_000
"""From so many rows on, one round has to do."""
Tables = dict[tuple[str, str], "pa.Table"]


@dataclass(frozen=True)
class Alone:
    """An article that is its own group and story."""

    duplicate_group: str
    story: str


def renamed(name: str, number: int) -> str:
    """The id of an article in another copy."""
    return hashlib.sha256(f"{name} {number}".encode()).hexdigest()[:16]


def inputs(project: Project, folder: Path, copies: int) -> list[Article]:
    """Write the exports into `folder`, and return the articles."""
    seeds = clean_pages(project.seeds).articles
    lines = [
        line
        for file in sorted(project.exports.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    with (folder / "copies.jsonl").open("w", encoding="utf-8") as file:
        for number in range(copies):
            for line in lines:
                text = line
                for article in seeds:
                    text = text.replace(article.article_id, renamed(article.article_id, number))
                file.write(f"{text}\n")
    return [
        replace(article, article_id=renamed(article.article_id, number))
        for number in range(copies)
        for article in seeds
    ]


def build(
    project: Project, known: Registries, folder: Path, articles: list[Article], jobs: int = 1
) -> Tables:
    """From exports and articles to a written release, which is removed again."""
    with without_collecting():  # as `release.build.draft` reads them
        work, _ = read_lines(folder)
    names = [article.article_id for article in articles]
    groups = {name: Alone(name, name) for name in names}
    splits: dict[str, str | None] = {name: SPLITS[n % 3] for n, name in enumerate(names)}
    tally = Tally(known.ontology, details=False)
    made = assemble(
        *(articles, groups, work["articles"], known, project.settings, splits),
        tally=tally,
        jobs=jobs,
    )
    release = Release(
        *(made.tables, project.settings, known, read_documents(project)),
        agreement=agreement_markdown(figures_of(tally, known)),
    )
    discard(prepare(folder / project.settings.version, release))
    return made.tables


def parse_and_write(folder: Path, tables: Tables) -> None:
    """The least that any program must do."""
    with (folder / "copies.jsonl").open("rb") as file:
        for line in file:
            json.loads(line)
    for table in tables.values():
        pq.write_table(table, folder / "bare.parquet", compression="zstd", compression_level=3)


def measure(wanted: int) -> str:
    """One line with the figures for so many rows."""
    project = find_project()
    known = load_registries(project)
    for table in TABLES.values():
        arrow_schema(table, known.ontology)  # imports what takes seconds to import
    with tempfile.TemporaryDirectory(prefix="benchmark-build-") as scratch:
        folder = Path(scratch)
        articles = inputs(project, folder, max(1, wanted // ROWS_OF_SEEDS))
        size = (folder / "copies.jsonl").stat().st_size / 1e6
        spent: dict[str, list[float]] = {"build": [], "parse and write": []}
        tables: Tables = {}
        memory = [peak()]
        own = Watched()
        for _ in range(ROUNDS if wanted < MANY else 1):
            for name, seconds in spent.items():
                begun = time.process_time()
                if name == "build":
                    tables = build(project, known, folder, articles)
                else:
                    parse_and_write(folder, tables)
                seconds.append(time.process_time() - begun)
                if len(memory) == 1:
                    memory += [peak(), own.most()]
        clock = [by_the_clock(project, known, folder, articles, jobs) for jobs in numbers()]
    rows = sum(table.num_rows for (name, _), table in tables.items() if name == "annotations")
    ratio = np.median(np.array(spent["build"]) / np.array(spent["parse and write"]))
    seconds = [float(np.median(found)) for found in spent.values()]
    return (
        f"{rows:11,}{len(articles):10,}{size:9.0f}{seconds[0]:9.2f}{seconds[1]:17.2f}{ratio:7.1f}"
        f"{memory[0]:9.0f}{memory[1]:8.0f}{memory[2]:8.0f}\n    by the clock, with "
        + ", ".join(
            f"{jobs} process{'es' * (jobs > 1)}: {taken:.2f} s"
            f"{f' ({clock[0][0] / taken:.2f} times as fast)' * (jobs > 1)}, {most:.0f} MB own"
            for jobs, (taken, most) in zip(numbers(), clock, strict=True)
        )
    )


def numbers() -> list[int]:
    """1, 2, 4, ... up to the number of cores."""
    return [2**power for power in range(cores().bit_length())]


def by_the_clock(
    project: Project, known: Registries, folder: Path, articles: list[Article], jobs: int
) -> tuple[float, float]:
    """Seconds of one build, and MB that all its processes had of their own at most."""
    own, begun = Watched(), time.perf_counter()
    build(project, known, folder, articles, jobs)
    return time.perf_counter() - begun, own.most()


def peak() -> float:
    """MB that the process had at most."""
    # Not of getrusage: that counts what the parent had, too.
    return megabytes(Path("/proc/self"), "VmHWM")


def megabytes(process: Path, line: str) -> float:
    """What /proc says of the memory of a process, 0 when it is over."""
    try:
        status = (process / "status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(rf"{line}:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


class Watched:
    """Looks every now and then at how much memory is the own one, not that of a file, of this
    process and those that it started."""

    def __init__(self) -> None:
        self._most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def most(self) -> float:
        """MB at most, until now; ends it."""
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(0.05):
            started = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            running = (megabytes(Path("/proc", name), "RssAnon") for name in ("self", *started))
            self._most = max(self._most, sum(running))


def measured(sizes: Iterable[int]) -> None:
    """Print the table; each number of rows in a process of its own."""
    print(
        "annotations  articles  MB JSON    build  parse and write  ratio  MB: in     all     own",
        flush=True,
    )
    places = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    for size in sizes:
        # Not this file: every process that it starts would read what it imports.
        code = f"from build import measure; print(measure({size}))"
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
        subprocess.run([sys.executable, "-c", code], check=True, env=env)


def main() -> None:
    """Print the table."""
    measured([int(size) for size in sys.argv[1:]] or SIZES)


if __name__ == "__main__":
    main()
