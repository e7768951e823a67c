"""MedMentions: offsets beside the words (issue 6), 175 mentions that are there twice (issue 13);
ncbi-disease the same with 11 (issue 1).

Here: a mention is one character late, and a row of annotations is doubled.
"""

import copy

CODES = {"SPN001", "KEY002"}


def damage(draft):
    row = draft.one("stance", "test", basis="annotated")
    row["evidence"]["start"] += 1
    row["evidence"]["end"] += 1
    span = draft.one("annotations", "train", kind="span", values=["DATE"])
    draft["annotations", "train"].append(copy.deepcopy(span))
