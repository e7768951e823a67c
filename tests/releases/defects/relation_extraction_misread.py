"""Medical-Relation-Extraction of CrowdTruth, issue 1, and gbif, issue 3795: UTF-8 that was read as
Windows-1252; mtnt, issue 3: fields that are empty.

Here: a text with letters that were read wrongly, and a context without words.
"""

CODES = {"SPN009", "SPN018"}


def damage(draft):
    draft.retext(draft["articles", "train"][0], " ErdoÄŸanâ€™s aide.", "train")
    draft["events", "validation"][0]["text"] = ""
