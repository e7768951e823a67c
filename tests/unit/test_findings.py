"""Findings: what they say of a place, and that no text of a page reaches a terminal raw."""

from __future__ import annotations

import re

import pytest

from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import BY_CODE, RULES
from dataset_builder.validate.findings import FAMILIES, Finding
from dataset_builder.validate.inputs import CODES


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ({"table": "stance", "split": "train", "row": 3}, "stance/train row 3"),
        ({"table": "stance", "split": "train"}, "stance/train"),
        ({"table": "README.md", "row": 7}, "README.md row 7"),
        ({"table": "README.md"}, "README.md"),
        ({}, ""),
    ],
)
def test_a_place_reads_as_a_person_writes_it(where, place):
    assert Finding("SPN001", "error", "x", **where).place == place


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("مرحبا 👩\u200d👩\u200d👧 q\u0303", "مرحبا 👩\u200d👩\u200d👧 q\u0303"),
        ("\ud800", "\\ud800"),
    ],
)
def test_nothing_that_steers_a_terminal_is_printed(raw, shown):
    assert printable(raw) == shown


def test_long_text_is_cut():
    assert printable("x" * 200, 10) == "x" * 9 + "…"


def test_codes_have_a_family_and_a_number():
    for code in BY_CODE:
        assert re.fullmatch(rf"({'|'.join(FAMILIES)})[0-9]{{3}}", code)


def test_codes_of_releases_and_of_inputs_are_apart():
    assert not set(BY_CODE) & set(CODES)
    assert len(BY_CODE) == len(RULES) + 1


def test_rules_are_told_in_full():
    for rule in BY_CODE.values():
        for text in (rule.explanation, rule.fix):
            assert text.endswith("."), rule.code
        assert rule.title
        assert not rule.title.endswith("."), rule.code


def test_causes_are_rules():
    for rule in RULES:
        assert set(rule.after) <= set(BY_CODE) - {rule.code}
