"""The embedded Label Studio server: start, find and stop it; and how a command finds a server.

A data folder belongs to at most one server, which holds the folder's lock (`server_files`). Work is
kept in the folder (SQLite) or in the PostgreSQL database that the environment names (`database`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TextIO
from urllib.parse import urlsplit

from dataset_builder.errors import InstallError, ServerDownError, ServerError, UsageError
from dataset_builder.printable import printable
from dataset_builder.studio.answering import HOST, admits, answers, choose_port
from dataset_builder.studio.connection import Connection
from dataset_builder.studio.database import DATABASE_VARIABLE, database
from dataset_builder.studio.install import (
    Installation,
    end_group,
    ensure_installed,
    server_environment,
)
from dataset_builder.studio.server_files import (
    DATABASE,
    LOCK,
    LOG,
    LOGIN,
    SECRETS,
    Secrets,
    open_lock,
    owner_of,
    read_secrets,
    take,
    write_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from dataset_builder.project import Project
    from dataset_builder.studio.database import Database

URL_VARIABLE = "LABEL_STUDIO_URL"
KEY_VARIABLE = "LABEL_STUDIO_API_KEY"

_BOOT_SECONDS = 600.0  # a busy two-core machine needs 20; migrations of an older database 90
_STOP_SECONDS = 20.0
_REFUSALS = 10
_ATTEMPTS = 5  # another program may take the port between our probe and the server's bind


@dataclass(frozen=True)
class RunningServer:
    """A server that answers. As a context manager it stops at the end what `start` started."""

    connection: Connection
    data_dir: Path
    port: int
    pid: int
    started: bool
    """Whether this call of `start` started it; False when it was running already."""
    keep: bool = False

    @property
    def login(self) -> str:
        """E-mail address to log in with."""
        return LOGIN

    @property
    def secrets_file(self) -> Path:
        """File with the password and the key; only the owner can read it."""
        return self.data_dir / SECRETS

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.data_dir / LOG

    def stop(self) -> None:
        """Stop the server and wait until it is gone; nothing happens when it is gone already."""
        stop(self.data_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.started and not self.keep:
            self.stop()


def start(
    data_dir: Path,
    *,
    report: Callable[[str], None],
    port: int | None = None,
    keep: bool = False,
) -> RunningServer:
    """Start the server of `data_dir`, or find the one that already runs there.

    Installs it first where needed. `port` asks for that port; by default the port of the last
    time is taken if it is still free, else any free one. With `keep` the server outlives this
    process; `stop` ends it later. Raises InstallError when it cannot be installed or does not
    come up, UsageError when the wanted port is taken or the work is in another database.
    """
    data_dir = data_dir.resolve()
    kept_in = database()
    _same_database(data_dir, kept_in)
    made = Installation(ensure_installed(report))
    lock = open_lock(data_dir)
    try:
        if not take(lock):
            other = _await_other(data_dir, lock, port, report)
            if other is not None:
                return other
        known = _prepare(data_dir, made, kept_in)
        for attempt in range(_ATTEMPTS):
            chosen = choose_port(port, known.port if attempt == 0 else None)
            report(f"starting Label Studio on http://{HOST}:{chosen}")
            if kept_in is not None and not known.ready:
                report("preparing the tables in PostgreSQL takes a minute, once")
            try:
                pid = _boot(data_dir, made, known, kept_in, chosen, lock)
            except _PortTakenError:
                continue
            ready = dataclasses.replace(known, port=chosen, ready=True)
            write_secrets(data_dir, ready)
            connection = Connection(f"http://{HOST}:{chosen}", known.api_key)
            return RunningServer(connection, data_dir, chosen, pid, started=True, keep=keep)
    finally:
        lock.close()  # the server keeps its own copy; without one, this frees the lock
    msg = f"another program took the port {_ATTEMPTS} times while Label Studio was starting"
    raise InstallError(msg, hint="ask for a port that nothing else uses")


def running(data_dir: Path) -> RunningServer | None:
    """The server of `data_dir` if it is up and answers, else None."""
    known = read_secrets(data_dir) if data_dir.is_dir() else None
    if known is None:
        return None
    owner = owner_of(data_dir)
    if owner is None or not answers(owner[1]):
        return None
    pid, port = owner
    connection = Connection(f"http://{HOST}:{port}", known.api_key)
    return RunningServer(connection, data_dir.resolve(), port, pid, started=False)


def stop(data_dir: Path, seconds: float = _STOP_SECONDS) -> bool:
    """Stop the server of `data_dir`: SIGTERM, wait, then SIGKILL. False when none was running.

    Only the process that holds the folder's lock is touched. Raises ServerError when it lives on.
    """
    owner = owner_of(data_dir)
    if owner is None:
        return False
    try:
        end_group(owner[0], lambda: None if owner_of(data_dir) == owner else 0, seconds)
    except PermissionError:
        msg = f"the Label Studio server (process {owner[0]}) belongs to another user"
        raise ServerError(msg, hint="ask them to stop it") from None
    if owner_of(data_dir) == owner:
        msg = f"the Label Studio server (process {owner[0]}) does not end"
        raise ServerError(msg, hint=f"look at {data_dir / LOG}")
    with contextlib.suppress(ChildProcessError):  # ours to bury if this process started it
        os.waitpid(owner[0], 0)
    return True


def wait(server: RunningServer) -> None:
    """Return when the server is gone, stopped from elsewhere or dead."""
    while owner_of(server.data_dir) is not None:
        time.sleep(0.5)


def connect(project: Project) -> Connection:
    """The server to work with: the team's own, else the embedded one of the project.

    `LABEL_STUDIO_URL` and `LABEL_STUDIO_API_KEY` name the team's own. Raises UsageError when only
    one of them is set or the address is none, ServerDownError when no server is running.
    """
    url = os.environ.get(URL_VARIABLE, "").strip()
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if url and key:
        return Connection(_checked_url(url), key)
    if url or key:
        there, missing = (URL_VARIABLE, KEY_VARIABLE) if url else (KEY_VARIABLE, URL_VARIABLE)
        msg = f"{there} is set, but {missing} is not"
        raise UsageError(msg, hint="set both for your own server, or none for the embedded one")
    found = running(project.server_data)
    if found is None:
        msg = "no Label Studio server is running for this project"
        hint = (
            "start it with `dataset-builder studio`, "
            f"or set {URL_VARIABLE} and {KEY_VARIABLE} to use your own"
        )
        raise ServerDownError(msg, hint=hint)
    return found.connection


def onboarding(server: RunningServer) -> str:
    """What `dataset-builder studio` prints: address, login, where the password is, first habits."""
    return (
        f"Label Studio is running at {server.connection.url}\n"
        f"  login     {server.login}\n"
        f"  password  in {server.secrets_file} (only you can read it)\n"
        f"  log       {server.log}\n"
        "Once per browser: in the labelling view open Settings (the sliders at the bottom) and "
        "turn on\n"
        '"Select region after creating it"; an arrow then takes two actions instead of three.'
    )


class _PortTakenError(Exception):
    """Another program got the port first."""


def _await_other(
    data_dir: Path, lock: TextIO, port: int | None, report: Callable[[str], None]
) -> RunningServer | None:
    """The server that another process is starting or runs; None, with the lock, if it is gone."""
    until = time.monotonic() + _BOOT_SECONDS
    told = False
    while time.monotonic() < until:
        found = running(data_dir)
        if found is not None:
            if port is not None and port != found.port:
                msg = f"the server of {data_dir} is running already, on port {found.port}"
                raise UsageError(msg, hint="stop it first, or use it as it is")
            return found
        if take(lock):
            return None
        if not told:
            report("another process is starting this server; waiting for it")
            told = True
        time.sleep(0.2)
    msg = f"the server of {data_dir} is held by another process that does not bring it up"
    raise InstallError(msg, hint=f"look at {data_dir / LOG} and try again")


def _same_database(data_dir: Path, wanted: Database | None) -> None:
    """Raise UsageError when the folder's work is in another database than the wanted one."""
    known = read_secrets(data_dir) if data_dir.is_dir() else None
    address = None if wanted is None else wanted.address
    if known is None or not known.ready or known.database == address:
        return
    if known.database is None:
        msg = f"{data_dir} keeps its work in SQLite, but {DATABASE_VARIABLE} names PostgreSQL"
    else:
        msg = f"the work of {data_dir} is in {known.database}, which {DATABASE_VARIABLE} must name"
    hint = (
        "to move it: start the server as it was, `pull`, stop it, move the folder away, start "
        "with the new setting and `push --restore`; nothing is lost, and nothing doubled"
    )
    raise UsageError(msg, hint=hint)


def _prepare(data_dir: Path, made: Installation, kept_in: Database | None) -> Secrets:
    """Give an empty folder its database and secrets. The caller holds the lock."""
    file = data_dir / DATABASE
    known = read_secrets(data_dir)
    if known is None and file.exists():
        msg = f"{data_dir} has a database, but its passwords ({SECRETS}) are gone"
        hint = (
            f"put {SECRETS} back; or move the folder away, start again and restore the "
            "committed exports with `dataset-builder push --restore`"
        )
        raise UsageError(msg, hint=hint)
    if known is None:
        # Label Studio takes a key of 40 hex digits; the password only has to be unguessable.
        known = Secrets(secrets.token_urlsafe(18), secrets.token_hex(20), None, ready=False)
        write_secrets(data_dir, known)
    if not known.ready:
        address = None if kept_in is None else kept_in.address
        known = dataclasses.replace(known, database=address)
        if kept_in is None:  # if the first start was interrupted, what it made holds nothing
            copy = file.with_suffix(".new")
            shutil.copyfile(made.template, copy)
            copy.chmod(0o600)
            copy.replace(file)
    return known


def _boot(
    data_dir: Path,
    made: Installation,
    known: Secrets,
    kept_in: Database | None,
    port: int,
    lock: TextIO,
) -> int:
    """Start the program, wait until it answers on that very port, return its process id."""
    environment = server_environment(
        data_dir,
        {
            # Against pages of other sites that talk to the loopback interface.
            "LABEL_STUDIO_ALLOWED_HOSTS": f"{HOST},localhost",
            "LABEL_STUDIO_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port},http://localhost:{port}",
            # Not on the command line, which every user of the machine can read.
            "LABEL_STUDIO_USERNAME": LOGIN,
            "LABEL_STUDIO_PASSWORD": known.password,
            "LABEL_STUDIO_USER_TOKEN": known.api_key,
            **(kept_in.environment() if kept_in is not None else {}),
        },
    )
    command = [str(made.executable), "start", "--no-browser", "--enable-legacy-api-token"]
    command += ["--internal-host", HOST, "--port", str(port)]
    # The shell writes the process id before the server begins: no moment in which it runs unknown.
    note = 'echo "$$ $2" > "$1" && shift 2 && exec "$@"'
    command = ["/bin/sh", "-c", note, "sh", str(data_dir / LOCK), str(port), *command]
    log = data_dir / LOG
    if log.exists():
        log.replace(data_dir / f"{LOG}.1")
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as out:
        process = subprocess.Popen(
            command,
            cwd=data_dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),  # the lock lives as long as the server
            start_new_session=True,  # Ctrl-C reaches us only, and we end it when we are done
        )
    try:
        _await_answer(process, port, known, log)
    except BaseException:
        end_group(process.pid, process.poll, _STOP_SECONDS)
        process.wait()
        raise
    process.returncode = 0  # it may outlive us: from here on the lock tells whether it lives
    return process.pid


def _await_answer(process: subprocess.Popen[bytes], port: int, known: Secrets, log: Path) -> None:
    until = time.monotonic() + _BOOT_SECONDS
    refused = 0
    while time.monotonic() < until:
        said = log.read_text(encoding="utf-8", errors="replace")
        # Label Studio goes to the next port when its own is taken; Django gives up.
        if "is in use" in said or "port is already in use" in said:
            raise _PortTakenError
        code = process.poll()
        if code is not None:
            shown = "".join(f"\n    {printable(line.rstrip())}" for line in said.splitlines()[-12:])
            msg = f"Label Studio ended while starting (exit code {code}):{shown}"
            raise InstallError(msg, hint=f"the whole log is {log}")
        if answers(port):
            admitted = admits(port, known.api_key)
            if admitted:
                return
            # Not at once: a stranger on the port answers until our server gives up its try.
            refused += admitted is False
            if refused > _REFUSALS:
                msg = "the embedded Label Studio server refuses its own key"
                hint = (
                    f"{log.with_name(SECRETS)} is not the one its database was made with; "
                    "put the right one back, or move the folder away (with PostgreSQL: name an empty "
                    "database, too), start again and use `dataset-builder push --restore`"
                )
                raise InstallError(msg, hint=hint)
        time.sleep(0.2)
    msg = f"Label Studio did not answer within {_BOOT_SECONDS:.0f} seconds"
    raise InstallError(msg, hint=f"the log is {log}; start it again when the machine is less busy")


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or "@" in parts.netloc or parts.query or parts.fragment:
        # What stands before an @ or behind ? and # may be a password or a key.
        shown = re.sub(r"//.*@|(?<=[?#]).*", lambda m: "//***@" if m[0][-1:] == "@" else "***", url)
        msg = f"{URL_VARIABLE} is no address of a server: {printable(shown, 80)}"
        raise UsageError(msg, hint="it looks like https://label-studio.example.org")
    return url.rstrip("/")
