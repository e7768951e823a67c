"""SPL: what leaks from one split into another, or from an earlier release."""

from __future__ import annotations

import copy

from dataset_builder.project import SPLITS
from tests.mutations.disk import edit_card, edit_manifest, files_of, remove
from tests.mutations.kind import (
    ROWS_OF_ARTICLES,
    TABLES,
    WHOLE,
    NotHere,
    Place,
    files,
    rows,
    successor,
)

OTHER = "ab" * 8


def _other(site, rng):
    return rng.choice([split for split in SPLITS if split != site.split])


@rows("SPL001", "articles")
def article_in_two_splits(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng))
    draft["articles", _other(site, rng)].append(row)
    return Place("articles", id=row["article_id"])


@rows("SPL002", *ROWS_OF_ARTICLES)
def row_astray(draft, site, rng):
    """A row in this split whose article is in another."""
    home = _other(site, rng)
    found = [
        row
        for row in draft[site.table, home]
        if site.table != "annotations" or row["kind"] == "arrow"
        if row.get("basis") != "derived"
    ]
    if not found or len(draft[site.table, home]) < 2:
        raise NotHere
    row = rng.choice(found)
    draft[site.table, home] = [other for other in draft[site.table, home] if other is not row]
    draft[site.table, site.split].append(row)
    return draft.at(site.table, row, site.split)


@rows("SPL003", splits=("validation", "test"))
def story_in_two_splits(draft, site, rng):
    stories = [row["story"] for row in draft["articles", "train"]]
    found = [row for row in draft["articles", "train"] if stories.count(row["story"]) > 1]
    if not found:
        raise NotHere
    row = rng.choice(found)
    draft.move(row["article_id"], "train", site.split)
    return draft.at("articles", row, site.split)


@rows("SPL004", splits=("validation", "test"))
def duplicates_in_two_splits(draft, site, rng):
    row = rng.choice(draft["articles", site.split])
    row["duplicate_group"] = rng.choice(draft["articles", "train"])["duplicate_group"]
    return draft.at("articles", row, site.split)


@rows("SPL005", splits=SPLITS)
def same_text_in_two_splits(draft, site, rng):
    source = _other(site, rng)
    original = rng.choice(draft["articles", source])
    draft.clone(original["article_id"], source, site.split, OTHER)
    return Place("articles", id=OTHER if SPLITS.index(site.split) > SPLITS.index(source)
                 else original["article_id"], says="the same text")  # fmt: skip


@rows("SPL005", splits=("test",))
def same_withheld_text_in_two_splits(draft, site, rng):
    draft.withheld = True
    original = rng.choice(draft["articles", "train"])
    draft.clone(original["article_id"], "train", site.split, OTHER)
    return Place("articles", id=OTHER, says="the same text")


@rows("SPL005", splits=SPLITS)
def same_text_twice_in_one_split(draft, site, rng):
    original = rng.choice(draft["articles", site.split])
    draft.clone(original["article_id"], site.split, site.split, OTHER)
    return Place("articles", site.split, says="already")


@rows("SPL006", splits=SPLITS)
def nearly_the_same_text_in_two_splits(draft, site, rng):
    source = _other(site, rng)
    original = rng.choice(draft["articles", source])
    row = draft.clone(original["article_id"], source, site.split, OTHER)
    draft.retext(row, rng.choice((" That was all.", " More follows.", " AFP")), site.split)
    return Place("articles", id=OTHER if SPLITS.index(site.split) > SPLITS.index(source)
                 else original["article_id"])  # fmt: skip


@rows("SPL007", splits=("validation", "test"))
def derived_outside_train(draft, site, rng):
    derived = {row["article_id"] for row in draft["stance", "train"] if row["basis"] == "derived"}
    stories = [row["story"] for row in draft["articles", "train"]]
    found = [
        row["article_id"]
        for row in draft["articles", "train"]
        if stories.count(row["story"]) == 1 and row["article_id"] in derived
    ]
    if not found or len(stories) < 2:
        raise NotHere
    name = rng.choice(found)
    draft.move(name, "train", site.split, derived=True)
    row = draft.one("stance", site.split, article_id=name, basis="derived")
    return draft.at("stance", row, site.split)


@files("SPL008", splits=SPLITS)
def split_of_another_name(release, site, rng):
    name = rng.choice(("dev", "eval", "Train", "train-2", "all"))
    renamed = {}
    for table in TABLES:
        for old in files_of(release, table, site.split):
            new = old.rename(old.with_name(old.name.replace(site.split, name, 1)))
            renamed[f"{table}/{old.name}"] = f"{table}/{new.name}"

    def manifest(data):
        for splits in data["configs"].values():
            splits[name] = splits.pop(site.split)
            for shard in splits[name]["files"]:
                shard["file"] = renamed[shard["file"]]

    def card(data):
        for config in data["configs"]:
            for item in config["data_files"]:
                if item["split"] == site.split:
                    item["split"] = name
                    item["path"] = [renamed[path] for path in item["path"]]
        for info in data["dataset_info"]:
            for item in info["splits"]:
                item["name"] = name if item["name"] == site.split else item["name"]

    edit_manifest(release, manifest)
    edit_card(release, card)
    return Place("stance", name)


@files("SPL009")
def nothing_to_train_on(release, site, rng):
    for table in TABLES:
        remove(release, table, "train")
    return Place("articles")


@rows("SPL010", "events", "stance", splits=WHOLE)
def nothing_of_a_table_in_train(draft, site, rng):
    draft[site.table, "train"] = []
    if not draft.all(site.table):
        raise NotHere
    return Place(site.table)


@successor("SPL011", splits=SPLITS)
def text_of_an_earlier_split(draft, site, rng):
    """A page of another split of the earlier release is back as another article."""
    source = _other(site, rng)
    _as_new(draft, rng, source, site.split)
    return draft.at("articles", draft.one("articles", site.split, article_id=OTHER), site.split)


@successor("SPL011", splits=SPLITS)
def withheld_text_of_an_earlier_split(draft, site, rng):
    draft.withheld = True
    _as_new(draft, rng, _other(site, rng), site.split)
    return Place("articles", site.split, OTHER)


@successor("SPL012", splits=SPLITS)
def nearly_a_text_of_an_earlier_split(draft, site, rng):
    source = _other(site, rng)
    row = _as_new(draft, rng, source, site.split)
    draft.retext(row, rng.choice((" That was all.", " More follows.")), site.split)
    return draft.at("articles", row, site.split)


def _as_new(draft, rng, source, target):
    """Take an article out of its split and put it into another under a new id; its row."""
    stories = [row["story"] for row in draft.all("articles")]
    found = [row for row in draft["articles", source] if stories.count(row["story"]) == 1]
    if not found or len(draft["articles", source]) < 2:
        raise NotHere
    name = rng.choice(found)["article_id"]
    row = draft.clone(name, source, target, OTHER)
    for table in TABLES:
        draft[table, source] = [r for r in draft[table, source] if r["article_id"] != name]
    row["raw_sha256"] = OTHER * 4
    return row


@successor("SPL013", splits=("validation", "test"))
def story_that_was_published_elsewhere(draft, site, rng):
    """The articles of a story were withheld, and a new one on it is in another split."""
    row = rng.choice(draft["articles", site.split])
    others = [r for r in draft["articles", "train"] if r["story"] != row["story"]]
    if len(draft["articles", "train"]) < 2 or not others:
        raise NotHere
    gone = rng.choice(others)["story"]
    names = {r["article_id"] for r in draft["articles", "train"] if r["story"] == gone}
    if len(names) == len(draft["articles", "train"]):
        raise NotHere
    for table in TABLES:
        draft[table, "train"] = [r for r in draft[table, "train"] if r["article_id"] not in names]
    if any(r["story"] == row["story"] and r is not row for r in draft.all("articles")):
        raise NotHere
    new = draft.clone(row["article_id"], site.split, site.split, OTHER)
    for table in TABLES:
        stay = [r for r in draft[table, site.split] if r["article_id"] != row["article_id"]]
        draft[table, site.split] = stay
        for other in draft.all(table, site.split, article_id=OTHER):
            if "story" in other:
                other["story"] = gone
    new["raw_sha256"] = OTHER * 4
    return draft.at("articles", new, site.split)


@rows("SPL014", splits=("validation", "test"))
def sentence_verbatim_in_train(draft, site, rng):
    """One sentence of the training data stands in an article of another split."""
    return _quoted(draft, site, rng, "train")


@rows("SPL014", splits=("test",))
def sentence_verbatim_in_validation(draft, site, rng):
    return _quoted(draft, site, rng, "validation")


def _quoted(draft, site, rng, source):
    sentences = [
        sentence
        for article in draft["articles", source]
        for place in article["sentences"]
        if len((sentence := article["text"][place["start"] : place["end"]]).split()) > 11
        and "\n" not in sentence
    ]
    row = rng.choice(draft["articles", site.split])
    draft.retext(row, rng.choice(sentences), site.split, apart=True)
    return draft.at("articles", row, site.split, says=f"word for word in {source}")
