"""SPN: articles whose text, or what is said of it, is not as it was cleaned."""

from __future__ import annotations

from tests.mutations.kind import rows


def _dirty(code, name, *choices):
    """A kind that adds unclean words to the text of an article."""

    def damage(draft, site, rng):
        row = draft.pick(site, rng)
        draft.retext(row, rng.choice(choices), site.split)
        return draft.at("articles", row, site.split, says="text")

    damage.__name__ = name
    return rows(code, "articles")(damage)


METADATA = ("title", "outlet", "agency", "byline", "dateline")


def _stated(code, name, *choices, columns=METADATA):
    """A kind that makes unclean metadata."""

    def damage(draft, site, rng):
        row = draft.pick(site, rng)
        row[site.column] = f"{row[site.column] or 'News'}{rng.choice(choices)}"
        for table in ("stance", "events"):
            for other in draft.all(table, site.split, article_id=row["article_id"]):
                other.update({name: row[name] for name in ("outlet",) if site.column == name})
        return draft.at("articles", row, site.split, says=site.column)

    damage.__name__ = name
    return rows(code, *(f"articles.{column}" for column in columns))(damage)


letters_decomposed = _dirty(
    "SPN006",
    "letters_decomposed",
    " Erdog\u0306an.",
    " Zu\u0308rich.",
    " \u1100\u1161.",
    " \u212b.",
)
metadata_decomposed = _stated("SPN006", "metadata_decomposed", " Erdog\u0306an")
carriage_return = _dirty("SPN007", "carriage_return", " One\r\ntwo.", " One\rtwo.")
bytes_lost = _dirty("SPN008", "bytes_lost", " Erdo\ufffdan.", " \ufffd\ufffd?")
misread = _dirty(
    "SPN009", "misread", " Syriaâ€™s.", " ErdoÄŸan.", " ZÃ¼rich.", " â€˜talksâ€™.", " ðŸ‘ yes."
)
metadata_misread = _stated("SPN009", "metadata_misread", " ZÃ¼rich", " Ð¡Ð¸Ñ€Ð¸Ñ")
markup = _dirty(
    "SPN010", "markup", " Johnson &amp; Johnson.", ' See <a href="x">here</a>.', " Two<br/>lines.",
    " &#8217;s &nbsp;.", " <iframe>x", " See <IMG SRC='x'>.", " x<!-- y", " a <figcaption >b",
)  # fmt: skip
metadata_with_markup = _stated("SPN010", "metadata_with_markup", " &quot;talks&quot;")
control = _dirty(
    "SPN011",
    "control",
    " Ding\x07.",
    " A\x85b.",
    " \x1b[31mred.",
    " \ufeffx.",
    " a\u2028b.",
    " \u202eterces\u202c.",
    " a\uffffb.",
    " \ufdd0.",
    " \U0010fffe.",
    " x\ufff9y\ufffaz\ufffb.",
    " \U000e0053\U000e0061\U000e0079\U000e0020\U000e006e\U000e006f.",
    " \U0001f3f4\U000e0067\U000e0062.",
)
address_with_control = _stated(
    "SPN011", "address_with_control", "\x1b[31m", "\u202e", columns=("url",)
)
metadata_with_control = _stated(
    "SPN011", "metadata_with_control", "\x1b[31m", "\u202e", "\u2029x", "\U000e0041"
)
blank_lines = _dirty("SPN021", "blank_lines", "\n\n\nMore.", "\n \nMore.", " ", "\n")


@rows("SPN012", "articles")
def text_edited_afterwards(draft, site, rng):
    row = draft.pick(site, rng)
    row["text_sha256"] = f"{rng.getrandbits(256):064x}"
    return draft.at("articles", row, site.split)


@rows("SPN012", "articles")
def letter_edited_afterwards(draft, site, rng):
    """One letter for another, so that every offset still fits."""
    row = draft.pick(site, rng)
    free = [n for n, letter in enumerate(row["text"]) if letter == "e"]
    at = rng.choice(free)
    row["text"] = f"{row['text'][:at]}a{row['text'][at + 1 :]}"
    return draft.at("articles", row, site.split)


def _ranges(draft, site, rng, least=2):
    row = draft.pick(site, rng, lambda row: len(row[site.column]) >= least)
    return row, row[site.column]


@rows("SPN013", "articles.paragraphs")
def paragraphs_overlap(draft, site, rng):
    row, ranges = _ranges(draft, site, rng)
    at = rng.randrange(1, len(ranges))
    ranges[at]["start"] = ranges[at - 1]["end"] - rng.randint(1, 3)
    return draft.at("articles", row, site.split)


@rows("SPN013", "articles.paragraphs")
def paragraph_beyond_the_text(draft, site, rng):
    row, ranges = _ranges(draft, site, rng, 1)
    ranges[-1]["end"] += rng.randint(1, 50)
    return draft.at("articles", row, site.split)


@rows("SPN014", "articles.sentences")
def sentences_overlap(draft, site, rng):
    row, ranges = _ranges(draft, site, rng)
    at = rng.randrange(1, len(ranges))
    ranges[at]["start"] = ranges[at - 1]["end"] - rng.randint(1, 3)
    return draft.at("articles", row, site.split)


@rows("SPN014", "articles.sentences")
def sentences_out_of_order(draft, site, rng):
    row, ranges = _ranges(draft, site, rng)
    at = rng.randrange(1, len(ranges))
    ranges[at - 1], ranges[at] = ranges[at], ranges[at - 1]
    return draft.at("articles", row, site.split)


@rows("SPN015", "articles.sentences", "articles.paragraphs")
def range_forgotten(draft, site, rng):
    row, ranges = _ranges(draft, site, rng, 1)
    del ranges[rng.randrange(len(ranges))]
    return draft.at("articles", row, site.split)


@rows("SPN015", "articles.sentences", "articles.paragraphs")
def no_ranges(draft, site, rng):
    row, ranges = _ranges(draft, site, rng, 1)
    ranges.clear()
    return draft.at("articles", row, site.split)


@rows("SPN016", "articles")
def paragraph_repeated(draft, site, rng):
    row = draft.pick(site, rng)
    again = rng.choice(row["paragraphs"])
    draft.retext(row, row["text"][again["start"] : again["end"]], site.split, apart=True)
    return draft.at("articles", row, site.split)
