"""MAST, issue 16: 18 of 19 records carry one and the same block of annotations.

Here: the second annotator's work on one article stands in all others.
"""

import copy

CODES = {"KEY019"}


def damage(draft):
    articles = draft.all("articles")
    name = articles[0]["article_id"]
    block = [
        row
        for row in draft.all("annotations", article_id=name, annotator="draft-2")
        if row["kind"] != "article"
    ]
    for split in ("train", "validation", "test"):
        for article in draft["articles", split]:
            if article["article_id"] == name:
                continue
            mine = draft.all("annotations", split, article_id=article["article_id"],
                             annotator="draft-2")  # fmt: skip
            stay = [r for r in draft["annotations", split]
                    if r not in mine or r["kind"] == "article"]  # fmt: skip
            keys = ("annotation_id", "article_id", "text_sha256")
            copies = [{**row, **{k: mine[0][k] for k in keys}} for row in copy.deepcopy(block)]
            draft["annotations", split] = stay + copies
