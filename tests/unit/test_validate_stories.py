"""What went wrong in real public datasets is found by name when it is done here."""

from __future__ import annotations

import pytest

from tests.mutations.bases import Bases
from tests.mutations.draft import Draft
from tests.mutations.kind import Place
from tests.mutations.trial import Made, judged
from tests.releases.stories import collect

STORIES = collect()


@pytest.fixture(scope="module")
def bases(shared_folder):
    return Bases(shared_folder / "bases")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_it_is_found(story, bases, tmp_path):
    draft = Draft(bases[story.base])
    story.damage(draft)
    made = Made(story.base, draft.write(tmp_path), None, Place(None))
    _, report = judged(made)
    assert {f.code for f in report.findings if f.caused_by is None} == story.codes


def test_there_are_enough():
    assert len(STORIES) >= 3
