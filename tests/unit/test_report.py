"""The report's figures against counts by hand, its packed blocks, and what hostile releases do."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from functools import partial
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.errors import DatasetBuilderError, UsageError
from dataset_builder.report import counts, figures, html, parties
from dataset_builder.report.packed import Index, fold, words_of
from dataset_builder.report.reading import Source, read_release
from dataset_builder.report.svg import fit, histogram, mirrored, ticks
from dataset_builder.report.timeline import timeline
from tests.conftest import ROOT, run_here
from tests.factory import make_release, make_world, registries
from tests.report_pages import HOSTILE, hostile_rows, withhold

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "input", "br"}


def quiet(_what: str, _done: int, _of: int | None) -> None:
    """Nobody watches."""


def page_of(source: Source) -> str:
    return b"".join(html(source, quiet)).decode()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six articles: four of train, of which two are one story, and one each of the others."""
    return make_release(tmp_path_factory.mktemp("report"), n_articles=6)


@pytest.fixture(scope="module")
def source(release: Path) -> Source:
    return read_release(release)


def of_events(rows: list[dict[str, Any]]) -> Source:
    """A release of nothing but these rows of `events`."""
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(split=pl.lit("train"))
    known = registries().ontology
    return Source({}, {"events": frame}, {"events": {}}, known, {}, {}, (), "A set")


def counted(source: Source, config: str, column: str) -> dict[str, tuple[int, ...]]:
    (found,) = [
        item
        for item in counts.distributions(source)
        if (item.config, item.column) == (config, column)
    ]
    return dict(found.counts)


# ---- figures -----------------------------------------------------------------------------------


def test_labels_by_split(source: Source) -> None:
    """Every article: one ACCUSE, CONSULT and SUPPORT; twice against and once favor; and two
    derived neutrals where it is in train."""
    assert source.splits == ("train", "validation", "test")
    each = (4, 1, 1)
    assert counted(source, "events", "type") == {"CONSULT": each, "SUPPORT": each, "ACCUSE": each}
    assert counted(source, "events", "quad") == {
        "verbal_cooperation": (8, 2, 2),
        "verbal_conflict": each,
    }
    assert counted(source, "stance", "label") == {
        "neutral": (8, 0, 0),
        "against": (8, 2, 2),
        "favor": each,
    }
    assert counted(source, "stance", "basis") == {"annotated": (12, 3, 3), "derived": (8, 0, 0)}
    # ACCUSE: actor, recipient, date; CONSULT: actor, recipient, place, date; SUPPORT: actor
    assert counted(source, "events", "arguments.role") == {
        "ACTOR": (12, 3, 3),
        "RECIPIENT": (8, 2, 2),
        "DATE": (8, 2, 2),
        "LOCATION": each,
    }
    assert counted(source, "events", "modes") == {"disapprove": each, "visit": each}


def test_what_does_not_occur_is_named(source: Source) -> None:
    (types,) = [item for item in counts.distributions(source) if item.column == "type"]
    assert len(types.absent) == 13
    assert "ASSAULT" in types.absent
    (articles,) = [item for item in counts.distributions(source) if item.column == "outlet"]
    assert articles.counts == (("صحيفة Le Monde", (4, 1, 1)),)


@pytest.mark.parametrize(
    ("dates", "unit", "bins", "coarse"),
    [
        ([("2017-01-31", "day"), ("2017-02-02", "day")], "day", 3, 0),
        ([("2017-01-01", "day"), ("2017-12-31", "day")], "month", 12, 0),
        ([("2010-01-01", "day"), ("2019-12-31", "day")], "quarter", 40, 0),
        ([("1970-05-05", "day"), ("2019-12-31", "day")], "year", 50, 0),
        ([("1800-05-05", "day"), ("2019-12-31", "day")], "decade", 22, 0),
        # a year is no day: of five, one may be left out, not two
        ([("2017-01-05", "day")] * 4 + [("2017-01-01", "year")], "day", 1, 1),
        ([("2017-01-05", "day")] * 3 + [("2015-01-01", "year")] * 2, "year", 3, 0),
    ],
)
def test_timeline(dates: list[tuple[str, str]], unit: str, bins: int, coarse: int) -> None:
    event = {"quad": "verbal_conflict"}
    days = [{**event, "date_start": dt.date.fromisoformat(day), "date_precision": precision}
            for day, precision in dates]  # fmt: skip
    undated = {**event, "date_start": None, "date_precision": "unknown"}
    # the first event is mentioned twice, once without a date; the last has none at all
    rows = [{**undated, "event_id": "0"}]
    rows += [{**row, "event_id": str(number)} for number, row in enumerate(days)]
    rows += [{**undated, "event_id": "none"}]
    found = timeline(of_events(rows))
    assert found.undated == 1
    assert (found.unit, len(found.bins), found.coarse) == (unit, bins, coarse)
    assert found.dated == sum(sum(quads.values()) for _, quads in found.bins)
    assert found.dated + found.coarse == len(dates)


def test_network(source: Source) -> None:
    """In each article one accuses another and one meets another; the third event has no second."""
    found = parties.network(source)
    assert (found.events, found.alone, found.denied) == (12, 6, 0)
    assert sum(edge.n for edge in found.edges) == 12
    assert all(edge.directed for edge in found.edges)
    expected: dict[tuple[str, str], int] = {}
    for config, split in (("events", s) for s in source.splits):
        for row in make_world(n_articles=6).rows[config, split]:
            by_role = {item["role"]: item["actor_ids"][0] for item in row["arguments"]
                       if item["actor_ids"]}  # fmt: skip
            if "RECIPIENT" in by_role:
                pair = (by_role["ACTOR"], by_role["RECIPIENT"])
                expected[pair] = expected.get(pair, 0) + 1
    assert {(edge.source, edge.target): edge.n for edge in found.edges} == expected


def test_network_of_joint_denied_and_repeated_events() -> None:
    def event(name: str, polarity: str, **parties: list[str]) -> dict[str, Any]:
        arguments = [{"role": role, "actor_ids": ids} for role, ids in parties.items()]
        return {"event_id": name, "type": "CONSULT", "quad": "verbal_cooperation",
                "polarity": polarity, "modality": "ASSERTED", "arguments": arguments}  # fmt: skip

    found = parties.network(
        of_events(
            [
                event("met", "POSITIVE", ACTOR=["tur", "rus"]),
                event("met", "POSITIVE", ACTOR=["rus", "tur"]),  # mentioned again
                event("told", "POSITIVE", ACTOR=["usa"]),
                event("told", "POSITIVE", RECIPIENT=["irn", "usa"]),  # and here to whom
                event("denied", "NEGATIVE", ACTOR=["usa"], RECIPIENT=["irn"]),
                event("alone", "POSITIVE", ACTOR=["irn"]),
            ]
        )
    )
    assert (found.events, found.alone, found.denied) == (2, 1, 1)
    assert [(edge.source, edge.target, edge.directed, edge.n) for edge in found.edges] == [
        ("rus", "tur", False, 1),
        ("usa", "irn", True, 1),
    ]


def test_stances(source: Source) -> None:
    """Three in an article: an actor on another, an actor on an issue, the author on an actor."""
    found = parties.stances(source)
    by_author = [n for (holder, _), n in found.cells.items() if holder == "author"]
    assert sum(cell["against"] for cell in by_author) == 6
    assert sum(sum(cell.values()) for cell in found.cells.values()) == 18
    assert sum(cell.get("neutral", 0) for cell in found.cells.values()) == 0  # derived do not count
    assert parties.against_to_favor(found.labels) == ("against", "neutral", "favor")


def test_votes(source: Source) -> None:
    rows = make_world(n_articles=6).rows
    events = [row for split in source.splits for row in rows["events", split]]
    agreeing = sum(vote["label"] == row["type"] for row in events for vote in row["votes"])
    found = counts.confirmed(source, "events", "type", "mention_id")
    assert (found.votes, found.agreeing) == (36, agreeing)
    assert agreeing < 36
    assert sum(found.cells.values()) == 36
    # three pairs in each article; the derived ones are nobody's
    assert counts.confirmed(source, "stance", "label", "pair_id").votes == 36


def test_lengths_stories_and_work(source: Source) -> None:
    rows = make_world(n_articles=6).rows
    texts = [len(row["text"]) for split in source.splits for row in rows["articles", split]]
    found = counts.lengths(source)
    assert sum(sum(row) for row in found.bins) == 6
    assert found.rows[-1][:3] == ("all", 6, min(texts))
    assert found.rows[-1][5] == max(texts)
    for at, row in enumerate(found.bins):
        inside = [n for n in texts if at * found.width <= n < (at + 1) * found.width]
        assert sum(row) == len(inside)
    assert counts.stories(source) == {"train": {2: 1, 1: 2}, "validation": {1: 1}, "test": {1: 1}}
    (first, second) = counts.work(source)
    assert (first.annotator, first.kind, first.articles, first.states) == (
        "draft-1", "model", 6, {"completed": 6},
    )  # fmt: skip
    assert first.arrows == 6 * 13
    assert second.annotator == "draft-2"
    assert counts.by_model_only([first, second]) is True
    assert counts.by_model_only([]) is None


@given(st.integers(0, 10**9))
def test_axes_begin_at_zero_and_reach_the_largest(largest: int) -> None:
    marks = ticks(largest)
    assert marks[0] == 0
    assert marks[-1] >= largest
    assert len({b - a for a, b in pairwise(marks)}) == 1
    assert 2 <= len(marks) <= 7
    assert largest <= counts.nice(largest) <= max(largest * 2.5, 1)


def boxes(body: str) -> dict[str, list[tuple[float, float]]]:
    """Top and bottom of the bars by colour, in the order they are drawn."""
    found: dict[str, list[tuple[float, float]]] = {}
    for colour, y, height in re.findall(
        r'<rect class="(c\w+)" x="\S+" y="(\S+)" width="\S+" height="(\S+)"', body
    ):
        found.setdefault(colour, []).append((float(y), float(y) + float(height)))
    return found


def test_bars_stand_on_the_axis_and_on_each_other() -> None:
    drawn = mirrored(
        [("2019", {"up": 3}), ("2020", {"up": 6, "high": 3, "down": 3, "deep": 3})],
        [("up", "#111111", 1), ("high", "#444444", 1)],
        [("down", "#222222", 1), ("deep", "#333333", 1)],
    )  # fmt: skip
    axis = float(re.search(r'class="axis" d="M\d+ ([\d.]+)H', drawn.body)[1])
    found = boxes(drawn.body)
    (one, two), (down,), (deep,) = (found[name] for name in ("c111111", "c222222", "c333333"))
    near = partial(pytest.approx, abs=0.3)  # coordinates are rounded to a tenth
    assert [one[1], two[1], down[0]] == near([axis] * 3)
    assert two[1] - two[0] == near(2 * (one[1] - one[0]))
    assert [down[1] - down[0], deep[1] - deep[0]] == near([one[1] - one[0]] * 2)
    assert deep[0] == near(down[1])
    assert found["c444444"][0][1] == near(two[0])


def test_histogram_stacks_the_splits() -> None:
    drawn = histogram([(2, 1), (0, 4)], 100, ("train", "test"), "characters")
    (bars,) = boxes(drawn.body).values()
    near = partial(pytest.approx, abs=0.3)
    assert bars[0][1] == near(bars[2][1])  # both on the axis
    assert bars[1][1] == near(bars[0][0])
    assert bars[0][1] - bars[0][0] == near(2 * (bars[1][1] - bars[1][0]))
    assert bars[2][1] - bars[2][0] == near(4 * (bars[1][1] - bars[1][0]))


@given(st.text(max_size=300), st.integers(20, 400))
def test_labels_are_cut_to_their_room(words: str, width: int) -> None:
    shown = fit(words, width)
    assert len(shown) <= len(words) + 1
    assert "\n" not in shown


# ---- the page ----------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Every element of a page, and what packed blocks hold."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.blocks: dict[str, bytes] = {}
        self.text: list[str] = []
        self._block: str | None = None
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        self._block = dict(attrs).get("id") if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._block = None

    def handle_data(self, data: str) -> None:
        if self._block:
            self.blocks[self._block] = gzip.decompress(base64.b64decode(data, validate=True))
        elif self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


def test_page_is_whole_and_self_contained(source: Source) -> None:
    content = page_of(source)
    found = Elements(content)
    assert found.open == []
    assert not re.search(r"(src|href)=.?(https?:|//|data:)|url\(|@import", content)
    policy = dict(found.tags[3][1])["content"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert [tag for tag, _ in found.tags].count("script") == 4  # one chunk, two indexes, the code
    directory = json.loads(found.blocks["directory"])
    assert len(directory["id"]) == 6
    records = json.loads(found.blocks["c0"])
    assert [record["id"] for record in records] == directory["id"]
    assert "Model drafts" in content


def test_records_hold_the_rows(source: Source) -> None:
    rows = make_world(n_articles=6).rows
    by_id = {row["article_id"]: row for s in source.splits for row in rows["articles", s]}
    for record in json.loads(Elements(page_of(source)).blocks["c0"]):
        text = by_id[record["id"]]["text"]
        assert record["text"] == text
        events = sorted(
            (row for s in source.splits for row in rows["events", s]
             if row["article_id"] == record["id"]), key=lambda row: row["trigger"]["start"],
        )  # fmt: skip
        assert [(item["type"], text[slice(*item["at"])]) for item in record["events"]] == [
            (row["type"], row["trigger"]["text"]) for row in events
        ]
        assert [layer["by"] for layer in record["layers"]] == ["draft-1", "draft-2"]
        (first, _) = record["layers"]
        spans = first["spans"]
        arrows = {
            (spans[a][0], text[slice(*spans[a][1:3])], spans[b][0]) for a, b, _ in first["arrows"]
        }
        assert ("ACCUSE", "denounced", "ACTOR") in arrows
        assert ("ACCUSE", "denounced", "DATE") in arrows


def test_hostile_texts_are_data(tmp_path: Path) -> None:
    rows = hostile_rows()
    content = page_of(read_release(make_release(tmp_path, rows=rows)))
    found = Elements(content)
    assert found.open == []
    plain = Elements(page_of(read_release(make_release(tmp_path / "b", n_articles=6))))
    kinds = {"html", "head", "body", "img", "script", "iframe", "style"}
    count = [tag for tag, _ in found.tags if tag in kinds]
    assert count == [tag for tag, _ in plain.tags if tag in kinds]
    static = re.sub(r"<script.*?</script>|<style.*?</style>", "", content, flags=re.DOTALL)
    assert not [
        c
        for c in static
        if unicodedata.category(c) in ("Cf", "Co", "Cs") and c not in "\u200c\u200d"
    ]
    assert HOSTILE.split("\u202e")[0].strip() in "".join(found.text)  # shown as what it is
    records = json.loads(found.blocks["c0"])
    assert any(record["text"].startswith(HOSTILE) for record in records)


def test_withheld_texts(tmp_path: Path) -> None:
    release = make_release(tmp_path, n_articles=6)
    whole = read_release(release)
    lengths = counts.lengths(whole)
    withhold(release)
    source = read_release(release)
    content = page_of(source)
    assert "Text withheld" in content
    assert counts.lengths(source) == lengths  # from the paragraphs
    assert parties.network(source) == parties.network(whole)
    records = json.loads(Elements(content).blocks["c0"])
    assert {record["text"] for record in records} == {None}
    assert all(record["events"][0]["at"] for record in records)
    assert dict(figures(source)).keys() == dict(figures(whole)).keys()


def test_same_release_gives_the_same_bytes_in_any_process(release: Path, source: Source) -> None:
    program = (
        "import hashlib, sys; from pathlib import Path\n"
        "from dataset_builder.report import figures, html\n"
        "from dataset_builder.report.reading import read_release\n"
        "source = read_release(Path(sys.argv[1])); digest = hashlib.sha256()\n"
        "for piece in html(source, lambda *_: None): digest.update(piece)\n"
        "for name, content in figures(source): digest.update(content.encode())\n"
        "print(digest.hexdigest())"
    )
    digest = hashlib.sha256(page_of(source).encode())
    for _, content in figures(source):
        digest.update(content.encode())
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Tehran",
           "LC_ALL": "C"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program, str(release)],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == digest.hexdigest()


def test_figures_are_drawings_that_stand_alone(source: Source) -> None:
    drawn = dict(figures(source))
    assert set(drawn) == {
        "stance-label.svg", "events-type.svg", "timeline.svg", "network.svg", "stance-matrix.svg",
        "splits.svg", "lengths.svg",
    }  # fmt: skip
    for content in drawn.values():
        root = ET.fromstring(content)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for item in root.iter():
            if item.tag.endswith("}rect") and "%" not in item.attrib["width"]:
                assert float(item.attrib["width"]) >= 0
                assert float(item.attrib["height"]) >= 0
                assert float(item.attrib["x"]) + float(item.attrib["width"]) <= width
            if item.tag.endswith("}text"):
                assert 0 <= float(item.attrib["y"]) <= height
                assert item.attrib["fill"]


def test_a_release_without_annotations(tmp_path: Path) -> None:
    rows = {key: row for key, row in make_world(n_articles=3).rows.items() if key[0] == "articles"}
    source = read_release(make_release(tmp_path, rows=rows))
    found = Elements(page_of(source))
    assert "No article was annotated by two annotators." in "".join(found.text)
    assert [record["layers"] for record in json.loads(found.blocks["c0"])] == [[], [], []]
    assert set(dict(figures(source))) == {"splits.svg", "lengths.svg"}


def test_tags_of_triggers_are_counted_without_the_rest() -> None:
    rows = [{"ner_tags": ["O", "B-AID", "I-AID", "O"]}, {"ner_tags": ["O", "B-AID"]}]
    frame = pl.DataFrame(rows).with_columns(split=pl.lit("train"))
    names = {"triggers": {"ner_tags": ("O", "B-AID", "I-AID", "B-ACCUSE")}}
    source = Source({}, {"triggers": frame}, names, None, {}, {}, (), "A set")
    (found,) = counts.distributions(source)
    assert found.counts == (("B-AID", (2,)), ("I-AID", (1,)))
    assert found.absent == ("B-ACCUSE",)


# ---- words -------------------------------------------------------------------------------------


def decoded(content: bytes) -> dict[str, list[int]]:
    """What the script makes of an index."""
    end = 4 + int.from_bytes(content[:4], "little")
    words = content[4:end].decode().split("\n") if end > 4 else []
    at = end

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            low = content[at]
            at += 1
            value += (low & 127) << shift
            shift += 7
            if low < 128:
                return value

    sizes = [number() for _ in words]
    found = {}
    for word, size in zip(words, sizes, strict=True):
        end, articles, last = at + size, [], -1
        while at < end:
            last += number() + 1
            articles.append(last)
        found[word] = articles
    assert at == len(content)
    return found


@given(st.lists(st.text(max_size=60), max_size=300))
def test_index_has_every_word_of_every_text(texts: list[str]) -> None:
    index = Index()
    for number, text in enumerate(texts):
        index.add(number, (text, None))
    found = decoded(index.content())
    assert list(found) == sorted(found)
    for word, articles in found.items():
        assert articles == [n for n, text in enumerate(texts) if word in words_of(text)]
    assert set(found) == {word for text in texts for word in words_of(text)}


def test_gaps_of_more_than_a_byte() -> None:
    index = Index()
    for number in (0, 127, 128, 300, 20_000, 2_200_000):
        index.add(number, ("one",))
    assert decoded(index.content()) == {"one": [0, 127, 128, 300, 20_000, 2_200_000]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Erdoğan’s S-400", {"erdogan", "s", "400"}),
        ("q̃amishlī", {"qamishli"}),
        ("مُرَحَّبًا 😀!", {"مرحبا", "😀"}),
        ("ﬁve ½", {"five", "1", "2"}),
        ("x" * 90, {"x" * 60, "x" * 50, "x" * 10}),
    ],
)
def test_words(text: str, words: set[str]) -> None:
    assert words_of(text) - {"⁄"} == words


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# ---- the command -------------------------------------------------------------------------------


def test_command(release: Path, tmp_path: Path) -> None:
    done = run_here("report", str(release), "--figures", "plots", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "syria-diplomacy-1.0.0.html").stat().st_size > 10_000
    assert len(list((tmp_path / "plots").glob("*.svg"))) == 7


def test_what_is_no_release(tmp_path: Path, release: Path) -> None:
    done = run_here("report", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "no release" in done.stderr
    (tmp_path / "MANIFEST.json").write_text("[]")
    assert run_here("report", ".", cwd=tmp_path).returncode == 2
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize("damage", ["truncated", "gone", "elsewhere"])
def test_damaged_releases(tmp_path: Path, damage: str) -> None:
    release = make_release(tmp_path, n_articles=3)
    (file,) = (release / "events").glob("train-*")
    manifest = release / "MANIFEST.json"
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-300])
    elif damage == "gone":
        file.unlink()
    else:
        data: dict[str, Any] = json.loads(manifest.read_text())
        data["configs"]["events"]["train"]["files"][0]["file"] = "../../etc/passwd"
        manifest.write_text(json.dumps(data))
    with pytest.raises(UsageError if damage == "elsewhere" else DatasetBuilderError) as raised:
        read_release(release)
    assert "validate" in str(raised.value) or "outside" in str(raised.value)


def test_labels_without_a_name_and_columns_that_are_missing(tmp_path: Path) -> None:
    release = make_release(tmp_path, n_articles=3)
    (file,) = (release / "events").glob("train-*")
    table = pq.read_table(file)
    schema = table.schema
    types = pa.array([99] * table.num_rows, pa.int64())
    table = table.set_column(schema.get_field_index("type"), schema.field("type"), types)
    pq.write_table(table.drop_columns(["date_start", "votes"]), file)
    (release / "schemas/ontology.yaml").write_text("nothing: here")
    source = read_release(release)
    assert counted(source, "events", "type")["#99"][0] == table.num_rows
    assert "#99" in page_of(source)
