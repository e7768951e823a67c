"""A PostgreSQL of the tests' own: a new cluster on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "label_studio"
PASSWORD = 'pass\'word with "marks" 😀'
_SECONDS = 60.0


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server."""

    binaries: Path
    port: int

    def address(self, name: str) -> str:
        """The address of a database, without the password."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def ask(self, statement: str, name: str = "postgres") -> str:
        """What the database answers to `statement`: rows as lines, columns divided by |."""
        command = [str(self.binaries / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [*command, "-d", self.address(name), "-c", statement],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A new cluster with one user, who needs a password; stopped and removed at the end."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="dataset-builder-pg-"))
    # PostgreSQL refuses to run as root.
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
    try:
        password = folder / "password"
        password.write_text(PASSWORD + "\n", encoding="utf-8")
        data = folder / "data"
        if owner:
            for path in (folder, password):
                shutil.chown(path, "postgres", "postgres")
        make = [str(binaries / "initdb"), f"--pgdata={data}", f"--username={USER}", "--no-sync"]
        make += [f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        run = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
        run += ["-c", "unix_socket_directories=", "-c", "fsync=off"]  # nothing outlives the tests
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(run, stdout=log, stderr=log, cwd=folder, **owner)
        try:
            found = Cluster(binaries, port)
            _await(found, process, folder / "log")
            yield found
        finally:
            process.send_signal(signal.SIGINT)  # ends the connections, then itself
            process.wait(_SECONDS)
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    # Debian keeps them out of the path, one folder per version.
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: p.parts[-3])
    named = shutil.which("postgres")
    if named is None and not places:
        pytest.fail("no PostgreSQL: install Debian's `postgresql`")
    return (places[-1] if places else Path(named or "").resolve()).parent


def _await(found: Cluster, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(subprocess.CalledProcessError):
            found.ask("select 1")
            return
        time.sleep(0.1)
    pytest.fail(f"PostgreSQL does not start:\n{log.read_text(errors='replace')}")
