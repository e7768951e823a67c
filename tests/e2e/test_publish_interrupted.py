"""`publish` that is killed, cut off from its target, or not alone: afterwards the target is as it was or
has the release whole, and doing it again brings it there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dataset_builder.errors import DatasetBuilderError, RemoteError, VersionExistsError
from dataset_builder.publish.folder import LOCK
from dataset_builder.publish.source import read_source
from dataset_builder.publish.target import Access, newest, open_target
from tests.e2e.faulty_network import FORGET, PASS, REFUSE, FaultyNetwork
from tests.e2e.killing import _PROCESSES, _Death
from tests.factory import make_release
from tests.hub import ATTRIBUTES, Hub, asked_at, files_of, serving
from tests.stores import BUCKET, S3, environment, s3_server

KINDS = ("folder", "s3", "hub")
SEEDS = (1, 2) if os.environ.get("CI") else (1,)


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases")
    return {
        "first": make_release(folder, n_articles=1),
        "second": make_release(folder, n_articles=2, version="1.1.0"),
        "rival": make_release(folder / "rival", seed=4, n_articles=2, version="1.1.0"),
    }


@pytest.fixture(scope="module")
def s3():
    with s3_server() as running:
        yield running


@dataclass
class World:
    """An empty target of one kind, and what is asked of it."""

    kind: str
    address: str
    server: S3 | Hub | None
    home: Path
    monkeypatch: pytest.MonkeyPatch

    def environment(self, url: str) -> dict[str, str]:
        if self.kind == "s3":
            return environment(url, str(self.home / "none"))
        return {
            "HF_ENDPOINT": url,
            "HF_TOKEN": "hf_right",
            "HF_HOME": str(self.home / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }

    @contextlib.contextmanager
    def at(self, url: str):
        """This process asks at `url`."""
        with self.monkeypatch.context() as here, contextlib.ExitStack() as stack:
            if self.kind == "s3":
                for name, value in self.environment(url).items():
                    here.setenv(name, value)
            elif self.kind == "hub":
                stack.enter_context(asked_at(url, here, self.home / "hf", "hf_right"))
            yield

    def put(self, release: Path, url: str | None = None, *, discard: bool = False) -> None:
        with self.at(url or (self.server.url if self.server else "")):
            target = open_target(self.address, Access(), discard=discard, tell=lambda _: None)
            target.put(read_source(release), newest(target.versions()), lambda *_: None)

    def versions(self) -> list[str]:
        with self.at(self.server.url if self.server else ""):
            return open_target(self.address, Access(), discard=False, tell=print).versions()

    def there(self, version: str) -> dict[str, bytes]:
        """What a reader of this version finds."""
        if self.kind == "folder":
            return files_of(Path(self.address) / version)
        if isinstance(self.server, S3):
            return self.server.objects(f"{self.address.removeprefix(f's3://{BUCKET}/')}/{version}/")
        repository = self.server.repositories["org/news"]
        files = dict(repository.at(f"v{version}").files)
        assert files.pop(".gitattributes") == ATTRIBUTES
        return files

    def is_whole(self, *releases: Path) -> None:
        """Exactly these are there, and nothing is left of anything else."""
        assert self.versions() == [release.name for release in releases]
        for release in releases:
            assert self.there(release.name) == files_of(release)
        if self.kind == "folder":
            assert set(os.listdir(self.address)) - {LOCK} == {release.name for release in releases}
        elif self.kind == "hub":
            log = self.server.repositories["org/news"].log
            assert log[1:] == [f"Release {release.name}" for release in releases]


@pytest.fixture(params=KINDS)
def world(request, s3, tmp_path, monkeypatch):
    kind, home = request.param, tmp_path / "home"
    if kind == "folder":
        yield World(kind, str(tmp_path / "dist"), None, home, monkeypatch)
    elif kind == "s3":
        yield World(kind, f"s3://{BUCKET}/{tmp_path.name}", s3, home, monkeypatch)
    else:
        with serving(Hub()) as hub:
            yield World(kind, "hf://datasets/org/news", hub, home, monkeypatch)


remote_only = pytest.mark.parametrize("world", ["s3", "hub"], indirect=True)


def _publish(address: str, release: str, env: dict[str, str], dies_at_file: int) -> None:
    """In a process of its own."""
    os.environ.update(env)
    for module in [name for name in sys.modules if name.startswith("huggingface_hub")]:
        del sys.modules[module]  # it read the environment when it was imported
    target = open_target(address, Access(), discard=False, tell=lambda _: None)
    if dies_at_file:
        sys.addaudithook(_Death(dies_at_file, str(Path(address).parent / "dist")))
    try:
        target.put(read_source(Path(release)), newest(target.versions()), lambda *_: None)
    except DatasetBuilderError as error:
        sys.exit(f"{error}")


def _killed(world: World, release: Path, number: int, when: str) -> bool:
    """Publish, killed at the n-th thing that it changes; whether it came so far."""
    running = []
    if world.server is None:
        running.append(
            _PROCESSES.Process(target=_publish, args=(world.address, str(release), {}, number))
        )
        running[0].start()
    else:
        seen: list[str] = []

        def rule(method: str, path: str) -> str:
            if method in ("GET", "HEAD"):
                return PASS
            seen.append(path)
            if len(seen) != number:
                return PASS
            if when == REFUSE:
                running[0].kill()
            return when

        def kill() -> None:
            running[0].kill()

        with FaultyNetwork(world.server, rule, forgetting=kill) as network:
            env = world.environment(network.connection.url)
            running.append(
                _PROCESSES.Process(target=_publish, args=(world.address, str(release), env, 0))
            )
            running[0].start()
            running[0].join(300)
    running[0].join(300)
    assert running[0].exitcode in (0, -signal.SIGKILL), running[0].exitcode
    return running[0].exitcode != 0


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment(world, releases, seed):
    world.put(releases["first"])
    draw = random.Random(f"{seed} {world.kind}")
    died = _killed(world, releases["second"], draw.randint(1, 20), draw.choice((REFUSE, FORGET)))
    assert world.there("1.0.0") == files_of(releases["first"])
    if "1.1.0" in world.versions():
        assert world.there("1.1.0") == files_of(releases["second"])
    else:
        assert died
    if world.versions() == ["1.0.0"]:
        world.put(releases["second"])
    world.is_whole(releases["first"], releases["second"])


@remote_only
@pytest.mark.parametrize("how", [REFUSE, FORGET])
def test_a_connection_that_is_cut(world, releases, how):
    """Once at some change, then for good, then the network is there again."""
    draw = random.Random(f"{how} {world.kind}")
    for lasting in (False, True):
        number, seen = draw.randint(2, 12), []

        def rule(
            method: str, path: str, seen: list[str] = seen, number=number, lasting=lasting
        ) -> str:
            if method not in ("GET", "HEAD"):
                seen.append(path)
                if len(seen) == number or (lasting and len(seen) > number):
                    return how
            return PASS

        # When it is cut for good, it has to end with a message; once, the client may try again.
        with FaultyNetwork(world.server, rule) as network, contextlib.suppress(RemoteError):
            world.put(releases["first"], network.connection.url)
            assert not lasting or len(seen) < number
        if "1.0.0" in world.versions():
            assert world.there("1.0.0") == files_of(releases["first"])
            break
    world.put(releases["first"])
    world.is_whole(releases["first"])


@remote_only
@pytest.mark.parametrize("number", [1, "data", "last"])
def test_somebody_else_publishes_other_content_at_the_same_time(world, releases, number):
    """The rival comes when the other is about to make its n-th change; one of them wins."""
    world.put(releases["first"])
    moments = {
        "s3": {"data": "README.md", "last": "MANIFEST.json"},
        "hub": {"data": "/commit/", "last": "/tag/"},
    }
    wanted = moments[world.kind].get(number)
    told: list[DatasetBuilderError] = []
    seen: list[str] = []
    came: list[str] = []

    def rule(method: str, path: str) -> str:
        if method not in ("GET", "HEAD"):
            seen.append(path)
            if not came and (len(seen) == number or (wanted and wanted in path)):
                came.append(path)
                try:
                    world.put(releases["rival"])
                except DatasetBuilderError as error:
                    told.append(error)
        return PASS

    winner = "second"
    with FaultyNetwork(world.server, rule) as network:
        try:
            world.put(releases["second"], network.connection.url)
        except DatasetBuilderError as error:
            told.append(error)
            winner = "rival"
    assert came
    assert len(told) == 1, told
    assert told[0].hint
    assert isinstance(
        told[0], RemoteError if winner == "second" else (RemoteError, VersionExistsError)
    )
    world.is_whole(releases["first"], releases[winner])


@remote_only
def test_two_who_publish_the_same_get_along(world, releases):
    came: list[str] = []

    def rule(method: str, path: str) -> str:
        if method not in ("GET", "HEAD") and not came and "SHA256SUMS" not in path:
            came.append(path)
            world.put(releases["first"])
        return PASS

    with FaultyNetwork(world.server, rule) as network:
        world.put(releases["first"], network.connection.url)
    assert came
    world.is_whole(releases["first"])


@pytest.mark.parametrize("world", ["folder"], indirect=True)
def test_only_one_at_a_time_publishes_into_a_folder(world, releases):
    world.put(releases["first"])
    with (Path(world.address) / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RemoteError, match="somebody else is publishing"):
            world.put(releases["second"])
    left = Path(world.address) / ".9.9.9.publishing"
    shutil.copytree(releases["rival"], left)
    world.put(releases["second"])
    assert not left.exists()
    world.is_whole(releases["first"], releases["second"])


@pytest.mark.parametrize("world", ["s3"], indirect=True)
def test_what_an_abandoned_run_left_of_other_content(world, releases):
    """It is kept until somebody says that nobody is at it any more; readers do not see it."""
    from dataset_builder.validate.remote import fetched

    assert _killed(world, releases["rival"], 7, FORGET)
    left = world.there("1.1.0")
    assert "SHA256SUMS" in left
    assert world.versions() == []
    with (
        world.at(world.server.url),
        pytest.raises(RemoteError, match="not finished"),
        fetched(f"{world.address}/1.1.0"),
    ):
        pass
    with pytest.raises(RemoteError, match="publishing other content") as caught:
        world.put(releases["second"])
    assert "--discard-unfinished" in (caught.value.hint or "")
    assert world.there("1.1.0") == left
    world.put(releases["second"], discard=True)
    world.is_whole(releases["second"])


@pytest.mark.parametrize("world", ["hub"], indirect=True)
def test_a_commit_without_its_tag_is_somebody_elses_business(world, releases):
    world.put(releases["first"])
    repository = world.server.repositories["org/news"]
    del repository.tags["v1.0.0"]
    with pytest.raises(RemoteError, match=r"1\.0\.0 was committed and has no tag yet"):
        world.put(releases["second"])
    world.put(releases["first"])
    world.put(releases["second"])
    world.is_whole(releases["first"], releases["second"])
