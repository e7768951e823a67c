"""Valid releases of every shape have no findings, not even warnings."""

from __future__ import annotations

import pytest

from dataset_builder.validate.run import validate_release
from tests.factory import registries
from tests.releases.valid import SHAPES


@pytest.mark.parametrize("name", SHAPES)
def test_nothing_is_found(name, tmp_path):
    made = SHAPES[name](tmp_path)
    release, previous = made if isinstance(made, tuple) else (made, None)
    report = validate_release(release, ontology=registries().ontology, previous=previous)
    assert report.findings == ()
    assert report.counts == {}
    assert "REL901" not in report.skipped


def test_there_are_enough():
    assert len(SHAPES) >= 10
