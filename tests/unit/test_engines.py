"""Engines: the same results from each, a bounded number of items in memory."""

from __future__ import annotations

from operator import neg

import pytest

from dataset_builder.engines import IN_FLIGHT, opened


@pytest.mark.parametrize(("jobs", "most"), [(1, 1), (2, 4)])
@pytest.mark.parametrize("how", ["map", "in_order"])
def test_only_so_many_items_are_under_way(how, jobs, most):
    assert IN_FLIGHT == 2
    taken = given = 0

    def counted():
        nonlocal taken
        for number in range(14):
            taken += 1
            assert taken - given <= most + 1
            yield -number

    results = []
    with opened(jobs) as engine:
        for result in getattr(engine, how)(neg, counted()):
            results.append(result)
            given += 1
    assert sorted(results) == list(range(14))
    if how == "in_order":
        assert results == sorted(results)


def test_work_keeps_in_a_process_what_it_worked_out():
    numbers = list(range(100))
    with opened(2) as engine:
        popped = list(engine.in_order(numbers.pop, [0] * 10))
    assert numbers == list(range(100)), "it was this process's"
    assert max(popped) >= 4, "one of two processes has done five of the ten"
