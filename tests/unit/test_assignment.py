"""Who annotates which article, and what stays with whom when articles and people come and go."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.assignment import (
    Assigned,
    assign,
    read_assignments,
    write_assignments,
)
from dataset_builder.errors import ProjectError
from dataset_builder.project import AssignmentSettings, find_project

NAMES = ("ann", "bob", "cem", "dia", "eve")


def ids(count, start=0):
    return [hashlib.sha256(str(n).encode()).hexdigest()[:16] for n in range(start, start + count)]


def declared(people=NAMES[:3], first=4, share="0.25", overlap=2):
    return AssignmentSettings(tuple(people), first, Fraction(share), overlap)


SETTINGS = st.builds(
    declared,
    st.integers(1, 5).map(lambda count: NAMES[:count]),
    st.integers(0, 12),
    st.sampled_from(["0", "0.1", "0.34", "1"]),
    st.integers(1, 4),
)
COUNTS = st.integers(0, 60)


def parts(made):
    return Counter(item.part for item in made.values())


@given(SETTINGS, COUNTS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_everyone_the_first_then_a_share_then_one_each(settings, count, seed, rng):
    articles = ids(count)
    made = assign(articles, {}, {}, settings, seed)
    assert list(made) == sorted(articles)
    first = min(settings.first, count)
    double = math.ceil(settings.share * (count - first))
    assert parts(made) == Counter(first=first, share=double, single=count - first - double)
    assert {name for name, item in made.items() if item.part == "first"} == set(
        sorted(articles)[:first]
    )
    people = len(settings.annotators)
    wanted = {"first": people, "share": min(settings.overlap, people), "single": 1}
    for item in made.values():
        assert len(item.annotators) == len(set(item.annotators)) == wanted[item.part]
        assert set(item.annotators) <= set(settings.annotators)
    # Nobody has more than one article more than anybody else.
    load = Counter(who for item in made.values() for who in item.annotators)
    loads = [load[who] for who in settings.annotators]
    assert max(loads) - min(loads) <= 1
    rng.shuffle(articles)
    again = assign([*articles, *articles[:3]], {}, {}, settings, seed)
    assert again == made
    # A second time changes nothing, however far people have come.
    done = {name: set(rng.sample(item.annotators, 1)) for name, item in made.items()}
    assert assign(articles, made, done, settings, seed) == made


@given(SETTINGS, SETTINGS, COUNTS, COUNTS, st.randoms(use_true_random=False))
def test_more_articles_and_people_take_nothing_from_anybody(one, other, count, more, rng):
    grown = AssignmentSettings(
        tuple({*one.annotators, *other.annotators}), other.first, other.share, other.overlap
    )
    before = assign(ids(count), {}, {}, one, 1)
    done = {
        name: set(rng.sample(item.annotators, rng.randint(0, len(item.annotators))))
        for name, item in before.items()
    }
    made = assign(ids(count + more), before, done, grown, 1)
    for name, item in before.items():
        assert set(item.annotators) <= set(made[name].annotators)
        if made[name].part == item.part and item.part == "single":
            assert made[name].annotators == item.annotators
    if more:  # what is declared holds again, or more than that was declared before
        found = parts(made)
        assert found["first"] >= min(grown.first, count + more)
        others = count + more - found["first"]
        assert found["share"] >= grown.share * others
    assert assign(ids(count + more), made, done, grown, 1) == made


def test_only_new_articles_are_taken_while_there_are_enough():
    before = assign(ids(20), {}, {}, declared(first=4, share="0.25"), 1)
    made = assign(ids(40), before, {}, declared(first=6, share="0.25"), 1)
    assert {name: made[name] for name in before} == before
    assert parts(made) == Counter(first=6, share=9, single=25)
    # Without new ones, somebody's own become everyone's: nobody loses one.
    raised = assign(ids(20), before, {}, declared(first=6, share="0.25"), 1)
    assert parts(raised)["first"] == 6
    assert all(set(before[name].annotators) <= set(raised[name].annotators) for name in before)


def test_who_is_new_gets_the_first_and_a_fair_part_of_what_is_left():
    settings = declared(("ann", "bob"), first=4, share="0")
    before = assign(ids(24), {}, {}, settings, 1)
    done = {name: item.annotators for name, item in before.items()}  # ann and bob are through
    made = assign(ids(54), before, done, declared(("ann", "bob", "eve"), first=4, share="0"), 1)
    eve = [name for name, item in made.items() if "eve" in item.annotators]
    assert {name for name in eve if name in before} == {
        name for name, item in before.items() if item.part == "first"
    }
    new = Counter(made[name].annotators[0] for name in ids(30, 24))
    # 30 new ones and eve's 4 first ones: 34 articles to do, 11 or 12 for each.
    assert sorted((new["ann"], new["bob"], new["eve"] + 4)) == [11, 11, 12]


def test_what_somebody_who_left_did_stays_and_the_rest_goes_to_others():
    settings = declared(("ann", "bob"), first=2, share="0")
    before = assign(ids(12), {}, {}, settings, 1)
    bobs = sorted(name for name, item in before.items() if item.annotators == ("bob",))
    done = {bobs[0]: {"bob"}}
    made = assign(ids(12), before, done, declared(("ann",), first=2, share="0"), 1)
    assert made[bobs[0]].annotators == ("bob",)
    assert all(made[name].annotators == ("ann",) for name in made if name != bobs[0])


def test_pairs_of_annotators_meet_equally_often():
    made = assign(ids(400), {}, {}, declared(NAMES[:4], first=0, share="0.3"), 1)
    shared = Counter(item.annotators for item in made.values() if item.part == "share")
    assert sum(shared.values()) == 120
    assert len(shared) == 6
    assert max(shared.values()) - min(shared.values()) <= 2


def test_an_article_that_is_gone_is_remembered():
    before = assign(ids(6), {}, {}, declared(), 1)
    made = assign(ids(5), before, {}, declared(), 1)
    assert made == before


def test_another_seed_gives_other_people():
    assert assign(ids(40), {}, {}, declared(), 1) != assign(ids(40), {}, {}, declared(), 2)


def test_the_file(tmp_path):
    made = assign(ids(9), {}, {}, declared(), 1)
    path = tmp_path / "annotations" / "assignments.jsonl"
    assert read_assignments(path) == {}
    items = list(made.items())
    random.Random(1).shuffle(items)
    assert write_assignments(path, dict(items))
    assert read_assignments(path) == made
    assert not write_assignments(path, made)
    lines = path.read_text().splitlines()
    assert lines == sorted(lines)
    assert json.loads(lines[0]).keys() == {"article_id", "part", "annotators"}


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "3", '{"article_id": "a", "part": "all", "annotators": []}',
     '{"article_id": "a", "part": "first", "annotators": [1]}', '{"article_id": "a", "part": "first"}',
     '{"article_id": 3, "part": "first", "annotators": []}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_file_is_told_with_its_line(tmp_path, line):
    path = tmp_path / "assignments.jsonl"
    write_assignments(path, {"0" * 16: Assigned("single", ("ann",))})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ProjectError, match=r"assignments.jsonl, line 2: "):
        read_assignments(path)
    path.write_text(path.read_text().splitlines()[0] + "\n" + path.read_text().splitlines()[0])
    with pytest.raises(ProjectError, match="line 2"):
        read_assignments(path)


def test_what_is_declared(project_folder):
    assert find_project(project_folder).settings.assignment is None
    declare(project_folder, 'annotators = ["ann", "bob"]\nfirst = 20\nshare = 0.1\n')
    found = find_project(project_folder).settings.assignment
    assert found == AssignmentSettings(("ann", "bob"), 20, Fraction(1, 10), 2)


def declare(folder, text):
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[tool.dataset-builder.assignment]\n{text}")


@pytest.mark.parametrize(
    "text",
    ["first = 3", "annotators = []", 'annotators = ["a", "a"]', "annotators = 3",
     'annotators = ["a"]\nfirst = -1', 'annotators = ["a"]\nfirst = true',
     'annotators = ["a"]\nshare = 1.1', 'annotators = ["a"]\nshare = "x"',
     'annotators = ["a"]\noverlap = 0', 'annotators = ["a"]\nshares = 0.1'],
)  # fmt: skip
def test_what_cannot_be_declared(project_folder, text):
    declare(project_folder, text)
    with pytest.raises(ProjectError, match="assignment"):
        find_project(project_folder)
