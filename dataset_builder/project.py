"""Where a project's files are, and its settings.

A project is the nearest folder, going up from the working directory, whose `pyproject.toml`
has a `[tool.dataset-builder]` table. A registry that it does not have is empty, as in the template of
`init`; labels, guidelines and card are its own or nobody's, never those of another dataset. The copy
of this dataset that the wheel carries is what commands use outside any project.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

from dataset_builder.errors import ProjectError

SPLITS = ("train", "validation", "test")
RESOLUTIONS = ("primary", "majority")
TEXTS = ("full", "withheld")
TEMPLATE = Path(__file__).parent / "template"
"""Files that another dataset starts with; see `starting`."""
_EMPTY = tuple(
    f"annotations/{name}.yaml" for name in ("actors", "targets", "annotators", "stories")
)
_OF_ANY = ("annotations/agreement.yaml",)


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
    text: str = "full"
    """Whether releases hold the articles' text, `full`, or withhold it, `withheld`."""
    license: str = "other"
    """Of the card, in the Hub's vocabulary; `other` when parts have different terms."""
    tags: tuple[str, ...] = ()
    """Of the card, besides those that every such dataset has."""
    homepage: str | None = None
    """Address of the dataset, https."""


@dataclass(frozen=True)
class Project:
    """The folder that a command works in."""

    root: Path
    settings: Settings

    def path(self, name: str) -> Path:
        """The project's own file or folder `name`, e.g. `annotations/ledger.jsonl`; may not exist."""
        return self.root / name

    def resource(self, name: str) -> Path:
        """The file `name` of the project; of a registry it does not have, an empty one.

        Raises ProjectError when there is none.
        """
        own = self.root / name
        if own.is_file():
            return own
        if name in _EMPTY:
            return TEMPLATE / name
        if name in _OF_ANY:
            return packaged(name)
        raise ProjectError(
            f"{own}: no such file, and the package has no default for it",
            hint="restore the file; `dataset-builder init` adds what is missing in a project, and"
            " `dataset-builder render` what follows from the declarations",
        )

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
        return self.release_of(self.settings.text)

    def release_of(self, text: str) -> Path:
        """The same with or without text, one of `TEXTS`: the two do not share a folder."""
        behind = "" if text == TEXTS[0] else f"-{text}"
        return self.releases / f"{self.settings.version}{behind}"

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
    known = [*(field.name for field in fields(Settings)), "validate"]  # read by `validate.choices`
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            msg = f"{where}: there is no setting `{key}`"
            raise ProjectError(
                f"{msg}; is it `{near[0]}`?" if near else msg, hint=f"there are {', '.join(known)}"
            )

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
    text = take("text", str, TEXTS[0])
    if text not in TEXTS:
        msg = f"{where}: `text` must be {' or '.join(TEXTS)}, found {text!r}"
        raise ProjectError(msg, hint="see docs/rights.md")
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
        text=text,
        license=_license(take("license", str, "other"), where),
        tags=tuple(str(tag) for tag in take("tags", list, [])),
        homepage=_homepage(table.get("homepage"), where),
    )


def _license(value: str, where: str) -> str:
    from dataset_builder.release.vocabulary import LICENSES

    if value not in LICENSES:
        msg = f"{where}: `license` must be an id of the Hub, found {value!r}"
        raise ProjectError(msg, hint='e.g. license = "cc-by-4.0", or "other" with parts in LICENSE')
    return value


def _homepage(value: Any, where: str) -> str | None:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"https?://\S+", value)):
        msg = f"{where}: `homepage` must be an address, found {value!r}"
        raise ProjectError(msg, hint='e.g. homepage = "https://example.org/data"')
    return value


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
