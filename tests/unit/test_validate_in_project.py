"""Inside a project a release is judged by the project's ledger and takedowns, too."""

from __future__ import annotations

import json

from tests.conftest import run_here


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
