"""Every rule fires on its defect, at its place, and nothing else is blamed for it."""

from __future__ import annotations

import pytest

from dataset_builder.validate.catalogue import RULES
from dataset_builder.validate.findings import FAMILIES
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
    # Whatever else is upset is put down to this defect: with its rule off, the mutant survives.
    assert {f.code for f in report.findings if f.caused_by is None} == {mutant.code}


def test_every_rule_has_a_mutant():
    assert {rule.code for rule in RULES} == {mutant.code for mutant in MUTANTS}


def test_kinds_have_names_of_their_own():
    kinds = [mutant.kind for mutant in MUTANTS]
    assert sorted(kinds) == sorted(set(kinds))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rule_that_is_off_finds_nothing_and_changes_no_other(family, base, ontology, tmp_path):
    mutant = next(m for m in MUTANTS if m.code.startswith(family))
    path, previous, _ = mutant.make(base, tmp_path)
    release = read_release(path, ontology=ontology, previous=previous)
    whole = judge(release, RULES)
    without = judge(release, [rule for rule in RULES if rule.code != mutant.code])
    expected = {code: n for code, n in whole.counts.items() if code != mutant.code}
    assert without.counts == expected
    assert mutant.code in whole.counts
