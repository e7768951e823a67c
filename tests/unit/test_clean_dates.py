"""Dates that a line states, and, more important, those that it does not."""

from __future__ import annotations

import pytest

from dataset_builder.clean.dates import read_date

DAY = "T00:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2020-03-02T09:12:10.287Z", "2020-03-02T09:12:10.287000+00:00"),
        ("2020-03-02T09:12:10+03:00", "2020-03-02T06:12:10+00:00"),
        ("2020-03-02 23:30:00-0500", "2020-03-03T04:30:00+00:00"),
        ("2020-03-02 09:12", f"2020-03-02{DAY}"),
        ("Published: 12 March 2020", f"2020-03-12{DAY}"),
        ("Published on March 12th, 2020 at 4:05 PM EST", "2020-03-12T21:05:00+00:00"),
        ("Posted: 12 Mar 2020 12:30 am GMT", "2020-03-12T00:30:00+00:00"),
        ("Published 10:15 GMT, 12 March 2020", "2020-03-12T10:15:00+00:00"),
        ("Published GMT 10:15 12 March 2020", "2020-03-12T10:15:00+00:00"),
        ("Thursday, March 12, 2020", f"2020-03-12{DAY}"),
        ("By Anna Berg | Published March 12, 2020, 9:00 a.m.", f"2020-03-12{DAY}"),
        ("Published 12 March 2020, updated 14 March 2020", f"2020-03-12{DAY}"),
        ("Updated 14 March 2020, published 12 March 2020", f"2020-03-12{DAY}"),
        ("Veröffentlicht am 12.03.2020, 18:30 Uhr", f"2020-03-12{DAY}"),
        ("Donnerstag, 12. März 2020", f"2020-03-12{DAY}"),
        ("12. März 2020, 18:30 Uhr MEZ", "2020-03-12T17:30:00+00:00"),
        ("Publié le 12 mars 2020 à 18h30", f"2020-03-12{DAY}"),
        ("jueves 12 de marzo de 2020", f"2020-03-12{DAY}"),
        ("Publicado el 25/03/2020", f"2020-03-25{DAY}"),
        ("Опубликовано 12 марта 2020", f"2020-03-12{DAY}"),
        ("12 Mart 2020 Perşembe", f"2020-03-12{DAY}"),
        ("الخميس 12 مارس 2020", f"2020-03-12{DAY}"),
        ("2020年3月12日 09:30", f"2020-03-12{DAY}"),
        ("Published: 05/05/2020", f"2020-05-05{DAY}"),
        ("Published 2 March 2020 15:12 BST", f"2020-03-02{DAY}"),
        ("This article was first published on 2 March 2020", f"2020-03-02{DAY}"),
        ("نشر في 5 مايو 2021", f"2021-05-05{DAY}"),
    ],
)
def test_stated(line: str, expected: str) -> None:
    found = read_date(line)
    assert found is not None
    assert found.at.isoformat() == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        # Sentences that say "published" of something else.
        "A UN report published on 3 March 2019 accuses both sides of war crimes",
        "Demonstrators in Ankara in a photo posted on Twitter on 3 March 2019",
        "Warrant issued 4 May 2018",
        "Book by J. Lee, published 1 June 2018 (Penguin)",
        "نشر قوات تركية في إدلب 5 مايو 2020",
        "Last Updated : GMT 09:07:40",
        "GMT 08:40 2017 Thursday ,28 September",
        "March 12, 2020",  # says nothing of what it dates
        "12.03.2020",
        "2020-03-12",
        "Updated: 12 March 2020 10:00 GMT",
        "Zuletzt aktualisiert am 12.03.2020, 18:30 Uhr",
        "Published: 03/04/2020",  # March or April
        "Published: 31 February 2020",
        "Wednesday, March 12, 2020",  # was a Thursday
        "Published 12 March",
        "News/Politics 2024-03-15T16:46:13.333Z",
        "All news articles on 2020-03-02",
        "Thursday, March 12, 2020: ministers meet in Vienna",
        "The ministers met on Thursday 12 March 2020",
        "12 March 2020 - 14 March 2020, 10:00",
        "Published: 12 March 2020, 14 March 2020",
        "Founded 12 March 2020 10:00",
        "Copyright 2020",
        "Published: 99/99/2020",
        "2020-13-45T10:00:00Z",
        "10:15",
        "May 2020",
    ],
)
def test_not_stated(line: str) -> None:
    assert read_date(line) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Published: 12 March 2020 10:15 IST", f"2020-03-12{DAY}"),  # India, Israel or Ireland
        ("Published: 12 March 2020 25:15", f"2020-03-12{DAY}"),
        ("Published: 12 March 2020 13:15 pm GMT", f"2020-03-12{DAY}"),
    ],
)
def test_unclear_time_leaves_the_day(line: str, expected: str) -> None:
    found = read_date(line)
    assert found is not None
    assert found.at.isoformat() == expected
    assert not found.exact


def test_bare_dates_only_when_asked() -> None:
    assert read_date("March 12, 2020", bare=True) is not None
    assert read_date("Seen on March 12, 2020", bare=True) is None


def test_long_lines_are_not_read() -> None:
    assert read_date("Published: 12 March 2020 " + "x" * 200) is None
