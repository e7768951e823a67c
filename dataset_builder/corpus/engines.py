"""Ways to run the cleaning stage over many batches: here, in other processes, or on Ray.

Each takes batches as they come and gives back results as they are ready, in any order; only a
bounded number is ever in memory. What a batch becomes does not depend on the engine.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from dataset_builder.errors import DatasetBuilderError, UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.context import SpawnContext

    import pyarrow as pa

    from dataset_builder.corpus.templates import Templates

Engine = Literal["loop", "pool", "ray"]
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
IN_FLIGHT: Final = 2
"""Batches per process that are being worked on or wait for it."""


@dataclass(frozen=True)
class Job:
    """One batch on its way through an engine."""

    key: str
    table: pa.Table
    """Raw pages on the way in, cleaned ones on the way out."""
    size: int
    """Bytes of the raw pages' text."""


Run = Callable[[Iterable[Job]], Iterator[Job]]


def runner(engine: Engine, jobs: int, templates: Templates) -> Run:
    """The engine as a function. Raises UsageError when it is not installed."""
    if engine == "ray":
        _import_ray()
        return partial(_on_ray, jobs=jobs, templates=templates)
    if engine == "pool":
        return partial(_in_pool, jobs=jobs, templates=templates)
    return partial(_in_loop, templates=templates)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _in_loop(batches: Iterable[Job], *, templates: Templates) -> Iterator[Job]:
    from dataset_builder.corpus.stage import clean_table

    for job in batches:
        yield replace(job, table=clean_table(job.table, templates=templates))


# ---- processes


def _in_pool(batches: Iterable[Job], *, jobs: int, templates: Templates) -> Iterator[Job]:
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    context: SpawnContext = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (templates,))
    waiting: set[Future[Job]] = set()
    finished = False
    try:
        for job in batches:
            with _as_worker():
                waiting.add(pool.submit(_work, job))
            done, waiting = wait(
                waiting, None if len(waiting) >= IN_FLIGHT * jobs else 0, FIRST_COMPLETED
            )
            for future in done:
                yield future.result()
        while waiting:
            done, waiting = wait(waiting, None, FIRST_COMPLETED)
            for future in done:
                yield future.result()
        finished = True
    except BrokenProcessPool:
        raise DatasetBuilderError(
            "a worker process was killed, most likely because memory ran out",
            hint="run the same command again, it goes on where this stopped; with fewer --jobs it "
            "needs less memory",
        ) from None
    finally:
        if not finished:
            for child in set(multiprocessing.active_children()) - before:
                child.kill()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _as_worker() -> Iterator[None]:
    """What processes that are started meanwhile inherit.

    Ctrl-C is held back: it is the parent's business. Linear algebra keeps to one thread, for the
    processes share the cores already.
    """
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threads = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in threads.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


_templates: Templates | None = None
"""In a worker process: the template lines in force."""


def _start_worker(templates: Templates) -> None:
    """Prepare this worker process, which ends with its parent however that ends."""
    global _templates  # noqa: PLW0603 - state of a worker process, set once
    _templates = templates
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def _work(job: Job) -> Job:
    from dataset_builder.corpus.stage import clean_table

    return replace(job, table=clean_table(job.table, templates=_templates))


# ---- Ray


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError(
            "the engine `ray` is not installed",
            hint="pip install 'dataset-builder[ray]', or use --engine pool",
        ) from None
    return ray


def _on_ray(batches: Iterable[Job], *, jobs: int, templates: Templates) -> Iterator[Job]:
    """Window after window as a Ray dataset, one block a batch.

    With RAY_ADDRESS set the work goes to that cluster, else to a local Ray with `jobs` processes.
    """
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
        stage = partial(_ray_stage, templates=ray.put(templates))
        stream = iter(batches)
        while window := list(islice(stream, 8 * jobs)):
            sent = {job.key: job for job in window}
            blocks = [_keyed(job) for job in window]
            done = ray.data.from_arrow(blocks).map_batches(
                stage, batch_format="pyarrow", batch_size=None, zero_copy_batch=True
            )
            for block in done.iter_batches(batch_size=None, batch_format="pyarrow"):
                for key, table in _by_key(block):
                    yield replace(sent.pop(key), table=table)
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
