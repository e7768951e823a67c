"""GRM: dates of events and articles, and whether the mentions of one event can be one event."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from dataset_builder.validate.contracts import is_earlier
from dataset_builder.validate.matching import where
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hits, Rule, hits

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

SLACK = dt.timedelta(days=1)
"""A day begins up to 14 hours earlier elsewhere; times of publication are UTC."""
FIRST_NEWSPAPER: Final = 1605
"""The year of Johann Carolus's "Relation" in Strasbourg."""
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH: Final = "|".join(_MONTHS)
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_SURFACE: Final = re.compile(
    rf"(?:(?:{_DAY}\s+(?:of\s+)?)?(?P<month>{_MONTH})|(?P<month2>{_MONTH})\s+{_DAY.replace('day', 'day2')})"
    r",?\s+(?P<year>(?:19|20)\d\d)",
    re.IGNORECASE,
)
"""A date written out with its year: it can be read in one way only."""
_ABSOLUTE: Final = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?![\dX/-])")


def _grammar(release: Release) -> Hits:
    import polars as pl

    from dataset_builder.assemble.dates import timex3_problem

    frame = release.arguments.filter(pl.col("timex3").is_not_null())
    values = frame["timex3"].unique().sort().to_list()
    told = {value: problem for value in values if (problem := timex3_problem(value))}
    wrong = frame.with_columns(
        problem=pl.col("timex3").replace_strict(told, default=None, return_dtype=pl.String)
    ).drop_nulls("problem")
    yield from hits("events", wrong, "the date '{text}': {problem}", found="{timex3}")
    full = frame.filter(pl.col("text").str.contains(r"(?:19|20)[0-9]{2}$")).drop_nulls("text")
    pairs = full.select("timex3", "text").unique().sort("timex3", "text").rows()
    others = [(*pair, said) for pair in pairs if (said := _said_otherwise(*pair))]
    schema = dict.fromkeys(("timex3", "text", "said"), pl.String)
    differ = full.join(
        pl.DataFrame(others, schema=schema, orient="row"), on=["timex3", "text"],
        how="inner", maintain_order="left",
    )  # fmt: skip
    text = "the date '{text}' has a value of another day"
    yield from hits("events", differ, text, expected="{said}", found="{timex3}")


def _said_otherwise(value: str, words: str) -> str | None:
    """The TIMEX3 value of `words` that are a date written out in full, where `value` is another."""
    found = _SURFACE.fullmatch(words.strip())
    given = _ABSOLUTE.match(value)
    if not found or not given:
        return None
    month = _MONTHS.index((found["month"] or found["month2"]).lower()) + 1
    day = found["day"] or found["day2"]
    said = f"{found['year']}-{month:02d}" + (f"-{int(day):02d}" if day else "")
    shared = min(len(said), len(given[0]))  # one of them may be less precise
    return said if said[:shared] != given[0][:shared] else None


def _contradicted(release: Release) -> Hits:
    """How a date follows from the publication may change with the schema version: of an earlier one,
    only what the words state by themselves is judged."""
    import polars as pl

    from dataset_builder.validate.event_dates import ROW, worked_out

    columns = ("date_start", "date_end", "date_precision", "date_basis")
    frame = release.rows("events", "arguments", *columns).with_columns(
        has_precision=release.named("date_precision", "date_precision"),
        has_basis=release.named("date_basis", "date_basis"),
    )
    judged = frame.drop("arguments").join(
        worked_out(release), on=ROW, how="inner", maintain_order="left"
    )
    if is_earlier(release.manifest.data.get("schema_version")):
        stated = (pl.col("basis") == "explicit") & ~pl.col("times").str.contains("X", literal=True)
        judged = judged.filter(stated)
    same = (
        pl.col("date_start").eq_missing(pl.col("start"))
        & pl.col("date_end").eq_missing(pl.col("end"))
        & (pl.col("has_precision") == pl.col("precision"))
        & (pl.col("has_basis") == pl.col("basis"))
    )
    by_words, none = pl.col("basis") == "explicit", pl.col("basis") == "none"
    wrong = where(judged, ~same).with_columns(
        told=pl.when(by_words).then(pl.lit("is not what its words say"))
        .when(none).then(pl.lit("is given by no DATE argument"))
        .otherwise(pl.format("is not what its words say in an article of {}", "day"))
    )  # fmt: skip
    found = "{date_start} to {date_end}, {has_precision}, {has_basis}"
    yield from hits(
        "events", wrong, "the date {told}",
        expected="{start} to {end}, {precision}, {basis}", found=found,
    )  # fmt: skip
    intervals = release.arguments.filter(pl.col("timex3").str.contains("/", literal=True))
    others = (
        frame.join(judged, on=ROW, how="anti", maintain_order="left")
        .join(intervals, on=ROW, how="anti", maintain_order="left")
        .drop_nulls("date_start")
    )
    text = "the date does not begin and end where a {has_precision} does"
    yield from hits("events", others.filter(~_whole()), text, found=found)


def _whole() -> pl.Expr:
    """Whether the dates of an event are the edges of one unit of its precision; an interval in the
    text may have others, and the end may be open."""
    import polars as pl

    start, end, precision = pl.col("date_start"), pl.col("date_end"), pl.col("has_precision")
    year = start.dt.month().eq(1) & start.dt.day().eq(1)
    units = {
        "day": (pl.lit(value=True), start),
        "week": (start.dt.weekday() == 1, start.dt.offset_by("6d")),
        # Quarters and halves of a year too have the precision of their months.
        "month": (start.dt.day() == 1, end.dt.month_end()),
        "year": (year, start.dt.offset_by("1y").dt.offset_by("-1d")),
    }
    fits = [(precision == name) & begins & (end == last).fill_null(value=True)
            for name, (begins, last) in units.items()]  # fmt: skip
    return pl.any_horizontal(*fits, ~precision.is_in(list(units)))


def _mentions(release: Release, *columns: str) -> pl.DataFrame:
    """Further mentions of an event, beside its first one, whose columns begin with `first_`."""
    import polars as pl

    frame = release.rows("events", "event_id", "mention_id", "article_id", *columns)
    named = [pl.col(name).alias(f"first_{name}") for name in columns]
    first = frame.unique("mention_id", keep="first").select(
        "article_id", pl.col("mention_id").alias("event_id"), *named
    )
    others = frame.filter(pl.col("event_id") != pl.col("mention_id"))
    return others.join(first, on=["article_id", "event_id"], how="inner", maintain_order="left")


def _two_dates(release: Release) -> Hits:
    import polars as pl

    both = _mentions(release, "date_start", "date_end")
    wrong = both.filter(
        (pl.col("date_start") > pl.col("first_date_end"))
        | (pl.col("date_end") < pl.col("first_date_start"))
    )
    text = "the first mention of this event has another date"
    return hits("events", wrong, text, expected="{first_date_start} to {first_date_end}",
                found="{date_start} to {date_end}")  # fmt: skip


def _other_people(release: Release) -> Hits:
    import polars as pl

    def people(column: str) -> pl.Expr:
        ids = pl.element().struct.field("actor_ids").explode()
        return pl.col(column).list.eval(ids).list.drop_nulls().list.unique()

    both = _mentions(release, "arguments").with_columns(
        mine=people("arguments"), first=people("first_arguments")
    )
    there = (pl.col("mine").list.len() > 0) & (pl.col("first").list.len() > 0)
    apart = pl.col("mine").list.set_intersection("first").list.len() == 0
    wrong = both.filter(there & apart).with_columns(
        pl.col("mine").list.sort().list.join(", "), pl.col("first").list.sort().list.join(", ")
    )
    text = "the first mention of this event has quite other participants"
    return hits("events", wrong, text, expected="{first}", found="{mine}")


def _denied(release: Release) -> Hits:
    import polars as pl

    both = _mentions(release, "polarity").with_columns(
        name=release.named("polarity", "polarity"),
        first=release.named("polarity", "first_polarity"),
    )
    wrong = both.filter(pl.col("name") != pl.col("first"))
    text = "one mention says that the event took place, the other that it did not"
    return hits("events", wrong, text, expected="{first}", found="{name}")


def _to_come(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("events", "date_start", "published_at", "tense", "polarity", "modality")
    said = (
        (pl.col("tense") == release.member("tense", "PAST"))
        & (pl.col("polarity") == release.member("polarity", "POSITIVE"))
        & (pl.col("modality") == release.member("modality", "ASSERTED"))
    )
    late = pl.col("date_start").cast(pl.Datetime("us", "UTC")) > pl.col("published_at") + SLACK
    text = "told as past, but dated {date_start}, after the article"
    return hits("events", frame.filter(said & late), text, found="{published_at}")


def _published_late(release: Release) -> Hits:
    import polars as pl

    try:
        day = dt.date.fromisoformat(str(release.manifest.data.get("date")))
    except ValueError:
        raise Unavailable("date") from None
    if not dt.date.min + SLACK < day < dt.date.max - SLACK:
        raise Unavailable("date")
    last = dt.datetime.combine(day + 2 * SLACK, dt.time(), dt.UTC)
    frame = release.rows("articles", "published_at").filter(pl.col("published_at") >= last)
    text = f"published on {{published_at}}, but the release is of {day}"
    yield from hits("articles", frame, text, expected=f"{day} at the latest")
    frame = release.rows("articles", "published_at")
    early = frame.filter(pl.col("published_at").dt.year() < FIRST_NEWSPAPER)
    text = f"published on {{published_at}}, before there was a newspaper ({FIRST_NEWSPAPER})"
    yield from hits("articles", early, text)


ENTER = "Correct the annotation in Label Studio, and pull."
REBUILD = "Build the release again from its inputs."

DATE_RULES: tuple[Rule, ...] = (
    Rule("GRM024", "date that is no TIMEX3, or another one", _grammar,
         "A value that cannot be read gives no date, so that the event has none; one that is not what"
         " is written in full gives a wrong one.", ENTER,
         "`28/09/2017` instead of `2017-09-28`; `2019-09-28` for 28 September 2017",
         severity="warning", after=("GRM002",)),
    Rule("GRM025", "date that its words do not say", _contradicted,
         "The dates of an event follow from its DATE arguments, seen from the day on which the article"
         " was published, and are the first and last day of a unit of their precision; an event"
         " without such an argument has none.", REBUILD,
         "`2017-09-28` in the argument, 27 September in date_start; a Tuesday of the week before; a"
         " `day` of 400 days",
         after=("GRM002", "GRM008", "GRM009", "GRM010", "GRM013", "GRM016", "GRM023", "GRM024",
                "GRM030", "SPN001", "SPN002", "SPN003", "SPN012", "SPN017", "SPN020", "SPN025",
                "SPN030", "SPN031", "KEY018")),
    Rule("GRM026", "mentions of one event differ in date", _two_dates,
         "What happened on two days is two events.", ENTER, severity="warning",
         after=("GRM007", "GRM008", "GRM009", "GRM025", "KEY001", "KEY005")),
    Rule("GRM027", "mentions of one event differ in participants", _other_people,
         "What quite other people did is another event.", ENTER, severity="warning",
         after=("GRM002", "GRM007", "KEY001", "KEY005", "KEY013", "KEY016")),
    Rule("GRM028", "event that took place and did not", _denied,
         "Mentions of one event agree on whether it took place.", ENTER, severity="warning",
         after=("GRM007", "KEY001", "KEY005")),
    Rule("GRM029", "past event after its article", _to_come,
         "What is told as past cannot have happened after the article was published.", ENTER,
         severity="warning", after=("GRM008", "GRM010", "GRM025", "GRM030", "KEY015")),
    Rule("GRM030", "published when it cannot have been", _published_late,
         "An article cannot be published after the release that holds it, nor before there were"
         " newspapers.",
         "Correct how the page's date is read, and build again."),
)  # fmt: skip
