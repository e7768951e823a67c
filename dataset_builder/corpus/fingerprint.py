"""What the cleaner is: when its code, weights or libraries change, old results do not count."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

_CODE: Final = ("articles.py", "clean", "corpus/stage.py", "corpus/templates.py")
"""Files and folders of the package that decide what a page becomes."""
_LIBRARIES: Final = (
    "charset-normalizer", "courlan", "dateparser", "htmldate", "justext", "lxml", "lxml-html-clean",
    "numpy", "py3langid", "pyarrow", "sentencex", "trafilatura",
)  # fmt: skip
"""Libraries that do, or decide the bytes that are written."""


@cache
def cleaner_fingerprint() -> str:
    """SHA-256 over the cleaning code and weights and the versions of what decides their output."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for name in _CODE:
        place = package / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and "__pycache__" not in file.parts:
                content = file.read_bytes()
                digest.update(f"{file.relative_to(package).as_posix()} {len(content)}\n".encode())
                digest.update(content)
    versions = [f"python {sys.version_info[:2]}", f"unicode {unicodedata.unidata_version}"]
    versions += [f"{name} {_version(name)}" for name in _LIBRARIES]
    digest.update("\n".join(versions).encode())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "absent"
