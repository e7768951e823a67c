"""Inside a project a release is judged by the project's labels, ledger and takedowns, too."""

from __future__ import annotations

import json

import pytest

from tests.conftest import run_here
from tests.mutations.disk import edit_manifest, replace, seal


def _validate(folder):
    return run_here("validate", "releases/1.0.0", "--format", "json", cwd=folder)


def test_withheld_and_taken_down_articles_are_found(built_folder):
    assert _validate(built_folder).returncode == 0
    ledger = built_folder / "annotations" / "ledger.jsonl"
    first, second = map(json.loads, ledger.read_text(encoding="utf-8").splitlines()[:2])
    gone = {**first, "status": "withheld", "reason": "withdrawn"}
    moved = {"article_id": second["article_id"], "ids": [second["article_id"]],
             "reason": "asked for", "text_sha256": [], "signatures": []}  # fmt: skip
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(gone) + "\n")
    (built_folder / "annotations" / "takedowns.jsonl").write_text(
        json.dumps(moved) + "\n", encoding="utf-8"
    )
    done = _validate(built_folder)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["counts"] == {"VER011": 1, "VER012": 1}
    found = {finding["code"]: finding["ids"]["article_id"] for finding in report["findings"]}
    assert found == {"VER011": first["article_id"], "VER012": second["article_id"]}


ONTOLOGY = "schemas/ontology.yaml"
ITS_OWN = "judged by the labels that the release itself carries"


@pytest.mark.parametrize("inside", [True, False])
def test_a_release_of_another_scheme_is_judged_by_the_labels_it_carries(built_folder, inside):
    release = built_folder / "releases/1.0.0"

    def validate():
        return run_here(
            "validate", str(release), "--format", "json", "--select", "VER", "--select", "REL",
            cwd=built_folder if inside else built_folder.parent,
        )  # fmt: skip

    # The same scheme: whatever it carries, its project or the package says what labels there are.
    replace(release, ONTOLOGY, "definition: A meeting, visit", "definition: A visit")
    seal(release)
    tampered = validate()
    assert json.loads(tampered.stdout)["counts"].keys() >= {"REL018"}
    assert ITS_OWN not in tampered.stderr
    # Another one, by its manifest alone: nobody knows what its labels are.
    edit_manifest(release, lambda data: data.update(scheme_version="0.9"))
    seal(release)
    unknown = validate()
    assert json.loads(unknown.stdout)["counts"].keys() >= {"VER003", "REL018"}
    assert ITS_OWN not in unknown.stderr
    # By what it carries, too.
    replace(release, ONTOLOGY, 'scheme_version: "1.0"', 'scheme_version: "0.9"')
    seal(release)
    older = validate()
    assert not {"VER003", "REL018"} & json.loads(older.stdout)["counts"].keys()
    assert older.stderr.count(ITS_OWN) == 1
    assert f"{'the project' if inside else 'the package'}'s is 1.0" in older.stderr


def test_a_project_that_changed_its_scheme_still_passes_its_earlier_release(built_folder):
    scheme = built_folder / ONTOLOGY
    text = scheme.read_text(encoding="utf-8").replace(
        'scheme_version: "1.0"', 'scheme_version: "1.1"'
    )
    scheme.write_text(text.replace("modes: [visit, ", "modes: ["), encoding="utf-8")
    done = _validate(built_folder)
    assert done.returncode == 0, done.stdout
    assert "of label scheme 1.0, the project's is 1.1" in done.stderr
