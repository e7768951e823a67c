"""Which lines are body: rules that hold on any page, and what they must not take."""

from __future__ import annotations

import pytest

from dataset_builder.articles import RawPage
from dataset_builder.clean import LineDecision, clean_page
from dataset_builder.clean.patterns import cue

STORY = [
    "The night train to the coast will run again from May, eleven years after the last one left.",
    "Tickets will be sold from the first week of April, and the company has bought nine used cars.",
    "“People have asked us about this train in every single meeting since it stopped,” said the mayor.",
    "Whether the line will earn money is open, and a study found that it would need help for years.",
    "The town council welcomed the news and promised to repair the old station before the summer.",
]


def judged(lines: list[str], between: str = "\n\n") -> list[LineDecision]:
    page = RawPage("0" * 16, "page.txt", "0" * 64, between.join(lines))
    return [line for line in clean_page(page).lines if line.role != "blank"]


def kept(lines: list[str], between: str = "\n\n") -> list[str]:
    return [line.text for line in judged(lines, between) if line.kept]


def codes(lines: list[str]) -> dict[str, str]:
    return {line.text: line.code for line in judged(lines) if line.code}


def test_plain_story_is_kept_whole() -> None:
    assert kept(STORY) == STORY


def test_each_line_is_kept_or_has_a_reason() -> None:
    lines = [
        "Home",
        "News",
        "Sport",
        *STORY,
        "Read also: Bus line closed",
        *STORY[:2],
        "© 2020 Paper",
    ]
    found = judged(lines, "\n")
    assert [line.text for line in found] == lines
    assert all(bool(line.code and line.reason) != line.kept for line in found)
    assert all(line.score is not None and line.evidence for line in found)


def test_second_copy_goes() -> None:
    assert kept([*STORY, *STORY]) == STORY


def test_copy_with_other_punctuation_goes() -> None:
    again = STORY[1].replace(",", "").upper()
    assert kept([*STORY, again]) == STORY


def test_pull_quote_goes_wherever_it_stands() -> None:
    quote = "People have asked us about this train in every single meeting"
    for at in range(1, len(STORY)):
        assert kept([*STORY[:at], quote, *STORY[at:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Read also: The bus line to the coast closes",
        "READ MORE: The bus line to the coast closes",
        "Related: The bus line to the coast closes",
        "Lesen Sie auch: Die Buslinie an die Küste wird eingestellt",
        "Lire aussi : La ligne de bus vers la côte ferme",
        "Lea también: Cierra la línea de autobús a la costa",
        "Читайте также: Автобус к морю отменён",
        "اقرأ أيضا: إغلاق خط الحافلات إلى الساحل",
        "Ayrıca okuyun: Sahile giden otobüs hattı kapanıyor",
        "Read also The bus line to the coast closes",
        "Share on Facebook",
        "Advertisement",
        "Photo: Nils Dahl/AFP",
        "The old station in winter. (AP Photo/Nils Dahl)",
        "We use cookies to make this site better for you and for our partners.",
    ],
)
def test_furniture_between_paragraphs_goes(line: str) -> None:
    assert kept([*STORY[:2], line, *STORY[2:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "“Now I can finally give them an answer,” he added, and laughed.",
        "Latest figures show that two in three people in the town want the train to come back.",
        "Related work on the bridge began last year and will go on until the end of the summer.",
        "Copyright law has nothing to do with it, said the mayor, who had read the old contract twice.",
        "Source material from the town archive shows that the first train came here in the year 1881.",
        "Share prices of the railway company rose by a tenth on Monday after the news had come out.",
        "Images by a local artist will hang in every car, the company said, and more are to come soon.",
        "Trending downwards for years, the number of passengers has doubled since the road was closed.",
        "Latest-generation engines will pull the train, and they need only half as much power as before.",
    ],
)
def test_sentences_that_begin_like_furniture_stay(line: str) -> None:
    lines = [*STORY[:3], line, *STORY[3:]]
    assert kept(lines) == lines


def test_caption_and_headings_above_the_first_paragraph_go() -> None:
    caption = "The old station at the coast, where the last train left eleven years ago"
    assert kept(["Night train to run again", caption, *STORY]) == STORY


def test_headlines_after_the_end_go() -> None:
    heads = [
        "Bus line to the coast closes",
        "Storm hits three harbours",
        "Minister opens new school",
    ]
    found = codes([*STORY, "Most read", *heads])
    assert {found[head] for head in heads} == {"headline-list"}
    assert found["Most read"] == "related-header"


def test_prose_after_the_copyright_is_not_the_article() -> None:
    legal = (
        "The information on this site comes from external sources that we do not control at all."
    )
    assert kept([*STORY, "© 2020 The Paper", legal]) == STORY


def test_unpunctuated_paragraph_inside_stays() -> None:
    line = "Both sides are unhappy with the plan, the reporter of the local radio said"
    lines = [*STORY[:3], line, *STORY[3:]]
    assert kept(lines) == lines


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Home"],
        ["Home", "Contact", "Login"],
        ["1", "2", "3"] * 40,
        ["…"],
        ["!"] * 5,
        ["Home", "Ministers agree to cut the herring quota by a fifth next year", "Login"],
        ["Storm closes three harbours on the west coast", "Minister resigns over travel costs"] * 3,
        ["404 Not Found", "The page you are looking for could not be found.", "Home"],
        [
            "We value your privacy",
            "We and our partners store information on your device.",
            "Accept all",
        ],
        ["Please enable JavaScript to see this page as it was meant to be."],
        [
            "Already a subscriber? Log in",
            "Subscribe to read the whole story of this and all other days.",
        ],
    ],
)
def test_pages_without_an_article(lines: list[str]) -> None:
    assert kept(lines, "\n") == []


def test_one_line_article() -> None:
    line = " ".join(STORY)
    assert kept(["Home", "News", line, "Contact", "Imprint"]) == [line]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Name *", "comment-form"),
        ("5 Comments", "comment-form"),
        ("Leave a reply", "comment-form"),
        ("Kommentar schreiben", "comment-form"),
        ("Your email address will not be published.", "comment-form"),
        ("© 2020 The Paper", "legal"),
        ("Alle Rechte vorbehalten", "legal"),
        ("Privacy policy", "legal"),
        ("Source: AFP", "credit"),
        ("Enditem", "credit"),
        ("(Reuters)", "credit"),
        ("Reporting by Anna Berg", "credit"),
        ("Last updated: 10:00", "date"),
        ("also read..", "related-header"),
        ("You may like", "related-header"),
        ("Follow us on Twitter", "share"),
        ("The minister arrived on Monday", None),
        ("Names of the dead were read aloud", None),
        ("", None),
    ],
)
def test_cues(line: str, code: str | None) -> None:
    found = cue(line, ends=line.endswith("."))
    assert (found.code if found else None) == code
