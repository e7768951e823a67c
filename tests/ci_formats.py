"""Reads back what `validate` writes for CI servers, as strictly as they do."""

from __future__ import annotations

import functools
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

SCHEMAS = Path(__file__).parent / "schemas"


class Command(NamedTuple):
    """A workflow command of GitHub Actions."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """What the runner of GitHub takes for commands in a log, in both of its syntaxes.

    `::name key=value,...::data` counts where a line begins, after white space; `##[name ...]data`
    counts anywhere, and so do the `##vso[` of Azure and the `##teamcity[` of TeamCity.
    """
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"\s*::([^\s:]+)(?: ([^\n]*?))?::(.*)", line)
        if match:
            name, given, data = match.groups()
            pairs = (pair.partition("=") for pair in (given or "").split(",") if pair)
            properties = {key: _unescape(value, more=True) for key, _, value in pairs}
            found.append(Command(name, properties, _unescape(data)))
        found += [Command(name, {}, line) for name in re.findall(r"##(\w*)\[", line)]
    return found


def _unescape(text: str, *, more: bool = False) -> str:
    codes = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if more else {}), "%25": "%"}
    return re.sub("%0D|%0A|%3A|%2C|%25", lambda code: codes.get(code[0], code[0]), text)


@functools.cache
def _sarif_validators() -> list[Any]:
    import jsonschema

    files = [SCHEMAS / "sarif-2.1.0-used.json"]
    if "SARIF_SCHEMA" in os.environ:
        files.append(Path(os.environ["SARIF_SCHEMA"]))
    schemas = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return [jsonschema.validators.validator_for(schema)(schema) for schema in schemas]


def sarif(text: str) -> dict[str, Any]:
    """The run of a SARIF file that is valid and whose parts fit together."""
    log = json.loads(text)
    for validator in _sarif_validators():
        validator.validate(log)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        messages = [result["message"], *(r["message"] for r in result.get("relatedLocations", ()))]
        assert not any(re.search(r"\[[^\]]*\]\(", message["text"]) for message in messages)
    return run


@functools.cache
def _junit_schema() -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))


def junit(text: str) -> dict[str, Any]:
    """Every test case of a JUnit file by its code, as a library for them reads it."""
    from junitparser import JUnitXml
    from lxml import etree

    _junit_schema().assertValid(etree.fromstring(text.encode()))
    whole = JUnitXml.fromstring(text.encode())
    cases = {case.name.split()[0]: case for suite in whole for case in suite}
    assert whole.tests == len(cases) == sum(suite.tests for suite in whole)
    for count, tag in (("failures", "failure"), ("errors", "error")):
        assert getattr(whole, count) == text.count(f"<{tag} ")
        assert sum(getattr(suite, count) for suite in whole) == getattr(whole, count)
    return cases


def raw_controls(text: str) -> list[str]:
    """Characters that steer a terminal or hide in a text; line ends and joiners are none."""
    return [
        char
        for char in text
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        and char not in "\n\u200c\u200d"
    ]
