"""The trained model: what it learns, and that it is the same every time; the figures of `--measure`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.prelabel import labelled
from dataset_builder.prelabel.measure import Example, as_json, as_text, as_version, measure
from dataset_builder.prelabel.model import Model, _read, _written, from_release, train
from dataset_builder.prelabel.run import project_rules
from dataset_builder.prelabel.suggestion import understood
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries
from tests.annotated import article

if TYPE_CHECKING:
    from dataset_builder.articles import Article
    from dataset_builder.prelabel.labelled import Labelled

PROJECT = find_project(Path(__file__))
REGISTRIES = load_registries(PROJECT)
RULES = project_rules(PROJECT, REGISTRIES)
NAMES = ("Turkey", "Russia", "Iran", "Iraq", "NATO", "Merkel", "Macron", "Putin")


def example(number: int) -> Labelled:
    """ "X frobbed Y in Aleppo. X groks Y.": words that no lexicon has."""
    one, other = NAMES[number % 8], NAMES[(number * 3 + 1) % 8]
    other = "Damascus" if other == one else other
    made = article(f"{one} frobbed {other} in Aleppo. {one} groks {other}.", source=f"{number}.txt")
    text = made.text

    def at(words: str, nth: int = 0) -> tuple[int, int]:
        start = [m.start() for m in re.finditer(re.escape(words), text)][nth]
        return start, start + len(words)

    trigger, evidence = at("frobbed"), at("groks")
    entities = {at(w, n): "ACTOR" for w in (one, other) for n in (0, 1)} | {
        at("Aleppo"): "LOCATION"
    }
    return labelled.Labelled(
        made,
        {trigger: "ASSAULT"},
        entities,
        {evidence: ("favor", "reported")},
        {
            (trigger, at(one)): "ACTOR",
            (trigger, at(other)): "RECIPIENT",
            (trigger, at("Aleppo")): "LOCATION",
        },
        {(evidence, at(one, 1)): "holder", (evidence, at(other, 1)): "target"},
    )


EXAMPLES = [example(number) for number in range(12)]


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(train(EXAMPLES, RULES), RULES, "1.0.0")


def test_it_learns_what_the_lexicon_lacks(model: Model) -> None:
    made = article("Syria frobbed Washington in Aleppo. Syria groks Washington.")
    assert not next(RULES.suggest([made])).items
    (suggestion,) = model.suggest([made])
    assert understood(made, suggestion, REGISTRIES.ontology)[1] == []
    version = as_version(made, suggestion, REGISTRIES)
    (trigger,) = version.decoded.triggers
    assert trigger.region.label == "ASSAULT"
    assert [(a.role, a.region.text) for a in trigger.arguments] == [
        ("ACTOR", "Syria"),
        ("RECIPIENT", "Washington"),
        ("LOCATION", "Aleppo"),
    ]
    (take,) = version.takes
    assert (take.pair, take.label, take.expression) == (("syr", "usa"), "favor", "reported")


def test_the_order_of_examples_and_batches_does_not_matter(model: Model) -> None:
    again = Model(train(EXAMPLES[::-1], RULES), RULES, "1.0.0")
    assert again.model_version == model.model_version
    assert re.fullmatch(r"sklearn-1\.0\.0-[0-9a-f]{12}", model.model_version)
    articles = [item.article for item in EXAMPLES] * 7  # more than one batch
    together = list(model.suggest(articles))
    assert together == [next(model.suggest([a])) for a in articles[:12]] * 7
    fewer = Model(train(EXAMPLES[:-4], RULES), RULES, "1.0.0")
    assert fewer.model_version != model.model_version


def test_what_is_kept_is_what_was_trained(tmp_path: Path) -> None:
    parts = train(EXAMPLES[:6], RULES)
    file = tmp_path / "model.npz"
    file.write_bytes(_written(parts))
    kept = _read(file)
    assert kept is not None
    assert Model(kept, RULES, "x").model_version == Model(parts, RULES, "x").model_version
    file.write_bytes(file.read_bytes()[:-100])
    assert _read(file) is None  # damaged: trained again


def test_a_folder_that_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no readable release"):
        from_release(tmp_path, RULES, tmp_path / "cache")
    (tmp_path / "MANIFEST.json").write_text("[]")
    with pytest.raises(UsageError, match="no readable release"):
        from_release(tmp_path, RULES, tmp_path / "cache")


def test_figures_are_those_of_a_hand_calculation() -> None:
    """Two articles of two stories: the rules find the first event whole, and half of the second."""
    made = [
        article(t, source=t)
        for t in ("Turkey attacked Russia.", "Iran met Iraq. Iran zapped Iraq.")
    ]
    marked = {
        made[0]: _marked(made[0], [("ASSAULT", "attacked", "Turkey", "Russia")]),
        made[1]: _marked(
            made[1], [("AGREE", "met", "Iran", "Iraq"), ("ASSAULT", "zapped", "Iran", "Iraq")]
        ),
    }
    examples = [Example(a, f"story {a.article_id}", {"draft-1": marked[a]}) for a in made]
    figures = measure(examples, RULES)
    rules = next(m for m in figures if m.what == "rules")
    found = {(s.layer, s.metric): (s.matched, s.suggested, s.reference) for s in rules.scores}
    assert found["triggers", "exact"] == (2, 2, 3)
    assert found["triggers with type", "overlap"] == (1, 2, 3)
    assert found["types of matched triggers", "share"] == (1, 2, 2)
    # attacked: both; met: Iran as ACTOR, Iraq is ACTOR for the rules and RECIPIENT in the reference
    assert found["arguments (trigger, role, span)", "overlap"] == (3, 4, 6)
    assert found["arguments: RECIPIENT", "overlap"] == (1, 1, 3)
    assert found["arguments of matched triggers", "overlap"] == (3, 4, 4)
    assert found["actors of matched ACTOR spans", "share"] == (4, 4, 4)
    triggers = next(s for s in rules.scores if (s.layer, s.metric) == ("triggers", "exact"))
    assert (triggers.precision, triggers.recall, triggers.f1) == (1.0, 2 / 3, 0.8)
    assert json.loads(as_json(figures, ["drafts"]))["notes"] == ["drafts"]
    assert "rules, against draft-1 (2 articles)" in as_text(figures, ["drafts"])
    # Without the names that only the story's own article has, there is nobody left in it but
    # whom the gazetteer knows: the same spans, unresolved.
    unknown = next(m for m in figures if m.what.endswith("unknown"))
    other = {(s.layer, s.metric): s.matched for s in unknown.scores}
    assert other["triggers", "exact"] == 2
    assert other["actors of matched ACTOR spans", "share"] == 0


def _marked(made: Article, events: list[tuple[str, str, str, str]]) -> Any:
    from dataset_builder.prelabel.suggestion import Draft, Mark, as_suggestion

    draft = Draft()
    for label, words, one, other in events:
        start = made.text.index(words)

        def mark(
            label: str, words: str, start: int = start, one: str = one
        ) -> tuple[str, int, int]:
            at = made.text.rindex(words, 0, start) if label == "ACTOR" and words == one else -1
            at = made.text.index(words, start) if at < 0 else at
            fields = (("actor_id", (REGISTRIES_BY_NAME[words],)),) if label == "ACTOR" else ()
            return draft.mark(Mark(label, at, at + len(words), fields))

        trigger = mark(label, words)
        draft.arrow(mark("ACTOR", one), trigger)
        draft.arrow(trigger, mark("ACTOR", other))
    return as_version(made, as_suggestion(made, draft), REGISTRIES)


REGISTRIES_BY_NAME = {actor.name: actor.id for actor in REGISTRIES.actors}
