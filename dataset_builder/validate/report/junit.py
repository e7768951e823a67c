"""`junit`: XML for the test tab of a CI server. A rule is a test, its places are the failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dataset_builder.printable import printable
from dataset_builder.validate.catalogue import CRASHED, title_of
from dataset_builder.validate.findings import FAMILIES
from dataset_builder.validate.report.grouped import LONGEST, grouped, quiet
from dataset_builder.validate.report.text import places

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from dataset_builder.validate.report.grouped import Group
    from dataset_builder.validate.run import Report

PLACES: Final = 100
"""Places of one rule that are written."""
NOT_JUDGED: Final = "what it needs is not there, damaged, or (VER) not given with --previous"


def as_junit(report: Report, *, strict: bool = False) -> str:
    """A `testsuite` per family with a `testcase` per rule that ran, as Jenkins reads them.

    Warnings are the output of a test that passes, or with `strict` its failure. A rule that could
    not judge is skipped, one that broke is an error. There are no times: equal findings give equal
    bytes.
    """
    from xml.etree import ElementTree as ET

    groups = {group.code: group for group in grouped(report)}
    codes = sorted({*report.codes, *groups})
    whole = ET.Element("testsuites", name="dataset-builder validate")
    for family, title in FAMILIES.items():
        mine = [code for code in codes if code.startswith(family)]
        if not mine:
            continue
        suite = ET.SubElement(whole, "testsuite", name=f"{family} {title}")
        properties = ET.SubElement(suite, "properties")
        for name, value in (("path", report.path), ("version", report.version or "")):
            shown = quiet(printable(value, LONGEST))
            ET.SubElement(properties, "property", name=name, value=shown)
        for code in mine:
            group = groups.get(code)
            case = ET.SubElement(
                suite, "testcase", classname=f"validate.{family}", name=f"{code} {title_of(code)}"
            )
            if group is not None:
                _outcome(case, group, strict)
            elif code in report.skipped:
                ET.SubElement(case, "skipped", message=NOT_JUDGED)
        _count(suite, suite)
    _count(whole, whole)
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, "unicode") + "\n"


def _outcome(case: Element, group: Group, strict: bool) -> None:
    from xml.etree import ElementTree as ET

    body = [*places(group, PLACES)]
    body += [f"  why: {group.why}"] if group.why else []
    body += [quiet(f"  fix: {group.fix}")] if group.fix else []
    if group.severity == "warning" and not strict:
        out = ET.SubElement(case, "system-out")
        out.text = "\n".join((f"{group.name}: {group.told}", *body))
        return
    name = "error" if group.code == CRASHED.code else "failure"
    told = ET.SubElement(case, name, message=f"{group.title}: {group.told}", type=group.code)
    told.text = "\n".join(("", *body, ""))


def _count(element: Element, within: Element) -> None:
    """State how many tests there are, and how they ended."""
    for plural, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        if plural != "skipped" or within.tag == "testsuite":  # of all suites it is no attribute
            element.set(plural, str(sum(1 for _ in within.iter(tag))))
