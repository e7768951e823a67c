"""Which file a finding is about, as CI servers want to know it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from dataset_builder.validate.catalogue import BY_CODE

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Finding

_LINES: Final = (".jsonl", ".md", ".json", ".yaml", ".cff", ".toml", ".txt")
"""Files whose rows are lines."""
_ANCHORS: Final = ("README.md", "MANIFEST.json", "pyproject.toml")
"""What stands for a whole release or project, the first that there is."""


@dataclass(frozen=True)
class Files:
    """The files of what was judged, by the names that findings give them."""

    root: Path
    """The release, or the project when its inputs were judged; an address is no folder."""
    here: Path
    """The working directory: names are relative to it."""
    inputs: bool = False
    """Whether the inputs of a project were judged: the release made of them is not kept."""
    _shards: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)

    def file(self, finding: Finding) -> tuple[str | None, int | None]:
        """(file relative to the working directory, with `/`; line counted from 1) of a finding.

        Of a Parquet file no line is given, its rows are none. Both are None where no file is meant
        or the data that was judged is not kept.
        """
        table, split, row = finding.table, finding.split, finding.row
        if table is None or not self.root.is_dir() or (self.inputs and finding.code in BY_CODE):
            return None, None
        if split is not None and _plain(f"{table}/{split}") and (self.root / table).is_dir():
            return self._shard(table, split, row), None
        for name in (table, f"annotations/{table}"):
            if _plain(name) and (self.root / name).is_file():
                line = row if row and name.endswith(_LINES) else None
                return self._relative(name), line
        absent = "." in table and _plain(table)  # a file that should be there, and is not
        return self._relative(table) if absent else None, None

    def anchor(self) -> str | None:
        """A file that stands for everything that was judged."""
        return next(
            (self._relative(name) for name in _ANCHORS if (self.root / name).is_file()), None
        )

    def _shard(self, table: str, split: str, row: int | None) -> str | None:
        """The file of a table and split that holds `row`; the first when the row is not known."""
        known = self._shards.get((table, split))
        if known is None:
            known = self._shards[table, split] = self._listed(table, split)
        first = 0
        for name, rows in known:
            if row is None or len(known) == 1 or first <= row < first + rows:
                return self._relative(name)
            first += rows
        return None

    def _listed(self, table: str, split: str) -> list[tuple[str, int]]:
        names = [
            f"{table}/{file.name}"
            for file in sorted((self.root / table).iterdir())
            if file.name == f"{split}.parquet"
            or (file.name.startswith(f"{split}-") and file.name.endswith(".parquet"))
        ]
        counts = self._counts() if len(names) > 1 else {}
        return [(name, counts.get(name, 0)) for name in names]

    def _counts(self) -> dict[str, int]:
        """Rows of each file, as the manifest has them; empty when it is damaged."""
        try:
            manifest = json.loads((self.root / "MANIFEST.json").read_bytes())
            return {
                str(item["file"]): int(item["rows"])
                for splits in manifest["configs"].values()
                for entry in splits.values()
                for item in entry["files"]
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def _relative(self, name: str) -> str:
        return Path(os.path.relpath(self.root / name, self.here)).as_posix()


def _plain(name: str) -> bool:
    """Whether a name that came from the data stays below the folder that it is put to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and len(name) < 1000
