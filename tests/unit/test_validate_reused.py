"""An id that stands for another mark than in the earlier release, and marks that only moved."""

from __future__ import annotations

import pytest

from dataset_builder.validate.opening import read_release
from dataset_builder.validate.reused import REUSED_RULES
from dataset_builder.validate.run import judge
from tests.annotated import annotation, article, items, task
from tests.assembling import RELEVANT, build
from tests.factory import make_release, registries

TEXT = "Erdogan met Putin in Ankara. Turkey condemned the vote. Iran talked to Assad."


def released(folder, version, text, trigger, evidence):
    spans = {
        "a1": {"label": "ACTOR", "words": "Erdogan"},
        "t1": {"label": "CONSULT", "words": trigger},
        "a2": {"label": "ACTOR", "words": "Turkey"},
        "s1": {"label": "against", "words": evidence},
        "a3": {"label": "ACTOR", "words": "Assad"},
    }
    arrows = [("a1", "t1"), ("a2", "s1"), ("s1", "a3")]
    here = article(text, source="one.txt")
    work = task(here, annotation("draft-1", items(text, spans, arrows, RELEVANT)))
    found = build([here], [work])
    tables = {(name, "train"): table for name, table in found.tables.items() if table.num_rows}
    return make_release(folder, version=version, tables=tables)


@pytest.mark.parametrize(
    ("text", "trigger", "evidence", "found"),
    [
        (TEXT, "met", "condemned", []),
        (TEXT, "met Putin", "condemned the vote", []),
        (f"It was quiet. {TEXT}", "met", "condemned", []),
        (f"It was quiet. {TEXT}", "met Putin", "condemned the", []),
        (TEXT, "talked", "condemned", ["trigger"]),
        (TEXT, "met", "vote", ["evidence"]),
        (f"It was quiet. {TEXT}", "talked", "talked to", ["evidence", "trigger"]),
    ],
    ids=["same", "corrected", "moved", "both", "trigger", "evidence", "elsewhere"],
)
def test_another_mark_under_an_id_is_found(text, trigger, evidence, found, tmp_path):
    old = released(tmp_path / "old", "1.0.0", TEXT, "met", "condemned")
    new = released(tmp_path / "new", "1.1.0", text, trigger, evidence)
    release = read_release(new, ontology=registries().ontology, previous=old)
    said = [finding.message for finding in judge(release, REUSED_RULES).findings]
    assert sorted(said) == [f"the id stood for another {column}" for column in found]
