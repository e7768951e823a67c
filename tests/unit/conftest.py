"""Small releases, and places to publish them to."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from dataset_builder.publish.source import read_source
from dataset_builder.publish.target import Access, newest, open_target
from tests.conftest import run_here
from tests.factory import make_release
from tests.hub import Hub, asked_at, serving
from tests.stores import BUCKET, environment, s3_server

if TYPE_CHECKING:
    from pathlib import Path

DATASET = "org/news"


@dataclass(frozen=True)
class Releases:
    """Folders of releases, each made when it is first asked for."""

    folder: Path

    @cached_property
    def first(self) -> Path:
        """1.0.0; it has no split `test`."""
        return make_release(self.folder, n_articles=2)

    @cached_property
    def second(self) -> Path:
        """1.1.0: an article more."""
        return make_release(self.folder, n_articles=3, version="1.1.0")

    @cached_property
    def dishonest(self) -> Path:
        """1.0.1, with the rows of 1.1.0."""
        return make_release(self.folder / "dishonest", n_articles=3, version="1.0.1")

    @cached_property
    def other(self) -> Path:
        """Another 1.0.0."""
        return make_release(self.folder / "other", seed=5, n_articles=2)


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    return Releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def s3():
    with s3_server() as running:
        yield running


class Place:
    """An empty target of one kind, and the servers behind it: a bucket is as empty as its prefix."""

    def __init__(self, kind, s3, home, monkeypatch):
        self.kind, self.s3, self.home, self.monkeypatch = kind, s3, home, monkeypatch
        self.hub = Hub()
        self.address = {
            "folder": str(home / "dist"),
            "s3": f"s3://{BUCKET}/{home.name}",
            "hub": f"hf://datasets/{DATASET}",
        }[kind]

    @contextmanager
    def reached(self, *, token="hf_right", hub=None, **keys):
        """Every client of this process asks there, as whom `token` or `keys` say."""
        from s3fs import S3FileSystem

        with self.monkeypatch.context() as here, ExitStack() as stack:
            if self.kind == "s3":
                # Clients are kept by their arguments; the server's address is none of them.
                S3FileSystem.clear_instance_cache()
                url = keys.pop("url", self.s3.url)
                for name, value in environment(url, str(self.home / "none"), **keys).items():
                    here.setenv(name, value)
            if self.kind == "hub":
                stack.enter_context(asked_at(hub or self.hub.url, here, self.home / "hf", token))
            yield

    def put(self, release, access=None) -> None:
        """Without all that comes before and after it."""
        target = open_target(self.address, access or Access(), discard=False, tell=lambda _: None)
        target.put(read_source(release), newest(target.versions()), lambda *_: None)

    def publish(self, release, *options):
        """The whole command."""
        return run_here("publish", str(release), "--to", self.address, *options, cwd=self.home)


@pytest.fixture(params=["folder", "s3", "hub"])
def place(request, tmp_path, monkeypatch):
    s3 = request.getfixturevalue("s3") if request.param == "s3" else None
    made = Place(request.param, s3, tmp_path, monkeypatch)
    if made.kind != "hub":
        yield made
        return
    with serving(made.hub):
        yield made


def only(kind):
    """A test for one kind of target."""
    return pytest.mark.parametrize("place", [kind], indirect=True)
