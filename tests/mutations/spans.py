"""SPN: offsets that are off, and texts that are not clean."""

from __future__ import annotations

import unicodedata

from tests.mutations.mutant import Place, all_of, at, one, retext, rows, stance


def _text(found, row, split="train"):
    return one(found, "articles", split, article_id=row["article_id"])["text"]


@rows("SPN001")
def evidence_one_late(found):
    row = stance(found)
    row["evidence"]["start"] += 1
    row["evidence"]["end"] += 1
    return at("stance", row, says="shifted by +1")


@rows("SPN001")
def trigger_one_early(found):
    row = one(found, "events", "test", type="CONSULT")
    row["trigger"]["start"] -= 1
    row["trigger"]["end"] -= 1
    return at("events", row, "test", says="shifted by -1")


@rows("SPN001")
def argument_ends_one_late(found):
    row = one(found, "events", "validation", type="CONSULT")
    row["arguments"][1]["end"] += 1
    return at("events", row, "validation", says="arguments")


@rows("SPN001")
def holder_with_other_words(found):
    row = stance(found)
    row["holder_span"]["text"] = "the President"
    return at("stance", row, says="holder_span")


@rows("SPN001")
def target_in_utf16(found):
    row = stance(found, "e3")
    text, span = _text(found, row), row["target_span"]
    for end in ("start", "end"):
        span[end] = len(text[: span[end]].encode("utf-16-le")) // 2
    return at("stance", row, says="UTF-16")


@rows("SPN001")
def trigger_in_bytes(found):
    row = one(found, "events", type="CONSULT")
    text, span = _text(found, row), row["trigger"]
    for end in ("start", "end"):
        span[end] = len(text[: span[end]].encode())
    row["text"], row["context_start"] = text, 0
    return at("events", row, says="bytes")


@rows("SPN001")
def trigger_with_crlf(found):
    row = one(found, "events", type="CONSULT")
    text, span = _text(found, row), row["trigger"]
    for end in ("start", "end"):
        span[end] += text[: span[end]].count("\n")
    return at("events", row, says="CRLF")


@rows("SPN001")
def surface_decomposed(found):
    row = one(found, "events", type="CONSULT")
    place = next(a for a in row["arguments"] if a["role"] == "LOCATION")
    place["text"] = unicodedata.normalize("NFD", place["text"])
    return at("events", row, says="NFD")


@rows("SPN001")
def annotated_span_off(found):
    row = one(found, "annotations", kind="span")
    row["start"] += 2
    row["end"] += 2
    for other in all_of(
        found, "annotations", kind="field", annotation_id=row["annotation_id"],
        region_id=row["region_id"],
    ):  # fmt: skip
        other["start"], other["end"] = row["start"], row["end"]
    return at("annotations", row)


@rows("SPN002")
def span_of_nothing(found):
    row = stance(found)
    row["target_span"]["end"] = row["target_span"]["start"]
    return at("stance", row)


@rows("SPN002")
def span_backwards(found):
    row = one(found, "events", type="CONSULT")
    place = row["arguments"][0]
    place["start"], place["end"] = place["end"], place["start"]
    return at("events", row)


@rows("SPN003")
def span_beyond_the_end(found):
    row = stance(found)
    row["target_span"]["end"] = 100_000
    return at("stance", row)


@rows("SPN003")
def span_before_the_start(found):
    row = stance(found)
    row["holder_span"]["start"] = -3
    return at("stance", row)


@rows("SPN004")
def context_one_late(found):
    row = one(found, "events", type="CONSULT")
    row["context_start"] += 1
    return at("events", row)


@rows("SPN004")
def context_edited(found):
    row = stance(found)
    row["text"] = row["text"].replace(".", "!")
    return at("stance", row)


@rows("SPN005")
def evidence_outside_the_context(found):
    row = stance(found)
    article = one(found, "articles", article_id=row["article_id"])
    last = article["sentences"][-1]
    row["text"] = article["text"][last["start"] : last["end"]]
    row["context_start"] = last["start"]
    return at("stance", row)


@rows("SPN006")
def letters_decomposed(found):
    return at("articles", retext(found, " Erdog\u0306an."))


@rows("SPN007")
def carriage_return(found):
    return at("articles", retext(found, " One\r\ntwo."))


@rows("SPN008")
def bytes_lost(found):
    return at("articles", retext(found, " Erdo\ufffdan."))


@rows("SPN009")
def apostrophe_misread(found):
    return at("articles", retext(found, " Syriaâ€™s."))


@rows("SPN009")
def name_misread(found):
    return at("articles", retext(found, " ErdoÄŸan."))


@rows("SPN009")
def title_misread(found):
    row = one(found, "articles", "test")
    row["title"] = "ZÃ¼rich"
    return at("articles", row, "test")


@rows("SPN010")
def entity(found):
    return at("articles", retext(found, " Johnson &amp; Johnson."))


@rows("SPN010")
def tag(found):
    return at("articles", retext(found, ' See <a href="x">here</a>.'))


@rows("SPN011")
def bell(found):
    return at("articles", retext(found, " Ding\x07."))


@rows("SPN012")
def text_edited_afterwards(found):
    row = one(found, "articles")
    row["text_sha256"] = "0" * 64
    return at("articles", row)


@rows("SPN013")
def paragraphs_overlap(found):
    row = one(found, "articles")
    row["paragraphs"][1]["start"] = row["paragraphs"][0]["end"] - 1
    return at("articles", row)


@rows("SPN014")
def sentences_overlap(found):
    row = one(found, "articles", "validation")
    row["sentences"][1]["start"] = row["sentences"][0]["end"] - 2
    return at("articles", row, "validation")


@rows("SPN015")
def last_sentence_forgotten(found):
    row = one(found, "articles")
    del row["sentences"][-1]
    return at("articles", row)


@rows("SPN015")
def paragraph_in_the_middle_forgotten(found):
    row = one(found, "articles", "test")
    del row["paragraphs"][1]
    return at("articles", row, "test")


@rows("SPN015")
def no_sentences(found):
    row = one(found, "articles")
    row["sentences"] = []
    return at("articles", row)


@rows("SPN016")
def paragraph_repeated(found):
    row = one(found, "articles")
    first = row["paragraphs"][0]
    end = row["paragraphs"][-1]["end"]
    retext(found, "\n\n" + row["text"][first["start"] : first["end"]])
    row["paragraphs"][-1]["end"] = end
    row["paragraphs"].append({"start": end + 2, "end": len(row["text"])})
    return at("articles", row)


@rows("SPN017")
def blank_at_the_edge(found):
    row = stance(found)
    text, span = _text(found, row), row["target_span"]
    span["end"] += 1
    span["text"] = text[span["start"] : span["end"]]
    assert span["text"].endswith(" ")
    return at("stance", row)


@rows("SPN018")
def context_empty(found):
    row = stance(found)
    row["text"] = ""
    return at("stance", row)


@rows("SPN019")
def annotated_on_another_text(found):
    annotation = one(found, "annotations", annotator="draft-2")["annotation_id"]
    for row in all_of(found, "annotations", annotation_id=annotation):
        row["text_sha256"] = "1" * 64
    return Place("annotations", "train", annotation)


@rows("SPN020")
def mark_cut_off(found):
    article = retext(found, " In q\u0303amishli.")
    row = one(found, "stance", article_id=article["article_id"], target_kind="issue")
    start = article["text"].rindex("q")
    row["target_span"] = {"start": start, "end": start + 1, "text": "q"}
    return at("stance", row)


@rows("SPN021")
def two_blank_lines(found):
    return at("articles", retext(found, "\n\n\nMore."))


@rows("SPN021")
def blank_at_the_end(found):
    return at("articles", retext(found, " "))
