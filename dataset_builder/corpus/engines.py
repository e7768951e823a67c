"""Ways to clean many batches: those of `dataset_builder.engines`, or Ray."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dataset_builder import engines
from dataset_builder.errors import DatasetBuilderError
from dataset_builder.extras import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.corpus.store import Store
    from dataset_builder.corpus.templates import Templates
    from dataset_builder.ontology import Ontology

Name = Literal["loop", "pool", "ray"]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Job:
    """One batch on its way into an engine."""

    key: str
    table: pa.Table
    """Raw pages (`stage.raw_schema`)."""
    size: int
    """Bytes of their text."""


@dataclass(frozen=True)
class Done:
    """A batch that is cleaned and stored."""

    key: str
    pages: int
    size: int


@dataclass(frozen=True)
class Cleaning:
    """What is done with every batch."""

    store: Store
    ontology: Ontology

    def __call__(self, job: Job) -> Done:
        """Clean and store a batch, where the engine runs it: results need not travel."""
        from dataset_builder.corpus.stage import clean_table

        templates = saved_templates(self.store.templates)
        return self.finish(job, clean_table(job.table, templates=templates))

    def finish(self, job: Job, cleaned: pa.Table) -> Done:
        """Store a batch that is cleaned."""
        from dataset_builder.corpus.store import write_batch

        write_batch(self.store, job.key, cleaned, self.ontology)
        return Done(job.key, cleaned.num_rows, job.size)


def saved_templates(file: Path) -> Templates:
    """The template lines in `file`, read once by each process as long as it stays the same."""
    found = file.stat()
    return _saved(file, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _saved(file: Path, _inode: int, _changed: int) -> Templates:
    from dataset_builder.corpus.templates import read_templates

    return read_templates(file)


@dataclass(frozen=True)
class Engine:
    """Where a corpus is cleaned."""

    here: engines.Engine

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`work` on every one of `items`, in any order."""
        return self.here.map(work, items)

    def clean(self, cleaning: Cleaning, jobs: Iterable[Job]) -> Iterator[Done]:
        """Clean and store every batch."""
        return self.here.map(cleaning, jobs)


@contextmanager
def opened(name: Name, jobs: int) -> Iterator[Engine]:
    """The engine, with `jobs` processes if it has some. Raises MissingExtraError."""
    if name == "ray":
        with _ray(jobs) as engine:
            yield engine
    else:
        with engines.opened(jobs if name == "pool" else 1) as here:
            yield Engine(here)


# ---- Ray


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtraError("ray", ", or use --engine pool") from None
    return ray


@dataclass(frozen=True)
class _Ray(Engine):
    """Ray Data, window after window of batches, one block a batch; results are stored here, for
    other machines need not see the folder."""

    ray: Any
    jobs: int

    def clean(self, cleaning: Cleaning, jobs: Iterable[Job]) -> Iterator[Done]:
        ray = self.ray
        templates = ray.put(saved_templates(cleaning.store.templates))
        stage = partial(_ray_stage, templates=templates)
        stream = iter(jobs)
        while window := list(islice(stream, 8 * self.jobs)):
            sent = {job.key: job for job in window}
            blocks = [_keyed(job) for job in window]
            done = ray.data.from_arrow(blocks).map_batches(
                stage, batch_format="pyarrow", batch_size=None, zero_copy_batch=True
            )
            for block in done.iter_batches(batch_size=None, batch_format="pyarrow"):
                for key, table in _by_key(block):
                    yield cleaning.finish(sent.pop(key), table)


@contextmanager
def _ray(jobs: int) -> Iterator[Engine]:
    """With RAY_ADDRESS set the work goes to that cluster, else to a local Ray with `jobs`
    processes."""
    ray = _import_ray()
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    mine = not ray.is_initialized()
    if mine:
        local: dict[str, Any] = {
            "num_cpus": jobs, "include_dashboard": False, "_node_ip_address": "127.0.0.1",
        }  # fmt: skip
        ray.init(
            **({} if os.environ.get("RAY_ADDRESS") else local),
            log_to_driver=False,
            logging_level="ERROR",
        )
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield _Ray(engines.Loop(), ray, jobs)
    except ray.exceptions.RayError as error:
        raise DatasetBuilderError(
            f"Ray gave up: {str(error).splitlines()[0]}",
            hint="run the same command again, it goes on where this stopped; fewer --jobs need "
            "less memory",
        ) from error
    finally:
        if mine:
            ray.shutdown()


def _keyed(job: Job) -> pa.Table:
    """The batch with its key as a column, for a block has no name."""
    import pyarrow as pa

    return job.table.append_column("batch", pa.repeat(job.key, job.table.num_rows))


def _ray_stage(block: pa.Table, *, templates: Any) -> pa.Table:
    import ray

    from dataset_builder.corpus.stage import clean_table

    keys = block["batch"]
    cleaned = clean_table(block.drop_columns("batch"), templates=ray.get(templates))
    return cleaned.append_column("batch", keys)


def _by_key(block: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The batches in a block."""
    import pyarrow.compute as pc

    for key in block["batch"].unique().to_pylist():
        yield key, block.filter(pc.equal(block["batch"], key)).drop_columns("batch")
