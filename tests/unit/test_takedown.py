"""What was taken down stays out, and nothing else moves."""

import hashlib
import json
import random
import re

import pyarrow.parquet as pq
import pytest

from dataset_builder.clean import clean_pages
from dataset_builder.diff import diff_releases
from dataset_builder.errors import FindingsError, UsageError
from dataset_builder.grouping import similarity
from dataset_builder.ledger import Ledger, read_ledger
from dataset_builder.project import find_project
from dataset_builder.takedown import FILE, Takedowns, project_pages, read_takedowns, sifted
from dataset_builder.takedown_request import take_down
from dataset_builder.takedown_signatures import CAUGHT, closest, text_sketches
from tests.annotated import article
from tests.factory import project

ID, PAGE = "702db432e6494204", "004_6dd31631be1a3fe6.txt"
ASKED = "the publisher asked"


@pytest.fixture(scope="module")
def texts():
    return [item.text for item in clean_pages(project().root / "seeds").articles]


def edited(text, rng, share):
    """`text` with so many of its words replaced, dropped or doubled."""
    words = text.split(" ")
    for at in rng.sample(range(len(words)), round(share * len(words))):
        words[at] = rng.choice(("", "reportedly", f"{words[at]} {words[at]}"))
    return " ".join(words)


def test_signatures_are_for_ever():
    # They are kept in files: another value would let everything back in.
    (row,) = text_sketches(["Erdogan met Putin in Sochi on Monday, the Kremlin said."])
    digest = hashlib.sha256(row.tobytes()).hexdigest()
    assert digest[:16] == "aeb7f190e6e2c58b"
    assert not text_sketches(["", "...!"]).any()


def test_light_edits_are_caught_and_other_texts_are_not(texts):
    rng = random.Random(1)
    known = text_sketches(texts)
    for text in texts:
        close = [edited(text, rng, rng.uniform(0, 0.06)) for _ in range(20)]
        close.append("Updated at 10:15. " + text)
        close.append(text[: len(text) * 4 // 5])
        found = [similarity(text, other) for other in close]
        _, counts = closest(text_sketches(close), known)
        assert all(c >= CAUGHT for c, share in zip(counts, found, strict=True) if share >= 0.7)
        assert sum(share >= 0.7 for share in found) >= 10
    others = [*texts, *(" ".join(rng.sample(t.split(), len(t.split()))) for t in texts)]
    rows, counts = closest(text_sketches(others), known)
    assert rows[:5] == list(range(5))  # each is nearest to itself
    for at in range(5):
        rest = [k for k in range(5) if k != at]
        assert max(closest(known[[at]], known[rest])[1]) < CAUGHT // 4
    assert max(counts[5:]) < CAUGHT // 2  # the same words in another order


def test_it_is_kept_by_hashes_without_any_text(project_folder, texts):
    done = take_down(find_project(project_folder), ID, ASKED)
    raw = (project_folder / FILE).read_text()
    assert [item.entry.article_id for item in done] == [ID]
    line = json.loads(raw)
    assert line["ids"] == [ID]
    assert len(line["text_sha256"]) == len(line["signatures"]) == 1
    words = {word for text in texts for word in re.findall(r"[A-Za-z]{9,}", text)}
    assert not words & set(re.findall(r"[A-Za-z]{9,}", raw.replace(ASKED, "")))


def test_documents_with_words_of_it_are_named(project_folder):
    here = find_project(project_folder)
    [article] = [a for a in clean_pages(here.seeds).articles if a.article_id == ID]
    words = re.findall(r"\w+", article.text)[20:28]
    places = {"annotations/targets.yaml": "#", "annotations/guidelines.md": ">"}
    for file, before in places.items():
        with (project_folder / file).open("a", encoding="utf-8") as opened:
            opened.write(
                f"\n{before} {' '.join(words[:4]).upper()},\n{before} {' '.join(words[4:])}\n"
            )
    with (project_folder / "dataset_card.md").open("a", encoding="utf-8") as opened:
        opened.write(" ".join(words[:7]))
    [done] = take_down(here, ID, ASKED)
    named = dict(
        place.removeprefix(f"{project_folder}/").split(", line ")
        for place, what in done.left
        if what == "8 or more of its words in a row"
    )
    for file in places:
        last = len((project_folder / file).read_text(encoding="utf-8").splitlines()) - 1
        assert named[file].split(", ")[-1] == str(last)
    assert "dataset_card.md" not in named  # a word less


@pytest.mark.parametrize("name", [ID, PAGE])
def test_twice_is_the_same_as_once(project_folder, name):
    here = find_project(project_folder)
    first = take_down(here, ID, ASKED)
    before = (project_folder / FILE).read_bytes()
    again = take_down(here, name, ASKED)
    assert (first[0].new, again[0].new) == (True, False)
    assert (project_folder / FILE).read_bytes() == before
    take_down(here, name, "the court ordered it")
    assert read_takedowns(project_folder / FILE).entries[ID].reason == "the court ordered it"


def test_an_alias_stands_for_its_article(project_folder):
    ledger = project_folder / "annotations" / "ledger.jsonl"
    (entry,) = (
        e for e in map(json.loads, ledger.read_text().splitlines()) if e["article_id"] == ID
    )
    with ledger.open("a") as file:
        file.write(json.dumps({**entry, "aliases": ["a" * 16]}) + "\n")
    (done,) = take_down(find_project(project_folder), "a" * 16, ASKED)
    assert (done.entry.article_id, done.entry.ids) == (ID, (ID, "a" * 16))


def test_a_near_duplicate_in_the_seeds_goes_with_its_article(project_folder):
    page = (project_folder / "seeds" / PAGE).read_text(encoding="utf-8")
    (project_folder / "seeds" / "copy.txt").write_text(page + "\n", encoding="utf-8")
    (done,) = take_down(find_project(project_folder), "copy.txt", ASKED)
    assert done.entry.article_id == ID
    assert len(done.entry.ids) == 2
    left = [place for place, _ in done.left]
    assert [place.rsplit("/", 1)[-1] for place in left[:2]] == [PAGE, "copy.txt"]


def test_a_whole_story(project_folder):
    done = take_down(find_project(project_folder), "7292f718f1e7c8f1", ASKED, story=True)
    assert {item.entry.article_id for item in done} == {"42dcf876709be0c2", "7292f718f1e7c8f1"}


def test_what_nobody_knows_is_answered_with_the_nearest(command):
    done = command("takedown", "702db432e6494205", "--reason", ASKED)
    assert done.returncode == 2
    assert ID in done.stderr
    assert command("takedown", "\x1b[2Jnothing", "--reason", ASKED).returncode == 2


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J", "x" * 301])
def test_a_reason_is_one_line(project_folder, reason):
    with pytest.raises(UsageError, match="--reason"):
        take_down(find_project(project_folder), ID, reason)
    assert not (project_folder / FILE).exists()


@pytest.mark.parametrize(
    "line", [b"{", b"\xff", b"[]", b'{"article_id": "x"}', b'{"ids": []}', b"<<<<<<< HEAD"]
)
def test_a_damaged_line_stops_everything(command, project_folder, line):
    take_down(find_project(project_folder), ID, ASKED)
    with (project_folder / FILE).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(FindingsError, match="damaged"):
        read_takedowns(project_folder / FILE)
    assert command("takedown", ID, "--reason", ASKED).returncode == 1


def test_another_fetch_is_known_by_text_or_signature_and_a_published_article_only_by_itself(
    project_folder, texts
):
    take_down(find_project(project_folder), ID, ASKED)
    found = read_takedowns(project_folder / FILE)
    (own,) = (a for a in clean_pages(project_folder / "seeds").articles if a.article_id == ID)
    same = article(own.text, "same.txt")
    light = article(edited(own.text, random.Random(1), 0.02), "light.txt")
    other = article(next(text for text in texts if text != own.text), "other.txt")
    kept, out = sifted([own, same, light, other], found, Ledger())
    assert kept == (other,)
    said = " / ".join(item.message for item in out)
    assert all(how in said for how in ("this is it", "the same text", "nearly the same text"))
    assert all(ID in item.message and ASKED in item.message for item in out)
    ledger = read_ledger(project_folder / "annotations" / "ledger.jsonl")
    entry = ledger.entries["20e8a78ed90717a1"]
    published = type(entry)(**{**vars(entry), "article_id": light.article_id})
    kept, _ = sifted([light], found, Ledger((*ledger.lines, published)))
    assert kept == (light,)
    assert sifted([own], Takedowns(), Ledger()) == ((own,), ())


def raised(folder, version):
    """The project at `folder` with another version, and a note for it."""
    for file, pattern, new in (
        ("pyproject.toml", r'version = "[0-9.]+"', f'version = "{version}"'),
        ("CHANGELOG.md", r"## \[", f"## [{version}] - 2026-12-01\n\n- A note by hand.\n\n## ["),
    ):
        path = folder / file
        path.write_text(re.sub(pattern, new, path.read_text(encoding="utf-8"), count=1), "utf-8")


def test_the_next_release_lacks_it_and_nothing_else_moves(command, built_folder):
    done = command("takedown", PAGE, "--reason", ASKED, cwd=built_folder)
    assert done.returncode == 0
    for place in (f"seeds/{PAGE}", "exports/syria-diplomacy.jsonl, line 4", "releases/1.0.0"):
        assert place in done.stdout
    assert "kept to keep it out: 1 id, 1 hash of texts, 1 signature\n" in done.stdout
    # Fetched again: other bytes, and a word more.
    page = (built_folder / "seeds" / PAGE).read_text(encoding="utf-8")
    longest = max(page.split("\n"), key=len)
    (built_folder / "seeds" / PAGE).write_text(
        page.replace(longest, f"{longest[:60]} reportedly {longest[60:]}", 1), encoding="utf-8"
    )
    raised(built_folder, "1.0.1")
    small = command("build", cwd=built_folder)
    assert small.returncode == 1
    assert "VER102" in small.stderr
    assert "at least 2.0.0 is honest" in small.stderr  # no article of the split test is left
    assert [path.name for path in (built_folder / "releases").iterdir()] == ["1.0.0"]
    assert "withheld" not in (built_folder / "annotations/ledger.jsonl").read_text()
    raised(built_folder, "2.0.0")
    assert command("build", cwd=built_folder).returncode == 0
    old, new = (built_folder / "releases" / version for version in ("1.0.0", "2.0.0"))
    found = diff_releases(old, new)
    for item in found.configs:
        assert (item.added, item.changed, item.moved) == (0, 0, {})
        before = pq.read_table(old / item.config)["article_id"].to_pylist()
        assert item.removed == before.count(ID) > 0
        assert ID not in pq.read_table(new / item.config)["article_id"].to_pylist()
    assert found.articles.gone == ((ID, "test", f"taken down: {ASKED}"),)
    entry = read_ledger(built_folder / "annotations/ledger.jsonl").entries[ID]
    assert (entry.split, entry.status, entry.reason) == ("test", "withheld", f"taken down: {ASKED}")
    notes = (new / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "# Changelog of the code" not in notes
    assert "- A note by hand.\n\n### Changes from 1.0.0\n" in notes
    assert "`articles`: 1 row removed" in notes
    judged = command("validate", str(new), "--previous", str(old), cwd=built_folder)
    assert judged.returncode == 0, judged.stdout
    pages = project_pages(find_project(built_folder))
    assert [item.reason for item in pages.rejected] == ["taken-down"]
    shown = command("clean", cwd=built_folder).stdout
    assert "taken-down" in shown
    out = command("clean", "seeds", "--out", "corpus", "--jobs", "1", cwd=built_folder)
    assert "taken-down 1" in out.stdout
