"""VER: releases that the project's ledger, or a takedown, forbids."""

from __future__ import annotations

from dataclasses import replace

from dataset_builder.ledger import WITHHELD
from dataset_builder.project import SPLITS
from dataset_builder.takedown import Takedown
from dataset_builder.takedown_signatures import text_sketches
from tests.mutations.kind import ledger

OTHER = "cd" * 8
HASH = "cd" * 32


def _withhold(draft, name, **more):
    entry = draft.ledger[name]
    return replace(entry, status=WITHHELD, reason="withdrawn by its author", **more)


@ledger("VER011", "articles")
def withheld_article(draft, site, rng):
    row = draft.pick(site, rng)
    draft.ledger[row["article_id"]] = _withhold(draft, row["article_id"])
    return draft.at("articles", row, site.split, says="withdrawn")


@ledger("VER011", "articles")
def copy_of_a_withheld_article(draft, site, rng):
    row = draft.pick(site, rng)
    name = row["article_id"]
    draft.ledger[OTHER] = _withhold(
        draft, name, article_id=OTHER, aliases=(name,), text_sha256=HASH
    )
    del draft.ledger[name]
    return draft.at("articles", row, site.split)


@ledger("VER011", "articles")
def text_of_a_withheld_article(draft, site, rng):
    row = draft.pick(site, rng)
    draft.ledger[OTHER] = _withhold(draft, row["article_id"], article_id=OTHER)
    del draft.ledger[row["article_id"]]
    return draft.at("articles", row, site.split)


def _take_down(draft, name, ids=(), texts=(HASH,), signatures=()):
    draft.takedowns.append(
        Takedown(name, tuple(sorted({name, *ids})), "asked for", tuple(texts), tuple(signatures))
    )


@ledger("VER012", "articles")
def taken_down_article(draft, site, rng):
    row = draft.pick(site, rng)
    _take_down(draft, row["article_id"])
    return draft.at("articles", row, site.split, says="taken down")


@ledger("VER012", "articles")
def taken_down_article_without_its_text(draft, site, rng):
    draft.withheld = True
    row = draft.pick(site, rng)
    _take_down(draft, row["article_id"])
    return draft.at("articles", row, site.split, says="taken down")


@ledger("VER012", "articles")
def fetch_of_a_taken_down_article(draft, site, rng):
    row = draft.pick(site, rng)
    _take_down(draft, OTHER, ids=(row["article_id"],))
    return draft.at("articles", row, site.split, says="another fetch")


@ledger("VER012", "articles")
def text_of_a_taken_down_article(draft, site, rng):
    row = draft.pick(site, rng)
    _take_down(draft, OTHER, texts=(row["text_sha256"],))
    return draft.at("articles", row, site.split, says="the same text")


@ledger("VER012", "articles")
def nearly_a_taken_down_article(draft, site, rng):
    row = draft.pick(site, rng)
    signature = text_sketches([f"{row['text']} That was all."])[0].tobytes().hex()
    _take_down(draft, OTHER, signatures=(signature,))
    del draft.ledger[row["article_id"]]
    return draft.at("articles", row, site.split, says="nearly")


@ledger("VER012", "articles")
def nearly_a_taken_down_article_by_its_signature(draft, site, rng):
    draft.withheld = True
    row = draft.pick(site, rng)
    signature = text_sketches([f"{row['text']} That was all."])[0].tobytes().hex()
    _take_down(draft, OTHER, signatures=(signature,))
    del draft.ledger[row["article_id"]]
    return draft.at("articles", row, site.split, says="nearly")


@ledger("VER014", "articles")
def split_of_its_own(draft, site, rng):
    row = draft.pick(site, rng)
    split = rng.choice([name for name in SPLITS if name != site.split])
    draft.ledger[row["article_id"]] = replace(draft.ledger[row["article_id"]], split=split)
    return draft.at("articles", row, site.split)
