"""Metadata of pages written for the purpose, one file each, in nine languages: what a page states
in all the ways pages do, and, more important, the dates that are not its publication.

Lines of `page` that begin with "> " are the body.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dataset_builder.clean.metadata import find

PAGES = sorted((Path(__file__).parents[1] / "golden" / "metadata" / "pages").glob("*.yaml"))


def read(file: Path) -> tuple[list[str], list[int], dict[str, str | None]]:
    case = yaml.safe_load(file.read_text(encoding="utf-8"))
    lines = case["page"].splitlines()
    body = [at for at, line in enumerate(lines) if line.startswith("> ")]
    return [line.removeprefix("> ") for line in lines], body, case["expected"]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_metadata_is_what_the_page_states(file: Path) -> None:
    lines, body, expected = read(file)
    found = find(lines, body)
    shown = {name: getattr(found, name) for name in expected}
    if found.published_at is not None:
        shown["published_at"] = found.published_at.isoformat()
    assert shown == expected
    assert found.published_basis == ("stated" if found.published_at else "none")


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_nothing_depends_on_what_stands_far_away(file: Path) -> None:
    lines, body, _ = read(file)
    footer = [f"Link number {number}" for number in range(200)]
    assert find([*lines, *footer], body) == find(lines, body)


def test_there_are_pages_with_and_without_a_date() -> None:
    dated = [read(file)[2]["published_at"] is not None for file in PAGES]
    assert sum(dated) >= 20
    assert len(dated) - sum(dated) >= 25
