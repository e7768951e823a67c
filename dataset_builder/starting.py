"""Starts another dataset: the packaged template with a name in it, and what follows from it.

A file of the template that waits for its user says so in its first line, and the card has more words
to replace (see `placeholders`); `unedited` lists the files until they are written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import ProjectError, UsageError
from dataset_builder.files import write_text
from dataset_builder.origin import PLACEHOLDER, repository_installed
from dataset_builder.placeholders import MARK, placeholders
from dataset_builder.project import TEMPLATE, find_project, packaged, project_around

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.project import Project

SETTINGS: Final = "pyproject.toml"
_EDIT_TOOL: Final = (
    f"{MARK}: <OWNER> and <REVISION>, a repository of dataset-builder and a commit of it, which CI"
    " installs. Remove this line when done."
)
"""Of the workflow, when nobody knows where the running package came from."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Started:
    """A project that is ready for its user."""

    project: Project
    written: tuple[str, ...]
    """Files that are new, relative to the project."""
    kept: tuple[str, ...]
    """Files of the template that were there before; they were not touched."""


def start(folder: Path, name: str | None, *, today: dt.date, add: bool = False) -> Started:
    """Make a project in `folder`, or add what is missing to one; no file is ever overwritten.

    `name` is by default made from the folder's; `today` dates the first entry of the changelog.
    A folder with files that is no project is refused unless `add`. Interrupted, it goes on when it
    is called again. Raises UsageError, ProjectError.
    """
    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file", hint="name a folder")
    settings = folder / SETTINGS
    begun = settings.is_file()
    around = project_around(folder) if begun else None
    if begun and (around is None or around.root != folder.resolve()):
        raise ProjectError(
            f"{settings}: has no [tool.dataset-builder]",
            hint="add that table by hand (README.md of dataset-builder shows it), or use a folder"
            " of its own",
        )
    others = [] if begun or not folder.is_dir() else _visible(folder)
    if others and not add:
        raise UsageError(
            f"{folder}: is not empty ({', '.join(others[:3])}{', ...' if others[3:] else ''})",
            hint="name a new folder, or give --add to put only what is missing beside these files",
        )
    if begun:
        known = find_project(folder).settings
        if name not in (None, known.name):
            raise UsageError(
                f"{settings}: this dataset is called {known.name}, not {name}",
                hint="leave out --name; edit the file to call it otherwise",
            )
        called, pretty = known.name, known.pretty_name
    else:
        called = _checked(name if name is not None else _from_folder(folder))
        pretty = called.replace("-", " ").capitalize()
    tool = repository_installed()
    values = {
        "name": called,
        "pretty_name": pretty,
        "today": today.isoformat(),
        "tool": tool or PLACEHOLDER,
        "edit_tool": "" if tool else f"# {_EDIT_TOOL}\n",
    }
    written, kept = [], []
    for target, source in _files():
        if (folder / target).exists() or (folder / target).is_symlink():
            kept.append(target)
            continue
        text = source.read_text(encoding="utf-8")
        write_text(folder / target, _filled(text, values))
        written.append(target)
    project = find_project(folder)
    written += _rendered(project, set(written))
    return Started(project, tuple(written), tuple(kept))


def unedited(project: Project) -> list[tuple[str, str]]:
    """(file, what is to be done in it) for every file that is not written yet."""
    found = []
    for name, _ in _files():
        file = project.path(name)
        if not file.is_file():
            continue
        left = placeholders(file.read_text(encoding="utf-8", errors="replace"))
        marks = [item.words.removeprefix(MARK).lstrip(": ") for item in left if item.mark]
        if marks:
            found.append((name, "; ".join(marks)))
        elif left:
            found.append((name, ", ".join(f"line {item.line}: {item.words}" for item in left)))
    return found


def _files() -> Iterator[tuple[str, Path]]:
    """(path in a project, file of the package), the settings first: they make it a project."""
    found = {
        path.relative_to(TEMPLATE).as_posix().replace("dot-", "."): path
        for path in TEMPLATE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    # The gates speak of no subject: every project begins with the same.
    found["annotations/agreement.yaml"] = packaged("annotations/agreement.yaml")
    yield SETTINGS, found.pop(SETTINGS)
    yield from sorted(found.items())


def _rendered(project: Project, ours: set[str]) -> list[str]:
    """Write what follows from the declarations, into new files and `ours`; returns the new ones."""
    from dataset_builder.render import rendered

    written = []
    for name, content in rendered(project).items():
        file = project.path(name)
        if name not in ours:
            if file.exists():
                continue
            written.append(name)
        write_text(file, content)
    return written


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], text)


def _visible(folder: Path) -> list[str]:
    """What is in a folder, but for what begins with a dot: a new repository is an empty folder."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _from_folder(folder: Path) -> str:
    plain = unicodedata.normalize("NFKD", folder.resolve().name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a dataset: lower-case letters, digits and hyphens only",
            hint="give one with --name, e.g. --name climate-policy",
        )
    return name
