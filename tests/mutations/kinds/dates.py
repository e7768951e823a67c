"""GRM: dates that cannot be, and mentions that cannot be of one event."""

from __future__ import annotations

import copy
import datetime as dt

from dataset_builder.assemble.dates import Expression, event_date
from dataset_builder.assemble.events import LEADING, is_since
from tests.factory import registries
from tests.mutations.kind import NotHere, rows
from tests.mutations.kinds.grammar import DAY, alone, at, dated


def _timed(row):
    return any(a["timex3"] for a in row["arguments"])


def redate(draft, row):
    """Give an event the dates that follow from its arguments and the publication of its article."""
    article = draft.article(row)
    times = [
        Expression(
            a["timex3"],
            a["text"],
            is_since(article["text"][max(0, a["start"] - LEADING) : a["start"]], a["text"]),
        )
        for a in row["arguments"]
        if a["role"] == "DATE"
    ]
    published = article["published_at"], article["published_basis"]
    date, _ = event_date(times, *published, row["tense"])
    row |= {"date_start": date.start, "date_end": date.end,
            "date_precision": date.precision, "date_basis": date.basis}  # fmt: skip


@rows("GRM024", "events")
def time_in_plain_words(draft, site, rng):
    row = draft.pick(site, rng, _timed)
    argument = rng.choice([a for a in row["arguments"] if a["timex3"]])
    wrong = ("Tuesday", "28/09/2017", "2017-13", "2017-09-31", "2017-9-28", "2017-W60", "yesterday")
    _enter(draft, site, row, argument, rng.choice(wrong))
    return at(draft, site, row)


@rows("GRM024", "events")
def value_of_another_day(draft, site, rng):
    """The value, and the dates that follow from it, are of the day before the one in the words."""

    def fits(argument):
        return argument["text"] == "28 September 2017" and argument["timex3"] == "2017-09-28"

    row = draft.pick(site, rng, lambda row: alone(draft, row) and row["date_end"]
                     and any(map(fits, row["arguments"])))  # fmt: skip
    for argument in filter(fits, row["arguments"]):
        _enter(draft, site, row, argument, "2017-09-27")
    row["date_start"] = row["date_end"] = dt.date(2017, 9, 27)
    return at(draft, site, row)


def _enter(draft, site, row, argument, value):
    """Give an argument a value, as if it had been entered."""
    argument["timex3"] = value
    mine = draft.all("annotations", site.split, article_id=row["article_id"])
    place = argument["start"], argument["end"]
    regions = {r["region_id"] for r in mine if (r["start"], r["end"]) == place}
    for other in mine:
        if other["name"] == "timex3" and other["region_id"] in regions:
            other["values"] = [value]


def _stated(row):
    """Whether the words of the text alone give the date."""
    times = [a["timex3"] for a in row["arguments"] if a["timex3"]]
    return row["date_basis"] == "explicit" and not any("X" in time for time in times)


@rows("GRM025", "events.date_start", "events.date_end")
def date_of_another_day(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row[site.column] and _stated(row))
    step = -1 if site.column == "date_start" else 1
    row[site.column] += step * rng.randint(1, 30) * DAY
    return at(draft, site, row)


@rows("GRM025", "events")
def date_dropped(draft, site, rng):
    row = draft.pick(site, rng, _stated)
    row["date_start"] = row["date_end"] = None
    row["date_precision"], row["date_basis"] = "unknown", "none"
    return at(draft, site, row)


@rows("GRM025", "events")
def date_more_precise_than_the_words(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["date_precision"] == "day" and _stated(row))
    row["date_precision"] = rng.choice(("week", "month", "year"))
    return at(draft, site, row)


@rows("GRM025", "events")
def day_of_many_days(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["date_precision"] == "day" and row["date_end"]
                     and row["date_basis"] != "explicit" and alone(draft, row))  # fmt: skip
    row["date_end"] += rng.randint(1, 400) * DAY
    return at(draft, site, row)


@rows("GRM025", "events")
def unit_that_begins_in_the_middle(draft, site, rng):
    row = draft.pick(site, rng, lambda row: dated(row) and row["date_start"].day != 1
                     and row["date_basis"] != "explicit" and alone(draft, row))  # fmt: skip
    row["date_precision"] = rng.choice(("month", "year"))
    return at(draft, site, row)


def _relative(row):
    """Whether the date was counted from the publication."""
    return row["date_start"] and row["date_basis"] in ("dct", "inferred_dct")


@rows("GRM025", "events")
def date_of_another_week(draft, site, rng):
    """A whole unit earlier or later: the words say which one, seen from the publication."""
    row = draft.pick(site, rng, lambda row: _relative(row) and alone(draft, row))
    step = rng.choice((-1, 1)) * rng.choice((7, 14, 7 * 52)) * DAY
    if row["date_precision"] not in ("day", "week"):
        raise NotHere
    row["date_start"] += step
    row["date_end"] = row["date_end"] and row["date_end"] + step
    return at(draft, site, row)


@rows("GRM025", "events")
def date_of_another_basis(draft, site, rng):
    row = draft.pick(site, rng, _relative)
    others = {"dct", "inferred_dct", "explicit"} - {row["date_basis"]}
    row["date_basis"] = rng.choice(sorted(others))
    return at(draft, site, row)


@rows("GRM025", "events")
def date_that_nobody_linked(draft, site, rng):
    """The day of the publication, for want of any other."""
    row = draft.pick(site, rng, lambda row: row["published_at"] and not _timed(row)
                     and alone(draft, row))  # fmt: skip
    day = row["published_at"].date()
    row |= {"date_start": day, "date_end": day, "date_precision": "day", "date_basis": "dct"}
    return at(draft, site, row)


def _second(draft, site, rng, fits):
    """Two mentions of one type in one article, made mentions of one event."""
    pairs = [
        (one, other)
        for one in draft["events", site.split]
        for other in draft.all("events", site.split, article_id=one["article_id"])
        if one is not other and one["event_id"] == one["mention_id"] and alone(draft, one)
        and alone(draft, other) and other["type"] == one["type"] and fits(one, other)
    ]  # fmt: skip
    if not pairs:
        raise NotHere
    one, other = rng.choice(pairs)
    other["event_id"] = one["mention_id"]
    return one, other


def _mentions(draft, site, rng, fits):
    """Two mentions of one event: (first, other)."""
    pairs = [
        (one, other)
        for other in draft["events", site.split]
        for one in draft.all("events", site.split, mention_id=other["event_id"])
        if one is not other and fits(one, other)
    ]
    return rng.choice(pairs) if pairs else _second(draft, site, rng, fits)


@rows("GRM026", "events")
def one_event_on_two_days(draft, site, rng):
    one, other = _mentions(draft, site, rng, lambda a, b: dated(a) and not _timed(b))
    like = [a for a in one["arguments"] if a["timex3"]]
    if len(like) != 1 or one["date_basis"] != "explicit":
        raise NotHere
    words = draft.retext(draft.article(other), " On 3 May 1999.", site.split)["text"]
    start = words.rindex("3 May")
    argument = {**copy.deepcopy(like[0]), "start": start, "end": start + 10, "text": "3 May 1999",
                "timex3": "1999-05-03"}  # fmt: skip
    other["arguments"].append(argument)
    redate(draft, other)
    return at(draft, site, other)


@rows("GRM027", "events")
def one_event_of_other_people(draft, site, rng):
    def fits(one, other):
        return all(any(a["actor_ids"] for a in row["arguments"]) for row in (one, other))

    one, other = _mentions(draft, site, rng, fits)
    there = {name for a in one["arguments"] for name in a["actor_ids"]}
    strangers = [actor for actor in registries().actors if actor.id not in there]
    for argument in other["arguments"]:
        if argument["actor_ids"]:
            actor = strangers.pop()
            argument["actor_ids"] = [actor.id]
            argument["actor_codes"] = [actor.code or ""]
    return at(draft, site, other)


@rows("GRM028", "events")
def one_event_that_was_and_was_not(draft, site, rng):
    _, other = _mentions(draft, site, rng, lambda a, b: a["polarity"] == b["polarity"])
    other["polarity"] = "NEGATIVE" if other["polarity"] == "POSITIVE" else "POSITIVE"
    return at(draft, site, other)


@rows("GRM029", "events")
def past_that_is_to_come(draft, site, rng):
    """The article came out before the day that its words state."""

    def fits(row):
        told = row["tense"] == "PAST", row["polarity"] == "POSITIVE", row["modality"] == "ASSERTED"
        return all(told) and row["date_start"] and _stated(row)

    row = draft.pick(site, rng, fits)
    day = row["date_start"] - rng.randint(3, 400) * DAY
    moment = dt.datetime.combine(day, dt.time(9), dt.UTC)
    _publish(draft, site, draft.article(row), moment)
    return at(draft, site, row)


def _publish(draft, site, article, moment):
    """Let an article have come out then, with all that follows from it."""
    article["published_at"], article["published_basis"] = moment, "stated"
    for table in ("stance", "events"):
        for row in draft.all(table, site.split, article_id=article["article_id"]):
            row["published_at"] = moment
            if table == "events":
                redate(draft, row)


@rows("GRM030", "articles")
def published_after_the_release(draft, site, rng):
    row = draft.pick(site, rng)
    moment = dt.datetime(2999, 1, rng.randint(1, 28), tzinfo=dt.UTC)
    _publish(draft, site, row, moment)
    return at(draft, site, row)


@rows("GRM030", "articles")
def published_before_there_were_newspapers(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["published_at"])
    moment = dt.datetime(rng.randint(1, 1604), 1, 1, tzinfo=dt.UTC)
    _publish(draft, site, row, moment)
    return at(draft, site, row)
