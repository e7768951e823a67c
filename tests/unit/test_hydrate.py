"""A release without text holds none, and gets back from a reader's pages what its hashes prove."""

from __future__ import annotations

import json
import random
import re
import shutil
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_builder.articles import sha256_text
from dataset_builder.clean import clean_pages
from dataset_builder.clean.text import sentences
from dataset_builder.errors import ProjectError
from dataset_builder.hydrate.find import search
from dataset_builder.hydrate.rebuild import Rebuilt
from dataset_builder.hydrate.source import Wanted, read_source
from dataset_builder.ledger import Ledger
from dataset_builder.project import find_project
from dataset_builder.release.manifest import sums_bytes
from dataset_builder.release.quoted import Passage, passages
from dataset_builder.release.surfaces import LEAST, Outline, pieces, places, surface_hash, surfaces
from dataset_builder.sources import read_pages
from dataset_builder.tables import TABLES
from dataset_builder.takedown import Takedown, Takedowns
from dataset_builder.takedown_signatures import text_sketches
from tests.annotated import article
from tests.conftest import ROOT, copy_inputs, run_here
from tests.factory import project
from tests.unit.test_build import digest

SWAPPED, TYPO, LONGER, HOSTILE, SAME = (
    "42dcf876709be0c2",
    "20e8a78ed90717a1",
    "7292f718f1e7c8f1",
    "649489d7b66758c6",
    "702db432e6494204",
)


@pytest.fixture(scope="module")
def both(_built, tmp_path_factory):
    """A project with both kinds of release of one version."""
    folder = shutil.copytree(_built, tmp_path_factory.mktemp("both") / "project")
    ledger = (folder / "annotations/ledger.jsonl").read_bytes()
    done = run_here("build", "--text", "withheld", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "annotations/ledger.jsonl").read_bytes() == ledger
    (folder / "said.txt").write_text(done.stderr, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def full(both):
    return both / "releases" / "1.0.0"


@pytest.fixture(scope="module")
def bare(both):
    return both / "releases" / "1.0.0-withheld"


def rows(release, table):
    files = sorted((release / table).glob("*.parquet"))
    return pa.concat_tables(map(pq.read_table, files)) if files else None


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def test_no_sentence_is_left_anywhere(full, bare):
    articles = rows(full, "articles").to_pylist()
    held = [
        file.read_text() for file in bare.rglob("*") if file.suffix != ".parquet" and file.is_file()
    ]
    for file in bare.rglob("*.parquet"):
        held += ["\n".join(strings(row)) for row in pq.read_table(file).to_pylist()]
    everything = "\n".join(held)
    for row in articles:
        for span in row["sentences"]:
            assert row["text"][span["start"] : span["end"]] not in everything
        assert row["title"] not in everything
        assert row["article_id"] in everything
    assert not (bare / "triggers").exists()
    note = (bare / "README.md").read_text().partition("\n# ")[2]
    assert "The text of the articles is withheld" in note.split("\n## ")[0]


def test_the_build_names_documents_that_repeat_an_article(both, tmp_path):
    """Those of the seeds do not; here somebody adds an example to the guidelines."""
    assert "REL106" not in (both / "said.txt").read_text(encoding="utf-8")
    folder = copy_inputs(tmp_path / "quoting")
    text = clean_pages(folder / "seeds").articles[0].text
    words = text[text.index(" ") :].split()[:15]
    guidelines = folder / "annotations/guidelines-1.0.md"  # those that its work was done under
    with guidelines.open("a", encoding="utf-8") as out:
        out.write(f"\nAn example: {' '.join(words)}\n")
    lines = guidelines.read_text(encoding="utf-8").count("\n")
    done = run_here("build", "--text", "withheld", cwd=folder)
    assert done.returncode == 0, done.stderr
    named = re.findall(r"REL106 (\S+): \d+ words .* up to (\d+): line (\d+)", done.stderr)
    assert ("schemas/guidelines.md", str(len(_bare(" ".join(words)))), str(lines)) in named


def _bare(text):
    return re.findall(r"\w+", text.lower())


WORDS = "the ministers met in Ankara on Monday and spoke for three hours about gas"
RUN = WORDS.split()


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("\n\n> The MINISTERS met, in Ankara\n> on Monday (and spoke", [(3, 9)]),
        ("met in Ankara on Monday and spoke met in Ankara on Monday and spoke", []),
        (f"{' '.join(RUN)}\nelse\n{' '.join(RUN[2:])}", [(1, 14), (3, 12)]),
        (f"{' '.join(RUN[:10])} {' '.join(RUN[1:9])}", [(1, 18)]),
        ("", []),
        ("部长们星期一在安卡拉会面", [(1, 12)]),
        ("部长们星期二在安卡拉会面", []),
    ],
)
def test_runs_of_words_that_a_text_has(document, found):
    texts = ["Nothing.", f"Yesterday {' '.join(RUN)}.", "他说，部长们星期一在安卡拉会面。"]
    there = passages({"a.md": document, "b.md": "nothing of the sort"}, texts, 8)
    assert there == ({"a.md": [Passage(*run) for run in found]} if found else {})


def test_the_readers_own_pages_give_the_full_release_back(both, full, bare, tmp_path):
    done = run_here(
        "hydrate", str(bare), "--sources", str(both / "seeds"), "--out", "1.0.0", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert digest(tmp_path / "1.0.0") == digest(full)


@pytest.mark.parametrize("version", [None, 1, 99])
def test_hashes_of_the_tables_of_another_definition(version, both, full, bare, tmp_path):
    """Each word is proven by its own hash; that of a table only where it can be computed."""
    other = shutil.copytree(bare, tmp_path / "bare")
    manifest = json.loads((other / "MANIFEST.json").read_text())
    manifest.pop("content_version")
    manifest |= {} if version is None else {"content_version": version}
    (other / "MANIFEST.json").write_text(json.dumps(manifest))
    told = json.loads((other / "hydrate/release.json").read_text())
    for splits in told["content_sha256"].values():
        splits.update(dict.fromkeys(splits, "0" * 64))
    (other / "hydrate/release.json").write_text(json.dumps(told))
    (other / "SHA256SUMS").write_bytes(sums_bytes(other))
    done = run_here(
        "hydrate", str(other), "--sources", str(both / "seeds"), "--out", "1.0.0", cwd=tmp_path
    )
    if version is not None:
        assert done.returncode == 2
        assert "the tables are not those that were withheld" in done.stderr
        assert not (tmp_path / "1.0.0").exists()
        return
    assert done.returncode == 0, done.stderr
    assert "cannot be told: their hashes are of a definition before" in done.stderr
    assert digest(tmp_path / "1.0.0") == digest(full)


@pytest.fixture(scope="module")
def edited(both, tmp_path_factory):
    """Pages as a reader may have them: the one that is swapped for another, one with an error put
    right, one with a paragraph more and another head, one made to deceive, one as JSON Lines."""
    folder = tmp_path_factory.mktemp("pages")
    page = {p.name[:3]: p.read_text(encoding="utf-8") for p in (both / "seeds").iterdir()}
    (folder / "000_304dcb087ec99169.txt").write_text("A recipe for lentil soup.\n" * 40)
    lines = page["001"].split("\n")
    at = [n for n, line in enumerate(lines) if len(line) > 120][3]
    lines[at] = lines[at].replace(" the ", " teh ", 1)
    (folder / "typo.txt").write_text("\n".join(lines))
    lines = page["002"].split("\n")
    at = [n for n, line in enumerate(lines) if len(line) > 120][4]
    more = "The foreign ministers of both countries are to meet again next week, officials said late on"
    lines.insert(at, f"{more} Thursday in the capital.")
    (folder / "longer.txt").write_text("Welcome to our new pages\nSubscribe\n\n" + "\n".join(lines))
    words = page["003"].split()
    random.Random(1).shuffle(words)
    trap = page["003"].split("\n")[0] + "\n\n" + " ".join(words) + "\x1b[2J\u202e\0 " + "a " * 9999
    (folder / "003_d8ac2b2a7421ef95.txt").write_text(trap)
    (folder / "pages.jsonl").write_text(json.dumps({"text": page["004"]}) + "\n")
    return folder


@pytest.mark.parametrize("drop", [False, True])
def test_what_cannot_be_proven_stays_out_and_is_listed(full, bare, edited, tmp_path, drop):
    more = ["--drop"] if drop else []
    done = run_here(
        "hydrate", str(bare), "--sources", str(edited), "--out", "part", *more, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    part = tmp_path / "part"
    listed = {
        item["article_id"]: item
        for item in json.loads((part / "hydrated.json").read_text())["articles"]
    }
    assert listed.keys() == {SWAPPED, TYPO, HOSTILE}
    assert all(name in done.stdout for name in listed)
    assert listed[SWAPPED]["missing"]["articles.text"] == 1
    assert "13 of 14 pieces" in listed[TYPO]["why"]
    assert sum(listed[TYPO]["missing"].values()) < 30 < listed[TYPO]["surfaces"]
    for name in (SWAPPED, HOSTILE):
        lost = sum(listed[name]["missing"].values())
        assert listed[name]["surfaces"] - lost <= 1  # a title, if the page has it
    assert json.loads((part / "MANIFEST.json").read_text())["text"] == "partial"
    back, released = rows(part, "articles").to_pylist(), rows(full, "articles").to_pylist()
    texts = {row["article_id"]: row["text"] for row in released}
    whole = {row["article_id"]: row["text"] for row in back if row["text"] is not None}
    assert whole == {name: texts[name] for name in (LONGER, SAME)}
    assert {row["article_id"] for row in back} == (whole.keys() if drop else texts.keys())
    # Whatever was filled in is what was released, to the letter.
    for table in ("stance", "events", "annotations"):
        mine, theirs = rows(part, table), rows(full, table)
        if drop:
            keep = [n for n, name in enumerate(theirs["article_id"].to_pylist()) if name in whole]
            theirs = theirs.take(keep)
        for place in places(TABLES[table]):
            pairs = list(zip(surfaces(mine, place), surfaces(theirs, place), strict=True))
            assert all(a.words in (None, b.words) for a, b in pairs)
            found = [name for (a, _), name in zip(pairs, mine["article_id"].to_pylist()) if a.words]  # noqa: B905
            assert place.name == "arguments" or {LONGER, SAME} <= set(found)
    assert set(rows(part, "triggers")["article_id"].to_pylist()) == whole.keys()


def test_what_was_taken_down_is_not_put_back(both, bare):
    source = read_source(bare)
    [gone] = [item for item in source.articles if item.article_id == SAME]
    for entry in (
        Takedown(SAME, (SAME,), "asked", (), ()),
        Takedown("0" * 16, ("0" * 16,), "asked", (gone.text_sha256,), ()),
    ):
        looked = search(source.articles, read_pages(both / "seeds"), Takedowns((entry,)), Ledger())
        assert looked.taken_down == {SAME: "taken down: asked"}
        assert looked.found[SAME].candidates == []
        assert all(looked.found[a.article_id].exact for a in source.articles if a != gone)


@pytest.mark.parametrize(
    ("damage", "code", "says"),
    [
        (lambda bare: (bare / "hydrate/stance/train.parquet").write_bytes(b"PAR1"), 3, "damaged"),
        (lambda bare: (bare / "MANIFEST.json").unlink(), 2, "no release"),
        (lambda bare: None, 2, "none of the 1 pages"),
    ],
)
def test_what_is_no_release_or_no_page(bare, tmp_path, damage, code, says):
    copied = shutil.copytree(bare, tmp_path / "bare")
    damage(copied)
    (tmp_path / "page.txt").write_text("A recipe for lentil soup, which takes an hour.\n" * 40)
    done = run_here("hydrate", "bare", "--sources", "page.txt", "--out", "out", cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr
    assert not list(tmp_path.glob("*out*"))


def test_a_full_release_needs_nothing(full, tmp_path):
    done = run_here("hydrate", str(full), "--sources", str(full), "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "has its text" in done.stderr


ranges = st.lists(st.integers(1, 120), min_size=1, max_size=30).map(
    lambda sizes: [
        (a, b - 1) for a, b in pairwise([sum(sizes[:n]) + n for n in range(len(sizes) + 1)])
    ]
)


@given(ranges, st.data())
def test_nothing_short_is_hashed_by_itself(spans, data):
    found = pieces(spans)
    assert (found[0][0], found[-1][1]) == (spans[0][0], spans[-1][1])
    assert {edge for edge, _ in found} <= {edge for edge, _ in spans}
    assert all(end - start >= LEAST for start, end in found) or len(found) == 1
    outline = Outline(spans)
    start = data.draw(st.integers(0, outline.length - 1))
    end = data.draw(st.integers(start + 1, outline.length))
    first, last = outline.window(start, end)
    assert 0 <= first <= start < end <= last <= outline.length
    inside = outline.within(start, end)
    assert last - first >= min(LEAST, inside[1] - inside[0]) or inside == (start, end)


@cache
def seeds():
    return clean_pages(project().root / "seeds").articles


def wanted(of):
    outline = Outline((s.start, s.end) for s in of.sentences)
    hashes = tuple(surface_hash(of.text[a:b], of.text_sha256) for a, b in outline.pieces)
    return Wanted(
        of.article_id, "train", 0, of.raw_sha256, of.text_sha256, of.source, None, None, outline,
        tuple(p.start for p in of.paragraphs), hashes, text_sketches([of.text])[0].tobytes(), True,
    )  # fmt: skip


@given(st.integers(0, 4), st.randoms(use_true_random=False))
def test_words_are_those_that_were_released_or_none(number, rng):
    of = seeds()[number]
    parts = of.text.split(" ")
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(parts))
        kind = rng.randrange(4)
        if kind == 0:
            parts[at : at + rng.randrange(1, 40)] = []
        elif kind == 1:
            parts.insert(at, " ".join(rng.sample(parts, min(len(parts), 30))))
        elif kind == 2:
            parts = parts[at:] + parts[:at]
        else:
            parts[at] = parts[at][::-1] + "x"
        parts = parts or ["x"]
    text = " ".join(parts)
    page = replace(article(text), sentences=sentences(text, "en"))
    item = wanted(of)
    rebuilt = Rebuilt(item, [page])
    assert rebuilt.whole in (None, of.text)
    for _ in range(40):
        start = rng.randrange(len(of.text) - 1)
        end = min(len(of.text), start + rng.choice((3, 10, 60, 300)))
        first, last = item.outline.window(start, end)
        digest_of = surface_hash(of.text[first:last], of.text_sha256)
        assert rebuilt.words(start, end, digest_of) in (None, of.text[start:end])
    if len(text) > len(of.text) // 2:
        assert rebuilt.words(0, 5, surface_hash("other", of.text_sha256)) is None


def test_words_of_an_earlier_text_are_looked_up():
    of = seeds()[0]
    rebuilt = Rebuilt(wanted(of), [of])
    earlier = sha256_text("an earlier text")
    words = " ".join(of.text.split()[10:12])
    assert rebuilt.elsewhere(len(words), surface_hash(words, earlier), earlier) == words
    assert rebuilt.elsewhere(5, surface_hash("never", earlier), earlier) is None


def test_the_setting_names_the_folder(tmp_path):
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for said, name in (("withheld", "1.0.0-withheld"), ("full", "1.0.0"), ("none", None)):
        told = settings.replace(
            "[tool.dataset-builder]\n", f'[tool.dataset-builder]\ntext = "{said}"\n'
        )
        (tmp_path / "pyproject.toml").write_text(told, encoding="utf-8")
        if name is None:
            with pytest.raises(ProjectError, match="`text` must be full or withheld"):
                find_project(tmp_path)
        else:
            assert find_project(tmp_path).release == tmp_path / "releases" / name
