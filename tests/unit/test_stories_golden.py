"""How well stories are found in the items of `golden/stories`: floors that only rise."""

import pytest

from dataset_builder.grouping.stories import find_stories
from tests.story_items import items, precision_recall


@pytest.mark.parametrize(
    ("part", "precision", "recall"),
    [("tuned", 0.82, 0.81), ("held_out", 0.73, 0.77), (None, 0.76, 0.79)],
)
def test_floors(part, precision, recall):
    found = items(part)
    stories = find_stories(report for report, _ in found)
    reached = precision_recall(stories, {report.article_id: story for report, story in found})
    assert reached[0] >= precision
    assert reached[1] >= recall
    # Items of a dozen and more happenings: look-alikes may join, families never do.
    assert max(map(len, stories)) <= 4


def test_there_are_enough_items_to_measure():
    found = items()
    stories = [story for _, story in found]
    assert len(found) >= 240
    assert len({report.language for report, _ in found}) >= 7
    assert sum(stories.count(story) > 1 for story in set(stories)) >= 80
