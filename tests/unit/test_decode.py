"""Golden cases: each file in `tests/golden/decode` is one annotation and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dataset_builder.assemble.codes import Place
from dataset_builder.assemble.decode import Stance, Trigger, decode
from dataset_builder.assemble.entries import read_entries
from dataset_builder.validate.findings import FAMILIES
from dataset_builder.validate.inputs import CODES
from tests.annotated import items
from tests.factory import registries

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Finding

CASES = sorted((Path(__file__).parents[1] / "golden" / "decode").iterdir())


def event_line(trigger: Trigger) -> str:
    attributes = " ".join(trigger.attributes.values())
    parts = [f'{trigger.region.label} "{trigger.region.text}" {attributes}']
    parts += [f"mode={mode}" for mode in trigger.modes]
    parts += [f"context={name}" for name in trigger.contexts]
    parts += [f'{item.role}="{item.region.text}"' for item in trigger.arguments]
    if trigger.chain != trigger.region.id:
        parts.append(f"same as {trigger.chain}")
    return " ".join(parts) + ("" if trigger.usable else " (left out)")


def stance_line(stance: Stance) -> str:
    holders = " + ".join(region.text for region in stance.holders) or "the author"
    targets = " + ".join(region.text for region in stance.targets)
    line = f'{holders} {stance.region.label} {targets}: "{stance.region.text}" {stance.expression}'
    return line + ("" if stance.usable else " (left out)")


def finding_line(finding: Finding) -> str:
    where = [finding.ids[key] for key in ("region_id", "from_id", "to_id") if key in finding.ids]
    cause = [f"because of {finding.caused_by}"] if finding.caused_by else []
    return " ".join([finding.code, *where, *cause])


def test_there_are_cases():
    assert len(CASES) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_case(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = case["text"]
    result = items(text, case.get("spans", {}), case.get("arrows", ()), case.get("article"))
    ontology = registries().ontology
    place = Place("0123456789abcdef")
    entries, findings = read_entries([*result, *case.get("raw", ())], text, place)
    decoded, found = decode(entries, ontology, place)
    got = {
        "events": [event_line(trigger) for trigger in decoded.triggers],
        "stances": [stance_line(stance) for stance in decoded.stances],
        "findings": sorted(finding_line(item) for item in [*findings, *found]),
    }
    expected = {"events": [], "stances": [], "findings": [], **case["expect"]}
    assert got == expected


def test_the_order_of_the_items_does_not_matter():
    for path in CASES:
        case = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "raw" in case:  # of two items with one id the first counts
            continue
        text = case["text"]
        result = items(text, case.get("spans", {}), case.get("arrows", ()), case.get("article"))
        ontology, place = registries().ontology, Place("0123456789abcdef")
        forward, _ = decode(read_entries(result, text, place)[0], ontology, place)
        backward, _ = decode(read_entries(result[::-1], text, place)[0], ontology, place)
        assert forward == backward


def test_every_code_is_titled_and_of_a_known_family():
    for code, entry in CODES.items():
        assert code[:3] in FAMILIES
        assert int(code[3:]) > 100
        assert entry.title


def test_messages_carry_no_control_characters():
    text = "Putin \x1b[31mmet\x07 Erdogan."
    spans = {"a1": {"label": "ACTOR", "words": "\x1b[31mmet\x07"}}
    entries, _ = read_entries(items(text, spans), text, Place("0123456789abcdef"))
    _, findings = decode(entries, registries().ontology, Place("0123456789abcdef"))
    assert [finding.code for finding in findings] == ["GRM206"]
    assert findings[0].message.isprintable()
    assert "met" in findings[0].message


def test_lone_surrogates_do_not_reach_the_tables():
    raw = {
        "id": "x", "from_name": "comment", "to_name": "text", "type": "textarea",
        "value": {"text": ["half a \ud83d face"]},
    }  # fmt: skip
    entries, _ = read_entries([raw], "text", Place("0123456789abcdef"))
    assert entries[0].values == ("half a ? face",)
