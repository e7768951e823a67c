"""`publish`: what is there afterwards, what is refused, and what is said of it."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

import pytest

from dataset_builder.errors import RemoteError, UsageError
from dataset_builder.publish.folder import Folder
from dataset_builder.publish.target import Access
from tests.conftest import run_here
from tests.hub import ATTRIBUTES, files_of
from tests.mutations.disk import seal
from tests.stores import BUCKET
from tests.unit.conftest import DATASET, only


def there(place, version):
    """What a target has of a version: files by their names."""
    if place.kind == "folder":
        return files_of(Path(place.address) / version)
    if place.kind == "s3":
        return place.s3.objects(f"{place.home.name}/{version}/")
    files = dict(place.hub.repositories[DATASET].at(f"v{version}").files)
    assert files.pop(".gitattributes") == ATTRIBUTES
    return files


@pytest.mark.slow
def test_a_version_comes_after_another_and_neither_is_ever_overwritten(place, releases):
    with place.reached():
        place.put(releases.first)
        done = place.publish(releases.second)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"published: {place.address}")
        refused = place.publish(releases.other)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "exists, with other content; it stays as it is" in refused.stderr
        if place.kind != "s3":  # the same code, at more of a cost
            again = place.publish(releases.second)
            assert (again.returncode, again.stderr) == (0, "")  # nothing is a terminal here
            assert again.stdout.startswith("already published: ")
    for release in (releases.first, releases.second):
        assert there(place, release.name) == files_of(release)


@only("hub")
def test_on_the_hub_a_version_is_one_commit_and_one_tag(place, releases):
    with place.reached():
        place.put(releases.first)
        repository = place.hub.repositories[DATASET]
        repository.commit({**repository.at("main").files, "notes.md": b"by hand"}, "by hand")
        place.put(releases.second)
    assert repository.log == ["initial commit", "Release 1.0.0", "by hand", "Release 1.1.0"]
    assert list(repository.tags) == ["v1.0.0", "v1.1.0"]
    assert repository.branches["main"] == repository.tags["v1.1.0"]
    assert repository.at("main").files.keys() == {".gitattributes", *files_of(releases.second)}


@only("hub")
def test_nobody_sees_data_before_it_is_private_or_gated(place, releases):
    settings = {"gated": Access(gated="manual"), "private": Access(private=True), "open": Access()}
    with place.reached():
        for name, access in settings.items():
            place.address = f"hf://datasets/org/{name}"
            place.put(releases.first, access)
    found = {name: place.hub.repositories[f"org/{name}"] for name in settings}
    assert {name: (one.gated, one.private, one.exposed) for name, one in found.items()} == {
        "gated": ("manual", False, False),
        "private": (False, True, False),
        "open": (False, False, True),
    }


@only("folder")
def test_a_version_that_says_too_little_is_refused(place, releases):
    place.put(releases.first)
    done = place.publish(releases.dishonest)
    assert done.returncode == 1
    assert "at least 1.1.0 is honest" in done.stderr
    assert sorted(path.name for path in Path(place.address).glob("[!.]*")) == ["1.0.0"]
    place.address = str(place.home / "empty")
    done = place.publish(releases.dishonest, "--previous", str(releases.first))
    assert done.returncode == 1
    assert not Path(place.address).exists()
    place.put(releases.second)
    done = place.publish(releases.dishonest, "--previous", "none")
    assert done.returncode == 2
    assert "1.0.1 would come after it" in done.stderr


@only("folder")
def test_text_does_not_follow_where_it_was_withheld(place, releases):
    place.put(releases.first)
    manifest = Path(place.address) / "1.0.0" / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace('"text": "full"', '"text": "withheld"'))
    done = place.publish(releases.second)
    assert done.returncode == 2
    assert "is without the text of its articles, and 1.1.0 has it" in done.stderr
    assert not (Path(place.address) / "1.1.0").exists()


@only("folder")
def test_what_is_not_valid_is_not_published(place, releases):
    import shutil

    broken = shutil.copytree(releases.first, place.home / "broken" / "1.0.0")
    victim = next((broken / "stance").glob("train-*"))
    victim.write_bytes(victim.read_bytes()[:-100])
    done = place.publish(broken)
    assert done.returncode == 1
    assert "nothing was published" in done.stderr
    assert not Path(place.address).exists()


@only("folder")
def test_what_loads_back_is_compared_with_the_manifest(place, releases):
    """Somebody changed what was published."""
    import pyarrow.parquet as pq

    place.put(releases.first)
    folder = Path(place.address) / "1.0.0"
    card = folder / "README.md"
    text = card.read_text()
    names = "'1': {}\n          '2': {}\n".format
    turned = text.replace(names("against", "favor"), names("favor", "against"), 1)
    card.write_text(turned.replace('version: "1.0.0"', 'version: "1.0.1"'))
    victim = next((folder / "events").glob("train-*"))
    table = pq.read_table(victim)
    pq.write_table(table.take([*range(1, table.num_rows), 1]), victim)
    next((folder / "triggers").glob("train-*")).unlink()
    done = place.publish(releases.first)
    assert done.returncode == 1
    assert "what loads from there is something else" in done.stderr
    found = set(re.findall(r"error (REL\d+) (\S+):", done.stderr))
    assert found == {
        ("REL101", "README.md"),
        ("REL103", "stance/train"),
        ("REL103", "stance/validation"),
        *(("REL105", f"{config}/{split}") for config in ("events", "articles", "annotations")
          for split in ("train", "validation")),
        ("REL104", "events/train"),
        ("REL101", "triggers"),
    }  # fmt: skip


@only("folder")
def test_any_store_of_fsspec(place, releases):
    place.address = "memory://any/news"
    place.put(releases.first)
    done = place.publish(releases.second)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("published: memory://any/news/1.1.0")


SECRET = "s3cr3t-value"
WHO = [
    ("s3", "nobody", "Unable to locate credentials"),
    ("s3", "wrong key", "access was refused"),
    ("s3", "wrong secret", "access was refused"),
    ("s3", "reader", "access was refused"),
    ("s3", "no server", "could not be reached"),
    ("hub", "nobody", "set HF_TOKEN"),
    ("hub", "wrong key", "access was refused"),
    ("hub", "reader", "access was refused"),
    ("hub", "reader of what is there", "access was refused"),
    ("hub", "no server", "could not be reached"),
]


@pytest.mark.parametrize(("place", "who", "says"), WHO, indirect=["place"])
def test_who_may_not_is_told_so_and_no_secret_is_shown(place, who, says, request, releases):
    url = f"http://127.0.0.1:{free_port()}" if who == "no server" else None
    if place.kind == "s3":
        keys = dict(request.getfixturevalue("users")["reader" if who == "reader" else "writer"])
        if who == "nobody":
            keys = dict.fromkeys(keys, "")
        if who in ("wrong key", "wrong secret"):
            keys[{"wrong key": "AWS_ACCESS_KEY_ID"}.get(who, "AWS_SECRET_ACCESS_KEY")] = SECRET
        if url:
            keys["url"] = url
        secrets = [keys["AWS_SECRET_ACCESS_KEY"]]
    else:
        token = {"nobody": None, "wrong key": SECRET, "no server": "hf_right"}.get(who, "hf_reader")
        keys, secrets = {"token": token, "hub": url}, [token]
        if who.endswith("there"):
            with place.reached():
                place.put(releases.first)
    before = str(place.hub.repositories)
    release = releases.second if who.endswith("there") else releases.first
    with place.reached(**keys):
        if place.kind == "s3":
            with place.s3.checking_keys(), pytest.raises(RemoteError) as caught:
                place.put(release)
            assert place.s3.objects(place.home.name) == {}
        else:
            with pytest.raises(RemoteError) as caught:
                place.put(release)
            assert str(place.hub.repositories) == before
    assert says in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 3
    assert not any(secret and secret in str(caught.value) for secret in (SECRET, *secrets))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def users(s3):
    return {
        "reader": s3.user("reader", "s3:ListBucket", "s3:GetObject"),
        "writer": s3.user("writer", "s3:*"),
    }


@only("s3")
def test_a_bucket_that_is_not_there_and_one_with_other_things_in_it(place, releases):
    with place.reached():
        where, place.address = place.address, "s3://nowhere/news"
        with pytest.raises(RemoteError, match="bucket does not exist"):
            place.put(releases.first)
        place.address = where
        prefix = where.removeprefix(f"s3://{BUCKET}/")
        place.s3.put(f"{prefix}/1.0.0/notes.txt", b"mine")
        with pytest.raises(RemoteError, match=r"notes\.txt, which is no part of this release"):
            place.put(releases.first)
    assert place.s3.objects(f"{prefix}/1.0.0/")["notes.txt"] == b"mine"


@pytest.mark.parametrize(
    ("to", "options", "says"),
    [
        ("s3://name:secret@news/x", [], "credentials come from the environment"),
        ("hf://models/org/news", [], "no dataset of the Hub"),
        ("hf://datasets/org/news@v1.0.0", [], "no dataset of the Hub"),
        ("dist", ["--private"], "settings of the Hub"),
        ("no-such-scheme://x/y", [], "Protocol not known"),
        ("s3:/news/x", [], "looks like one"),
        ("ftp:", [], "looks like one"),
        ("", [], "empty"),
        ("s3://", [], "names no place"),
        ("file://dist", [], "no folder of this machine"),
    ],
)
def test_what_cannot_be_meant(to, options, says, releases, tmp_path):
    done = run_here("publish", str(releases.first), "--to", to, *options, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert ":secret" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["folder", "s3"], indirect=True)
def test_nothing_is_published_into_a_release(place, releases):
    with place.reached():
        place.put(releases.first)
        parent, place.address = place.address, f"{place.address}/1.0.0"
        done = place.publish(releases.second)
    assert done.returncode == 2
    assert f"name the folder of all versions: {parent}\n" in done.stderr
    place.address = parent
    assert there(place, "1.0.0") == files_of(releases.first)


@only("s3")
def test_an_endpoint_that_is_no_address_is_the_fault_of_its_variable(place, releases):
    with place.reached(url="localhost:99"), pytest.raises(UsageError, match="AWS_ENDPOINT_URL"):
        place.put(releases.first)


@only("folder")
def test_what_is_no_release_is_not_judged(place, releases):
    done = place.publish(releases.first.parent)
    assert done.returncode == 2
    assert "no release: it has no MANIFEST.json" in done.stderr


@only("folder")
def test_what_nobody_wrote_is_named_by_file_and_line(place, releases):
    release = shutil.copytree(releases.first, place.home / "1.0.0")
    for name, line in (
        ("LICENSE", "# EDIT ME: choose one. Remove this line when done."),
        ("CITATION.cff", "# EDIT ME authors"),
        ("schemas/guidelines.md", "<!-- EDIT ME: rules -->"),
        ("README.md", "- **Made by:** [who], [Whom to ask.] and [others]"),
    ):
        file = release / name
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}{line}\n", encoding="utf-8")
    seal(release)
    done = place.publish(release)
    assert done.returncode == 0, done.stderr
    lines = {name: (release / name).read_text(encoding="utf-8").count("\n") for name in
             ("LICENSE", "CITATION.cff", "schemas/guidelines.md", "README.md")}  # fmt: skip
    told = done.stderr[done.stderr.index("not written yet") :].splitlines()
    assert told[1:6] == [
        f"  CITATION.cff, line {lines['CITATION.cff']}: EDIT ME authors",
        f"  LICENSE, line {lines['LICENSE']}: EDIT ME: choose one",
        f"  README.md, line {lines['README.md']}: [who]",
        f"  README.md, line {lines['README.md']}: [Whom to ask.]",
        f"  schemas/guidelines.md, line {lines['schemas/guidelines.md']}: EDIT ME: rules",
    ]
    assert told[6].startswith("  -> ")


@only("folder")
def test_what_stops_the_loading_back_does_not_hide_that_it_is_published(
    place, releases, monkeypatch
):
    def cut(self, version, names):
        raise OSError("the line went dead")

    with monkeypatch.context() as here:
        here.setattr(Folder, "read", cut)
        done = place.publish(releases.first)
    assert done.returncode == 3
    assert "1.0.0 is published, and could not be loaded back" in done.stderr
    assert place.publish(releases.first).stdout.startswith("already published")
