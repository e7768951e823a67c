"""Where a project's files are, and its settings.

A project is the nearest folder, going up from the working directory, whose `pyproject.toml`
has a `[tool.dataset-builder]` table. Its own files win; a file it does not have is read from the
copy that the wheel carries, so the commands also work outside any project.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from dataset_builder.errors import ProjectError

SPLITS = ("train", "validation", "test")
RESOLUTIONS = ("primary", "majority")


@dataclass(frozen=True)
class AssignmentSettings:
    """`[tool.dataset-builder.assignment]`, see `assignment`."""

    annotators: tuple[str, ...]
    """Pseudonyms."""
    first: int
    """Articles that everyone annotates."""
    share: Fraction
    """Of the others, how many are annotated by `overlap` people."""
    overlap: int


@dataclass(frozen=True)
class Settings:
    """`[tool.dataset-builder]` of `pyproject.toml`."""

    name: str
    """The dataset's name: titles, the Label Studio project, the release's card."""
    pretty_name: str
    version: str
    """Version of the data, three numbers; not the version of the code."""
    seed: int
    """Orders new groups when splits are assigned."""
    splits: dict[str, Fraction]
    """Wanted share of articles per split, in the order train, validation, test; sums to 1."""
    derived_neutrals: int
    """At most this many derived neutral rows per article."""
    primary: tuple[str, ...]
    """Annotators in the order in which their version of an article is taken for the release."""
    resolution: str = "primary"
    """What is taken where annotators differ and nobody adjudicated, one of `RESOLUTIONS`; see
    `assemble.settle`."""
    grid_pairs: int = 60
    """At most this many undecided pairs of an article are offered in the pair grid."""
    grid_checks: int = 10
    """Check rows in the pair grid, for every hundred undecided pairs: pairs on which all annotators
    of the article had agreed."""
    assignment: AssignmentSettings | None = None
    """Who annotates what; None when nobody is told."""


@dataclass(frozen=True)
class Project:
    """The folder that a command works in."""

    root: Path
    settings: Settings

    def path(self, name: str) -> Path:
        """The project's own file or folder `name`, e.g. `annotations/ledger.jsonl`; may not exist."""
        return self.root / name

    def resource(self, name: str) -> Path:
        """The file `name` of the project, else the packaged default.

        Raises ProjectError when neither exists.
        """
        own = self.root / name
        if own.is_file():
            return own
        default = packaged(name)
        if default.is_file():
            return default
        msg = f"{own}: no such file, and the package has no default for it"
        raise ProjectError(msg, hint="restore the file, or run the command inside a project")

    @property
    def seeds(self) -> Path:
        """Raw pages."""
        return self.root / "seeds"

    @property
    def exports(self) -> Path:
        """Committed annotation work, one file per Label Studio project."""
        return self.root / "annotations" / "exports"

    @property
    def ledger(self) -> Path:
        """Every article ever released."""
        return self.root / "annotations" / "ledger.jsonl"

    @property
    def releases(self) -> Path:
        """Build output, one folder per version; not committed."""
        return self.root / "releases"

    @property
    def release(self) -> Path:
        """Folder of the release of the version in the settings."""
        return self.releases / self.settings.version

    @property
    def server_data(self) -> Path:
        """Data of the embedded Label Studio server; not committed, readable by its owner only."""
        return self.root / ".label-studio"


def packaged(name: str) -> Path:
    """Path of the packaged copy of a project file (in a checkout: the file itself)."""
    inside = Path(__file__).parent / "defaults" / name
    return inside if inside.is_file() else Path(__file__).parents[1] / name


def find_project(start: Path | None = None) -> Project:
    """The project that holds `start` (default: the working directory).

    Raises ProjectError when no parent folder is a project or its settings are wrong.
    """
    project = project_around(start)
    if project is None:
        here = (start or Path.cwd()).resolve()
        raise ProjectError(
            f"{here} is not inside a project: no pyproject.toml above it has [tool.dataset-builder]",
            hint="change into the project's folder",
        )
    return project


def project_around(start: Path | None = None) -> Project | None:
    """The same; None where there is no project. Raises ProjectError when its settings are wrong."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            table = _read_toml(file).get("tool", {}).get("dataset-builder")
            if table is not None:
                return Project(folder, _settings(table, file))
    return None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{file}: not valid TOML: {error}"
        raise ProjectError(msg, hint="mend the file") from None


def _settings(table: dict[str, Any], file: Path) -> Settings:
    where = f"{file} [tool.dataset-builder]"

    def take(key: str, kind: type, default: Any = None) -> Any:
        value = table.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            msg = f"{where}: `{key}` must be {kind.__name__}, found {value!r}"
            raise ProjectError(msg, hint="see the settings in README.md")
        return value

    shares = take("splits", dict)
    try:
        splits = {name: Fraction(str(shares[name])) for name in SPLITS}
    except (KeyError, ValueError, ZeroDivisionError):
        splits = {}
    if sum(splits.values()) != 1 or min(splits.values()) < 0 or set(shares) != set(SPLITS):
        msg = f"{where}: `splits` must give a share to {', '.join(SPLITS)} that sum to 1"
        raise ProjectError(msg, hint="e.g. splits = { train = 0.6, validation = 0.2, test = 0.2 }")
    version = take("version", str)
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        msg = f"{where}: `version` must be three numbers, found {version!r}"
        raise ProjectError(msg, hint='e.g. version = "1.0.0"')
    resolution = take("resolution", str, RESOLUTIONS[0])
    if resolution not in RESOLUTIONS:
        msg = f"{where}: `resolution` must be {' or '.join(RESOLUTIONS)}, found {resolution!r}"
        raise ProjectError(msg, hint="see `Several annotators` in README.md")
    return Settings(
        name=take("name", str),
        pretty_name=take("pretty_name", str, table.get("name", "")),
        version=version,
        seed=take("seed", int, 0),
        splits=splits,
        derived_neutrals=take("derived_neutrals", int, 8),
        primary=tuple(str(name) for name in take("primary", list, [])),
        resolution=resolution,
        grid_pairs=take("grid_pairs", int, 60),
        grid_checks=take("grid_checks", int, 10),
        assignment=_assignment(table["assignment"], where) if "assignment" in table else None,
    )


def _assignment(table: Any, where: str) -> AssignmentSettings:
    given = table if isinstance(table, dict) else {}
    names, first = given.get("annotators"), given.get("first", 0)
    overlap = given.get("overlap", 2)
    try:
        share = Fraction(str(given.get("share", 0)))
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    sound = (
        isinstance(names, list)
        and names != []
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names)
        and all(isinstance(number, int) and number is not True for number in (first, overlap))
        and first >= 0
        and overlap >= 1
        and 0 <= share <= 1
        and not given.keys() - {"annotators", "first", "share", "overlap"}
    )
    if not sound or not isinstance(names, list):
        message = f"{where}: `assignment` must name annotators, and may have first, share, overlap"
        raise ProjectError(
            message,
            hint='e.g. assignment = { annotators = ["ann", "bob"], first = 20, share = 0.1 }',
        )
    return AssignmentSettings(tuple(names), first, share, overlap)
