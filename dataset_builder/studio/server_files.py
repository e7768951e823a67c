"""Files that the embedded server keeps in its data folder, and the lock that tells who owns it.

    label_studio.sqlite3, media/   Label Studio's own data; with PostgreSQL only media/
    server.json                    login, generated password and key, port, and which PostgreSQL
                                   database (never its password); only the owner can read
    server.lock                    held by the server; contains its process id and port
    server.log                     output of the latest start, server.log.1 of the one before

The server itself holds the lock for as long as it lives (it inherits the open file), so a crash, a
kill or a reboot never leaves a "running" mark behind.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from dataset_builder.errors import InstallError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

LOGIN = "admin@localhost.invalid"
DATABASE = "label_studio.sqlite3"
SECRETS = "server.json"
LOCK = "server.lock"
LOG = "server.log"


@dataclass(frozen=True)
class Secrets:
    """What `server.json` remembers."""

    password: str = field(repr=False)
    api_key: str = field(repr=False)
    port: int | None
    ready: bool
    """Whether the server ever came up; before that, nobody can have entered anything."""
    database: str | None = None
    """Address of the PostgreSQL database that holds the work; None: SQLite, in the folder."""


def open_lock(data_dir: Path) -> TextIO:
    """Open the folder's lock file, making the folder readable by its owner only."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        fd = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        msg = f"{data_dir}: the server's data cannot be kept here: {error.strerror or error}"
        raise InstallError(msg, hint="make the folder writable or work in another one") from None
    return os.fdopen(fd, "r+", encoding="utf-8")


def take(lock: TextIO) -> bool:
    """Take the lock if nobody holds it; whatever the file said is forgotten."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    lock.truncate(0)  # whatever it says is from a server that is gone
    return True


def owner_of(data_dir: Path) -> tuple[int, int] | None:
    """Process id and port of the server that holds the folder's lock."""
    try:
        lock = (data_dir / LOCK).open("r", encoding="utf-8")
    except OSError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            words = lock.read().split()
            if len(words) == 2 and all(word.isdigit() for word in words):
                return int(words[0]), int(words[1])
    return None


def read_secrets(data_dir: Path) -> Secrets | None:
    """What the folder remembers, None for a new one. Raises UsageError when it cannot be read."""
    file = data_dir / SECRETS
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        return Secrets(
            data["password"], data["api_key"], data["port"], data["ready"], data.get("database")
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        msg = f"{file}: cannot be read"
        hint = "restore it from a backup, or move its folder away and start again"
        raise UsageError(msg, hint=hint) from None


def write_secrets(data_dir: Path, known: Secrets) -> None:
    """Write `server.json` whole or not at all, readable by its owner only."""
    file = data_dir / SECRETS
    content = {
        "login": LOGIN,
        "password": known.password,
        "api_key": known.api_key,
        "port": known.port,
        "ready": known.ready,
        **({} if known.database is None else {"database": known.database}),
    }
    temporary = file.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(file)
