"""massive, issue 7: the paper has 19,521 utterances, the files 16,521; MAVEN issue 2 and PLOVER
issue 8 are alike.

Here: rows were left out after the card was written, and everything else was made new.
"""

CODES = {"REL023"}


def damage(draft):
    draft.figures = False
    derived = [row for row in draft["stance", "train"] if row["basis"] == "derived"]
    draft["stance", "train"] = [row for row in draft["stance", "train"] if row is not derived[0]]
