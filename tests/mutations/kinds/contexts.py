"""SPN: contexts that are words of the article, hold their spans, and are of other sentences."""

from __future__ import annotations

from tests.mutations.kind import NotHere, rows

CONTEXTS = ("stance", "events")


def _main(row):
    """The span that the context of a row is there for."""
    return row["trigger"] if "trigger" in row else row["evidence"] or row["holder_span"]


def _give(draft, site, row, start, end):
    """Let the context of a row be this part of its article. Raises NotHere when it is."""
    words = draft.article(row)["text"][start:end]
    if (row["context_start"], row["text"]) == (start, words):
        raise NotHere
    row["context_start"], row["text"] = start, words
    return draft.at(site.table, row, site.split)


def _range(row):
    return row["context_start"], row["context_start"] + len(row["text"])


def _main_alone(draft, site, rng):
    """Without the sentence that names the holder, the target or who takes part."""

    def smaller(row):
        place = _main(row)
        inside = [
            s
            for s in draft.article(row)["sentences"]
            if s["start"] < place["end"] and s["end"] > place["start"]
        ]
        low = min([place["start"], *(s["start"] for s in inside)])
        high = max([place["end"], *(s["end"] for s in inside)])
        return None if (low, high) == _range(row) else (low, high)

    row = draft.pick(site, rng, lambda row: _main(row) and smaller(row))
    return _give(draft, site, row, *smaller(row))


@rows("SPN035", "stance", splits=("train", "validation"))
def context_of_the_evidence_alone(draft, site, rng):
    return _main_alone(draft, site, rng)


@rows("SPN035", "events", splits=("train", "test"))
def context_of_the_trigger_alone(draft, site, rng):
    return _main_alone(draft, site, rng)


@rows("SPN035", *CONTEXTS)
def context_of_the_whole_article(draft, site, rng):
    row = draft.pick(site, rng, _main)
    return _give(draft, site, row, 0, len(draft.article(row)["text"]))


@rows("SPN035", *CONTEXTS)
def context_with_a_sentence_more(draft, site, rng):
    row = draft.pick(site, rng, _main)
    start, end = _range(row)
    ranges = draft.article(row)["sentences"]
    behind = [(start, s["end"]) for s in ranges if s["start"] >= end][:1]
    ahead = [(s["start"], end) for s in ranges if s["end"] <= start][-1:]
    return _give(draft, site, row, *rng.choice(behind + ahead))


@rows("SPN035", *CONTEXTS)
def context_cut_in_the_middle_of_a_sentence(draft, site, rng):
    """At the first or last span: the words that are left hold all of them."""
    row = draft.pick(site, rng, _main)
    start, end = _range(row)
    spans = row["arguments"] + [row["trigger"]] if "trigger" in row else [
        span for span in (row["evidence"], row["holder_span"], row["target_span"]) if span
    ]  # fmt: skip
    first = min([span["start"] for span in spans if span["start"] >= start])
    last = max([span["end"] for span in spans if span["end"] <= end])
    return _give(draft, site, row, *rng.choice(((first, end), (start, last))))
