"""wmt-mqm, issue 4: in 8,255 of 79,020 ratings the annotators changed the text itself.

Here: one word of an article was replaced by one of the same length.
"""

CODES = {"SPN012"}


def damage(draft):
    row = draft["articles", "test"][0]
    row["text"] = row["text"].replace("Nothing else was", "Nothing more was").replace(
        "Meanwhile", "Meantimes")  # fmt: skip
