"""Published on Monday 2 March 2020 unless a case says otherwise."""

from __future__ import annotations

import datetime as dt

import pytest

from dataset_builder.assemble.dates import NO_DATE, EventDate, Expression, event_date

MONDAY = dt.datetime(2020, 3, 2, 9, 12, tzinfo=dt.UTC)


def day(text):
    return None if text is None else dt.date.fromisoformat(text)


def date_of(value, words="", *, at=MONDAY, basis="stated", tense="PAST", since=False):
    found, problems = event_date([Expression(value, words, since)], at, basis, tense)
    return found, [code for code, _ in problems]


@pytest.mark.parametrize(
    ("value", "words", "start", "end", "precision"),
    [
        ("2018-10-27", "October 27, 2018", "2018-10-27", "2018-10-27", "day"),
        ("2018-10-27T09:00", "9 am on October 27, 2018", "2018-10-27", "2018-10-27", "day"),
        ("2018-10", "October 2018", "2018-10-01", "2018-10-31", "month"),
        ("2020-02", "February 2020", "2020-02-01", "2020-02-29", "month"),
        ("2015", "late 2015", "2015-01-01", "2015-12-31", "year"),
        ("2015-XX", "a month in 2015", "2015-01-01", "2015-12-31", "year"),
        ("2018-10-XX", "one day in October 2018", "2018-10-01", "2018-10-31", "month"),
        ("2018-W43", "week 43 of 2018", "2018-10-22", "2018-10-28", "week"),
        ("2018-W43-6", "Saturday of week 43, 2018", "2018-10-27", "2018-10-27", "day"),
        ("2018-Q1", "the first quarter of 2018", "2018-01-01", "2018-03-31", "month"),
        ("2018-H2", "the second half of 2018", "2018-07-01", "2018-12-31", "month"),
        ("2011/2013", "2011 to 2013", "2011-01-01", "2013-12-31", "year"),
        ("2011-03/2011-05", "March to May 2011", "2011-03-01", "2011-05-31", "month"),
        ("2011-03-15/", "since March 15, 2011", "2011-03-15", None, "day"),
        ("/2011", "until 2011", None, "2011-12-31", "year"),
        ("2018", "٢٠١٨", "2018-01-01", "2018-12-31", "year"),
    ],
)
def test_words_that_name_the_year_give_an_explicit_date(value, words, start, end, precision):
    expected = EventDate(day(start), day(end), precision, "explicit")
    assert date_of(value, words) == (expected, [])
    assert date_of(value, words, at=None, basis="none") == (expected, [])


@pytest.mark.parametrize(
    ("value", "words", "tense", "start", "end", "precision"),
    [
        ("XXXX-WXX-2", "Tuesday", "PAST", "2020-02-25", "2020-02-25", "day"),
        ("XXXX-WXX-2", "Tuesday", "FUTURE", "2020-03-03", "2020-03-03", "day"),
        ("XXXX-WXX-1", "Monday", "PAST", "2020-03-02", "2020-03-02", "day"),
        ("XXXX-WXX-1", "Monday", "FUTURE", "2020-03-02", "2020-03-02", "day"),
        ("XXXX-WXX-7", "Sunday", "PRESENT", "2020-03-01", None, "day"),
        ("XXXX-09-28", "September 28", "PAST", "2019-09-28", "2019-09-28", "day"),
        ("XXXX-09-28", "September 28", "FUTURE", "2020-09-28", "2020-09-28", "day"),
        ("XXXX-03-05", "March 5", "FUTURE", "2020-03-05", "2020-03-05", "day"),
        ("XXXX-04-01", "April 1", "UNSPECIFIED", "2020-04-01", "2020-04-01", "day"),
        ("XXXX-02-29", "February 29", "FUTURE", "2024-02-29", "2024-02-29", "day"),
        ("XXXX-12", "December", "PAST", "2019-12-01", "2019-12-31", "month"),
        ("XXXX-12", "December", "PRESENT", "2019-12-01", None, "month"),
        ("XXXX-03", "March", "PRESENT", "2020-03-01", "2020-03-31", "month"),
        ("XXXX-03", "March", "PAST", "2020-03-01", "2020-03-31", "month"),
        ("XXXX-XX-28", "the 28th", "PAST", "2020-02-28", "2020-02-28", "day"),
        ("XXXX-XX-31", "the 31st", "PAST", "2020-01-31", "2020-01-31", "day"),
        ("XXXX-Q4", "the fourth quarter", "PAST", "2019-10-01", "2019-12-31", "month"),
        ("XXXX-XX-XX", "today", "PAST", "2020-03-02", "2020-03-02", "day"),
        ("XXXX-XX-XX", "yesterday", "PAST", "2020-03-01", "2020-03-01", "day"),
        ("XXXX-XX-XX", "tomorrow", "FUTURE", "2020-03-03", "2020-03-03", "day"),
        ("XXXX-WXX", "last week", "PAST", "2020-02-24", "2020-03-01", "week"),
        ("XXXX-WXX", "this week", "PAST", "2020-03-02", "2020-03-08", "week"),
        ("XXXX-XX", "Earlier this month", "PAST", "2020-03-01", "2020-03-31", "month"),
        ("XXXX-XX", "last month", "PAST", "2020-02-01", "2020-02-29", "month"),
        ("XXXX", "next year", "FUTURE", "2021-01-01", "2021-12-31", "year"),
        ("2019-12-24", "Christmas Eve", "PAST", "2019-12-24", "2019-12-24", "day"),
        ("XXXX-02-27/XXXX-02-28", "27-28 February", "PAST", "2020-02-27", "2020-02-28", "day"),
    ],
)
def test_open_places_are_worked_out_from_a_stated_publication(
    value, words, tense, start, end, precision
):
    expected = EventDate(day(start), day(end), precision, "dct")
    assert date_of(value, words, tense=tense) == (expected, [])
    assert date_of(value, words, tense=tense, basis="metadata") == (expected, [])


@pytest.mark.parametrize(
    "value",
    ["XXXX-WXX-2", "XXXX-09-28", "XXXX-12", "XXXX-WXX", "XXXX-XX", "XXXX-XX-XX", "XXXX-XX-28"],
)
def test_open_places_stay_open_without_a_publication_date(value):
    assert date_of(value, "this Tuesday", at=None, basis="none") == (NO_DATE, [])
    assert date_of(value, "this Tuesday", basis="none") == (NO_DATE, [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("PAST_REF", "recently"),
        ("PRESENT_REF", "now"),
        ("FUTURE_REF", "soon"),
        ("P3D", "three days"),
        ("PXD", "days"),
        ("T09:00", "9 am"),
        ("2018-SU", "summer 2018"),
        ("201X", "the 2010s"),
        ("20XX", "this century"),
        ("XXXX-WXX-WE", "the weekend"),
        ("XXXX-XX", "one month"),
        ("XXXX-WXX", "a week"),
        (None, "a year ago"),
        ("", "a year ago"),
    ],
)
def test_values_that_support_no_day_give_none(value, words):
    assert date_of(value, words) == (NO_DATE, [])


def test_an_event_without_a_date_has_none_whenever_it_was_published():
    assert event_date([], MONDAY, "stated", "PAST") == (NO_DATE, [])


def test_a_weekday_without_tense_is_not_guessed():
    assert date_of("XXXX-WXX-2", "Tuesday", tense="UNSPECIFIED") == (NO_DATE, [])


@pytest.mark.parametrize(
    "value",
    ["soon", "2018-13", "2018-02-30", "XXXX-02-30", "XXXX-13-01", "2018-W60", "0000", "2018/2011",
     "2018-10-27-", "18-10-27", "XXXX-XX-32", "2018-W43-8"],
)  # fmt: skip
def test_unreadable_values_are_reported(value):
    assert date_of(value, "2018 to 2011") == (NO_DATE, ["SCH206"])


def test_a_year_that_nothing_supports_is_reported():
    assert date_of("2018-10-27", "Saturday", at=None, basis="none") == (NO_DATE, ["GRM220"])
    assert date_of("2018-10-27", "in 20180 days", at=None) == (NO_DATE, ["GRM220"])


def test_since_leaves_the_end_open():
    expected = EventDate(day("2019-12-01"), None, "month", "dct")
    assert date_of("XXXX-12", "December", since=True) == (expected, [])


def test_the_most_precise_of_several_dates_counts():
    expressions = [Expression("2018-10", "October 2018"), Expression("2018-10-27", "27/10/2018")]
    found, _ = event_date(expressions, None, "none", "PAST")
    assert found.precision == "day"


def test_a_publication_late_in_the_day_elsewhere_counts_in_utc():
    late = dt.datetime(2020, 3, 2, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    found, _ = date_of("XXXX-XX-XX", "today", at=late)
    assert found.start == day("2020-03-03")


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_no_trouble(year):
    at = dt.datetime(year, 1 if year == 1 else 12, 1, tzinfo=dt.UTC)
    for value in ("XXXX-WXX-2", "XXXX-09-28", "XXXX-WXX", "XXXX-XX", "XXXX-XX-28", "XXXX"):
        for words in ("last", "next"):
            _, codes = date_of(value, words, at=at)
            assert codes == []
