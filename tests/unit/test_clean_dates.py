"""Dates that a line states, and, more important, those that it does not."""

from __future__ import annotations

import datetime as dt

import pytest

from dataset_builder.clean.metadata.dates import Kind, read_date, read_field
from dataset_builder.clean.metadata.zones import zone_offset

DAY = "T00:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2020-03-02T09:12:10.287Z", "2020-03-02T09:12:10.287000+00:00"),
        ("2020-03-02T09:12:10+03:00", "2020-03-02T06:12:10+00:00"),
        ("2020-03-02 23:30:00-0500", "2020-03-03T04:30:00+00:00"),
        ("2020-03-02 09:12", f"2020-03-02{DAY}"),
        ("Published: 12 March 2020", f"2020-03-12{DAY}"),
        ("Published on March 12th, 2020 at 4:05 PM EDT", "2020-03-12T20:05:00+00:00"),
        ("Published on January 12th, 2020 at 4:05 PM EST", "2020-01-12T21:05:00+00:00"),
        # The name of winter time in summer: a slip, or Australia.
        ("Published on March 12th, 2020 at 4:05 PM EST", f"2020-03-12{DAY}"),
        ("12. Juli 2020, 18:30 Uhr MEZ", f"2020-07-12{DAY}"),
        ("12 March 2020, 4:05 PM CST", f"2020-03-12{DAY}"),
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
    assert found.kind >= Kind.DATED
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
        "Updated: 12 March 2020 10:00 GMT",
        "Zuletzt aktualisiert am 12.03.2020, 18:30 Uhr",
        "Published: 03/04/2020",  # March or April
        "Published: 31 February 2020",
        "Wednesday, March 12, 2020",  # was a Thursday
        "Published 12 March",
        "Thursday, March 12, 2020: ministers meet in Vienna",
        "The ministers met on Thursday 12 March 2020",
        "12 March 2020 - 14 March 2020, 10:00",
        "Published: 12 March 2020, 14 March 2020",
        "Founded 12 March 2020 10:00",
        "Copyright 2020",
        "Release: 12.03.2020",
        "V:X [1.7.21_12]",
        "peter12.03.1912:44",
        "Photo taken on 12 March 2020",
        "Concert on 12 March 2020",
        "© Coastal Courier, 12 March 2020",
        "1975年3月12日（农历正月三十）",
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


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("March 12, 2020", Kind.BARE),
        ("12.03.2020", Kind.BARE),
        ("12.03.20", Kind.BARE),
        ("Le 12 mars 2020", Kind.BARE),
        ("12 آذار 2020", Kind.BARE),
        ("March 12, 2020 | 4 Comments", Kind.BARE),
        ("News/Politics 2024-03-15T16:46:13.333Z", Kind.LOOSE),
        ("12.03.2020 Hafen & Meer", Kind.LOOSE),
        ("Kiel, 12. März 2020", Kind.LOOSE),
        ("12.03.2020, 09:50 Uhr / Aktualisiert am 21.03.2020, 11:39 Uhr", Kind.DATED),
        ("von Anja Berg am 12. März 2020 , 14:14 Uhr", Kind.DATED),
        ("Wednesday, 11 March 2020 - World", Kind.DATED),
        ("12 Donnerstag Mär 2020", Kind.BARE),
        ("2020-03-12 20:29:58  来源：海港日报", Kind.DATED),
        ("12 de marzo de 202009:15", Kind.DATED),
        ("05/03/20200 Kommentare", None),
        ("25/03/20200 Kommentare", Kind.BARE),
        ("Posted on 12. März 202012. März 2020 von Anna Berg", Kind.PUBLISHED),
        ("von Anna_B Veröffentlicht am 12. März 2020", Kind.PUBLISHED),
    ],
)
def test_kind(line: str, kind: Kind | None) -> None:
    found = read_date(line)
    assert (found and found.kind) == kind


def test_hidden_change_does_not_count() -> None:
    found = read_date("12. März 2020Samstag, 14. März 2020 by AB")
    assert found is not None
    assert found.day == dt.date(2020, 3, 12)


def test_no_line_before_the_web_unless_it_says_published() -> None:
    assert read_date("12 March 1975, 10:00") is None
    assert read_date("Published 12 March 1975") is not None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-03-12", f"2020-03-12{DAY}"),
        (" 2020-03-12T10:15:00.5+01:00 ", "2020-03-12T09:15:00.500000+00:00"),
        ("Thu, 12 Mar 2020 10:15:00 GMT", "2020-03-12T10:15:00+00:00"),
        ("Thu, 12 Mar 2020 10:15:00 +0000", "2020-03-12T10:15:00+00:00"),
        ("2020-03-12 10:15:00", f"2020-03-12{DAY}"),
        ("12 March 2020", f"2020-03-12{DAY}"),
        ("03/25/2020", f"2020-03-25{DAY}"),
        ("03/04/2020", None),
        ("1970-01-01", None),
        ("2020", None),
        ("", None),
        ("Oslo 12 March 2020", None),
        ("last week", None),
    ],
)
def test_field(value: str, expected: str | None) -> None:
    found = read_field(value)
    assert (found and found.at.isoformat()) == expected


@pytest.mark.parametrize(
    ("name", "day", "minutes"),
    [
        ("utc", "2020-07-01", 0),
        ("cet", "2020-01-01", 60),
        ("cet", "2020-07-01", None),
        ("cest", "2020-07-01", 120),
        ("cest", "2020-03-29", None),  # the clocks change on this day
        ("cest", "2020-03-30", 120),
        ("cest", "2020-10-24", 120),
        ("cest", "2020-10-26", None),
        ("edt", "2006-03-20", None),  # summer time began in April then
        ("edt", "2007-03-20", -240),
        ("edt", "2020-03-08", None),
        ("edt", "2020-03-09", -240),
        ("edt", "2020-11-02", None),
        ("est", "2020-11-02", -300),
        ("pst", "2020-01-01", None),
        ("ist", "2020-01-01", None),
        ("msk", "2012-01-01", None),
        ("msk", "2020-01-01", 180),
    ],
)
def test_zone_counts_only_while_its_clocks_run(name: str, day: str, minutes: int | None) -> None:
    assert zone_offset(name, dt.date.fromisoformat(day)) == minutes


def test_long_lines_are_not_read() -> None:
    assert read_date("Published: 12 March 2020 " + "x" * 200) is None
