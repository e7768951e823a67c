"""What the validator works out again, contexts and dates, is what assembling makes."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pyarrow as pa
import pytest

from dataset_builder.validate.run import validate_release
from tests.annotated import annotation, article, items, task
from tests.assembling import RELEVANT, build
from tests.factory import make_release, registries
from tests.mutations.disk import edit_manifest, rewrite
from tests.withholding import withhold

TEXT = (
    "Erdogan spoke. Turkey condemned the vote. It rained. Nobody came. Putin stayed in Ankara since"
    " Monday. Assad will meet Iran on Friday or next week. Iran fights Turkey this month. Since 2011"
    " Russia has threatened the US.\n\nThe US criticised Assad on 28 September 2017. They met in May."
)
ACTORS = ("Erdogan", "Turkey", "Putin", "Assad", "Iran", "Russia", "the US", "The US", "They")
CHOSEN = {"They": ["tur"]}
TRIGGERS = {
    "stayed": ("CONSULT", "PRESENT"),
    "meet": ("CONSULT", "FUTURE"),
    "fights": ("ASSAULT", "PRESENT"),
    "threatened": ("THREATEN", "PAST"),
    "criticised": ("ACCUSE", "PAST"),
    "met": ("CONSULT", "UNSPECIFIED"),
}
DATES = {
    "Monday": "XXXX-WXX-1",
    "Friday": "XXXX-WXX-5",
    "next week": "XXXX-WXX",
    "this month": "XXXX-XX",
    "Since 2011": "2011",
    "28 September 2017": "2017-09-28",
    "May": "XXXX-05",
}
MONDAY = dt.datetime(2020, 3, 2, 9, tzinfo=dt.UTC)
ARROWS = [
    ("Putin", "stayed"), ("stayed", "Monday"), ("Assad", "meet"), ("meet", "Iran"),
    ("meet", "Friday"), ("meet", "next week"), ("Iran", "fights"), ("fights", "Turkey"),
    ("fights", "this month"), ("Russia", "threatened"), ("threatened", "the US"),
    ("threatened", "Since 2011"), ("The US", "criticised"), ("criticised", "Assad"),
    ("criticised", "28 September 2017"), ("They", "met"), ("met", "May"),
    ("Erdogan", "condemned"), ("condemned", "vote"), ("Russia", "rained"), ("rained", "vote"),
]  # fmt: skip
STANCES = {"condemned": "against", "rained": "favor"}


def marked(text):
    spans = {words: {"label": "ACTOR", "words": words} for words in ACTORS}
    spans |= {
        words: {"label": label, "words": words, "fields": {"tense": [tense]}}
        for words, (label, tense) in TRIGGERS.items()
    }
    spans |= {
        words: {"label": "DATE", "words": words, "fields": {"timex3": [value]}}
        for words, value in DATES.items()
    }
    spans |= {words: {"label": label, "words": words} for words, label in STANCES.items()}
    spans["vote"] = {
        "label": "ISSUE", "words": "the vote", "fields": {"issue_id": ["kurdistan_referendum"]},
    }  # fmt: skip
    for words, ids in CHOSEN.items():
        spans[words]["fields"] = {"actor_id": ids}
    ids = {words: f"r{number}" for number, words in enumerate(spans)}
    arrows = [(ids[tail], ids[head]) for tail, head in ARROWS]
    return items(text, {ids[words]: span for words, span in spans.items()}, arrows, RELEVANT)


def released(folder, day=MONDAY, basis="stated"):
    here = article(TEXT, published_at=day, published_basis=basis)
    found = build([here], [task(here, annotation("draft-1", marked(TEXT)))], derived_neutrals=9)
    return make_release(folder, tables={(name, "train"): t for name, t in found.tables.items()})


def counted(release, *codes):
    report = validate_release(release, ontology=registries().ontology, select=codes)
    return {code: n for code, n in report.counts.items() if code in codes}, report.skipped


@pytest.mark.parametrize("text", ["full", "withheld"])
@pytest.mark.parametrize(
    ("day", "basis"),
    [
        (MONDAY, "stated"),
        (dt.datetime(2020, 3, 6, 23, 59, tzinfo=dt.UTC), "metadata"),
        (dt.datetime(1, 1, 3, tzinfo=dt.UTC), "metadata"),
        (None, "none"),
    ],
)
def test_what_is_assembled_has_no_findings(day, basis, text, tmp_path):
    release = released(tmp_path, day, basis)
    release = withhold(release) if text == "withheld" else release
    assert counted(release, "SPN035", "GRM025") == ({}, ())


def test_the_article_has_what_is_hard(tmp_path):
    """Contexts over several sentences, over too many and of none annotated; open ends; dates of each
    basis and precision."""
    release = released(tmp_path)
    events, stances = (pl.read_parquet(release / f"{t}/*.parquet") for t in ("events", "stance"))
    evidence = pl.col("evidence").struct.field("text")
    contexts = dict(stances.drop_nulls("evidence").select(evidence, words="text").rows())
    assert contexts == {
        "condemned": "Erdogan spoke. Turkey condemned the vote.",
        "rained": "It rained.",
    }
    assert stances["evidence"].is_null().any()
    dates = dict(
        zip(
            events["trigger"].struct.field("text"),
            events.select("date_start", "date_end").rows(),
            strict=True,
        )
    )
    assert dates == {
        "stayed": (dt.date(2020, 3, 2), None),
        "meet": (dt.date(2020, 3, 6), dt.date(2020, 3, 6)),
        "fights": (dt.date(2020, 3, 1), dt.date(2020, 3, 31)),
        "threatened": (dt.date(2011, 1, 1), None),
        "criticised": (dt.date(2017, 9, 28), dt.date(2017, 9, 28)),
        "met": (dt.date(2020, 5, 1), dt.date(2020, 5, 31)),
    }


def changed(release, table, **columns):
    """The release with other values in the first row of a table."""
    at = columns.pop("row", 0)

    def change(rows):
        for name, value in columns.items():
            values = rows[name].to_pylist()
            values[at] = value(values[at]) if callable(value) else value
            kind = rows.schema.field(name).type
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(name), pa.array(values, kind))
        return rows

    rewrite(release, table, change, "train")
    return release


@pytest.mark.parametrize("table", ["stance", "events"])
def test_a_context_is_found_by_its_start_where_the_text_is_withheld(table, tmp_path):
    release = withhold(released(tmp_path))
    changed(release, table, context_start=lambda start: start + 1)
    assert counted(release, "SPN035") == ({"SPN035": 1}, ())


def test_dates_are_judged_by_the_article_and_not_by_what_the_row_copied_of_it(tmp_path):
    release = changed(released(tmp_path), "events", published_at=None)
    assert counted(release, "GRM025") == ({}, ())


def earlier(release):
    """The release with what it says of its schema version put back."""
    edit_manifest(release, lambda data: data.update(schema_version="1"))
    return release


def test_what_may_change_with_the_schema_version_is_judged_of_todays_alone(tmp_path):
    later = dt.timedelta(7)
    release = released(tmp_path)
    for row in range(len(TRIGGERS)):
        changed(release, "events", row=row, date_start=lambda day: day - later)
    changed(release, "stance", text=TEXT, context_start=0)
    assert counted(release, "SPN035", "GRM025")[0] == {"GRM025": len(TRIGGERS), "SPN035": 1}
    # All but one are no units of their precision, or not what the years in the text say.
    assert counted(earlier(release), "SPN035", "GRM025") == ({"GRM025": 5}, ("SPN035",))
