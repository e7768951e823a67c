"""Where the package came from, told so that nobody installs another project by its name."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PathDistribution

import pytest

from dataset_builder import origin
from dataset_builder.origin import repository_installed, with_extra
from tests.conftest import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Puts the package into an environment, as if an installer had, with what it recorded."""

    def put(recorded: object = None, *, beside: bool = True) -> None:
        site = ROOT if beside else tmp_path / "elsewhere"
        info = tmp_path / "dataset_builder-0.1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.4\nName: dataset-builder\n")
        if recorded is not None:
            text = recorded if isinstance(recorded, str) else json.dumps(recorded)
            (info / "direct_url.json").write_text(text)
        found = PathDistribution(info)
        monkeypatch.setattr(found, "locate_file", lambda path: site / path, raising=False)
        monkeypatch.setattr(origin, "distribution", lambda name: found)

    return put


def git(url: str, commit: str = COMMIT, **more: object) -> dict[str, object]:
    return {"url": url, "vcs_info": {"vcs": "git", "commit_id": commit}, **more}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://example.org/a/dataset-builder", "https://example.org/a/dataset-builder"),
        ("https://example.org:8443/a/b.git", "https://example.org:8443/a/b.git"),
        ("ssh://git@example.org/a/b.git", "ssh://git@example.org/a/b.git"),
        ("https://somebody:secret@example.org/a/b", "https://example.org/a/b"),
        ("https://secret@example.org/a/b", "https://example.org/a/b"),
        ("https://git:secret@example.org/a/b", "https://example.org/a/b"),
        ("ssh://git:secret@example.org/a/b", "ssh://git@example.org/a/b"),
        ("ssh://somebody@example.org/a/b", "ssh://example.org/a/b"),
    ],
)
def test_a_repository_is_told_with_its_commit_and_without_credentials(installed, url, told):
    installed(git(url, requested_revision="main"))
    assert repository_installed() == f"git+{told}@{COMMIT}"


@pytest.mark.parametrize(
    "recorded",
    [
        None,
        "",
        "{",
        "[]",
        {"url": "file:///home/somebody/dataset-builder", "dir_info": {"editable": True}},
        {"url": "https://example.org/dataset_builder-0.1.0-py3-none-any.whl", "archive_info": {}},
        git("file:///home/somebody/dataset-builder"),
        git("http://example.org/a/b"),
        git("https:///a/b"),
        git("https://example.org:port/a/b"),
        git("https://example.org/a/b?token=secret"),
        git("https://example.org/a/b#egg=secret"),
        git('https://example.org/a/$(id)"b'),
        git("https://example.org/a/b\n      - run: id"),
        git("https://example.org/a/b", "main"),
        git("https://example.org/a/b", f"{COMMIT}\n"),
        git("https://example.org/a/b", subdirectory="tool"),
        {"url": "https://example.org/a/b", "vcs_info": {"vcs": "hg", "commit_id": COMMIT}},
        {"url": "https://example.org/a/b", "vcs_info": {"vcs": "git"}},
    ],
)
def test_whatever_is_no_repository_that_others_reach_is_not_told(installed, recorded):
    installed(recorded)
    assert repository_installed() is None


def test_another_package_of_that_name_is_not_where_this_one_came_from(installed):
    installed(git("https://example.org/stranger/dataset-builder"), beside=False)
    assert repository_installed() is None


def test_an_extra_is_added_to_this_package_and_by_its_own_python(installed, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/opt/my tools/bin/python")
    installed()
    assert with_extra("s3") == "'/opt/my tools/bin/python' -m pip install 'dataset-builder[s3]'"
    monkeypatch.setattr(origin, "distribution", _missing)
    assert with_extra("s3").endswith(f" -m pip install '{ROOT}[s3]'")


def _missing(name: str) -> None:
    raise origin.PackageNotFoundError(name)


BY_NAME = re.compile(
    r"""(?m)\binstall\b.*[\s"'](dataset[-_]builder(?:\[[^\]\n]*\])?)(?=["'`=<>~!]|$)"""
)
"""`pip install` of the name alone, with or without extras and a version; `NAME @ ADDRESS` is none."""


def test_nobody_is_told_to_install_the_package_from_an_index():
    for line in ("dataset-builder", '"dataset-builder==0.1.0"', "-q 'dataset-builder[s3]'"):
        assert BY_NAME.search(f"- run: pip install {line}\n")
    assert not BY_NAME.search('pip install "dataset-builder[s3] @ git+https://example.org/a@b"')
    told = [
        (file.relative_to(ROOT).as_posix(), match[0])
        for pattern in ("*.md", "*.yml", "docs/*.md", "examples/*", "dataset_builder/**/*.*")
        for file in ROOT.glob(pattern)
        if file.is_file() and file.suffix in {".md", ".py", ".yaml", ".yml", ".toml"}
        for match in BY_NAME.finditer(file.read_text(encoding="utf-8"))
    ]
    assert told == []
