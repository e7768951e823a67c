"""Finding the project and reading its settings."""

from fractions import Fraction

import pytest

from dataset_builder.errors import ProjectError
from dataset_builder.project import find_project
from dataset_builder.registries import load_actors

SETTINGS = """
[tool.dataset-builder]
name = "x"
version = "1.2.3"
splits = { train = 0.6, validation = 0.2, test = 0.2 }
"""


def write(folder, text):
    folder.joinpath("pyproject.toml").write_text(text, encoding="utf-8")


def test_the_nearest_parent_with_settings_is_the_project(tmp_path):
    write(tmp_path, SETTINGS)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(tmp_path / "a", "[project]\nname = 'other'\n")
    project = find_project(inner)
    assert project.root == tmp_path
    assert project.settings.splits["train"] == Fraction(3, 5)


def test_another_dataset_has_its_own_files_or_none(tmp_path):
    write(tmp_path, SETTINGS)
    project = find_project(tmp_path)
    assert load_actors(project.resource("annotations/actors.yaml")) == ()
    assert project.resource("annotations/agreement.yaml").is_file()
    with pytest.raises(ProjectError, match="no default"):
        project.resource("schemas/ontology.yaml")
    own = tmp_path / "annotations" / "actors.yaml"
    own.parent.mkdir()
    own.write_text("- {id: a, name: A}\n", encoding="utf-8")
    assert project.resource("annotations/actors.yaml") == own


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("train = 0.6", "train = 0.7", "sum to 1"),
        ("train = 0.6", "dev = 0.6", "must give a share"),
        ('"1.2.3"', '"1.2"', "three numbers"),
        ('"1.2.3"', "1.2", "must be str"),
        ('name = "x"', "", "`name` must be str"),
        ("[tool", "[tool.", "not valid TOML"),
        (
            'name = "x"',
            'name = "x"\nderived_neutral = 8',
            "derived_neutral`; is it `derived_neutrals`",
        ),
        ('name = "x"', 'name = "x"\nfoo = 8', "there is no setting `foo`"),
    ],
)
def test_wrong_settings_name_the_file_and_the_key(tmp_path, old, new, complaint):
    write(tmp_path, SETTINGS.replace(old, new))
    with pytest.raises(ProjectError, match=complaint) as caught:
        find_project(tmp_path)
    assert "pyproject.toml" in str(caught.value)
    assert caught.value.exit_code == 2


def test_outside_a_project_the_message_says_where_one_is_looked_for(tmp_path):
    with pytest.raises(ProjectError, match="not inside a project"):
        find_project(tmp_path)


def test_resolution_is_one_of_the_documented_rules(tmp_path):
    write(tmp_path, SETTINGS)
    assert find_project(tmp_path).settings.resolution == "primary"
    write(tmp_path, SETTINGS + 'resolution = "majority"\n')
    assert find_project(tmp_path).settings.resolution == "majority"
    write(tmp_path, SETTINGS + 'resolution = "dice"\n')
    with pytest.raises(ProjectError, match="`resolution` must be primary or majority"):
        find_project(tmp_path)
