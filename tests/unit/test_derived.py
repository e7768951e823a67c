from __future__ import annotations

from tests.annotated import annotation, items, task
from tests.assembling import ARROWS, HERE, RELEVANT, SPANS, TEXT, WORK, build, names


def derived(found):
    return [row for row in names(found, "stance") if row["basis"] == "derived"]


def test_derived_rows_are_pairs_of_one_sentence_without_a_stance():
    tasks = [task(HERE, annotation("draft-1", WORK))]
    rows = derived(build([HERE], tasks, derived_neutrals=50))
    pairs = {(row["holder_id"], row["target_id"]) for row in rows}
    assert pairs == {
        ("erdogan", "putin"),
        ("putin", "erdogan"),
        ("assad", "tur"),
        ("assad", "kurdistan_referendum"),
    }
    for row in rows:
        assert (row["label"], row["expression"], row["evidence"]) == ("neutral", "none", None)
        assert row["agreement"] == 1
        assert [vote["label"] for vote in row["votes"]] == ["unmarked"]
        assert row["holder_span"]["text"] in row["text"]
        assert row["target_span"]["text"] in row["text"]


def test_no_pair_is_derived_on_which_anyone_took_a_stance():
    stance = {"s1": {"label": "favor", "words": "met", "fields": {"expression": ["implicit"]}}}
    spans = {"a2": SPANS["a2"], "a3": SPANS["a3"], **stance}
    other = items(TEXT, spans, [("a2", "s1"), ("s1", "a3")], RELEVANT)
    tasks = [task(HERE, annotation("draft-1", WORK), annotation("draft-2", other))]
    found = build([HERE], tasks, derived_neutrals=50)
    pairs = {(row["holder_id"], row["target_id"]) for row in derived(found)}
    assert ("erdogan", "putin") not in pairs
    assert ("putin", "erdogan") in pairs


def test_no_pair_is_derived_at_a_stance_that_could_not_be_read():
    arrows = [("a4", "s2", "bi") if a == ("a4", "s2") else a for a in ARROWS]
    work = items(TEXT, SPANS, arrows, RELEVANT)
    rows = derived(build([HERE], [task(HERE, annotation("draft-1", work))], derived_neutrals=50))
    assert rows
    assert not [row for row in rows if "assad" in (row["holder_id"], row["target_id"])]


def test_derived_rows_are_capped_and_chosen_by_the_seed():
    tasks = [task(HERE, annotation("draft-1", WORK))]
    chosen = set()
    for seed in range(20):
        rows = derived(build([HERE], tasks, derived_neutrals=2, seed=seed))
        assert len(rows) == 2
        assert rows == derived(build([HERE], tasks, derived_neutrals=2, seed=seed))
        chosen |= {row["stance_id"] for row in rows}
    assert len(chosen) == 4
    assert derived(build([HERE], tasks, derived_neutrals=0)) == []
