"""E-mail addresses and pseudonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.registries import load_annotators
from dataset_builder.studio.people import People, account

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = "# Who annotated.\n- pseudonym: draft-1\n  kind: model\n  note: by a model # kept\n"


@pytest.fixture
def people(tmp_path: Path) -> People:
    (tmp_path / "public.yaml").write_text(PUBLIC)
    return People(tmp_path / "public.yaml", tmp_path / "private.yaml")


def test_newcomers_get_the_next_free_number(people: People, tmp_path: Path) -> None:
    assert people.pseudonym("Jane@Example.org") == "annotator-1"
    assert people.pseudonym("omar@example.org") == "annotator-2"
    assert people.pseudonym(" jane@example.ORG ") == "annotator-1"
    assert people.added == ["annotator-1", "annotator-2"]
    assert not (tmp_path / "private.yaml").exists()
    people.save()
    public = (tmp_path / "public.yaml").read_text()
    assert public.startswith(PUBLIC)
    assert "@" not in public
    listed = load_annotators(tmp_path / "public.yaml")
    assert [(a.pseudonym, a.kind) for a in listed] == [
        ("draft-1", "model"),
        ("annotator-1", "human"),
        ("annotator-2", "human"),
    ]
    assert (tmp_path / "private.yaml").stat().st_mode & 0o777 == 0o600

    again = People(tmp_path / "public.yaml", tmp_path / "private.yaml")
    assert again.pseudonym("omar@example.org") == "annotator-2"
    assert again.pseudonym("new@example.org") == "annotator-3"
    assert again.emails("annotator-1") == ["jane@example.org"]


def test_accounts_made_by_restoring_name_themselves(people: People, tmp_path: Path) -> None:
    assert people.pseudonym(account("draft-1")) == "draft-1"
    assert people.pseudonym(account("draft-1", 3)) == "draft-1"
    assert people.pseudonym("draft-1@example.org") == "annotator-1"
    assert people.pseudonym(account("somebody-else")) == "annotator-2"
    people.save()
    assert "draft-1@annotators" not in (tmp_path / "private.yaml").read_text()


def test_a_pseudonym_chosen_by_hand(people: People, tmp_path: Path) -> None:
    (tmp_path / "private.yaml").write_text("Boss@Example.org: the-boss\n")
    people = People(tmp_path / "public.yaml", tmp_path / "private.yaml")
    assert people.pseudonym("boss@example.org") == "the-boss"
    people.save()
    assert [a.pseudonym for a in load_annotators(tmp_path / "public.yaml")] == [
        "draft-1",
        "the-boss",
    ]


def test_work_of_deleted_accounts_is_kept_together(people: People, tmp_path: Path) -> None:
    assert people.pseudonym(None) == people.pseudonym("") == "unknown"
    people.save()
    assert [a.pseudonym for a in load_annotators(tmp_path / "public.yaml")] == [
        "draft-1",
        "unknown",
    ]


def test_without_any_file(tmp_path: Path) -> None:
    people = People(tmp_path / "new" / "public.yaml", tmp_path / "new" / "private.yaml")
    people.save()
    assert not (tmp_path / "new").exists()
    assert people.pseudonym("a@b.org") == "annotator-1"
    people.save()
    assert [a.pseudonym for a in load_annotators(tmp_path / "new" / "public.yaml")] == [
        "annotator-1"
    ]


@pytest.mark.parametrize("text", ["[]\n", "# none yet\n", "[]", "- pseudonym: x\n  kind: human"])
def test_files_of_every_shape_can_grow(tmp_path: Path, text: str) -> None:
    (tmp_path / "public.yaml").write_text(text)
    people = People(tmp_path / "public.yaml", tmp_path / "private.yaml")
    people.pseudonym("a@b.org")
    people.save()
    assert load_annotators(tmp_path / "public.yaml")[-1].pseudonym == "annotator-1"


@pytest.mark.parametrize("text", ["- a@b.org\n", "a@b.org: 1\n", "{", "\ttab: x"])
def test_a_broken_private_map_is_not_shown(people: People, tmp_path: Path, text: str) -> None:
    (tmp_path / "private.yaml").write_text(text)
    with pytest.raises(ProjectError) as failure:
        People(tmp_path / "public.yaml", tmp_path / "private.yaml")
    assert "a@b.org" not in str(failure.value)


def test_addresses_are_recognised_by_committed_work(people: People, tmp_path: Path) -> None:
    people.recognise([("Jane@Example.org", "draft-1"), ("jane@example.org", "draft-1")])
    people.recognise([("two@example.org", "draft-1"), ("two@example.org", "draft-2")])
    people.recognise([("x@example.org", "not-listed"), (account("draft-1"), "draft-1")])
    assert people.emails("draft-1") == ["jane@example.org"]
    assert people.pseudonym("jane@example.org") == "draft-1"
    assert people.pseudonym("two@example.org") == "annotator-1"
    people.save()
    assert "jane@example.org: draft-1" in (tmp_path / "private.yaml").read_text()
