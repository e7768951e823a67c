"""Views of a release: what they hold (golden excerpts of the seeds' release), how they are written,
and that the libraries they are meant for read them."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest

from dataset_builder.diff.reading import DamagedReleaseError
from dataset_builder.errors import UsageError
from dataset_builder.export_commands import NAMES
from dataset_builder.views import VIEWS
from dataset_builder.views.gliner import trigger_spans
from dataset_builder.views.writing import cell, export
from tests.conftest import run_here
from tests.factory import make_release, make_world
from tests.factory_words import BOTH
from tests.mutations.disk import seal

GOLDEN = Path(__file__).parents[1] / "golden/views"
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def release(_built):
    """The seeds' release; nobody changes it."""
    return _built / "releases/1.0.0"


@pytest.fixture(scope="module")
def exported(release, tmp_path_factory):
    """Every view in its usual format: name -> folder."""
    folder = tmp_path_factory.mktemp("views")
    for name, view in VIEWS.items():
        export(release, view, folder / name)
    return folder


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def records(exported, name, split="validation"):
    file = next((exported / name).glob(f"{split}.*"))
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    if file.suffix == ".csv":
        return list(csv.DictReader(text.splitlines()))
    data = json.loads(text)
    return data if isinstance(data, list) else data["data"]


def test_the_command_knows_the_views():
    assert tuple(VIEWS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_for_every_split(exported, name):
    ending = VIEWS[name].formats[0]
    assert {file.name for file in (exported / name).iterdir()} == {f"{s}.{ending}" for s in SPLITS}


def test_squad(exported):
    wanted = golden("squad")
    made = records(exported, "squad")
    assert len(made) == wanted["records"]
    [found] = [p for p in made[0]["paragraphs"] if p["context"] == wanted["context"]]
    assert found["qas"] == wanted["qas"]
    ids = Counter()
    for split in SPLITS:
        for article in records(exported, "squad", split):
            for paragraph in article["paragraphs"]:
                for question in paragraph["qas"]:
                    ids[question["id"]] += 1
                    for answer in question["answers"]:
                        start = answer["answer_start"]
                        words = paragraph["context"][start : start + len(answer["text"])]
                        assert words == answer["text"]
    assert set(ids.values()) == {1}
    assert len(ids) == 78 * 4


@pytest.mark.parametrize("name", ["gliner", "plover"])
def test_golden_record(exported, name):
    wanted, made = golden(name), records(exported, name)
    assert len(made) == wanted["records"]
    assert [r for r in made if r["id"] == wanted["record"]["id"]] == [wanted["record"]]


def test_triggers_read_from_tags_are_those_of_the_events(release, exported):
    """The seeds have no overlapping triggers: nothing is lost on the way."""
    for split in SPLITS:
        of_events = Counter(r["event"][0] for r in records(exported, "plover", split))
        of_tags = Counter(s[2] for r in records(exported, "gliner", split) for s in r["ner"])
        of_docs = Counter(e["label"] for r in records(exported, "spacy", split) for e in r["ents"])
        assert of_events == of_tags == of_docs


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["O", "O"], []),
        (["B-A", "I-A", "B-A"], [(0, 1, "A"), (2, 2, "A")]),
        (["B-A-B", "I-A-B", "O"], [(0, 1, "A-B")]),
    ],
)
def test_spans_of_tags(tags, spans):
    assert trigger_spans(tags) == spans


def test_spacy(exported):
    wanted, [doc] = golden("spacy"), records(exported, "spacy")
    text = doc["text"]

    def words(span):
        return text[span["start"] : span["end"]]

    assert [[words(s), s["label"]] for s in doc["ents"]][: len(wanted["ents"])] == wanted["ents"]
    arguments = [[words(s), s["label"], s["kb_id"]] for s in doc["spans"]["arguments"]]
    assert arguments[: len(wanted["arguments"])] == wanted["arguments"]
    assert words(doc["sents"][1]).strip() == wanted["second_sentence"]
    # What spaCy's own reader insists on: tokens and single spaces are the text, and every span
    # begins and ends with a token.
    for split in SPLITS:
        for made in records(exported, "spacy", split):
            again = "".join(
                made["text"][t["start"] : t["end"]]
                + (" " if made["text"][t["end"] : t["end"] + 1] == " " and gap else "")
                for t, gap in zip(made["tokens"], _gaps(made["tokens"]), strict=True)
            )
            assert again == made["text"]
            starts = {token["start"] for token in made["tokens"]}
            ends = {token["end"] for token in made["tokens"]}
            for span in (*made["ents"], *made["sents"], *made["spans"]["arguments"]):
                assert span["start"] in starts
                assert span["end"] in ends


def _gaps(tokens):
    """Whether a space follows each token that is no part of the next one."""
    nexts = [*(token["start"] for token in tokens[1:]), None]
    return [
        following is not None and following > token["end"]
        for token, following in zip(tokens, nexts, strict=True)
    ]


@pytest.mark.parametrize("name", ["dyads", "votes"])
def test_golden_rows(exported, name):
    """An excerpt of the table stands in it, line by line."""
    wanted = (GOLDEN / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    made = (exported / name / "validation.csv").read_text(encoding="utf-8").splitlines()
    assert made[0] == wanted[0]
    at = made.index(wanted[1])
    assert made[at : at + len(wanted) - 1] == wanted[1:]


def test_dyads_count_an_event_once(exported):
    for split in SPLITS:
        rows = records(exported, "dyads", split)
        pairs = Counter((r["event_id"], r["source_id"], r["target_id"]) for r in rows)
        assert set(pairs.values()) == {1}
        alone = Counter(event_id for event_id, _, _ in pairs)
        assert all(alone[event_id] == 1 for event_id, one, other in pairs if one == other)
        assert {r["event_id"] for r in rows} == {
            r["coref"] for r in records(exported, "plover", split)
        }
        assert all(r["source"] != r["target"] and not r["quad"].endswith("conflict")
                   for r in rows if r["joint"] == "true")  # fmt: skip


def test_votes_are_all_there(release, exported):
    for split in SPLITS:
        rows = Counter(r["unit"] for r in records(exported, "votes", split))
        for table, unit in (("stance", "stance"), ("events", "event")):
            frame = pl.read_parquet(release / table / f"{split}-*.parquet")
            assert rows[unit] == frame["votes"].list.len().sum()


def test_datasets_reads_them(exported, tmp_path):
    for name, kind, field in (("squad", "json", "data"), ("spacy", "json", None),
                              ("plover", "json", None), ("dyads", "csv", None)):  # fmt: skip
        files = {s: str(next((exported / name).glob(f"{s}.*"))) for s in SPLITS}
        more = {"field": field} if field else {}
        loaded = datasets.load_dataset(kind, data_files=files, cache_dir=tmp_path, **more)
        for split in SPLITS:
            assert loaded[split].num_rows == len(records(exported, name, split))


def test_one_file_in_every_format(release, tmp_path):
    for view in ("dyads", "votes"):
        rows = {}
        for ending in VIEWS[view].formats:
            [done] = export(release, VIEWS[view], tmp_path / f"{view}.{ending}")
            rows[ending] = done.records
        assert len(set(rows.values())) == 1
        table = pq.read_table(tmp_path / f"{view}.parquet")
        assert table.num_rows == rows["csv"]
        assert set(table["split"].to_pylist()) == set(SPLITS)


def test_the_same_bytes(release, exported, tmp_path):
    for name, view in VIEWS.items():
        for ending in view.formats:
            for turn in ("a", "b"):
                export(release, view, tmp_path / turn / f"{name}.{ending}", splits=["train"])
    digests = [
        {
            f.name: hashlib.sha256(f.read_bytes()).hexdigest()
            for f in sorted((tmp_path / t).iterdir())
        }
        for t in "ab"
    ]
    assert digests[0] == digests[1]


def test_other_shapes(tmp_path):
    """Several shards, other scripts, emoji, triggers over triggers, events without dates."""
    path = make_release(tmp_path, rows=make_world(3, 7, BOTH).rows, shard_rows=7)
    for name, view in VIEWS.items():
        done = export(path, view, tmp_path / name)
        assert {file.path.stem for file in done} == set(SPLITS)
    for doc in records(tmp_path, "spacy", "train"):
        marked = {doc["text"][s["start"] : s["end"]] for s in doc["ents"]}
        assert marked


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}"


def test_other_cells():
    assert [cell(v) for v in (None, "a=b", -1, True, "")] == ["", "a=b", "-1", "true", ""]


@pytest.mark.parametrize(
    ("view", "out", "more"),
    [
        ("squad", "x.json", {}),  # would mix splits
        ("squad", "x.csv", {"splits": ["train"]}),
        ("plover", "x.parquet", {}),
        ("dyads", "x.csv", {"format": "parquet"}),
        ("dyads", "full", {}),
        ("dyads", "table.xlsx", {}),
    ],
)
def test_what_does_not_fit(release, tmp_path, view, out, more):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        export(release, VIEWS[view], tmp_path / out, **more)
    assert [f.name for f in tmp_path.rglob("*")] == ["full", "mine.txt"]


def test_a_damaged_release_leaves_nothing_behind(release, tmp_path):
    broken = shutil.copytree(release, tmp_path / "release")
    file = next((broken / "events").glob("test-*"))
    file.write_bytes(file.read_bytes()[:-9])
    seal(broken)
    with pytest.raises(DamagedReleaseError):
        export(broken, VIEWS["plover"], tmp_path / "out")
    assert [f.name for f in tmp_path.iterdir()] == ["release"]


def test_without_text(release, tmp_path):
    """What lives of words is refused; what does not, is not."""
    other = shutil.copytree(release, tmp_path / "release")
    manifest = json.loads((other / "MANIFEST.json").read_text())
    (other / "MANIFEST.json").write_text(json.dumps({**manifest, "text": "withheld"}))
    with pytest.raises(UsageError, match="hydrate"):
        export(other, VIEWS["squad"], tmp_path / "squad")
    assert export(other, VIEWS["dyads"], tmp_path / "dyads.csv")


def test_the_command(release, tmp_path):
    done = run_here("export", str(release), "dyads", "--out", "d.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "records" in done.stderr
    again = run_here("export", str(release), "squad", "--out", "s.json", cwd=tmp_path)
    assert again.returncode == 2
    assert "--split" in again.stderr
