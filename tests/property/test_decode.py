"""Whatever an export holds, decoding gives findings and never an exception."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_builder.assemble.codes import Place
from dataset_builder.assemble.decode import decode
from dataset_builder.assemble.entries import read_entries
from dataset_builder.ontology import mode_control
from dataset_builder.validate.inputs import CODES
from tests.factory import registries

ONTOLOGY = registries().ontology
PLACE = Place("0123456789abcdef")
TEXT = "Erdoğan 🇹🇷 met بوتين in Köln. They agreed."
IDS = st.sampled_from(["a", "b", "c", "d", "e", "gone"])
LABELS = st.sampled_from([*ONTOLOGY.span_labels, "PERSON"])
NAMES = st.sampled_from(
    ["tense", "context", "actor_id", "timex3", "expression", "relevance", mode_control("CONSULT")]
)
VALUES = st.lists(
    st.sampled_from(["PAST", "FUTURE", "visit", "erdogan", "military", "stated", "relevant", "?"]),
    max_size=3,
)
OFFSETS = st.integers(-2, len(TEXT) + 2)


@st.composite
def span(draw):
    start, end = draw(OFFSETS), draw(OFFSETS)
    words = TEXT[max(start, 0) : max(end, 0)]
    value = {"start": start, "end": end, "text": words, "labels": [draw(LABELS)]}
    return {"type": "labels", "from_name": "span", "id": draw(IDS), "value": value}


FIELDS = st.builds(
    lambda region, name, values: {
        "type": "choices",
        "from_name": name,
        "id": region,
        "value": {"choices": values},
    },
    IDS,
    NAMES,
    VALUES,
)
ARROWS = st.builds(
    lambda tail, head, way: {
        "type": "relation",
        "from_id": tail,
        "to_id": head,
        "direction": way,
    },
    IDS,
    IDS,
    st.sampled_from(["left", "right", "bi"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=3,
)
VALUE = JSON | st.dictionaries(st.sampled_from(["start", "end", "text", "labels"]), JSON)
FOREIGN = st.fixed_dictionaries(
    {"type": st.sampled_from(["labels", "relation", "choices", "textarea"]) | JSON},
    optional={
        "id": IDS | JSON,
        "from_name": NAMES | JSON,
        "value": VALUE,
        "from_id": IDS | JSON,
        "to_id": IDS | JSON,
        "direction": JSON,
    },
)
ITEMS = st.lists(span() | FIELDS | ARROWS, max_size=20)


# Arbitrary JSON is slow to draw on a busy machine, which is no defect of the code under test.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FOREIGN, max_size=4))
def test_any_json_is_read(result):
    entries, findings = read_entries(result, TEXT, PLACE)
    _, found = decode(entries, ONTOLOGY, PLACE)
    assert {finding.code for finding in [*findings, *found]} <= CODES.keys()


@given(ITEMS)
def test_what_is_decoded_keeps_the_rules(result):
    entries, _ = read_entries(result, TEXT, PLACE)
    decoded, findings = decode(entries, ONTOLOGY, PLACE)
    regions = {region.id: region for region in decoded.regions}
    for region in decoded.regions:
        assert region.text == TEXT[region.start : region.end]
        assert region.label in ONTOLOGY.span_labels
    for trigger in decoded.triggers:
        kind = ONTOLOGY.by_type[trigger.region.label]
        assert set(trigger.modes) <= set(kind.modes)
        roles = {argument.role for argument in trigger.arguments}
        assert trigger.usable == (
            bool(roles & {"ACTOR", "RECIPIENT"}) and set(kind.requires) <= roles
        )
        ends = [(a.role, a.region.id) for a in trigger.arguments]
        assert len(ends) == len(set(ends))
        # One mention of an actor is never both who did it and whom it was done to.
        did = {region for role, region in ends if role == "ACTOR"}
        assert not did & {region for role, region in ends if role == "RECIPIENT"}
        assert regions[trigger.chain].label == trigger.region.label
        assert regions[trigger.chain].order <= trigger.region.order
    for stance in decoded.stances:
        assert {region.label for region in stance.holders} <= {"ACTOR"}
        assert {region.label for region in stance.targets} <= {"ACTOR", "ISSUE"}
        assert not stance.usable or stance.targets
    noted = {finding.ids.get("region_id") for finding in findings}
    left_out = [*decoded.triggers, *decoded.stances]
    assert {item.region.id for item in left_out if not item.usable} <= noted


@given(ITEMS)
def test_every_distinct_thing_entered_is_an_entry(result):
    entries, findings = read_entries(result, TEXT, PLACE)
    given_ids = {item["id"] for item in result if item["type"] == "labels"}
    assert {entry.region_id for entry in entries if entry.kind == "span"} == given_ids
    arrows = {(i["from_id"], i["to_id"]) for i in result if i["type"] == "relation"}
    assert {(e.from_id, e.to_id) for e in entries if e.kind == "arrow"} == arrows
    keys = [(e.kind, e.region_id, e.name, e.from_id, e.to_id) for e in entries]
    assert len(keys) == len(set(keys))
    assert {finding.code for finding in findings} <= {"SPN201", "SPN202", "KEY208"}


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_fields_and_arrows_does_not_matter(result, random):
    spans = list({item["id"]: item for item in result if item["type"] == "labels"}.values())
    rest = [item for item in result if item["type"] != "labels"]
    shuffled = [*spans, *rest]
    random.shuffle(shuffled)
    one, _ = decode(read_entries([*spans, *rest], TEXT, PLACE)[0], ONTOLOGY, PLACE)
    other, _ = decode(read_entries(shuffled, TEXT, PLACE)[0], ONTOLOGY, PLACE)
    assert [(t.region.id, t.arguments, t.chain) for t in one.triggers] == [
        (t.region.id, t.arguments, t.chain) for t in other.triggers
    ]
    assert [(s.region.id, s.holders, s.targets) for s in one.stances] == [
        (s.region.id, s.holders, s.targets) for s in other.stances
    ]
