"""Conversions of ACE 2005: arguments in another sentence than the trigger are dropped
(ace2005-preprocessing, issue 20), and only one event of a sentence is kept (InstructUIE, issue 22).

Here: an article loses one event, and another event its place.
"""

CODES = {"SPN023", "SPN025"}


def damage(draft):
    first, second = draft["articles", "train"][:2]
    lost = draft.one("events", "train", article_id=first["article_id"], type="ACCUSE")
    draft["events", "train"] = [row for row in draft["events", "train"] if row is not lost]
    row = draft.one("events", "train", article_id=second["article_id"], type="CONSULT")
    row["arguments"] = [a for a in row["arguments"] if a["role"] != "LOCATION"]
