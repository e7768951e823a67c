"""Every rule fires on its defects, at their place, and nothing else is blamed for them.

Mutants are made from a seed (see `tests/mutations`): one for each rule when this file is run, as after
every change of a rule; 300 in CI; and any number of any seed with `--mutants 2000 --mutant-seed 7`, or without pytest by
`python -m tests.mutations`.
"""

from __future__ import annotations

import dataclasses

import pytest

from dataset_builder.ledger import Ledger
from dataset_builder.takedown import Takedowns
from dataset_builder.validate.catalogue import BY_CODE, RULES
from dataset_builder.validate.run import judge
from tests.mutations.bases import SHAPES, Bases
from tests.mutations.draft import Draft
from tests.mutations.kind import Place
from tests.mutations.trial import KINDS, Made, judged, make, plan, survived, whole


def pytest_generate_tests(metafunc):
    if "mutant" in metafunc.fixturenames:
        seed = metafunc.config.getoption("mutant_seed")
        found = plan(seed, metafunc.config.getoption("mutants") or len(RULES))
        metafunc.parametrize("mutant", found, ids=str)


@pytest.fixture(scope="session")
def bases(shared_folder, request):
    return Bases(shared_folder / "bases", request.config.getoption("mutant_seed"))


@pytest.mark.slow  # all of them together
def test_a_mutant_is_found_at_its_place(mutant, bases, tmp_path):
    made = make(mutant, bases, tmp_path)
    release, report = judged(made)
    assert survived(mutant, made, release, report) is None
    # The rule finds it alone, and without the rule it survives.
    code = mutant.kind.code
    assert judge(release, [BY_CODE[code]]).counts == {code: report.counts[code]}
    others = tuple(finding for finding in report.findings if finding.code != code)
    without = dataclasses.replace(report, findings=others)
    assert "did not fire" in survived(mutant, made, release, without)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_mutants(rule):
    assert any(kind.code == rule.code for kind in KINDS)


def test_every_mutant_is_of_a_rule():
    assert {kind.code for kind in KINDS} <= {rule.code for rule in RULES}


def test_there_are_enough_mutants():
    """One of each kind at every table and split that it is for, before anything is drawn twice."""
    assert len(list(whole(seed=1))) >= 300
    assert len({mutant.kind.code[:3] for mutant in whole(seed=1)}) == 8
    assert len(set(map(str, plan(1, 3000)))) == 3000


def test_another_seed_gives_other_mutants(bases, tmp_path):
    """The same seed gives the same bytes."""
    kind = next(kind for kind in KINDS if kind.name == "shifted")
    trees = []
    for number, seed in enumerate((3, 3, 4)):
        mutant = next(m for m in whole(seed) if m.kind is kind)
        (tmp_path / str(number)).mkdir()
        path = make(mutant, bases, tmp_path / str(number)).path
        trees.append({f.relative_to(path): f.read_bytes() for f in path.rglob("*") if f.is_file()})
    assert trees[0] == trees[1]
    assert trees[0] != trees[2]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_base_written_again_has_no_findings(shape, bases, tmp_path):
    """So that whatever is found in a mutant is its defect, and not how it was written."""
    draft = Draft(bases[shape])
    for place in draft.base.rows:
        assert draft[place]
    made = Made(
        shape,
        draft.write(tmp_path, "1.0.1", touch=True),
        bases[shape].folder,
        Place(None),
        Ledger(tuple(draft.ledger.values())),
        Takedowns(),
    )
    _, report = judged(made)
    assert report.findings == ()
