"""REL, SPN: releases that withhold the text, and still have some of it; hashes that prove nothing."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_builder.release.manifest import file_sha256
from dataset_builder.release.surfaces import Place as Column
from dataset_builder.release.surfaces import pieces, places, surfaces, with_texts, with_words
from dataset_builder.release.withhold import RELEASE, SIGNATURES, hash_file
from dataset_builder.tables import TABLES
from tests.mutations.disk import edit_manifest, file_of, files_of, rewrite, seal, write
from tests.mutations.kind import NotHere, Place, files
from tests.withholding import hydrate_in_part, withhold

SURFACES = tuple(
    f"{name}.{place.name}" for name, table in TABLES.items() for place in places(table)
)
HASHED = ("stance", "events", "articles", "annotations")


def _texts(release, split):
    """article_id -> text, before anything is withheld."""
    tables = [pq.read_table(file) for file in files_of(release, "articles", split)]
    rows = pa.concat_tables(tables).select(["article_id", "text", "sentences"]).to_pylist()
    return {row["article_id"]: row for row in rows}


def _passage(rows, rng):
    """An article, and a piece of its text that stands on one line."""
    found = [
        (name, words)
        for name, row in sorted(rows.items())
        for start, end in pieces((s["start"], s["end"]) for s in row["sentences"])
        if (words := row["text"][start:end]).isascii() and "\n" not in words
    ]
    if not found:
        raise NotHere
    return rng.choice(found)


def _hashes(release, table, split, change):
    """Change a file of hashes, and what the manifest says of it."""
    name = hash_file(table, split)
    path = release / name
    if not path.is_file():
        raise NotHere
    pq.write_table(change(pq.read_table(path)), path)

    def manifest(data):
        item = next(item for item in data["hashes"] if item["file"] == name)
        item |= {"sha256": file_sha256(path), "bytes": path.stat().st_size}

    edit_manifest(release, manifest)


@files("REL031")
def withheld_says_full(release, site, rng):
    withhold(release)
    edit_manifest(release, lambda data: data.update(text="full"))
    return Place("MANIFEST.json", says="no article has any")


@files("REL031")
def full_says_withheld(release, site, rng):
    edit_manifest(release, lambda data: data.update(text="withheld"))
    return Place("MANIFEST.json", says="every article has it")


@files("REL031")
def text_of_another_kind(release, site, rng):
    edit_manifest(release, lambda data: data.update(text=rng.choice(("FULL", "none", 1, None))))
    return Place("MANIFEST.json", says="none of")


@files("REL031")
def hashes_in_a_full_release(release, site, rng):
    (release / "hydrate").mkdir()
    write(release, RELEASE, "{}")
    return Place("MANIFEST.json", says="needs no hashes")


@files("REL032", *HASHED, SIGNATURES)
def hashes_missing(release, site, rng):
    withhold(release)
    name = hash_file(site.table, site.split)
    if not (release / name).is_file():
        raise NotHere
    (release / name).unlink()
    edit_manifest(release, lambda data: data["hashes"].remove(
        next(item for item in data["hashes"] if item["file"] == name)))  # fmt: skip
    return Place(name, site.split)


@files("REL032", *HASHED)
def hashes_cut_off(release, site, rng):
    withhold(release)
    name = hash_file(site.table, site.split)
    content = (release / name).read_bytes()
    (release / name).write_bytes(content[: rng.randrange(4, len(content) - 8)])
    seal(release)
    return Place(name, site.split)


@files("REL032", *HASHED)
def hashes_of_other_columns(release, site, rng):
    withhold(release)
    gone = rng.choice(("place", "hash", "end"))
    _hashes(release, site.table, site.split, lambda table: table.drop_columns([gone]))
    return Place(hash_file(site.table, site.split), site.split, says="no file of hashes")


@files("REL032")
def full_release_not_told(release, site, rng):
    withhold(release)
    data = json.loads((release / RELEASE).read_text(encoding="utf-8"))
    del data[rng.choice(("settings", "documents", "content_sha256"))]
    write(release, RELEASE, json.dumps(data))
    return Place(RELEASE, says="does not say")


@files("REL033")
def card_quotes(release, site, rng):
    _, words = _passage(_texts(release, "train"), rng)
    withhold(release)
    card = (release / "README.md").read_text(encoding="utf-8")
    write(release, "README.md", f"{card}\n{rng.choice(('', '> ', '- '))}{words}\n")
    return Place("README.md")


@files("REL033", "annotations.values", "articles.byline")
def column_quotes(release, site, rng):
    name, words = _passage(_texts(release, site.split), rng)
    withhold(release)

    def change(table):
        values = table[site.column].to_pylist()
        rows = [n for n, of in enumerate(table["article_id"].to_pylist()) if of == name]
        row = rng.choice(rows)
        if site.column == "values":
            rows = [n for n in rows if table["name"][n].as_py() == "comment"]
            row = rng.choice(rows)
            words_of = [words]
        else:
            words_of = words
        values[row] = words_of
        at = table.schema.get_field_index(site.column)
        field = table.schema.field(at)
        return table.set_column(at, field, pa.array(values, field.type))

    rewrite(release, site.table, change, site.split)
    return Place(site.table, site.split, says="quotes")


@files("SPN027", *SURFACES, "articles.text")
def words_left(release, site, rng):
    whole = pq.read_table(file_of(release, site.table, site.split))
    withhold(release)
    if site.column == "text" and site.table == "articles":
        row = rng.randrange(len(whole))
        texts = [t if n == row else None for n, t in enumerate(whole["text"].to_pylist())]
        if len(texts) == 1:
            raise NotHere  # every text is there: the manifest is what is wrong
        rewrite(release, site.table, lambda table: with_texts(table, texts), site.split)
        return Place(site.table, site.split, says=site.column)
    place = _place(site)
    found = [one for one in surfaces(whole, place) if one.words is not None]
    one = rng.choice(found)
    words = {(one.row, one.item): one.words}
    rewrite(release, site.table, lambda table: with_words(table, place, words), site.split)
    return Place(site.table, site.split, says=site.column)


def _place(site) -> Column:
    return next(place for place in places(TABLES[site.table]) if place.name == site.column)


@files("SPN028", *HASHED)
def hash_lost(release, site, rng):
    withhold(release)

    def change(table):
        # Nobody but its hash says that there is a title.
        rows = [n for n, p in enumerate(table["place"].to_pylist()) if p != "title"]
        gone = rng.choice(rows)
        return table.take(pa.array([n for n in range(len(table)) if n != gone]))

    _hashes(release, site.table, site.split, change)
    return Place(site.table, site.split, says="has no hash")


@files("SPN028", *HASHED)
def hash_of_other_offsets(release, site, rng):
    withhold(release)

    def change(table):
        rows = [n for n, at in enumerate(table["start"].to_pylist()) if at is not None]
        moved = rng.choice(rows)
        starts = table["start"].to_pylist()
        starts[moved] += rng.choice((-1, 1))
        return table.set_column(3, "start", pa.array(starts, pa.int32()))

    _hashes(release, site.table, site.split, change)
    return Place(site.table, site.split, says="other offsets")


@files("SPN028", *HASHED)
def hash_of_no_row(release, site, rng):
    withhold(release)

    def change(table):
        more = table.slice(rng.randrange(len(table)), 1)
        while more["place"][0].as_py() == "title":
            more = table.slice(rng.randrange(len(table)), 1)
        if rng.random() < 0.5:
            more = more.set_column(0, "row", pc.add(more["row"], pa.scalar(99999, pa.int32())))
        return pa.concat_tables([table, more])

    _hashes(release, site.table, site.split, change)
    return Place(hash_file(site.table, site.split), site.split)


@files("SPN028")
def signature_lost(release, site, rng):
    withhold(release)
    _hashes(release, SIGNATURES, "train", lambda table: table.slice(1))
    return Place("articles", "train", says="no signature")


@files("SPN029", "stance.text", "events.text", "articles.title")
def other_words_put_back(release, site, rng):
    name = rng.choice(sorted(_texts(release, site.split)))
    whole = pq.read_table(file_of(release, site.table, site.split))
    place = _place(site)
    mine = [
        one
        for one in surfaces(whole, place)
        if whole["article_id"][one.row].as_py() == name and one.words and len(one.words) >= 48
    ]
    one = rng.choice(mine)
    at = rng.choice([n for n, char in enumerate(one.words) if char.isalpha()])
    wrong = one.words[:at] + ("x" if one.words[at] != "x" else "y") + one.words[at + 1 :]
    hydrate_in_part(release, name)
    rewrite(
        release,
        site.table,
        lambda table: with_words(table, place, _kept(table, place) | {(one.row, one.item): wrong}),
        site.split,
    )
    return Place(site.table, site.split, says="released words")


def _kept(table, place):
    return {(one.row, one.item): one.words for one in surfaces(table, place) if one.words}
