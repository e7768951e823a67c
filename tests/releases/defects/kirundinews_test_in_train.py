"""KirundiNews 90 %, DengueFilipino 100 % of the test texts stand in train word for word
(npc_gzip, issue 13); ethics 30 % (issue 14 of its repository).

Here: every article of test is in train too, under an id of its own.
"""

CODES = {"SPL005"}


def damage(draft):
    for number, row in enumerate(list(draft["articles", "test"])):
        draft.clone(row["article_id"], "test", "train", f"{number:016x}")
