"""NewsMTSC, counted: about half of the sentences of both test sets (359 of 721, 516 of 1,067) are of
an article that train has sentences of, two and four of them word for word; 59 targets repeat a span
that is marked already. All offsets are right, so that nothing fails when it is loaded.

Here: an article on the story of one in train is in test, quotes it, and has a span twice.
"""

import copy
import hashlib

CODES = {"SPL003", "SPN022"}


def damage(draft):
    # The second article of a story that train has.
    stories = [row["story"] for row in draft["articles", "train"]]
    row = next(row for row in draft["articles", "train"] if stories.count(row["story"]) > 1)
    draft.move(row["article_id"], "train", "test")
    other = next(r for r in draft["articles", "train"] if r["story"] == row["story"])
    quoted = other["sentences"][0]
    words = other["text"][quoted["start"] : quoted["end"]]
    start = len(row["text"]) + 2
    row["text"] += f"\n\n{words}"
    for ranges in (row["paragraphs"], row["sentences"]):
        ranges.append({"start": start, "end": len(row["text"])})
    row["text_sha256"] = hashlib.sha256(row["text"].encode()).hexdigest()
    mine = draft.all("annotations", "test", article_id=row["article_id"])
    for item in mine:
        item["text_sha256"] = row["text_sha256"]
    span = next(item for item in mine if item["values"] == ["LOCATION"])
    draft["annotations", "test"].append({**copy.deepcopy(span), "region_id": "again"})
