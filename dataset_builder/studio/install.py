"""The embedded Label Studio server's own environment, built once per machine and user.

Label Studio pins libraries that this package needs in other versions, so it never shares our
environment: `uv` builds one for it in the user's cache. The same folder keeps an empty, migrated
database, so that the first start in a project takes seconds, not a minute and a half.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_builder.errors import InstallError
from dataset_builder.extras import MissingExtraError
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LABEL_STUDIO_VERSION = "1.23.2"
CONSTRAINTS = Path(__file__).with_name("server_constraints.txt")
CACHE_VARIABLE = "DATASET_BUILDER_CACHE"

_LAYOUT = "1"  # raise it when the contents of the installation folder change
_TAIL = 12  # lines of a failed program that are worth showing
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")


@dataclass(frozen=True)
class Installation:
    """A finished server environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def executable(self) -> Path:
        """The `label-studio` command."""
        return self.folder / "venv" / "bin" / "label-studio"

    @property
    def template(self) -> Path:
        """SQLite database with all migrations applied and nothing in it."""
        return self.folder / "template.sqlite3"

    @property
    def complete(self) -> bool:
        """Whether the installation came to its end; its marker is written last."""
        return (self.folder / "complete").is_file() and self.executable.is_file()


def cache_folder() -> Path:
    """Where installations are kept: `DATASET_BUILDER_CACHE`, else the user's cache folder."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().resolve() / "dataset-builder"


def installation() -> Installation:
    """The installation that this version of the package uses, made or not."""
    python = "{}.{}".format(*sys.version_info[:2])
    key = b"\0".join((_LAYOUT.encode(), python.encode(), CONSTRAINTS.read_bytes()))
    digest = hashlib.sha256(key).hexdigest()[:12]
    return Installation(cache_folder() / f"label-studio-{LABEL_STUDIO_VERSION}-{digest}")


def ensure_installed(report: Callable[[str], None]) -> Path:
    """Install the server unless it is there, and return the installation's folder.

    Two calls at once do the work once; one that was interrupted is begun again. `report` gets a
    line for every step. Raises InstallError with the end of the failing program's output.
    """
    made = installation()
    if made.complete:
        return made.folder
    try:
        made.folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(made.folder.with_name(made.folder.name + ".lock"), report):
            if not made.complete:  # another process may have finished it meanwhile
                _install(made, report)
    except OSError as error:
        msg = f"{made.folder}: the server cannot be installed here: {error.strerror or error}"
        hint = f"make room or set {CACHE_VARIABLE} to a folder that can be written"
        raise InstallError(msg, hint=hint) from None
    return made.folder


def server_environment(data_dir: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment variables for the server program.

    Only what it needs is passed on: Label Studio reads bare names such as HOST, PORT, DEBUG,
    USERNAME or SECRET_KEY, which mean something else in many a shell.
    """
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    fixed = {
        "DJANGO_DB": "sqlite",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data_dir),
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_ENABLE_LOCAL_FILES_STORAGE": "false",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_SENTRY_DSN": "",
        # Off by default; without it a restore silently loses drafts.
        "LABEL_STUDIO_fflag_feat_back_lsdv_5307_import_reviews_drafts_29062023_short": "true",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "XDG_CONFIG_HOME": str(data_dir),  # else it keeps a file in the home folder
    }
    return kept | fixed | dict(extra or {})


def _install(made: Installation, report: Callable[[str], None]) -> None:
    uv = _find_uv()
    if made.folder.exists():
        report("an earlier installation was interrupted; beginning again")
        shutil.rmtree(made.folder)
    made.folder.mkdir()
    report(f"installing Label Studio {LABEL_STUDIO_VERSION} (about 800 MB, once per machine)")
    venv = made.folder / "venv"
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    make = [uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, str(venv)]
    _run(make, environment, report)
    wanted = f"label-studio=={LABEL_STUDIO_VERSION}"
    fill = [uv, "pip", "install", "--python", str(made.python), "--constraint", str(CONSTRAINTS)]
    _run([*fill, "--compile-bytecode", wanted], environment, report)
    report("preparing an empty database")
    seed = made.folder / "seed"
    seed.mkdir(mode=0o700)
    # Any command of Label Studio applies its migrations first; `version` does nothing else.
    _run([str(made.executable), "version"], server_environment(seed), None)
    (seed / "label_studio.sqlite3").rename(made.template)
    shutil.rmtree(seed)
    marker = made.folder / "complete"
    with marker.open("w", encoding="utf-8") as out:
        out.write(f"label-studio {LABEL_STUDIO_VERSION}\n")
        os.fsync(out.fileno())
    report("Label Studio is installed")


def _find_uv() -> str:
    try:
        import uv

        return os.fsdecode(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise MissingExtraError("uv")
    return found


def _run(
    command: list[str], environment: dict[str, str], report: Callable[[str], None] | None
) -> None:
    """Run a step, passing its lines on; raises InstallError with its last lines."""
    lines: deque[str] = deque(maxlen=_TAIL)
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C is ours to pass on, once
    )
    try:
        for line in process.stdout or ():
            shown = printable(line.strip())
            if shown:
                lines.append(shown)
                if report is not None and not shown.startswith("+ "):
                    report(shown)
        code = process.wait()
    finally:
        end_group(process.pid, process.poll)
        if process.stdout is not None:
            process.stdout.close()
    if code != 0:
        said = "".join(f"\n    {line}" for line in lines)
        msg = f"installing the Label Studio server failed ({Path(command[0]).name}, {code}):{said}"
        hint = (
            "check the network and the free disk space (2 GB) and run the command again, "
            "or use a server of your own: set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY"
        )
        raise InstallError(msg, hint=hint)


def end_group(pid: int, poll: Callable[[], int | None], seconds: float = 20.0) -> None:
    """End the process group that `pid` leads: SIGTERM, wait, SIGKILL. `poll` is None while alive."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        until = time.monotonic() + seconds
        while poll() is None and time.monotonic() < until:
            time.sleep(0.05)


@contextlib.contextmanager
def _alone(file: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock on `file` that the system frees even when this process is killed."""
    with file.open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process is installing Label Studio; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
