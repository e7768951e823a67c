"""The report for a person and the one for a program, and the exit code."""

from __future__ import annotations

import json

import pytest

from dataset_builder.terminal import colours
from dataset_builder.validate.findings import Finding
from dataset_builder.validate.quote import quote
from dataset_builder.validate.report import as_json, as_text, findings_as_text
from dataset_builder.validate.run import Report

SHIFTED = Finding(
    "SPN001", "error", "evidence at 4:9 does not say it: shifted by +1", "stance", "train", 3,
    {"article_id": "ab", "stance_id": "cd"}, "Putin", " Puti", "Find out.",
    quote=quote("Then Putin spoke.", 4, 9, "evidence"),
)  # fmt: skip
FOLLOWING = Finding(
    "SPN005", "error", "evidence is elsewhere", "stance", "train", 3, caused_by="SPN001"
)
DOUBT = Finding("GRM015", "warning", "both ways", "stance", "test", 0)


def report(*findings, known=None, **counts):
    exact = {finding.code: 1 for finding in findings} | counts
    return Report("releases/1.0.0", "1.0.0", 99, exact, findings, known=known)


@pytest.mark.parametrize(
    ("findings", "normal", "strict"),
    [((), 0, 0), ((DOUBT,), 0, 1), ((SHIFTED,), 1, 1), ((SHIFTED, DOUBT), 1, 1)],
)
def test_exit_code(findings, normal, strict):
    made = report(*findings)
    assert (made.exit_code(), made.exit_code(strict=True)) == (normal, strict)
    assert made.ok is (normal == 0)


def test_json_has_the_documented_keys_in_order():
    read = json.loads(as_json(report(SHIFTED, FOLLOWING)))
    assert list(read) == ["path", "version", "rules", "skipped", "counts", "findings"]
    assert read["rules"] == 99
    assert list(read["findings"][0]) == [
        "code", "severity", "table", "split", "row", "ids", "expected", "found", "message", "fix",
        "caused_by",
    ]  # fmt: skip
    assert read["findings"][0]["ids"] == {"article_id": "ab", "stance_id": "cd"}
    assert read["findings"][1]["caused_by"] == "SPN001"


def test_json_counts_stay_exact_when_the_list_is_capped():
    read = json.loads(as_json(report(SHIFTED, FOLLOWING, SPN001=41), limit=1))
    assert read["counts"] == {"SPN001": 41, "SPN005": 1}
    assert len(read["findings"]) == 1


def test_json_says_what_the_baseline_knows_when_there_is_one():
    assert json.loads(as_json(report(known={"SPN001": 2})))["known"] == {"SPN001": 2}


def test_text_names_place_values_reason_and_remedy_and_marks_the_span():
    lines = as_text(report(SHIFTED)).splitlines()
    assert lines == [
        "SPN001 span does not match the text: 1 error",
        f"  stance/train row 3 (article_id ab, stance_id cd): {SHIFTED.message}",
        "      | Then>> Puti<<n spoke.",
        "      expected: Putin",
        "      found:     Puti",
        lines[5],
        "  fix: Find out.",
        "",
        "releases/1.0.0 (version 1.0.0): 1 error; 99 rules",
    ]
    assert lines[5].startswith("  why: `text[start:end]` must be the words of the span")


def test_text_says_why_and_what_to_do_once_per_rule():
    text = as_text(report(*[SHIFTED] * 3, SPN001=3))
    assert text.count("  why: ") == text.count("  fix: ") == 1


def test_text_says_different_remedies_at_their_places():
    other = Finding("SPN001", "error", "x", "stance", "train", 4, fix="Another way.")
    text = as_text(report(SHIFTED, other, SPN001=2))
    assert "      -> Find out.\n" in text
    assert "      -> Another way.\n" in text
    assert "  fix: " not in text


def test_text_says_what_follows_from_what_after_its_cause():
    later = Finding("SPN005", "error", "by itself", "stance", "train", 9)
    text = as_text(report(SHIFTED, FOLLOWING, later, SPN005=2))
    assert "evidence is elsewhere [follows from SPN001]" in text
    assert text.index("by itself") < text.index("evidence is elsewhere")
    assert "3 errors, 1 of them follow from others; 99 rules" in text


def test_text_caps_the_places_and_counts_the_rest():
    many = [Finding("SPN001", "error", f"number {n}", "stance", "train", n) for n in range(5)]
    text = as_text(report(*many, SPN001=1234), limit=2)
    assert "SPN001 span does not match the text: 1234 errors" in text
    assert "number 1" in text
    assert "number 2" not in text
    assert "... and 1232 more" in text
    assert text.endswith(": 1234 errors; 99 rules\n")


def test_text_counts_what_is_not_listed_at_all():
    assert "SPN001 span does not match the text: 7 errors\n  ... and 7 more" in as_text(
        report(SPN001=7)
    )


def test_text_without_findings():
    assert as_text(report()) == "releases/1.0.0 (version 1.0.0): no findings; 99 rules\n"
    known = as_text(report(known={"SPN001": 2, "KEY003": 1}))
    assert known.endswith(": no findings, 3 more known from the baseline; 99 rules\n")


def test_colour_only_when_asked():
    assert "\x1b[" not in as_text(report(SHIFTED, DOUBT))
    shown = as_text(report(SHIFTED), colour=True)
    assert "\x1b[31m1 error\x1b[0m" in shown
    assert "Then\x1b[4m>> Puti<<\x1b[0mn spoke." in shown


@pytest.mark.parametrize(
    ("terminal", "env", "expected"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_need_a_terminal_that_wants_them(terminal, env, expected, monkeypatch):
    import os
    import pty

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    ends = pty.openpty() if terminal else os.pipe()
    with os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "w") as stream:
        assert colours(stream) is expected


def test_findings_of_no_report_are_a_line_each():
    odd = Finding("SCH105", "error", "a\nb \x1b[2J", "exports/x", row=2, fix="Mend it.")
    assert findings_as_text([odd, DOUBT]).splitlines() == [
        "error SCH105 exports/x row 2: a\\x0ab \\x1b[2J",
        "  -> Mend it.",
        "warning GRM015 stance/test row 0: both ways",
    ]


TEXT = "Erster Satz.\n\nDer Präsident q\u0303 أعلن 👩\u200d👩\u200d👧 heute.\n\nLetzter."


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (18, 27, "Der >>Präsident<< q\u0303 أعلن 👩\u200d👩\u200d👧 heute."),
        # a mark, or a part of an emoji, does not climb on the sign before it
        (28, 29, "Der Präsident >>q<<\u25cc\u0303 أعلن 👩\u200d👩\u200d👧 heute."),
        (29, 30, "Der Präsident q>>\u25cc\u0303<< أعلن 👩\u200d👩\u200d👧 heute."),
        (31, 35, "Der Präsident q\u0303 >>أعلن<< 👩\u200d👩\u200d👧 heute."),
        (36, 37, "Der Präsident q\u0303 أعلن >>👩<<\\u200d👩\u200d👧 heute."),
        # lines stay lines
        (0, 12, ">>Erster Satz.<<"),
        (7, 17, "Erster >>Satz.\\x0a\\x0aDer<< Präsident q\u0303 أعلن 👩\u200d👩\u200d👧 heute."),
        # offsets that hold nothing
        (30, 18, "Der Präsident q\u0303>><< أعلن 👩\u200d👩\u200d👧 heute."),
        (990, 999, "Letzter.>><<"),
        (-5, 2, ">>Er<<ster Satz."),
    ],
)
def test_a_span_is_marked_in_its_line(start, end, shown):
    found = quote(TEXT, start, end, "evidence")
    assert found.marked() == shown
    assert (found.column, found.start, found.end) == ("evidence", start, end)


def test_a_context_begins_somewhere_in_the_article():
    assert quote("Der Präsident", 104, 113, "trigger", first=100).marked() == "Der >>Präsident<<"


def test_long_lines_and_long_spans_are_cut_between_characters():
    text = "q\u0303" * 60 + "X" * 400 + "q\u0303" * 60
    found = quote(text, 120, 520, "evidence")
    assert found.before == "…" + "q\u0303" * 25
    assert found.after == "q\u0303" * 25 + "…"
    assert found.words == f"{'X' * 50} … {'X' * 50}"
    assert quote("a" + text, 121, 521, "evidence").before == "…" + "q\u0303" * 25
    assert quote(text, 119, 519, "evidence").before == "…" + "q\u0303" * 24 + "q"
