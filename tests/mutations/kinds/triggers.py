"""KEY, SPN, GRM: sentences whose tokens or tags are not what the text and the events say."""

from __future__ import annotations

import copy

from tests.mutations.kind import NotHere, rows


def at(draft, site, row, says=""):
    return draft.at("triggers", row, site.split, says=says)


def long(row):
    return len(row["tokens"]) > 2


def tagged(row):
    return set(row["ner_tags"]) != {"O"}


def plain(row):
    return long(row) and not tagged(row)


@rows("SCH015", "triggers")
def tag_lost(draft, site, rng):
    row = draft.pick(site, rng, plain)
    row[rng.choice(("ner_tags", "token_starts"))].pop()
    return at(draft, site, row)


@rows("KEY020", "triggers")
def renumbered(draft, site, rng):
    row = draft.pick(site, rng)
    row["id"] = f"{row['article_id']}:{row['sentence_index'] + 1000}"
    return at(draft, site, row, says="does not name")


@rows("KEY020", "triggers")
def sentence_beyond(draft, site, rng):
    row = copy.deepcopy(draft.pick(site, rng, plain))
    row["sentence_index"] = len(draft.article(row)["sentences"])
    row["id"] = f"{row['article_id']}:{row['sentence_index']}"
    draft["triggers", site.split].append(row)
    return at(draft, site, row, says="there is no number")


@rows("KEY021", "articles")
def sentence_left_out(draft, site, rng):
    row = draft.pick(site, rng, table="triggers", fits=lambda row: row["sentence_index"] > 0)
    draft["triggers", site.split].remove(row)
    return draft.at("articles", draft.article(row), site.split)


@rows("KEY022", "articles")
def article_left_out(draft, site, rng):
    article = draft.pick(site, rng)
    if not draft.all("events", site.split, article_id=article["article_id"]):
        raise NotHere
    kept = [r for r in draft["triggers", site.split] if r["article_id"] != article["article_id"]]
    if not kept:
        raise NotHere
    draft["triggers", site.split] = kept
    return draft.at("articles", article, site.split)


@rows("SPN026", "triggers")
def shifted(draft, site, rng):
    row = draft.pick(site, rng, plain)
    row["token_starts"] = [start + 1 for start in row["token_starts"]]
    return at(draft, site, row)


@rows("SPN026", "triggers")
def token_of_another_tokeniser(draft, site, rng):
    row = draft.pick(site, rng, plain)
    row["tokens"][0] += row["tokens"].pop(1)
    row["token_starts"].pop(1)
    row["ner_tags"].pop()
    return at(draft, site, row)


@rows("SPN026", "triggers")
def offsets_of_the_sentence(draft, site, rng):
    row = draft.pick(site, rng, lambda row: plain(row) and row["token_starts"][0] > 0)
    row["token_starts"] = [start - row["token_starts"][0] for start in row["token_starts"]]
    return at(draft, site, row)


@rows("GRM031", "triggers")
def begins_with_inside(draft, site, rng):
    """As taggers of the IO scheme write it."""
    row = draft.pick(site, rng, tagged)
    place = next(n for n, tag in enumerate(row["ner_tags"]) if tag != "O")
    row["ner_tags"][place] = f"I-{row['ner_tags'][place][2:]}"
    return at(draft, site, row)


@rows("GRM032", "triggers")
def forgotten(draft, site, rng):
    row = draft.pick(site, rng, tagged)
    row["ner_tags"] = ["O"] * len(row["tokens"])
    return at(draft, site, row)


@rows("GRM032", "triggers")
def invented(draft, site, rng):
    row = draft.pick(site, rng, plain)
    row["ner_tags"][rng.randrange(len(row["tokens"]))] = "B-AID"
    return at(draft, site, row)


@rows("GRM032", "triggers")
def of_another_type(draft, site, rng):
    row = draft.pick(site, rng, tagged)
    row["ner_tags"] = [
        tag if tag == "O" else f"{tag[:2]}{'REJECT' if tag[2:] != 'REJECT' else 'AID'}"
        for tag in row["ner_tags"]
    ]
    return at(draft, site, row)
