"""The changelog that a release carries: what people wrote of each version, and what changed.

The project's `CHANGELOG.md` holds what people write, of the data first, then of the code. A release
gets the data's part as far as its own version; each version's entry ends with a section that is
made from the data, `### Changes from X`. `build` writes that section into the project's file, too: it
is committed with the ledger, and later versions say it again wherever they are built. Made again, it
gives way to the new one, and nothing else does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dataset_builder.diff.version import version_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGELOG: Final = "CHANGELOG.md"
_TITLE: Final = re.compile(r"^# ", re.MULTILINE)
_ENTRY: Final = re.compile(r"^## .*$", re.MULTILINE)
_NAMED: Final = re.compile(r"## \[(?P<version>[^\]]+)\]")
_MADE: Final = re.compile(
    r"^### Changes from \d+\.\d+\.\d+[ \t]*$.*?(?=^#{1,3} |\Z)", re.MULTILINE | re.DOTALL
)
"""A section that was made, as far as the next heading: what people wrote below it is theirs."""


@dataclass(frozen=True)
class _Entry:
    version: str
    text: str


def data_part(changelog: str) -> str:
    """The part about the data: up to the second heading of level 1."""
    titles = [match.start() for match in _TITLE.finditer(changelog)]
    return changelog[: titles[1]] if len(titles) > 1 else changelog


def notes_for(changelog: str, version: str) -> str:
    """The notes that the release `version` carries: on the data, of that version and those before.

    What stands above the first entry stays; an entry without a number (`Unreleased`) does not.
    """
    head, entries = _divided(data_part(changelog))
    most = version_numbers(version)
    kept = [
        entry.text
        for entry in entries
        if (numbers := version_numbers(entry.version)) and (most is None or numbers <= most)
    ]
    return _joined(head, kept)


def with_changes(changelog: str, version: str, section: str, earlier: str = "") -> str:
    """`changelog` with `section` at the end of the entry of `version`, in place of one that is there,
    and at the end of each older entry its own section, else the one that `earlier`, the changelog of
    the release before, has for it."""
    head, entries = _divided(changelog)
    made = made_sections(earlier) | made_sections(changelog) | {version: section}
    return _joined(
        head,
        [
            f"{without_changes(entry.text).strip()}\n\n{made.get(entry.version, '')}"
            for entry in entries
        ],
    )


def with_sections(changelog: str, made: Mapping[str, str]) -> str:
    """A project's whole changelog with the sections `made`, by version, at the end of their entries
    on the data. Nothing else changes, not even its line ends."""
    plain = changelog.replace("\r\n", "\n")
    data = data_part(plain)
    head, entries = _divided(data)
    told = head + "".join(_told(entry, made.get(entry.version, "")) for entry in entries)
    found = told + plain[len(data) :]
    if found == plain:
        return changelog
    return found.replace("\n", "\r\n") if "\r\n" in changelog else found


def _told(entry: _Entry, section: str) -> str:
    if not section or section == _made(entry.text):
        return entry.text
    end = entry.text[len(entry.text.rstrip()) :] or "\n"
    return f"{without_changes(entry.text).rstrip()}\n\n{section}{end}"


def made_sections(changelog: str) -> dict[str, str]:
    """Version -> the section of its entry that was made from the data; those that have one."""
    found = ((entry.version, _made(entry.text)) for entry in _divided(changelog)[1])
    return {version: section for version, section in found if section}


def without_changes(entry: str) -> str:
    """What people wrote in an entry: less the sections that were made from the data."""
    return _MADE.sub("", entry)


def _made(entry: str) -> str:
    """The section of an entry that was made from the data, the last; empty when it has none."""
    found = _MADE.findall(entry)
    return found[-1].strip() if found else ""


def _divided(changelog: str) -> tuple[str, list[_Entry]]:
    """What stands above the first entry, and the entries."""
    starts = [match.start() for match in _ENTRY.finditer(changelog)]
    parts = [changelog[a:b] for a, b in pairwise([*starts, len(changelog)])]
    head = changelog[: starts[0]] if starts else changelog
    return head, [_Entry(_version(part), part) for part in parts]


def _version(entry: str) -> str:
    found = _NAMED.match(entry)
    return found["version"] if found else ""


def _joined(head: str, entries: list[str]) -> str:
    return "\n\n".join(part.strip() for part in (head, *entries) if part.strip()) + "\n"
