"""What a page says about its article, and what it only seems to say."""

from __future__ import annotations

import pytest

from dataset_builder.articles import NOTHING_STATED, Stated
from dataset_builder.clean.metadata import Metadata, find, with_stated

BODY = [
    "The ministers of Norway and Iceland agreed in Oslo to cut the herring quota by a fifth.",
    "Scientists had warned that the stock was falling for the fourth year in a row.",
    "Fishing groups called the agreement a disaster and asked the government for help.",
]
TITLE = "Ministers agree to cut herring quota"


def read(*head: str, tail: tuple[str, ...] = (), body: list[str] = BODY) -> Metadata:
    lines = [*head, *body, *tail]
    return find(lines, range(len(head), len(head) + len(body)))


def test_nothing_stated_is_nothing_found() -> None:
    found = read()
    assert found == Metadata()
    assert find([], ()) == Metadata()


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ((TITLE,), TITLE),
        (("Home", "Sport", TITLE, "By Anna Berg"), TITLE),
        ((f"{TITLE} - The Herald", "Home", TITLE), TITLE),
        ((f"{TITLE} | The Herald", "Home | The Herald"), TITLE),
        (("ministers agree to cut herring quota", "Menu", TITLE), TITLE),
        (
            (TITLE, "Norway's minister at the agreement talks in Oslo, where scientists warned"),
            TITLE,
        ),
        (("Weather: rain in the west", "Home"), None),
        (
            ("Herring quota disaster: 44 comments", "44 comments"),
            "Herring quota disaster: 44 comments",
        ),
        (("The ministers of Norway and Iceland met in Oslo.",), None),
        (("Anna Berg",), None),
        (("Published: 12 March 2020",), None),
    ],
)
def test_title(head: tuple[str, ...], title: str | None) -> None:
    assert read(*head).title == title


@pytest.mark.parametrize(
    ("head", "tail", "outlet"),
    [
        ((f"{TITLE} - The Coastal Herald", TITLE), (), "The Coastal Herald"),
        ((f"{TITLE} | Politik | Donau-Kurier", TITLE), (), "Donau-Kurier"),
        (("Nordic Today, nordic today", TITLE), (), "Nordic Today"),
        (("The Daily Fish", TITLE), (), "The Daily Fish"),
        (("Seaside", TITLE), ("© 2020 Seaside. All rights reserved.",), "Seaside"),
        ((TITLE,), ("© 2020 Seaside Media Ltd",), None),
        (("Home", "News", TITLE), (), None),
        (("Now you can read about fish...", TITLE), (), None),
        ((TITLE, "Daily Fish"), (), None),
        (("Fish, chips", TITLE), (), None),
        (("News", TITLE), (), None),
    ],
)
def test_outlet(head: tuple[str, ...], tail: tuple[str, ...], outlet: str | None) -> None:
    assert read(*head, tail=tail).outlet == outlet


@pytest.mark.parametrize(
    ("lines", "byline"),
    [
        (("By Anna Berg",), "Anna Berg"),
        (("By ANNA BERG, Staff Writer",), "ANNA BERG"),
        (("By Anna Berg | 12 March 2020",), "Anna Berg"),
        (("By", "Anna van der Berg"), "Anna van der Berg"),
        (("Von Martina Huber",), "Martina Huber"),
        (("Par Claire Fontaine",), "Claire Fontaine"),
        (("Por José Pérez y Ana Ruiz",), "José Pérez y Ana Ruiz"),
        (("Автор: Иван Петров",), "Иван Петров"),
        (("By the numbers",), None),
        (("By Popular Demand 2020",), None),
        (("Anna Berg",), None),
        (("By",), None),
        (("By invitation only",), None),
    ],
)
def test_byline(lines: tuple[str, ...], byline: str | None) -> None:
    assert read(TITLE, *lines).byline == byline


def test_byline_that_is_an_agency() -> None:
    found = read(TITLE, "By Agence France-Presse")
    assert (found.byline, found.agency) == (None, "Agence France-Presse")


def test_byline_that_is_the_outlet() -> None:
    assert read("Coastal Herald, coastal herald", TITLE, "By Coastal Herald").byline is None


@pytest.mark.parametrize(
    ("line", "dateline", "byline", "agency"),
    [
        ("Oslo - Anna Berg", "Oslo", "Anna Berg", None),
        ("Oslo — AFP", "Oslo", None, "AFP"),
        ("Reykjavik - Reuters", "Reykjavik", None, "Reuters"),
        ("Politics - World News", None, None, None),
        ("Timbuktu - Anna Berg", None, None, None),  # no place that the text knows
        ("Oslo - a city on the water", None, None, None),
        ("12 - 14", None, None, None),
    ],
)
def test_place_line(
    line: str, dateline: str | None, byline: str | None, agency: str | None
) -> None:
    found = read(TITLE, line)
    assert (found.dateline, found.byline, found.agency) == (dateline, byline, agency)


def test_place_and_outlet() -> None:
    found = read("Nordic Today, nordic today", TITLE, "Oslo - Nordic Today")
    assert (found.dateline, found.byline, found.outlet) == ("Oslo", None, "Nordic Today")


@pytest.mark.parametrize(
    ("start", "dateline", "agency"),
    [
        ("LOS ANGELES (Reuters) - ", "LOS ANGELES", "Reuters"),
        ("KOBE – ", "KOBE", None),
        ("ST CATHERINE, Jamaica — ", "ST CATHERINE", None),
        ("ANKARA, Nov. 13 (Xinhua) -- ", "ANKARA", "Xinhua"),
        ("BEIRUT (AP) — ", "BEIRUT", "AP"),
        ("BUENOS AIRES:  ", "BUENOS AIRES", None),
        ("Wien (APA) - ", "Wien", "APA"),
        ("BREAKING: ", None, None),
        ("WATCH LIVE - ", None, None),
        ("Oslo - ", None, None),
        ("NATO (the alliance) - ", None, None),
        ("NEW MYSTERY BOX OPENED – ", None, None),
        ("", None, None),
    ],
)
def test_dateline_in_the_text(start: str, dateline: str | None, agency: str | None) -> None:
    found = read(TITLE, body=[start + BODY[0], *BODY[1:]])
    assert (found.dateline, found.agency) == (dateline, agency)


@pytest.mark.parametrize(
    ("tail", "agency"),
    [
        (("Source: AFP",), "AFP"),
        (("Read also: Cod", "Source: lefigaro"), "lefigaro"),
        (("Quelle: APA",), "APA"),
        (("المصدر: رويترز",), "رويترز"),
        (("(AFP)",), "AFP"),
        (("Source of the river found",), None),
        (("Source: https://example.org/x",), None),
        (("afp",), None),
        (("one", "two", "three", "four", "five", "six", "Source: AFP"), None),
    ],
)
def test_agency(tail: tuple[str, ...], agency: str | None) -> None:
    assert read(TITLE, tail=tail).agency == agency


def test_agencies_in_sentences_are_sources_not_credits() -> None:
    body = [*BODY, "The news agency AFP said on Tuesday that Reuters had reported it first."]
    assert read(TITLE, body=body).agency is None


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ((TITLE, "2020-03-02T09:12:10.287Z"), "2020-03-02"),
        (("Published: 2 March 2020", TITLE), "2020-03-02"),
        ((TITLE, "Published: 2 March 2020", "Updated: 4 March 2020"), "2020-03-02"),
        ((TITLE, "Monday, 2 March 2020", "Tuesday, 3 March 2020"), None),
        ((TITLE, "Monday, 2 March 2020", "March 9, 2020"), None),
        ((TITLE, "Published: 2 March 2020", "Published: 9 March 2020"), None),
        ((TITLE, "Published: 2 March 2020", "2020-03-02T10:00:00Z"), "2020-03-02"),
        ((TITLE, "Updated: 2 March 2020"), None),
        ((TITLE, "Last Updated : GMT 09:07:40"), None),
        (("Monday, 2 March 2020", "Weather", "Sport", "Fish", TITLE), None),
        ((TITLE, "Anna says:", "Monday, 2 March 2020 10:00"), None),
    ],
)
def test_date(head: tuple[str, ...], day: str | None) -> None:
    found = read(*head)
    assert (found.published_at.date().isoformat() if found.published_at else None) == day
    assert found.published_basis == ("stated" if day else "none")


def test_dates_after_the_body_are_of_something_else() -> None:
    tail = ("GMT 08:40 2017 Thursday ,28 September", "Another headline", "2024-03-15T16:46:13.333Z")
    assert read(TITLE, tail=tail).published_at is None


def test_lines_get_their_roles() -> None:
    found = read(
        "Coastal Herald, coastal herald",
        TITLE,
        "By Anna Berg",
        "Oslo - Coastal Herald",
        tail=("Source: AFP",),
    )
    assert found.roles[1] == "title"
    assert found.roles[2] == "byline"
    assert found.roles[3] == "dateline"
    assert found.roles[4 + len(BODY)] == "agency"


FOUND = Metadata(title="A guess", outlet="Coastal Herald", byline="Paul Novak", url=None)


def test_what_the_record_states_goes_before_what_the_page_seems_to_say() -> None:
    stated = Stated(
        url="HTTP://Courier.example/a?utm_source=x#b",
        title=" Ministers cut the quota &amp; leave | Coastal Courier",
        outlet="Coastal Courier",
        byline="Anna Berg",
        published="2020-03-12T10:15:00+01:00",
    )
    found = with_stated(FOUND, stated)
    assert found.title == "Ministers cut the quota & leave"
    assert (found.outlet, found.byline) == ("Coastal Courier", "Anna Berg")
    assert found.url == "http://courier.example/a"
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2020-03-12T09:15:00+00:00"
    assert found.published_basis == "metadata"


@pytest.mark.parametrize("published", ["03/04/2017", "last Monday", "", "0", "2017"])
def test_stated_date_that_cannot_be_read_is_none(published: str) -> None:
    found = with_stated(FOUND, Stated(published=published))
    assert (found.published_at, found.published_basis) == (None, "none")


def test_empty_fields_state_nothing() -> None:
    assert with_stated(FOUND, NOTHING_STATED) == FOUND
    assert with_stated(FOUND, Stated(url="", title=" ", outlet="", byline="\n")) == FOUND
