"""Where the running package was installed from, and what installs the same elsewhere.

No index is asked for it by its name alone: on the public one, `dataset-builder` is another project.
"""

from __future__ import annotations

import re
import shlex
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

NAME: Final = "dataset-builder"
PLACEHOLDER: Final = "git+https://github.com/<OWNER>/dataset-builder@<REVISION>"
"""What somebody has to write; no account can have this name, so it installs nothing."""
_PACKAGE: Final = Path(__file__).parent
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~/-]+")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class _Repository(msgspec.Struct):
    vcs: str
    commit_id: str


class _DirectUrl(msgspec.Struct):
    """What installers record of a package that came from no index (PEP 610)."""

    url: str
    vcs_info: _Repository | None = None
    subdirectory: str = ""


def repository_installed() -> str | None:
    """`git+URL@COMMIT` of the running package, without any credentials; None when it came from
    elsewhere, or from a repository that only this machine reaches."""
    found = _installed()
    if found is None or Path(str(found.locate_file(_PACKAGE.name))).resolve() != _PACKAGE.resolve():
        return None
    recorded = found.read_text("direct_url.json") or ""
    try:
        return _address(msgspec.json.decode(recorded, type=_DirectUrl))
    except ValueError:  # nothing is recorded, or nothing that can be read
        return None


def with_extra(extra: str) -> str:
    """The command that adds an extra to the running package, and to no other: with another Python,
    its name alone would be looked up in an index."""
    what = NAME if _installed() else str(_PACKAGE.parent)
    return f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(f'{what}[{extra}]')}"


def _installed() -> Distribution | None:
    try:
        return distribution(NAME)
    except PackageNotFoundError:
        return None


def _address(found: _DirectUrl) -> str | None:
    """Raises ValueError when the URL is none."""
    source, url = found.vcs_info, urlsplit(found.url)
    user = "git@" if url.scheme == "ssh" and url.username == "git" else ""
    place = f"{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"
    if (
        source is None
        or source.vcs != "git"
        or not _COMMIT.fullmatch(source.commit_id)
        or url.scheme not in {"https", "ssh"}
        or not url.hostname
        or not _PLAIN.fullmatch(f"{url.hostname}{url.path}")
        or url.query
        or url.fragment
        or found.subdirectory
    ):
        return None
    return f"git+{url.scheme}://{user}{place}@{source.commit_id}"
