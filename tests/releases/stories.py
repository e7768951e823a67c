"""Typical defects of real public datasets, in miniature: one file each in `defects/`.

A file tells in its docstring what happened and where it is told, and has

    CODES = {...}            what the validator must say, and nothing else of its own
    def damage(draft): ...   does the same to a draft of a valid release
    BASE = "scripts"         the release it is done to, if not the plain one
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mutations.draft import Draft


@dataclass(frozen=True)
class Story:
    """One defect."""

    name: str
    codes: frozenset[str]
    damage: Callable[[Draft], None]
    base: str


def collect() -> list[Story]:
    """Every file of the folder."""
    found = []
    for path in sorted((Path(__file__).parent / "defects").glob("*.py")):
        module = importlib.import_module(f"tests.releases.defects.{path.stem}")
        base = getattr(module, "BASE", "plain")
        found.append(Story(path.stem, frozenset(module.CODES), module.damage, base))
    return found
