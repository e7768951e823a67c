"""The registries of a project: what is in them, and what is refused."""

from pathlib import Path

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.registries import (
    fold,
    load_actors,
    load_annotators,
    load_stories,
    load_targets,
)


def test_registries_of_the_project_load():
    annotations = Path(__file__).parents[2] / "annotations"
    actors = {actor.id: actor for actor in load_actors(annotations / "actors.yaml")}
    assert actors["erdogan"].code == "TUR GOV"
    assert load_targets(annotations / "targets.yaml")
    assert [(a.pseudonym, a.kind) for a in load_annotators(annotations / "annotators.yaml")] == [
        ("draft-1", "model"),
        ("draft-2", "model"),
    ]
    (story,) = load_stories(annotations / "stories.yaml")
    assert story.articles == ("42dcf876709be0c2", "7292f718f1e7c8f1")


@pytest.mark.parametrize(
    ("load", "content", "complaint"),
    [
        (load_actors, "- {id: a, name: X}\n- {id: b, name: The x}", "alias of both a and b"),
        (load_actors, "- {id: a, name: X}\n- {id: a, name: Y}", "'a' is there twice"),
        (load_actors, "- {id: a, name: X, aliases: [Y], aliases: [Z]}", "`aliases` is there twice"),
        (load_actors, "- {name: X}", "entry 1 has no `id`"),
        (load_targets, "id: a", "must be a list"),
        (load_annotators, "- {pseudonym: a@b.c, kind: human}", "must be of a-z"),
        (load_annotators, "- {pseudonym: a, kind: robot}", "human or model"),
        (
            load_stories,
            "- {id: s, articles: [aaaaaaaaaaaaaaaa]}\n- {id: t, articles: [aaaaaaaaaaaaaaaa]}",
            "is in s and in t",
        ),
    ],
)
def test_a_wrong_registry_is_refused(tmp_path, load, content, complaint):
    file = tmp_path / "registry.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ProjectError, match=complaint):
        load(file)


def test_folding_unifies_what_one_would_read_as_the_same():
    assert fold("The  Kremlin’s\u00a0Spokesman") == fold("kremlin's spokesman")
    assert fold("Theodore") == "theodore"
