"""Commands in real processes that are killed (SIGKILL) at a chosen moment: at their n-th request that
changes something, before or after the server did it, or just before they change a file the n-th time."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tests.e2e.faulty_network import FORGET, PASS, REFUSE, FaultyNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataset_builder.studio.connection import Connection

BEFORE, AFTER, FILE = "before the request", "after the request", "before a file changes"
_DEATHS = 2
_MOMENTS = 5
"""A killing moment is drawn from so many requests that change something, or files that change; beyond
the last one, a command comes to its end."""
_CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir"})
_WRITES = os.O_WRONLY | os.O_RDWR
# Forked from a process that has it all imported, a command starts in a moment.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        "dataset_builder.cli",
        "dataset_builder.clean",
        "dataset_builder.grouping",
        "dataset_builder.ontology",
        "dataset_builder.studio.workspace",
        "dataset_builder.studio.restore",
        "dataset_builder.studio.adjudication",
        "dataset_builder.studio.grid_work",
        "label_studio_sdk.client",
        "pandas",  # which pyarrow asks for
        "pyarrow.compute",
        "pyarrow.parquet",
        "rensa",
        "sentencex",
        "tests.e2e.killing",
    ]
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    """Exit code; negative: the signal that killed it."""
    said: str
    """Output and messages, in the order in which they came."""


class Running:
    """A `dataset-builder` command in a process of its own."""

    def __init__(
        self,
        *arguments: str,
        folder: Path,
        env: Mapping[str, str],
        dies_at_file: int = 0,
    ) -> None:
        with tempfile.NamedTemporaryFile(prefix="said-", delete=False) as file:
            self._said = Path(file.name)
        self.process = _PROCESSES.Process(
            target=_main, args=(arguments, str(folder), dict(env), str(self._said), dies_at_file)
        )
        self.process.start()

    def kill(self) -> None:
        """End it as the system does when memory is short."""
        self.process.kill()

    def wait(self) -> Done:
        """What came of it."""
        self.process.join(300)
        assert self.process.exitcode is not None, f"it hangs: {self._said.read_text()}"
        said = self._said.read_text(encoding="utf-8")
        self._said.unlink()
        return Done(self.process.exitcode, said)


def run(*arguments: str, folder: Path, connection: Connection, **more: str) -> Done:
    """A command that nobody kills."""
    return Running(*arguments, folder=folder, env={**_env(connection), **more}).wait()


def _env(connection: Connection) -> dict[str, str]:
    return {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}


def _main(
    arguments: tuple[str, ...], folder: str, env: dict[str, str], said: str, dies_at_file: int
) -> NoReturn:
    from dataset_builder.cli import main

    os.chdir(folder)
    os.environ.update(env)
    out = os.open(said, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))
    sys.argv = ["dataset-builder", *arguments]
    if dies_at_file:
        sys.addaudithook(_Death(dies_at_file, folder))
    main()


class _Death:
    """Kills its own process just before it changes a file of the project for the n-th time."""

    def __init__(self, number: int, folder: str) -> None:
        self.left = number
        self.folder = folder

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            changes = isinstance(flags, int) and bool(flags & _WRITES)
        elif event in _CHANGES:
            path, changes = arguments[0], True
        else:
            return
        if changes and isinstance(path, (str, os.PathLike)) and self.folder in str(path):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


def killed_until_done(
    *arguments: str,
    folder: Path,
    connection: Connection,
    seed: int,
    check: Callable[[], None] = lambda: None,
) -> tuple[Done, list[str]]:
    """Run a command again and again, killed at moments drawn from `seed`, then until it comes to its end.

    `check` is called after every death. Gives how it ended, and the moments of the deaths.
    """
    draw = random.Random(f"{seed} {' '.join(arguments)}")
    moments: list[str] = []
    for _ in range(_DEATHS):
        how = draw.choice((BEFORE, AFTER, AFTER, FILE))
        number = draw.randint(1, _MOMENTS)
        done, where = _attempt(arguments, folder, connection, how, number)
        if done.code != -signal.SIGKILL:
            assert done.code == 0, f"{moments} {done.said}"
            continue
        moments.append(f"{' '.join(arguments)}: {how} {number}{where}")
        check()
    return run(*arguments, folder=folder, connection=connection), moments


def _attempt(
    arguments: tuple[str, ...], folder: Path, connection: Connection, how: str, number: int
) -> tuple[Done, str]:
    started = threading.Event()
    running: list[Running] = []
    seen: list[str] = []

    def kill() -> None:
        running[0].kill()

    def rule(method: str, path: str) -> str:
        if method != "GET":
            seen.append(f"{method} {path.partition('?')[0]}")
        if method == "GET" or how == FILE or len(seen) != number:
            return PASS
        started.wait()
        if how == BEFORE:
            kill()
            return REFUSE
        return FORGET  # the server finishes, and then the client is killed without its answer

    with FaultyNetwork(connection, rule, forgetting=kill) as network:
        running.append(
            Running(
                *arguments,
                folder=folder,
                env=_env(network.connection),
                dies_at_file=number if how == FILE else 0,
            )
        )
        started.set()
        done = running[0].wait()
    return done, f" ({seen[-1]})" if seen else ""
