"""Ways to run work over many items: here, or in other processes of this machine.

An engine takes items as they come and gives results back as they are ready; only a bounded number is
ever in memory. What an item becomes does not depend on the engine. A process ends with the one that
started it, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from dataset_builder.errors import DatasetBuilderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import SpawnContext

T = TypeVar("T")
R = TypeVar("R")
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
IN_FLIGHT: Final = 2
"""Items per process that are being worked on or wait for it."""


class Engine(Protocol):
    """Where the work is done. In other processes `work` is a copy, made once in each: it may keep
    what it worked out for one item for the next."""

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`work` on every one of `items`, in any order."""

    def in_order(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`work` on every one of `items`, in their order."""


def opened(jobs: int) -> AbstractContextManager[Engine]:
    """An engine with so many processes; with one, this is it."""
    return _pool(jobs) if jobs > 1 else _loop()


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


class Loop:
    """Here, one after the other."""

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`work` on every one of `items`, in their order."""
        return map(work, items)

    def in_order(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """The same."""
        return map(work, items)


@contextmanager
def _loop() -> Iterator[Engine]:
    yield Loop()


@dataclass(frozen=True)
class _Pool:
    """Processes of this machine; they start with the first item."""

    executor: ProcessPoolExecutor
    jobs: int

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        from concurrent.futures import FIRST_COMPLETED, wait

        waiting: set[Future[R]] = set()
        sent = pickle.dumps(work)
        for item in items:
            waiting.add(self._submitted(sent, item))
            full = len(waiting) >= IN_FLIGHT * self.jobs
            done, waiting = wait(waiting, None if full else 0, FIRST_COMPLETED)
            for future in done:
                yield future.result()
        while waiting:
            done, waiting = wait(waiting, None, FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def in_order(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        waiting: deque[Future[R]] = deque()
        sent = pickle.dumps(work)
        for item in items:
            waiting.append(self._submitted(sent, item))
            if len(waiting) >= IN_FLIGHT * self.jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _submitted(self, work: bytes, item: T) -> Future[Any]:
        with _as_worker():
            return self.executor.submit(_done, work, item)


def _done(work: bytes, item: Any) -> Any:
    return _unpickled(work)(item)


@lru_cache(maxsize=1)
def _unpickled(work: bytes) -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = pickle.loads(work)  # noqa: S301 - this process's parent made it
    return made


@contextmanager
def _pool(jobs: int) -> Iterator[Engine]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context: SpawnContext = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(jobs, context, _start_worker)
    finished = False
    try:
        yield _Pool(executor, jobs)
        finished = True
    except BrokenProcessPool:
        raise DatasetBuilderError(
            "a worker process was killed, most likely because memory ran out",
            hint="run the same command again; with fewer --jobs it needs less memory",
        ) from None
    finally:
        if not finished:
            for child in set(multiprocessing.active_children()) - before:
                child.kill()
        executor.shutdown(wait=True, cancel_futures=True)


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


def _start_worker() -> None:
    """Prepare this worker process, which ends with its parent however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)
