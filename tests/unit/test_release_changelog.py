"""The changelog that a release carries, and the release that it is compared with."""

import json
import shutil

import pytest

from dataset_builder.diff.reading import DamagedReleaseError
from dataset_builder.errors import FindingsError, UsageError
from dataset_builder.ledger import Ledger, LedgerEntry
from dataset_builder.release.card import _version_block
from dataset_builder.release.changelog import data_part, notes_for, with_changes, with_sections
from dataset_builder.release.documents import changelog_entry
from dataset_builder.release.previous import changes_kept, compared, previous_release

NOTES = """# Changelog of the data

What numbers mean.

## [Unreleased]

- Not yet.

## [1.2.0] - 2026-12-02

- Two.

## [1.1.0] - 2026-12-01

### Added

- One, by hand.

## [1.0.0] - 2026-11-22

- First.

# Changelog of the code

## [1.1.0] - 2020-01-01

- Code.
"""


def test_a_release_carries_the_notes_of_its_version_and_those_before():
    found = notes_for(NOTES, "1.1.0")
    assert found.startswith("# Changelog of the data\n\nWhat numbers mean.\n\n## [1.1.0]")
    assert found.endswith("## [1.0.0] - 2026-11-22\n\n- First.\n")
    for other in ("Unreleased", "1.2.0", "Code"):
        assert other not in found
    assert "Code" not in data_part(NOTES)
    assert notes_for(notes_for(NOTES, "1.1.0"), "1.1.0") == found


def test_the_section_comes_last_and_older_ones_are_kept():
    first = with_changes(notes_for(NOTES, "1.1.0"), "1.1.0", "### Changes from 1.0.0\n\n- a\n")
    assert "- One, by hand.\n\n### Changes from 1.0.0\n\n- a\n\n## [1.0.0]" in first
    second = with_changes(
        notes_for(NOTES, "1.2.0"), "1.2.0", "### Changes from 1.1.0\n\n- b\n", first
    )
    assert second.count("### Changes from") == 2
    assert "- Two.\n\n### Changes from 1.1.0\n\n- b\n\n## [1.1.0]" in second
    assert "- One, by hand.\n\n### Changes from 1.0.0\n\n- a\n\n## [1.0.0]" in second
    # Made again, it is the same, whatever the release before says of this very version.
    assert (
        with_changes(notes_for(NOTES, "1.2.0"), "1.2.0", "### Changes from 1.1.0\n\n- b\n", second)
        == second
    )


def test_notes_below_a_section_that_was_copied_back_stay():
    stale = "### Changes from 1.0.1\n\n- stale\n\n"
    notes = NOTES.replace("- One, by hand.\n", f"- One.\n\n{stale}### Known issues\n\n- Late.\n")
    found = with_changes(
        notes_for(notes, "1.1.0"), "1.1.0", "### Changes from 1.0.0\n\n- a\n", notes
    )
    assert "- One.\n\n### Known issues\n\n- Late.\n\n### Changes from 1.0.0\n\n- a\n" in found
    assert "stale" not in found
    assert "stale" not in _version_block(changelog_entry(notes, "1.1.0"))
    # As what the release before said of an older version, it is that section and no more.
    later = with_changes(notes_for(NOTES, "1.2.0"), "1.2.0", "### Changes from 1.1.0\n",
                         data_part(notes))  # fmt: skip
    assert "- stale\n\n## [1.0.0]" in later


def test_what_was_made_is_put_into_the_projects_own_and_nothing_else_changes():
    made = {"1.1.0": "### Changes from 1.0.0\n\n- a", "9.9.9": "### Changes from 9.9.8"}
    told = with_sections(NOTES, made)
    assert told == NOTES.replace("by hand.\n", "by hand.\n\n### Changes from 1.0.0\n\n- a\n")
    assert with_sections(told, made) == told
    newer = with_sections(told, {"1.1.0": "### Changes from 1.0.0\n\n- b"})
    assert newer == told.replace("- a\n", "- b\n")
    assert with_sections(NOTES.replace("\n", "\r\n"), made) == told.replace("\n", "\r\n")
    last = data_part(NOTES).rstrip()
    assert with_sections(last, {"1.0.0": "### Changes from 0.9.0"}).endswith(
        "- First.\n\n### Changes from 0.9.0\n"
    )


def test_a_committed_section_needs_no_release_before():
    first = "### Changes from 1.0.0\n\n- a"
    told = with_sections(NOTES, {"1.1.0": first})
    alone = notes_for(told, "1.2.0")  # nothing to compare with is at hand
    assert alone.count("### Changes from") == 1
    later = with_changes(alone, "1.2.0", "### Changes from 1.1.0\n\n- b\n", earlier="")
    assert f"{first}\n\n## [1.0.0]" in later
    # What is committed counts, also where the release before said something else.
    other = with_sections(NOTES, {"1.1.0": "### Changes from 1.0.0\n\n- old"})
    assert with_changes(alone, "1.2.0", "### Changes from 1.1.0\n\n- b\n", other) == later


def ledger(*versions):
    return Ledger(
        tuple(
            LedgerEntry(
                f"{n:016x}", (), "0" * 16, "0" * 16, "train", "published", None, "0" * 64, v
            )
            for n, v in enumerate(versions)
        )
    )


def test_the_release_before_is_the_newest_lower_one(tmp_path):
    for name in ("0.9.0", "1.9.0", "1.10.0", "2.0.0", "draft", ".1.11.0.partial-7", "1.11.0"):
        (tmp_path / name).mkdir()
        if name != "1.11.0":  # something else lies there
            (tmp_path / name / "MANIFEST.json").write_text("{}")
    assert previous_release(tmp_path, "2.0.0", Ledger()).folder == tmp_path / "1.10.0"
    assert previous_release(tmp_path, "0.9.0", Ledger()).folder is None
    assert previous_release(tmp_path, "1.0.0", Ledger(), tmp_path / "draft").folder.name == "draft"
    with pytest.raises(UsageError, match="no such folder"):
        previous_release(tmp_path, "1.0.0", Ledger(), tmp_path / "nowhere")


def test_without_an_earlier_release_the_ledger_tells_that_there_was_one(tmp_path):
    there = ledger("1.0.0", "1.2.0", "1.10.0", "2.0.0")
    found = previous_release(tmp_path / "releases", "2.0.0", there)
    assert found.folder is None
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("VER101", "warning")
    assert "1.10.0 was released" in finding.message
    assert previous_release(tmp_path, "1.0.0", there).findings == ()


@pytest.fixture
def beside(tmp_path):
    """A release, and a copy of it as another version."""
    from tests.factory import make_release

    old = make_release(tmp_path, n_articles=3)

    def copied(version):
        new = shutil.copytree(old, tmp_path / version)
        manifest = json.loads((new / "MANIFEST.json").read_text())
        (new / "MANIFEST.json").write_text(json.dumps({**manifest, "version": version}))
        text = (new / "CHANGELOG.md").read_text()
        (new / "CHANGELOG.md").write_text(
            text.replace("## [1.0.0]", f"## [{version}] - 2026-12-01\n\n- x\n\n## [1.0.0]", 1)
        )
        return new

    return old, copied


def test_what_changed_is_written_into_the_release_its_sums_and_the_project(beside, tmp_path):
    old, copied = beside
    new = copied("1.0.1")
    diff, findings = compared(new, old)
    assert diff.honest.level is None
    assert [finding.code for finding in findings] == ["VER103"]
    notes = (new / "CHANGELOG.md").read_text()
    assert "- x\n\n### Changes from 1.0.0\n\n- Nothing in the data.\n" in notes
    sums = (new / "SHA256SUMS").read_text()
    compared(new, old)
    assert (new / "CHANGELOG.md").read_text() == notes
    assert (new / "SHA256SUMS").read_text() == sums
    own = tmp_path / "CHANGELOG.md"
    own.write_text(
        f"# Data\n\n## [1.0.1] - 2026-12-01\n\n- x\n\n{NOTES[NOTES.index('## [1.0.0]') :]}"
    )
    before = own.read_text()
    assert changes_kept(new, own)
    section = "### Changes from 1.0.0\n\n- Nothing in the data.\n"
    assert own.read_text() == before.replace("- x\n", f"- x\n\n{section}")
    assert not changes_kept(new, own)


def test_a_version_that_says_too_little_and_a_damaged_release_stop_it(beside):
    old, copied = beside
    new = copied("1.0.1")
    manifest = json.loads((new / "MANIFEST.json").read_text())
    del manifest["configs"]["events"]["test"]
    (new / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(FindingsError, match=r"at least\s+2\.0\.0") as caught:
        compared(new, old)
    assert {finding.code for finding in caught.value.findings} == {"VER102"}
    assert caught.value.findings[0].expected == "2.0.0 or above"
    assert "events: the split test is gone" in str(caught.value.findings[0].message)
    next((old / "stance").iterdir()).unlink()
    with pytest.raises(DamagedReleaseError, match="stance"):
        compared(new, old)
