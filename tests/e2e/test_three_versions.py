"""What a maintainer does over the months, on the five seeds: a release, a correction, a new article, a
label split. Every version goes to a folder, a bucket and a Hub, and stays there as it was."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from datasets import load_dataset

from dataset_builder.release.load import quiet_datasets
from tests.conftest import run_here
from tests.e2e.studio_work import Person, admin, arrow, field, newcomer, span, whole
from tests.hub import ATTRIBUTES, Hub, asked_at, files_of, serving
from tests.stores import BUCKET, S3, environment, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.studio.connection import Connection

NAME = "three-versions"
DATASET = f"org/{NAME}"
OTHER = "three-versions@example.org"
"""The account that does the reviews of draft-2; the administrator does those of draft-1."""
CONFIGS = ("stance", "events", "articles", "triggers", "annotations")
DATES = {"1.0.1": "2026-12-01", "1.0.2": "2027-01-01", "2.0.0": "2027-02-01"}
NEW_PAGE = """\
The Harbour Gazette

Home | News | Sport

Norwegian minister visits Iceland over fishing quotas

REYKJAVIK - The Norwegian fisheries minister arrived in Iceland on Monday for talks about mackerel.

The Norwegian fisheries minister praised the new quota agreement and called it fair to both fleets.

The two governments have argued over the size of the catch for more than a decade, and earlier rounds
ended without a result.

Share this article | Sign up for our newsletter
"""
NEW_ACTOR = "The Norwegian fisheries minister"
SPLIT = """
migrations:
  - scheme_version: "1.1"
    changes:
      - { of: event_type, split: SUPPORT, into: [ENDORSE, SIGN] }
"""


@dataclass(frozen=True)
class Targets:
    """Where versions go, and how they are read from there."""

    folder: str
    bucket: str
    dataset: str
    hub: Hub
    s3: S3

    def bytes_of(self, version: str) -> list[dict[str, bytes]]:
        """The files of a version, everywhere."""
        repository = self.hub.repositories[DATASET]
        on_hub = {**repository.at(f"v{version}").files}
        assert on_hub.pop(".gitattributes") == ATTRIBUTES
        in_bucket = self.s3.objects(f"{NAME}/{version}/")
        return [files_of(Path(self.folder) / version), in_bucket, on_hub]

    def load(self, version: str, config: str, files: dict[str, str], cache: str) -> list[Any]:
        """The same config of a version from everywhere, each with a cache of its own."""
        loaded = [
            load_dataset(f"{self.folder}/{version}", config, cache_dir=f"{cache}/folder"),
            load_dataset(DATASET, config, revision=f"v{version}", cache_dir=f"{cache}/hub"),
        ]
        named = {split: f"{self.bucket}/{version}/{file}" for split, file in files.items()}
        loaded.append(
            load_dataset(
                "parquet", data_files=named, storage_options={}, cache_dir=f"{cache}/bucket"
            )
        )
        return [{split: rows.to_list() for split, rows in found.items()} for found in loaded]


@pytest.fixture
def targets(
    tmp_path: Path, project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Targets]:
    with contextlib.ExitStack() as stack:
        s3, hub = stack.enter_context(s3_server()), stack.enter_context(serving(Hub()))
        stack.enter_context(asked_at(hub.url, monkeypatch, tmp_path / "hf", hub.token))
        stack.enter_context(quiet_datasets(network=True))
        for name, value in environment(s3.url, str(tmp_path / "none")).items():
            monkeypatch.setenv(name, value)
        folder = str(tmp_path / "published")
        yield Targets(folder, f"s3://{BUCKET}/{NAME}", f"hf://datasets/{DATASET}", hub, s3)


@dataclass
class Maintainer:
    """Types commands in the project's folder."""

    folder: Path
    env: dict[str, str]
    boss: Person
    other: Person

    def command(self, *arguments: str, code: int = 0) -> Any:
        done = run_here(*arguments, cwd=self.folder, env=self.env)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def version(self, number: str, note: str) -> None:
        """The next version, and what the maintainer writes about it."""
        file = self.folder / "pyproject.toml"
        text = re.sub(r'\nversion = ".*"', f'\nversion = "{number}"', file.read_text("utf-8"))
        file.write_text(text, "utf-8")
        file = self.folder / "CHANGELOG.md"
        text = file.read_text("utf-8")
        entry = f"## [{number}] - {DATES[number]}\n\n### Changed\n\n- {note}\n\n"
        at = text.index("## [")
        file.write_text(text[:at] + entry + text[at:], "utf-8")

    def publish(self, number: str, targets: Targets) -> None:
        release = f"releases/{number}"
        for to in (targets.folder, targets.bucket, targets.dataset):
            assert self.command("publish", release, "--to", to).stdout.startswith("published: ")

    def project_of(self, pushed: str) -> int:
        return int(re.findall(r"/projects/(\d+)", pushed)[-1])


@pytest.fixture
def maintainer(project_folder: Path, connection: Connection) -> Iterator[Maintainer]:
    """With the committed work of both drafts, under a project name of its own."""
    settings = project_folder / "pyproject.toml"
    text = settings.read_text("utf-8").replace('name = "syria-diplomacy"', f'name = "{NAME}"')
    settings.write_text(text.replace('name = "Syria', 'name = "Three versions: Syria'), "utf-8")
    annotations = project_folder / "annotations"
    export = annotations / "exports" / "syria-diplomacy.jsonl"
    export.rename(export.with_name(f"{NAME}.jsonl"))
    boss = admin(connection)
    email = boss.send("GET", "/api/current-user/whoami")["email"]
    private = f"{email}: draft-1\n{OTHER}: draft-2\n"
    (annotations / "annotators.private.yaml").write_text(private, "utf-8")
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}
    other = newcomer(connection, OTHER, "Second")
    yield Maintainer(project_folder, env, boss, other)
    boss.http.close()
    other.http.close()


def correct_a_stance(boss: Person, project: int) -> str:
    """The label of one evidence span of the first draft, mended on the server; its article."""
    for task in sorted(boss.tasks(project), key=lambda task: task["data"]["article_id"]):
        first = min(boss.send("GET", f"/api/tasks/{task['id']}/annotations"), key=lambda a: a["id"])
        for item in first["result"]:
            if item.get("value", {}).get("labels") == ["against"]:
                item["value"]["labels"] = ["favor"]
                body = {"result": first["result"]}
                boss.send("PATCH", f"/api/annotations/{first['id']}", body)
                return str(task["data"]["article_id"])
    raise AssertionError


def annotate_new_page(boss: Person, project: int) -> str:
    """The new article, with an event and a stance; its id."""
    (task,) = (t for t in boss.tasks(project) if "mackerel" in t["data"]["text"])
    text = task["data"]["text"]
    again = text.index(NEW_ACTOR, text.index(NEW_ACTOR) + 1)
    holder = span("n2", NEW_ACTOR, "ACTOR", text)
    holder["value"] |= {"start": again, "end": again + len(NEW_ACTOR)}
    evidence = span("n5", "praised the new quota agreement", "favor", text)
    boss.annotate(
        task["id"],
        [
            whole("relevance", "choices", ["relevant"], "r1"),
            span("n1", NEW_ACTOR, "ACTOR", text),
            holder,
            span("n3", "arrived", "CONSULT", text),
            span("n4", "Iceland", "LOCATION", text),
            evidence,
            field(evidence, "expression", "choices", ["stated"]),
            span("n6", "the new quota agreement", "ISSUE", text),
            arrow("n1", "n3"),
            arrow("n4", "n3"),
            arrow("n2", "n5"),
            arrow("n5", "n6"),
        ],
    )
    return str(task["data"]["article_id"])


def split_support(folder: Path) -> None:
    """SUPPORT becomes ENDORSE and SIGN."""
    file = folder / "schemas" / "ontology.yaml"
    text = file.read_text("utf-8").replace('scheme_version: "1.0"', 'scheme_version: "1.1"')
    text = text.replace("- name: SUPPORT", "- name: ENDORSE")
    sign = (
        "  - name: SIGN\n    quad: verbal_cooperation\n    definition: Concludes an agreement.\n"
        '    example: They **signed** it\n    colour: "#1b7837"\n    modes: []\n    requires: []\n'
    )
    file.write_text(text.replace("  - name: CONCEDE\n", f"{sign}  - name: CONCEDE\n", 1) + SPLIT)


def settle(person: Person, draft: str, reviews: list[dict[str, Any]]) -> int:
    """Review a draft's work: what was signed or dealt is SIGN, the rest ENDORSE; how many."""
    settled = 0
    for task in reviews:
        for own in (p for p in task["predictions"] if p["model_version"] == f"moved:{draft}"):
            result = own["result"]
            for item in result:
                item.pop("origin", None)
                if item.get("value", {}).get("labels") == ["SUPPORT"]:
                    words = item["value"]["text"].lower()
                    signed = any(word in words for word in ("sign", "deal", "agreement"))
                    item["value"]["labels"] = ["SIGN" if signed else "ENDORSE"]
                    settled += 1
            person.annotate(task["id"], result)
    return settled


def test_three_versions_after_the_first(
    maintainer: Maintainer, targets: Targets, tmp_path: Path
) -> None:
    folder, boss = maintainer.folder, maintainer.boss
    releases = folder / "releases"
    maintainer.command("build")
    maintainer.publish("1.0.0", targets)

    # A correction: one value of one row, so the patch number is enough.
    pushed = maintainer.command("push", "--restore").stdout
    project = maintainer.project_of(pushed)
    corrected = correct_a_stance(boss, project)
    maintainer.command("pull")
    maintainer.version("1.0.1", "One stance was read the wrong way round.")
    maintainer.command("build")
    told = json.loads(
        maintainer.command("diff", "releases/1.0.0", "releases/1.0.1", "--format", "json").stdout
    )
    assert told["honest"]["version"] == "1.0.1"
    log = (releases / "1.0.1" / "CHANGELOG.md").read_text("utf-8")
    assert "One stance was read the wrong way round." in log
    maintainer.publish("1.0.1", targets)

    # A new article: rows are added, so a patch number is refused.
    (folder / "seeds" / "005.txt").write_text(NEW_PAGE, "utf-8")
    maintainer.command("push")
    added = annotate_new_page(boss, project)
    maintainer.command("pull")
    maintainer.version("1.0.2", "Never published.")
    refused = maintainer.command("build", code=1)
    assert "at least 1.1.0 is honest" in refused.stderr
    assert not (releases / "1.0.2").exists()
    text = (folder / "CHANGELOG.md").read_text("utf-8")
    (folder / "CHANGELOG.md").write_text(text.replace("[1.0.2]", "[1.1.0]"), "utf-8")
    settings = (folder / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text(settings.replace('"1.0.2"', '"1.1.0"'), "utf-8")
    maintainer.command("build")
    maintainer.publish("1.1.0", targets)

    # A label is split: training code that knew it has to change, so it is a major version.
    split_support(folder)
    maintainer.command("render")
    review = maintainer.project_of(maintainer.command("push").stdout)
    reviews = boss.tasks(review)
    assert settle(boss, "draft-1", reviews) > 0
    assert settle(maintainer.other, "draft-2", reviews) > 0
    maintainer.command("pull")
    assert maintainer.command("migrate", "--check").returncode == 0
    maintainer.version("2.0.0", "SUPPORT is ENDORSE or SIGN now.")
    maintainer.command("build")
    told = maintainer.command("diff", "releases/1.1.0", "releases/2.0.0", "--format", "markdown")
    assert "ENDORSE" in told.stdout
    maintainer.publish("2.0.0", targets)

    versions = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")
    for version in versions:
        built = files_of(releases / version)
        assert targets.bytes_of(version) == [built] * 3
        manifest = json.loads(built["MANIFEST.json"])
        # Publishing loaded every config of these bytes; here, what older versions are after newer ones.
        for config in CONFIGS if version == "1.0.0" else ("articles",):
            files = {
                split: found["files"][0]["file"]
                for split, found in manifest["configs"][config].items()
            }
            here, *elsewhere = targets.load(version, config, files, str(tmp_path / "cache"))
            assert all(found == here for found in elsewhere)
            assert {split: len(rows) for split, rows in here.items()} == {
                split: found["rows"] for split, found in manifest["configs"][config].items()
            }
            if config == "articles":
                ids = {row["article_id"] for rows in here.values() for row in rows}
                assert corrected in ids
                assert (added in ids) is (version >= "1.1.0")
    types = {
        version: load_dataset(f"{targets.folder}/{version}", "events", split="train")
        .features["type"]
        .names
        for version in versions
    }
    assert types["1.0.0"] == types["1.1.0"]
    assert "SUPPORT" in types["1.1.0"]
    assert {"ENDORSE", "SIGN"} <= set(types["2.0.0"]) - {"SUPPORT"}
    known = [yaml.safe_load(line) for line in lines_of(folder / "annotations" / "ledger.jsonl")]
    assert {entry["article_id"]: entry["split"] for entry in known}[added] in {
        "train",
        "validation",
        "test",
    }


def lines_of(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()
