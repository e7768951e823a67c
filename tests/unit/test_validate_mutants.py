"""Every rule fires on its defect, at its place, and nothing else is blamed for it."""

from __future__ import annotations

import pytest

from dataset_builder.validate.catalogue import RULES
from dataset_builder.validate.release import ROW_ID, read_release
from dataset_builder.validate.run import judge
from tests.factory import make_release, registries
from tests.mutations.mutant import ARTICLES, collect

MUTANTS = collect()


@pytest.fixture(scope="session")
def ontology():
    return registries().ontology


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("base"), n_articles=ARTICLES)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.code}-{m.kind}")
def test_a_mutant_is_found_at_its_place(mutant, base, ontology, tmp_path):
    path, previous, place = mutant.make(base, tmp_path)
    release = read_release(path, ontology=ontology, previous=previous)
    report = judge(release, RULES)
    own = [finding for finding in report.findings if finding.code == mutant.code]
    assert own, report.counts
    here = [
        finding
        for finding in own
        if finding.table == place.table
        and place.split in (None, finding.split)
        and (place.id is None or place.id in finding.ids.values())
        and place.says in finding.message
    ]
    assert here, own
    if place.id is not None and here[0].row is not None:
        rows = release.frames[place.table]
        row = rows.filter((rows["_split"] == here[0].split) & (rows["_row"] == here[0].row))
        assert row[ROW_ID[place.table]].to_list() == [place.id]
    # Whatever else is upset is put down to this defect, so that without the rule nothing is left.
    assert {f.code for f in report.findings if f.caused_by is None} == {mutant.code}


def test_every_rule_has_a_mutant():
    assert {rule.code for rule in RULES} == {mutant.code for mutant in MUTANTS}


def test_kinds_have_names_of_their_own():
    kinds = [mutant.kind for mutant in MUTANTS]
    assert sorted(kinds) == sorted(set(kinds))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_without_its_rule_a_mutant_survives(rule, base, ontology, tmp_path):
    """The code comes from no other rule, and the rule alone is enough for it."""
    mutant = next(m for m in MUTANTS if m.code == rule.code)
    path, previous, _ = mutant.make(base, tmp_path)
    release = read_release(path, ontology=ontology, previous=previous)
    assert rule.code in judge(release, [rule]).counts
    others = [other for other in RULES if other is not rule]
    left = judge(release, others)
    assert rule.code not in left.counts
    blamed = {f.code for f in left.findings if f.caused_by is None}
    explained = {other.code for other in others if rule.code in other.after}
    assert blamed <= explained | {c for o in others for c in (o.code,) if set(o.after) & blamed}
