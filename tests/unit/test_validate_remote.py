"""Releases in a bucket and on the Hub are fetched and judged; what goes wrong is said clearly."""

from __future__ import annotations

import json
import socket

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.validate.remote import RemoteError, fetched, is_remote
from dataset_builder.validate.run import validate_release
from tests.conftest import run_here
from tests.factory import make_release, registries
from tests.hub import Hub, asked_at, files_of, serving
from tests.stores import BUCKET, environment

KNOWN = registries()
NAME = "org/news"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=4)


@pytest.fixture(scope="module")
def bucket(s3, release):
    for name, data in files_of(release).items():
        s3.put(f"sets/1.0.0/{name}", data)
    s3.put("evil/../../outside.parquet", b"x")
    return s3


@pytest.fixture
def aws(bucket, monkeypatch, tmp_path):
    for name, value in environment(bucket.url, str(tmp_path / "none")).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def hub(release):
    with serving(Hub()) as running:
        running.put(NAME, files_of(release), tag="v1.0.0")
        yield running


def test_a_release_in_a_bucket(aws, release):
    with fetched(f"s3://{BUCKET}/sets/1.0.0/") as folder:
        assert files_of(folder) == files_of(release)
        assert validate_release(folder, ontology=KNOWN.ontology).findings == ()
    assert not folder.exists()


def test_other_commands_take_it_and_call_it_by_its_address(aws, tmp_path):
    address = f"s3://{BUCKET}/sets/1.0.0"
    done = run_here("export", address, "dyads", "--out", "d.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "d.csv").read_text(encoding="utf-8").startswith("date,source,target")
    done = run_here("hydrate", address, "--sources", "d.csv", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert f"error: {address}: the release has its text" in done.stderr


def test_what_is_compared_may_be_an_address(aws, bucket, release, tmp_path):
    address = f"s3://{BUCKET}/sets/1.0.0"
    done = run_here("diff", address, str(release), "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["old"]["path"], told["honest"]["level"]) == (address, None)
    # The same version again says too little: so it was compared.
    done = run_here("validate", str(release), "--previous", address, cwd=tmp_path)
    assert "VER008" in done.stdout, done.stderr
    to = "publish", str(release), "--to", "out"
    done = run_here(*to, "--previous", address, cwd=tmp_path)
    assert "VER008" in done.stderr
    assert not (tmp_path / "out").exists()
    bucket.put("cut/1.0.0/MANIFEST.json", b"{}")
    done = run_here("diff", f"s3://{BUCKET}/cut/1.0.0", str(release), cwd=tmp_path)
    assert done.returncode == 3
    assert f"error: s3://{BUCKET}/cut/1.0.0/MANIFEST.json: " in done.stderr


def test_a_build_and_a_page_take_an_address(aws, project_folder):
    done = run_here("build", "--previous", "s3://nowhere/sets/1.0.0", cwd=project_folder)
    assert done.returncode == 3
    assert "there is nothing" in done.stderr
    done = run_here("build", "--previous", "nowhere", cwd=project_folder)
    assert done.returncode == 2
    assert "nowhere: no such folder" in done.stderr
    done = run_here("report", f"s3://{BUCKET}/sets/1.0.0", "--out", "r.html", cwd=project_folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("s3://nowhere/sets/1.0.0", "there is nothing"),
        (f"s3://{BUCKET}/other", "there is nothing"),
        (f"s3://{BUCKET}/evil", "no path inside"),
    ],
)
def test_what_is_not_in_a_bucket(aws, address, says):
    with pytest.raises(RemoteError, match=says) as caught, fetched(address):
        pass
    assert caught.value.exit_code == 3
    assert caught.value.hint


@pytest.fixture
def folder_of_releases(bucket, release):
    """Two finished releases, one that nobody finished, and an object that is no part of any."""
    for version in ("1.2.0", "1.10.0"):
        bucket.put(f"shelf/{version}/MANIFEST.json", b"{}")
        bucket.put(f"shelf/{version}/stance/train.parquet", b"x")
    bucket.put("shelf/2.0.0/SHA256SUMS", b"x")
    bucket.put("shelf/notes.txt", b"x")
    return f"s3://{BUCKET}/shelf"


def test_the_folder_of_releases(aws, folder_of_releases):
    """Nothing is fetched: it may be all that was ever published."""
    with (
        pytest.raises(
            UsageError, match=r"holds releases, and is none: 1\.2\.0, 1\.10\.0\n"
        ) as caught,
        fetched(folder_of_releases),
    ):
        pass
    assert caught.value.hint == f"give one of them: {folder_of_releases}/1.10.0"
    with pytest.raises(UsageError, match=r"shelf/1\.2\.0"), fetched(f"s3://{BUCKET}"):
        pass


def test_what_is_beside_a_release_in_a_bucket(aws, folder_of_releases):
    address = f"{folder_of_releases}/1.2.0"
    with (
        pytest.raises(UsageError, match=f"stance is a folder of the release {address}"),
        fetched(f"{address}/stance"),
    ):
        pass
    with pytest.raises(UsageError, match="is a file"), fetched(f"{folder_of_releases}/notes.txt"):
        pass
    lost = f"{folder_of_releases}/1.3.0"
    with pytest.raises(RemoteError, match="there is nothing") as caught, fetched(lost):
        pass
    assert caught.value.hint == f"in {folder_of_releases} there are 1.2.0, 1.10.0"


def test_the_folder_of_releases_on_a_disk(release):
    for place, says in (
        (release.parent, "holds releases, and is none: 1.0.0"),
        (release / "stance", f"is a folder of the release {release}"),
    ):
        with pytest.raises(UsageError, match=says):
            validate_release(place, ontology=KNOWN.ontology)


def test_no_credentials_for_a_bucket(aws, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(RemoteError, match="access was refused"), fetched(f"s3://{BUCKET}/sets"):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_no_server_for_a_bucket(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RemoteError, match="could not be reached"), fetched(f"s3://{BUCKET}/sets"):
        pass


@pytest.mark.parametrize("address", ["hf://datasets/org/news@v1.0.0", NAME, f"{NAME}@COMMIT"])
def test_a_dataset_of_the_hub(address, hub, release, monkeypatch, tmp_path):
    address = address.replace("COMMIT", hub.repositories[NAME].branches["main"])
    with asked_at(hub.url, monkeypatch, tmp_path):
        assert is_remote(address)
        with fetched(address) as folder:
            assert files_of(folder) == files_of(release)
            assert validate_release(folder, ontology=KNOWN.ontology).findings == ()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("org/other", "no such dataset"),
        ("org/news@v9", "no such revision"),
    ],
)
def test_what_is_not_on_the_hub(address, says, hub, monkeypatch, tmp_path):
    with (
        asked_at(hub.url, monkeypatch, tmp_path),
        pytest.raises(RemoteError, match=says) as caught,
        fetched(address),
    ):
        pass
    assert caught.value.exit_code == 3


def test_a_private_dataset_needs_the_token(hub, release, monkeypatch, tmp_path):
    hub.repositories[NAME].private = True
    for token in ("hf_wrong", hub.token):
        with asked_at(hub.url, monkeypatch, tmp_path, token):
            if token == "hf_wrong":
                with pytest.raises(RemoteError, match="HF_TOKEN"), fetched(NAME):
                    pass
            else:
                with fetched(NAME) as folder:
                    assert files_of(folder) == files_of(release)


def test_paths_that_lead_out_of_the_repository(hub, monkeypatch, tmp_path):
    hub.put("org/evil", {"../outside": b"x"}, tag="v1.0.0")
    with (
        asked_at(hub.url, monkeypatch, tmp_path),
        pytest.raises(RemoteError, match="no path inside"),
        fetched("org/evil"),
    ):
        pass


def test_no_hub(monkeypatch, tmp_path):
    with (
        asked_at(f"http://127.0.0.1:{free_port()}", monkeypatch, tmp_path),
        pytest.raises(RemoteError, match="could not be reached"),
        fetched(NAME),
    ):
        pass


def test_what_is_an_address_and_what_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "releases").mkdir()
    for address in ("s3://b/p", "gs://b/p", "hf://datasets/o/n", "o/n", "o/n@v1"):
        assert is_remote(address)
    for path in ("releases", "releases/1.0.0", "./o/n", "/o/n", "o/n/m", "news", "dist/1.0.0"):
        assert not is_remote(path)
    for address in ("s3://", "hf://models/o/n", "hf://datasets/o", "no-such-scheme://x/y"):
        with pytest.raises(UsageError), fetched(address):
            pass
