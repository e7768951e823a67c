"""SPN: offsets that are off, texts that are not clean, and marks that were lost or doubled."""

from __future__ import annotations

import copy
import unicodedata

from tests.mutations.kind import SPANS, NotHere, Place, rows

CONTEXTS = ("stance", "events")


def spans_of(row, column):
    """The spans that a row has in a column: dicts with start, end and text."""
    if column == "span":
        return [row] if row["kind"] == "span" and row["start"] is not None else []
    value = row[column]
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def current(draft, row):
    """Whether offsets of this row are offsets of the article's present text."""
    if "annotator" not in row:
        return True
    return row["text_sha256"] == draft.article(row)["text_sha256"]


def pick(draft, site, rng, fits=lambda span, text: True):
    """Some row and span of a site, and the text of its article. Raises NotHere."""
    found = [
        (row, span, text)
        for row in draft[site.table, site.split]
        if (spans := spans_of(row, site.column)) and current(draft, row)
        for text in [draft.article(row)["text"]]
        for span in spans
        if fits(span, text)
    ]
    if not found:
        raise NotHere
    return rng.choice(found)


def at(draft, site, row, says=""):
    return draft.at(site.table, row, site.split, says=says)


@rows("SPN001", *SPANS)
def shifted(draft, site, rng):
    step = rng.choice((-2, -1, 1, 2))

    def moves(span, text):
        start, end = span["start"] + step, span["end"] + step
        return start >= 0 and end <= len(text) and text[start:end] != span["text"]

    row, span, _ = pick(draft, site, rng, moves)
    span["start"] += step
    span["end"] += step
    return at(draft, site, row, says=site.column)


@rows("SPN001", *SPANS)
def one_end_off(draft, site, rng):
    end, step = rng.choice((("start", -1), ("start", 1), ("end", 1), ("end", -1)))

    def fits(span, text):
        start, stop = (span[k] + (step if k == end else 0) for k in ("start", "end"))
        return 0 <= start < stop <= len(text)

    row, span, _ = pick(draft, site, rng, fits)
    span[end] += step
    return at(draft, site, row, says=site.column)


@rows("SPN001", *SPANS)
def other_words(draft, site, rng):
    row, span, _ = pick(draft, site, rng)
    span["text"] = rng.choice((span["text"].upper() + "!", f"{span['text']} ", "the President"))
    return at(draft, site, row, says=site.column)


def _recount(count):
    """Offsets that count something else than code points."""

    def recounted(draft, site, rng):
        def fits(span, text):
            start, end = count(text, span["start"]), count(text, span["end"])
            shown = text[start:end]
            return end <= len(text) and start != span["start"] and shown != span["text"]

        row, span, text = pick(draft, site, rng, fits)
        for key in ("start", "end"):
            span[key] = count(text, span[key])
        return row

    return recounted


_utf16 = _recount(lambda text, at: len(text[:at].encode("utf-16-le")) // 2)
_bytes = _recount(lambda text, at: len(text[:at].encode()))
_crlf = _recount(lambda text, at: at + text[:at].count("\n"))


@rows("SPN001", *SPANS)
def counted_in_utf16(draft, site, rng):
    return at(draft, site, _utf16(draft, site, rng), says="UTF-16")


@rows("SPN001", *SPANS)
def counted_in_bytes(draft, site, rng):
    row = _bytes(draft, site, rng)
    return at(draft, site, row, says=site.column)


@rows("SPN001", *SPANS)
def counted_with_crlf(draft, site, rng):
    return at(draft, site, _crlf(draft, site, rng), says="CRLF")


@rows("SPN001", "events.arguments", "annotations.span")
def surface_decomposed(draft, site, rng):
    def fits(span, text):
        return unicodedata.normalize("NFD", span["text"]) != span["text"]

    row, span, _ = pick(draft, site, rng, fits)
    span["text"] = unicodedata.normalize("NFD", span["text"])
    return at(draft, site, row, says="NFD")


@rows("SPN002", *SPANS)
def span_of_nothing(draft, site, rng):
    row, span, _ = pick(draft, site, rng)
    span["end"] = span["start"]
    return at(draft, site, row)


@rows("SPN002", *SPANS)
def span_backwards(draft, site, rng):
    row, span, _ = pick(draft, site, rng)
    span["start"], span["end"] = span["end"], span["start"]
    return at(draft, site, row)


@rows("SPN003", *SPANS)
def span_beyond_the_end(draft, site, rng):
    row, span, text = pick(draft, site, rng)
    span["end"] = len(text) + rng.choice((1, 2, 100_000))
    return at(draft, site, row)


@rows("SPN003", *SPANS[:5])
def span_before_the_start(draft, site, rng):
    row, span, _ = pick(draft, site, rng)
    span["start"] = -rng.randint(1, 9)
    return at(draft, site, row)


@rows("SPN004", *CONTEXTS)
def context_off(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["context_start"] > 0)
    row["context_start"] += rng.choice((-1, 1))
    return at(draft, site, row)


@rows("SPN004", *CONTEXTS)
def context_edited(draft, site, rng):
    row = draft.pick(site, rng)
    row["text"] = rng.choice(
        (f"{row['text']}\xb6", row["text"].swapcase(), row["text"][:-1] + "!!")
    )
    return at(draft, site, row)


@rows("SPN005", "stance.evidence", "events.trigger")
def marks_outside_the_context(draft, site, rng):
    row, span, text = pick(draft, site, rng)
    ranges = [
        r
        for r in draft.article(row)["sentences"]
        if r["end"] <= span["start"] or r["start"] >= span["end"]
    ]
    if not ranges:
        raise NotHere
    other = rng.choice(ranges)
    row["text"], row["context_start"] = text[other["start"] : other["end"]], other["start"]
    return at(draft, site, row)


@rows("SPN017", *SPANS[:5])
def blank_at_the_edge(draft, site, rng):
    def fits(span, text):
        return text[span["end"] : span["end"] + 1] == " "

    row, span, text = pick(draft, site, rng, fits)
    span["end"] += 1
    span["text"] = text[span["start"] : span["end"]]
    return at(draft, site, row)


@rows("SPN018", *CONTEXTS)
def context_empty(draft, site, rng):
    row = draft.pick(site, rng)
    row["text"] = rng.choice(("", " ", "\n"))
    return at(draft, site, row)


@rows("SPN019", "annotations")
def annotated_on_another_text(draft, site, rng):
    annotation = draft.pick(site, rng, lambda r: ":draft-2:1" in r["annotation_id"])
    for row in draft.all("annotations", annotation_id=annotation["annotation_id"]):
        row["text_sha256"] = "1" * 64
    return Place("annotations", site.split, annotation["annotation_id"])


@rows("SPN020", *SPANS[:5])
def mark_cut_off(draft, site, rng):
    row, span, _ = pick(draft, site, rng)
    article = draft.article(row)
    draft.retext(article, " In q\u0303amishli.", site.split)
    start = article["text"].rindex("q")
    span |= {"start": start, "end": start + 1, "text": "q"}
    if site.column in ("evidence", "trigger"):
        row["text"], row["context_start"] = article["text"], 0
    return at(draft, site, row)


@rows("SPN022", "annotations")
def span_marked_twice(draft, site, rng):
    row = draft.pick(
        site, rng, lambda r: r["kind"] == "span" and r["state"] == "completed" and
        r["values"] in (["ACTOR"], ["LOCATION"], ["DATE"]) and current(draft, r)
    )  # fmt: skip
    twin = {**copy.deepcopy(row), "region_id": f"{row['region_id']}x"}
    draft["annotations", site.split].append(twin)
    return at(draft, site, twin)


def _marked(draft, row, split, region):
    """The row of `annotations` that a mention or evidence was made from."""
    found = draft.all("annotations", split, article_id=row["article_id"], kind="span",
                      region_id=region)  # fmt: skip
    if not found or not current(draft, found[0]):
        raise NotHere
    return found[0]


@rows("SPN023", "events")
def event_lost(draft, site, rng):
    row = draft.pick(site, rng)
    rest = [r for r in draft.all("events", article_id=row["article_id"]) if r is not row]
    if not rest or any(r["event_id"] == row["mention_id"] for r in rest):
        raise NotHere
    region = _marked(draft, row, site.split, row["mention_id"].partition(":")[2])
    draft["events", site.split] = [r for r in draft["events", site.split] if r is not row]
    return draft.at("annotations", region, site.split)


def _read_one_way(draft, row, region, split):
    """Whether evidence is the author's on one thing, or one named holder's on another."""
    if draft.all("stance", split, article_id=row["article_id"], basis="grid"):
        return False
    mine = draft.all("annotations", split, annotation_id=draft.winner(row, split))
    arrows = [r for r in mine if r["kind"] == "arrow" and region in (r["from_id"], r["to_id"])]
    if row["holder_kind"] == "author":
        return len(arrows) == 1
    named = {r["region_id"] for r in mine if r["name"] == "actor_id"}
    ends = {end for arrow in arrows for end in (arrow["from_id"], arrow["to_id"])} - {region}
    return len(arrows) == 2 and (row["target_kind"] == "issue" or ends <= named)


@rows("SPN024", "stance")
def stance_lost(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] == "annotated")
    region = draft.region_of(row, site.split)
    if not _read_one_way(draft, row, region, site.split):
        raise NotHere
    span = row["evidence"]
    gone = [
        other
        for other in draft.all("stance", site.split, article_id=row["article_id"])
        if other["evidence"]
        and (other["evidence"]["start"], other["evidence"]["end"]) == (span["start"], span["end"])
    ]
    if len(draft.all("stance", article_id=row["article_id"], basis="annotated")) == len(gone):
        raise NotHere
    draft["stance", site.split] = [
        r for r in draft["stance", site.split] if all(r is not other for other in gone)
    ]
    return draft.at("annotations", _marked(draft, row, site.split, region), site.split)


@rows("SPN025", "events")
def argument_lost(draft, site, rng):
    """What a converter does that looks at one sentence at a time."""

    row = draft.pick(site, rng, lambda r: any(a["role"] == "LOCATION" for a in r["arguments"]))
    _marked(draft, row, site.split, row["mention_id"].partition(":")[2])
    lost = next(a for a in row["arguments"] if a["role"] == "LOCATION")
    row["arguments"].remove(lost)
    return at(draft, site, row)
