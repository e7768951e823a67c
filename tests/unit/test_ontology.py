"""The declaration of labels: what is in them, and what is refused."""

from pathlib import Path

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.ontology import load_ontology

ROOT = Path(__file__).parents[2]
ONTOLOGY = ROOT / "schemas" / "ontology.yaml"


@pytest.fixture(scope="module")
def ontology():
    return load_ontology(ONTOLOGY)


def test_vocabularies_are_those_of_the_scheme(ontology):
    assert len(ontology.event_types) == 16
    assert len(ontology.contexts) == 37
    assert ontology.names("role") == ("ACTOR", "RECIPIENT", "LOCATION", "DATE")
    assert ontology.names("stance_label") == ("neutral", "against", "favor")
    assert ontology.names("stance_vote") == ("unmarked", "neutral", "against", "favor")
    assert ontology.names("expression")[0] == "none"
    assert ontology.names("date_precision")[0] == "unknown"


def test_quads_are_four_four_three_five(ontology):
    # SANCTION is material conflict, as in its own section of the manual.
    assert ontology.by_type["SANCTION"].quad == "material_conflict"
    quads = [kind.quad for kind in ontology.event_types]
    assert {quad: quads.count(quad) for quad in ontology.names("quad")} == {
        "verbal_cooperation": 4,
        "material_cooperation": 3,
        "verbal_conflict": 4,
        "material_conflict": 5,
    }


def test_only_three_types_require_a_recipient(ontology):
    required = {kind.name for kind in ontology.event_types if kind.requires}
    assert required == {"COOPERATE", "AID", "SANCTION"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("name: CONSULT", "name: AGREE", "declared twice"),
        ("name: AGREE", "name: 'AG REE'", "is no name"),
        ("default: POSITIVE", "default: MAYBE", "default MAYBE"),
        ("quad: verbal_conflict", "quad: verbal", "quad must be one of"),
        ("requires: [RECIPIENT]", "requires: [VICTIM]", "unknown role VICTIM"),
        ('hotkey: "1"', "hotkey: 1", "put it in quotes"),
        ("scheme_version:", "schema_version:", "'scheme_version' is missing"),
        ("contexts:", "contexts: [", "not valid YAML"),
        (
            "scheme_version:",
            "'scheme_version': '1'\nscheme_version:",
            "twice at line [0-9]+, column 1",
        ),
        ("scheme_version:", f"more: {'[' * 5000}\nscheme_version:", "nested more than 200 deep"),
    ],
)
def test_a_wrong_ontology_is_refused_with_the_place(tmp_path, old, new, complaint):
    file = tmp_path / "ontology.yaml"
    text = ONTOLOGY.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProjectError, match=complaint) as caught:
        load_ontology(file)
    assert str(file) in str(caught.value)
