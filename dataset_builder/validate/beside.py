"""What is said to somebody who names the folder of releases, or one within a release, and not one."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from dataset_builder.diff.version import version_numbers
from dataset_builder.errors import UsageError
from dataset_builder.printable import printable
from dataset_builder.release.manifest import MANIFEST, SUMS
from dataset_builder.validate.rules import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

CARD: Final = "README.md"


def refuse_parent(place: str, files: Collection[str]) -> None:
    """Raise UsageError when the folder or address `place`, with these files below it, is none of a
    release, and others in it are."""
    if MANIFEST in files or SUMS in files:
        return
    paths = map(PurePosixPath, files)
    inside = {path.parent.as_posix() for path in paths if path.name == MANIFEST}
    if inside:
        found = in_order(inside)
        raise UsageError(
            f"{printable(place, 200)} holds releases, and is none: {printable(listed(found), 200)}",
            hint=f"give one of them: {printable(place.rstrip('/'), 200)}/{printable(found[-1], 60)}",
        )


def refuse_project(folder: Path) -> None:
    """Raise UsageError when the folder is a project, and no release."""
    import tomllib

    file = folder / "pyproject.toml"
    if (folder / MANIFEST).is_file() or not file.is_file():
        return
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return
    if "dataset-builder" in settings.get("tool", {}):
        there = releases_in(folder / "releases")
        built = f" (there are {listed(there)})" if there else ""
        raise UsageError(
            f"{printable(str(folder), 200)} is a project, not a release",
            hint="to judge what its inputs would give, run `dataset-builder validate` in it without a"
            f" path; to judge a release, give its folder in releases/{built}",
        )


def releases_in(folder: Path) -> Sequence[str]:
    """Names of the finished releases in a folder, those that are named like versions."""
    if not folder.is_dir():
        return ()
    names = [file.parent.name for file in folder.glob(f"*/{MANIFEST}")]
    return in_order([name for name in names if version_numbers(name.removesuffix("-withheld"))])


def where_else(folder: Path) -> str:
    """What to do about a folder of a release that is not there."""
    for parent in dict.fromkeys((folder.parent, Path("releases"))):
        if there := releases_in(parent):
            return f"in {printable(str(parent), 200)} there are {printable(listed(there), 200)}"
    return (
        "build it first (`dataset-builder build`; releases are not committed), or leave the path out"
        " to judge what the inputs of the project would give"
    )


def refuse_within(place: str, above: str, files: Collection[str], *, manifest: bool) -> None:
    """Raise UsageError when `place`, with these files below it, is a folder of the release `above`:
    there is a `manifest` of one there."""
    if manifest and not {MANIFEST, SUMS, CARD} & set(files):
        raise UsageError(
            f"{printable(place, 200)} is a folder of the release {printable(above, 200)}",
            hint="give that",
        )


def in_order(names: Collection[str]) -> Sequence[str]:
    """Names of releases, versions in their order after what is none."""

    def order(name: str) -> tuple[tuple[int, ...], str]:
        return tuple(version_numbers(PurePosixPath(name).name) or ()), name

    return sorted(names, key=order)
