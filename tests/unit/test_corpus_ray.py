"""The engine on Ray gives the very bytes of the loop; a local Ray with two processes."""

from __future__ import annotations

from functools import partial

import pytest

from dataset_builder.corpus import Options, clean_corpus
from dataset_builder.sources import read_pages
from tests import corpora


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, of its imports and sockets
def test_ray_gives_the_same_bytes(tmp_path, monkeypatch):
    for name, size in corpora.SMALL.items():
        monkeypatch.setattr(f"dataset_builder.corpus.batches.{name}", size)
    source = corpora.folder(tmp_path / "pages", 120)
    for engine, jobs in (("loop", 1), ("ray", 2)):
        outcome = clean_corpus(
            partial(read_pages, str(source)),
            tmp_path / engine,
            corpora.ontology(),
            Options(engine=engine, jobs=jobs),
            lambda _: None,
        )
        assert outcome.cleaned > 2
    assert corpora.content(tmp_path / "ray") == corpora.content(tmp_path / "loop")
