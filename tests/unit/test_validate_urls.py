"""Addresses of pages: what `clean` makes of them, and what the validator says of others."""

from __future__ import annotations

import polars as pl
import pytest

from dataset_builder.clean.metadata.addresses import clean_url
from dataset_builder.validate.run import validate_release
from dataset_builder.validate.urls import OWN, PAGE, USER
from tests.factory import make_release, make_world, registries

BASE = "https://news.example.org/a"


def codes(*urls):
    """Per address the codes of the rules that it breaks."""
    url = pl.col("url")
    frame = pl.DataFrame({"url": list(urls)}).select(
        page=url.str.contains(PAGE), user=url.str.contains(USER), own=url.str.contains(OWN)
    )
    return [("KEY032",) * (not page) + ("KEY033",) * own for page, _, own in frame.iter_rows()]


@pytest.mark.parametrize(
    ("url", "cleaned", "told"),
    [
        (BASE, BASE, ()),
        ("http://m.news.example.org:8080/a/b.html?id=7&x=a@b", None, ()),
        ("https://münchen.example/straße?q=%C3%BC", None, ()),
        ("https://93.184.216.34/a", None, ()),
        (f"{BASE}?session=42&sid=1234&token=article", None, ()),
        ("https://social.example/@jane.doe@example.org/1", None, ()),
        ("https://anna:secret@news.example.org/a", BASE, ("KEY032",)),
        ("https://anna@news.example.org/a", BASE, ("KEY032",)),
        ("javascript:alert(1)", "", ("KEY032",)),
        ("file:///home/anna/a.html", "", ("KEY032",)),
        ("data:text/html,x", "", ("KEY032",)),
        ("ftp://news.example.org/a", "", ("KEY032",)),
        ("https://localhost/a", "", ("KEY032",)),
        ("/a/b.html", "", ("KEY032",)),
        ("", "", ("KEY032",)),
        (f"{BASE}?PHPSESSID=0123456789abcdef", BASE, ("KEY033",)),
        (f"{BASE};jsessionid=1A2B3C", BASE, ("KEY033",)),
        (f"{BASE}?sid={'0f' * 16}&b=1", f"{BASE}?b=1", ("KEY033",)),
        (f"{BASE}?b=1&access_token=x", f"{BASE}?b=1", ("KEY033",)),
        (f"{BASE}?b=1&X-Amz-Signature=0f", f"{BASE}?b=1", ("KEY033",)),
        (f"{BASE}?email=jane.doe@example.org", BASE, ("KEY033",)),
        (f"{BASE}?u=jane%40example.org&b=1", f"{BASE}?b=1", ("KEY033",)),
    ],
)  # fmt: skip
def test_what_is_cleaned_passes(url, cleaned, told):
    """`cleaned`: None where it stays as it is, empty where nothing is left."""
    assert clean_url(url) == (url if cleaned is None else cleaned or None)
    assert codes(url) == [told]
    assert codes(clean_url(url) or BASE) == [()]


def test_a_password_is_not_repeated(tmp_path):
    rows = make_world(n_articles=3).rows
    row = rows["articles", "train"][0]
    row["url"] = "https://anna:secret@news.example.org/a?PHPSESSID=0123456789abcdef"
    report = validate_release(make_release(tmp_path, rows=rows), ontology=registries().ontology)
    assert report.counts == {"KEY032": 1, "KEY033": 1}
    found, later = report.findings
    assert (found.severity, found.ids["article_id"]) == ("error", row["article_id"])
    assert (later.severity, later.caused_by) == ("warning", "KEY032")
    assert "secret" not in repr(report)
    assert "0123456789" not in repr(report)
