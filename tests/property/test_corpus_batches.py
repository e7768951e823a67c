"""Batches: nothing is lost, sizes are kept, and a page more moves the borders around it only."""

from __future__ import annotations

import hashlib
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import RawPage, Rejected
from dataset_builder.corpus import batches
from dataset_builder.corpus.batches import batch_key, cut
from dataset_builder.corpus.stage import _item, raw_table

SIZES = patch.multiple(batches, MEAN=8, LEAST=4, MOST=32, LARGEST=2000)


def page(number: int, size: int = 10) -> RawPage:
    digest = hashlib.sha256(f"{number} {size}".encode()).hexdigest()
    return RawPage(digest[:16], f"{number}.txt", digest, "x" * size)


ITEMS = st.lists(
    st.one_of(
        st.builds(page, st.integers(0, 10**6), st.integers(0, 900)),
        st.just(Rejected("broken", "malformed", "no JSON")),
        st.builds(page, st.integers(0, 10**6), st.just(5000)),
    ),
    max_size=200,
)


@given(ITEMS)
def test_batches_are_the_pages_in_order_and_of_bounded_size(items):
    with SIZES:
        found = list(cut(items))
    assert [item for batch in found for item in batch] == items
    for batch in found:
        assert 1 <= len(batch) <= 32
        size = sum(len(item.text) for item in batch if isinstance(item, RawPage))
        assert size <= 2000 or len(batch) == 1


@given(st.integers(0, 10**6), st.integers(0, 400), st.integers(1, 3))
def test_a_page_more_leaves_the_batches_far_away_alone(start, at, more):
    items = [page(start + number) for number in range(400)]
    new = [page(-number - 1) for number in range(more)]
    with SIZES:
        before = set(cut(items))
        after = set(cut(items[:at] + new + items[at:]))
    # Borders may not be closer than LEAST, so a few batches after the new page may move, too.
    assert len(after - before) <= 12
    assert sum(map(len, after & before)) >= 400 - 12 * 32 // 2


@given(ITEMS.filter(bool), st.data())
def test_the_key_depends_on_every_item_and_the_order(items, data):
    key = batch_key("cleaner", "templates", items)
    assert key == batch_key("cleaner", "templates", list(items))
    assert key != batch_key("another", "templates", items)
    assert key != batch_key("cleaner", "others", items)
    at = data.draw(st.integers(0, len(items) - 1))
    assert key != batch_key("cleaner", "templates", items[:at] + items[at + 1 :])
    turned = items[::-1]
    assert (key == batch_key("cleaner", "templates", turned)) == (items == turned)


TEXTS = st.one_of(st.none(), st.text(max_size=5))


@given(st.lists(st.builds(Rejected, st.text(), st.text(), st.text()), max_size=5))
def test_broken_records_pass_through_a_table(items):
    assert [_item(row) for row in raw_table(items).to_pylist()] == items
