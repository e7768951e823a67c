"""Releases in a bucket and on the Hub are fetched and judged; what goes wrong is said clearly."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from importlib import reload

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.validate.remote import RemoteError, fetched, is_remote
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, registries
from tests.hub import COMMIT, Hub, serving

KNOWN = registries()
BUCKET = "news"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=4)


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def s3(release):
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    for name, data in content(release).items():
        client.put_object(Bucket=BUCKET, Key=f"sets/1.0.0/{name}", Body=data)
    client.put_object(Bucket=BUCKET, Key="evil/../../outside.parquet", Body=b"x")
    client.close()
    yield url
    server.stop()


@pytest.fixture
def aws(s3, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_a_release_in_a_bucket(aws, release):
    with fetched(f"s3://{BUCKET}/sets/1.0.0/") as folder:
        assert content(folder) == content(release)
        assert validate_release(folder, ontology=KNOWN.ontology).findings == ()
    assert not folder.exists()


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
    with pytest.raises(RemoteError, match="could not be read"), fetched(f"s3://{BUCKET}/sets"):
        pass


@contextmanager
def at(url, monkeypatch, tmp_path):
    """The client of the Hub, told to ask at `url`: it reads the environment when it is imported."""
    from huggingface_hub import constants

    with monkeypatch.context() as here:
        here.setenv("HF_ENDPOINT", url)
        here.setenv("HF_HOME", str(tmp_path / "hf"))
        here.setenv("HF_HUB_DISABLE_XET", "1")
        here.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        here.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        reload(constants)
        yield
    reload(constants)


@pytest.mark.parametrize(
    "address", ["hf://datasets/org/news@v1.0.0", "org/news", f"org/news@{COMMIT}"]
)
def test_a_dataset_of_the_hub(address, release, monkeypatch, tmp_path):
    hub = Hub("org/news", release, extra={".gitattributes": b"*.parquet lfs\n"})
    with serving(hub), at(hub.url, monkeypatch, tmp_path):
        assert is_remote(address)
        with fetched(address) as folder:
            assert content(folder) == content(release)
            assert validate_release(folder, ontology=KNOWN.ontology).findings == ()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("org/other", "no such dataset"),
        ("org/news@v9", "no such revision"),
    ],
)
def test_what_is_not_on_the_hub(address, says, release, monkeypatch, tmp_path):
    with (
        serving(Hub("org/news", release)) as hub,
        at(hub.url, monkeypatch, tmp_path),
        pytest.raises(RemoteError, match=says) as caught,
        fetched(address),
    ):
        pass
    assert caught.value.exit_code == 3


def test_a_private_dataset_needs_the_token(release, monkeypatch, tmp_path):
    hub = Hub("org/news", release, token="hf_right")
    with serving(hub):
        for token in ("hf_wrong", "hf_right"):
            monkeypatch.setenv("HF_TOKEN", token)
            with at(hub.url, monkeypatch, tmp_path):
                if token == "hf_wrong":
                    with pytest.raises(RemoteError, match="HF_TOKEN"), fetched("org/news"):
                        pass
                else:
                    with fetched("org/news") as folder:
                        assert content(folder) == content(release)


def test_paths_that_lead_out_of_the_repository(release, monkeypatch, tmp_path):
    hub = Hub("org/news", release, extra={"../outside": b"x"})
    with (
        serving(hub),
        at(hub.url, monkeypatch, tmp_path),
        pytest.raises(RemoteError, match="no path inside"),
        fetched("org/news"),
    ):
        pass


def test_no_hub(monkeypatch, tmp_path):
    with (
        at(f"http://127.0.0.1:{free_port()}", monkeypatch, tmp_path),
        pytest.raises(RemoteError, match="could not be read"),
        fetched("org/news"),
    ):
        pass


def test_what_is_an_address_and_what_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "releases").mkdir()
    for address in ("s3://b/p", "hf://datasets/o/n", "o/n", "o/n@v1"):
        assert is_remote(address)
    for path in ("releases", "releases/1.0.0", "./o/n", "/o/n", "o/n/m", "news", "dist/1.0.0"):
        assert not is_remote(path)
    for address in ("s3://", "hf://models/o/n", "hf://datasets/o"):
        with pytest.raises(UsageError), fetched(address):
            pass
