"""Published work that a change of the inputs loses: `validate` says so, with and without a release."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from dataset_builder.ledger import read_ledger
from tests.conftest import run_here

EXPORT = "annotations/exports/syria-diplomacy.jsonl"
LEDGER = "annotations/ledger.jsonl"
UNCOMPARED = "not compared with an earlier release: pass --previous"
OURS = ("--select", "VER", "--select", "SCH1", "--select", "SPL1")


def judged(folder, *arguments, code):
    """The findings by code, and what was told."""
    done = run_here("validate", *OURS, "--format", "json", *arguments, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    found = {}
    for finding in json.loads(done.stdout)["findings"]:
        found.setdefault(finding["code"], []).append(finding)
    return found, done.stderr


def edited(file, change):
    """Let `change` work on the JSON lines of a file."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    text = "".join(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for line in change(lines)
    )
    file.write_text(text, encoding="utf-8")


def raised(folder, version="1.1.0", note="A note."):
    """The project with another version, and a note for it."""
    for name, pattern, new in (
        ("pyproject.toml", r'version = "[0-9.]+"', f'version = "{version}"'),
        ("CHANGELOG.md", r"## \[", f"## [{version}] - 2026-12-01\n\n- {note}\n\n## ["),
    ):
        path = folder / name
        path.write_text(re.sub(pattern, new, path.read_text(encoding="utf-8"), count=1), "utf-8")


def without_line(lines):
    return lines[:1] + lines[2:]


def without_annotations(lines):
    return [{**line, "annotations": []} if n == 1 else line for n, line in enumerate(lines)]


def test_inputs_are_compared_with_the_release_in_releases(built_folder):
    found, told = judged(built_folder, code=0)
    assert found == {}
    assert "comparing with" in told
    assert UNCOMPARED not in told
    assert UNCOMPARED not in judged(built_folder, "--previous", "none", code=0)[1]
    shutil.rmtree(built_folder / "releases")
    assert UNCOMPARED in judged(built_folder, code=0)[1]
    (built_folder / LEDGER).unlink()  # nothing was ever published: there is nothing to compare with
    assert UNCOMPARED not in judged(built_folder, code=0)[1]


@pytest.mark.parametrize("change", [without_line, without_annotations])
def test_an_article_that_lost_its_finished_work_is_an_error(built_folder, change):
    article = json.loads((built_folder / EXPORT).read_text(encoding="utf-8").splitlines()[1])
    name = article["article_id"]
    edited(built_folder / EXPORT, change)
    found, _ = judged(built_folder, code=1)
    assert [finding["ids"]["article_id"] for finding in found.pop("VER015")] == [name]
    assert found == {}
    raised(built_folder)
    assert list(judged(built_folder, code=1)[0]) == ["VER015"]
    refused = run_here("build", cwd=built_folder)
    assert refused.returncode == 1
    assert "VER015" in refused.stderr
    assert "name the article's id" in refused.stderr
    # Removed on purpose, and the changelog of that version says so to everybody.
    shutil.copy(built_folder / "CHANGELOG.md", built_folder / "before.md")
    raised(built_folder, "1.2.0", f"The work on {name} is gone: it was of another text.")
    assert judged(built_folder, code=0)[0] == {}
    shutil.copy(built_folder / "before.md", built_folder / "CHANGELOG.md")
    raised(built_folder, "1.3.0", "Another note.")
    assert list(judged(built_folder, code=1)[0]) == ["VER015"]


def test_one_of_two_annotators_gone_is_a_warning(built_folder):
    edited(
        built_folder / EXPORT,
        lambda lines: [
            {**line, "annotations": line["annotations"][1:]} if n == 1 else line
            for n, line in enumerate(lines)
        ],
    )
    found, _ = judged(built_folder, code=0)
    assert list(found) == ["VER016"]
    (finding,) = found["VER016"]
    assert finding["severity"] == "warning"
    assert (finding["expected"], finding["found"]) == ("draft-1, draft-2", "draft-2")
    assert "draft-1" in finding["message"]


def test_an_annotator_with_another_name_has_lost_nothing(built_folder):
    for name in (EXPORT, "annotations/annotators.yaml", "pyproject.toml"):
        path = built_folder / name
        text = path.read_text(encoding="utf-8").replace("draft-2", "draft-9")
        path.write_text(text, encoding="utf-8")
    assert "VER016" not in judged(built_folder, code=0)[0]


def test_what_was_taken_down_is_not_lost(built_folder):
    page = sorted(path.name for path in (built_folder / "seeds").glob("0*.txt"))[1]
    done = run_here("takedown", page, "--reason", "asked for", cwd=built_folder)
    assert done.returncode == 0, done.stderr
    found, _ = judged(built_folder, code=0)
    assert not {"VER015", "VER016", "SPL107", "SPL108"} & found.keys()


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_published_articles_without_any_export_are_an_error(built_folder, how, release):
    if not release:
        shutil.rmtree(built_folder / "releases")
    if how == "gone":
        shutil.rmtree(built_folder / "annotations/exports")
    else:
        (built_folder / EXPORT).write_text("")
    found, _ = judged(built_folder, code=1)
    assert found.keys() == ({"SCH106", "VER015"} if release else {"SCH106"})
    (finding,) = found["SCH106"]
    assert (finding["table"], finding["severity"]) == ("annotations/exports", "error")
    assert "git checkout" in finding["fix"]
    (built_folder / LEDGER).unlink()
    assert "SCH106" not in judged(built_folder, "--previous", "none", code=0)[0]


def test_a_ledger_that_lacks_what_was_published_is_an_error(built_folder):
    ledger = built_folder / LEDGER
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join(lines[1:]), encoding="utf-8")
    (finding,) = judged(built_folder, code=1)[0]["SPL108"]
    assert json.loads(lines[0])["article_id"] in finding["message"]
    assert finding["table"] == LEDGER
    # Two releases later the changelog alone tells that there was something.
    shutil.rmtree(built_folder / "releases")
    assert judged(built_folder, code=0)[0] == {}
    ledger.write_text("")
    assert judged(built_folder, code=0)[0] == {}
    raised(built_folder, "1.1.0", "A note.\n\n### Changes from 1.0.0\n\n- Nothing in the data.")
    assert list(judged(built_folder, code=1)[0]) == ["SPL108"]


def test_an_identical_line_of_the_ledger_twice_changes_nothing(built_folder):
    ledger = built_folder / LEDGER
    text = ledger.read_text(encoding="utf-8")
    before = read_ledger(ledger).entries
    ledger.write_text(text + text.splitlines()[0] + "\n", encoding="utf-8")
    assert read_ledger(ledger).entries == before
    assert judged(built_folder, code=0)[0] == {}


def test_pages_that_are_all_gone_are_an_error_and_some_a_warning(built_folder):
    pages = sorted((built_folder / "seeds").glob("0*.txt"))
    pages[0].unlink()
    found, _ = judged(built_folder, code=0)
    assert (len(found["SPL104"]), found["SPL104"][0]["severity"]) == (1, "warning")
    assert "SPL107" not in found
    text = pages[1].read_text(encoding="utf-8")
    for page in pages[1:]:
        page.unlink()
    other = re.sub(r"\w{5,}", lambda word: word.group()[::-1], text)
    (built_folder / "seeds/new.txt").write_text(other, encoding="utf-8")
    found, _ = judged(built_folder, code=1)
    assert "SPL107" in found


def test_a_split_that_moves_is_told_to_be_brought_back_whatever_the_version(built_folder):
    ledger = built_folder / LEDGER
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(text.replace('"split":"validation"', '"split":"train"'), encoding="utf-8")
    assert "VER004" in judged(built_folder, code=1)[0]
    raised(built_folder)
    refused = run_here("build", cwd=built_folder)
    assert refused.returncode == 1
    assert "VER102" in refused.stderr
    assert "take annotations/ledger.jsonl from version control" in refused.stderr
    assert "raise `version`" not in refused.stderr


def test_a_hotkey_that_two_labels_have_is_refused_as_render_refuses_it(project_folder):
    ontology = project_folder / "schemas/ontology.yaml"
    text = ontology.read_text(encoding="utf-8")
    assert 'hotkey: "1"' in text
    ontology.write_text(text.replace('hotkey: "1"', 'hotkey: "m"'), encoding="utf-8")
    by_render, by_validate = (
        run_here(*command, cwd=project_folder) for command in (("render", "--check"), ("validate",))
    )
    assert by_render.returncode == by_validate.returncode == 2
    assert "hotkey 'm' belongs to both" in by_validate.stderr
    assert by_validate.stderr == by_render.stderr


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("releases",), "releases holds releases", "give one of them: releases/1.0.0"),
        ((".",), ". is a project", "without a path"),
        (("",), "path of the release is empty", "leave it out"),
        ((" ",), "path of the release is empty", "leave it out"),
        (("releases/1.0.0", "--previous", ""), "earlier release is an empty", "leave --previous"),
        (("releases/1.0.0", "--previous", "releases"), "holds releases", "releases/1.0.0"),
        (("releases/9.0.0",), "releases/9.0.0 does not exist", "in releases there are 1.0.0"),
        (("nowhere/9.0.0",), "nowhere/9.0.0 does not exist", "in releases there are 1.0.0"),
    ],
)
def test_a_path_that_is_no_release_is_told_what_to_give(built_folder, arguments, message, hint):
    done = run_here("validate", *arguments, cwd=built_folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, _, told = done.stderr.partition("\n  -> ")
    assert message in first
    assert hint in told


def test_a_path_of_which_there_is_no_release_is_not_told_again(project_folder):
    done = run_here("validate", "releases/1.0.0", cwd=project_folder)
    assert done.returncode == 2
    assert "build it first" in done.stderr
    assert done.stderr.count("releases/1.0.0") == 1
