"""Which guidelines a release carries: those that its annotations were made under."""

from __future__ import annotations

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.release.documents import read_documents
from dataset_builder.studio.exports import read_exports
from dataset_builder.studio.instruction import guidelines_version
from tests.factory import project


def text(name: str) -> str:
    return (project().root / "annotations" / name).read_text(encoding="utf-8")


def test_the_committed_work_was_done_under_the_first_version() -> None:
    tasks, _ = read_exports(project().exports)
    assert {task.guidelines_version for task in tasks if task.annotations} == {"1.0"}
    assert guidelines_version(text("guidelines-1.0.md")) == "1.0"
    assert guidelines_version(text("guidelines.md")) == "1.1"


def test_a_release_carries_what_was_used_and_not_what_came_after() -> None:
    def guidelines(*versions: str) -> dict[str, str]:
        schemas = read_documents(project(), versions).schemas
        return {name: said for name, said in schemas.items() if "guidelines" in name}

    old, new = text("guidelines-1.0.md"), text("guidelines.md")
    assert guidelines("1.0") == {"schemas/guidelines.md": old}
    assert guidelines("1.1") == {"schemas/guidelines.md": new}
    assert guidelines() == {"schemas/guidelines.md": new}
    assert guidelines("1.1", "1.0") == {
        "schemas/guidelines.md": new,
        "schemas/guidelines-1.0.md": old,
    }


def test_guidelines_that_were_used_and_are_gone_are_missed() -> None:
    with pytest.raises(ProjectError, match=r"guidelines-0\.9\.md"):
        read_documents(project(), ["0.9"])


@pytest.mark.parametrize(
    ("said", "version"),
    [("# G\n\nVersion 2.10\n", "2.10"), ("# G\n", ""), ("Version 1.0 beta", "")],
)
def test_the_version_is_a_line_of_its_own(said: str, version: str) -> None:
    assert guidelines_version(said) == version
