"""Running the rules: what counts as a release, selecting, damage that no rule expects."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.errors import UsageError
from dataset_builder.project import SPLITS
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.report import as_json, as_text
from dataset_builder.validate.rules import CAP, Hit, Rule, Surplus, hits
from dataset_builder.validate.run import chosen, judge, validate_release
from tests.factory import make_release, make_world, registries
from tests.mutations.disk import edit_manifest, remove
from tests.withholding import withhold


@pytest.fixture(scope="module")
def ontology():
    return registries().ontology


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=4)


@pytest.fixture
def release(base, tmp_path):
    return shutil.copytree(base, tmp_path / base.name)


def test_a_valid_release_has_no_findings(base, ontology):
    report = validate_release(base, ontology=ontology)
    assert report.findings == ()
    assert report.counts == {}
    assert report.version == "1.0.0"
    assert report.path == str(base)
    assert report.rules > 60


def test_a_valid_successor_has_no_findings(base, ontology, tmp_path):
    newer = make_release(tmp_path, n_articles=5, version="1.1.0")
    report = validate_release(newer, ontology=ontology, previous=base)
    assert report.findings == ()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: (path / "MANIFEST.json").unlink(), "missing"),
        (lambda path: (path / "MANIFEST.json").write_text("{"), "not valid JSON"),
        (lambda path: next(path.glob("stance/*")).write_bytes(b"PAR1"), "is damaged"),
        (lambda path: next(path.glob("stance/*")).unlink(), "files of stance are missing"),
        (lambda path: [remove(path, "articles", split) for split in SPLITS], "no articles"),
    ],
)
def test_half_an_earlier_release_is_wrong_usage(base, release, ontology, damage, says):
    """Nothing would be found in a comparison with it."""
    damage(release)
    with pytest.raises(UsageError, match=says):
        validate_release(base, ontology=ontology, previous=release)


def test_a_rule_that_could_not_look_at_everything_says_so(release, ontology, monkeypatch):
    bare = withhold(release)
    assert validate_release(bare, ontology=ontology, select=["REL033"]).skipped == ()
    monkeypatch.setattr("dataset_builder.validate.withheld.MOST_TRIED", 10)
    assert validate_release(bare, ontology=ontology, select=["REL033"]).skipped == ("REL033",)


def test_shipped_registries_are_used_unless_others_are_given(base, ontology):
    import dataclasses

    few = dataclasses.replace(registries(), actors=registries().actors[:1])
    assert validate_release(base, ontology=ontology, registries=few).counts["KEY011"] > 0


def test_a_release_that_is_not_renamed_yet_is_judged_too(base, ontology, tmp_path):
    partial = shutil.copytree(base, tmp_path / ".1.0.0.partial-123")
    assert validate_release(partial, ontology=ontology).findings == ()


def test_content_hashes_of_an_earlier_definition_are_not_judged(release, ontology):
    """Its files are still held against their checksums."""

    def earlier(data):
        del data["content_version"]
        data["configs"]["stance"]["train"]["content_sha256"] = "0" * 64

    edit_manifest(release, earlier)
    report = validate_release(release, ontology=ontology)
    assert report.findings == ()
    assert "REL008" in report.skipped


@pytest.mark.parametrize("name", ["1.0.0-hydrated", "1.0.0_ok"])
def test_a_copy_by_another_name_from_the_hub_is_judged_too(name, base, ontology, tmp_path):
    copy = shutil.copytree(base, tmp_path / name)
    (copy / ".gitattributes").write_text("*.parquet filter=lfs")
    assert validate_release(copy, ontology=ontology).findings == ()


@pytest.mark.parametrize("what", ["missing", "file", "empty", "other"])
def test_nothing_recognisable_is_wrong_usage(what, ontology, tmp_path):
    path = tmp_path / "it"
    if what == "file":
        path.write_text("x")
    elif what != "missing":
        path.mkdir()
    if what == "other":
        (path / "notes.txt").write_text("x")
    with pytest.raises(UsageError) as caught:
        validate_release(path, ontology=ontology)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)


def test_selecting_and_ignoring():
    assert {rule.family for rule in chosen(["SPN"])} == {"SPN"}
    assert [rule.code for rule in chosen(["SPN001"])] == ["SPN001"]
    assert not {"KEY", "SPN"} & {rule.family for rule in chosen((), ["SPN", "KEY"])}
    assert next(rule.code for rule in chosen(["SPN00"], ["SPN001", "SPN002"])) == "SPN003"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: [remove(path, "articles", split) for split in SPLITS], "SCH010"),
        (lambda path: next(path.glob("articles/train*")).write_bytes(b"PAR1"), "REL009"),
    ],
)
def test_what_cannot_be_judged_is_found_whatever_is_selected(release, ontology, damage, code):
    damage(release)
    report = validate_release(release, ontology=ontology, select=("SPN003", "SPN006"))
    assert code in report.counts
    assert report.exit_code() == 1


def test_a_report_says_what_could_not_be_judged(release, ontology):
    for split in SPLITS:
        remove(release, "articles", split)
    report = validate_release(release, ontology=ontology, select=("SPN003",), ignore=("SCH010",))
    assert json.loads(as_json(report))["skipped"] == ["SPN003"]
    assert as_text(report).endswith("; 1 rules, 1 skipped\n")


@pytest.mark.parametrize("selector", ["", "XYZ", "spn", "SPN0019"])
def test_a_selector_that_fits_nothing_is_wrong_usage(selector):
    with pytest.raises(UsageError):
        chosen([selector])
    with pytest.raises(UsageError):
        chosen((), [selector])


def _rule(check, code="SPN001"):
    return Rule(code, "a rule", check, "Why.", "What to do.")


def test_a_rule_that_fails_is_a_finding_and_stops_no_other(base, ontology):
    def broken(_release):
        yield Hit("found before it broke")
        raise ZeroDivisionError("on \x1b purpose")

    def fine(_release):
        yield Hit("fine")

    report = judge(read_release(base, ontology=ontology), [_rule(broken), _rule(fine, "SPN002")])
    assert report.counts == {"SPN001": 1, "REL901": 1, "SPN002": 1}
    crash = next(f for f in report.findings if f.code == "REL901")
    assert crash.ids == {"rule": "SPN001"}
    assert crash.found == "ZeroDivisionError: on \\x1b purpose"
    assert report.exit_code() == 1


def test_more_places_than_the_cap_are_counted_exactly(base, ontology):
    import polars as pl

    failing = pl.DataFrame({"_split": ["train"] * (CAP + 7), "_row": range(CAP + 7)})
    made = list(hits("stance", failing, "x"))
    assert len(made) == CAP + 1
    assert made[-1] == Surplus(7)
    report = judge(
        read_release(base, ontology=ontology), [_rule(lambda _: hits("stance", failing, "x"))]
    )
    assert report.counts == {"SPN001": CAP + 7}
    assert len(report.findings) == CAP


def test_braces_and_controls_in_the_data_are_harmless(ontology, tmp_path):
    found = make_world(n_articles=3).rows
    row = next(r for r in found["stance", "train"] if r["basis"] == "annotated")
    row["holder_span"]["text"] = "{text!r} \x1b[31m {0}"
    row["story"] = "{nonsense}"
    path = make_release(tmp_path, rows=found)
    text = as_json(validate_release(path, ontology=ontology))
    assert "REL901" not in text
    read = json.loads(text)
    shown = next(f for f in read["findings"] if f["code"] == "SPN001")["found"]
    assert shown == "{text!r} \\x1b[31m {0}"


DAMAGE = {
    "manifest is a number": ("MANIFEST.json", "7"),
    "manifest with other shapes": ("MANIFEST.json", '{"configs": {"stance": [1], "events": 2}}'),
    "manifest with files that are none": (
        "MANIFEST.json",
        '{"version": 1, "configs": {"stance": {"train": {"files": [1, {"file": 2}], "rows": "x"}}}}',
    ),
    "manifest nested beyond reason": ("MANIFEST.json", "[" * 100_000),
    "card with other shapes": ("README.md", "---\nconfigs: 3\ndataset_info: [1, {a: 2}]\n---\n"),
    "card with features of other shapes": (
        "README.md",
        (
            "---\nconfigs: [{config_name: stance, data_files: x}]\ndataset_info: [{config_name: stance,"
            " features: [3, {name: label, dtype: {class_label: {names: {x: y}}}}], splits: 4}]\n---\n"
        ),
    ),
    "card that is not UTF-8": ("README.md", b"---\n\xff\n---\n"),
    "citation that is none": ("CITATION.cff", "a: b: c: ["),
    "contract that is none": ("schemas/stance.yaml", "a: b: c: ["),
    "labels that are none": ("schemas/ontology.yaml", "- 1"),
    "registry that is none": ("schemas/actors.yaml", "7"),
    "sums that are binary": ("SHA256SUMS", bytes(range(256))),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_documents_give_findings_and_nothing_else(kind, release, ontology):
    name, content = DAMAGE[kind]
    path = release / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = validate_release(release, ontology=ontology)
    assert report.exit_code() == 1
    assert "REL901" not in report.counts, report.findings


def test_one_damaged_table_leaves_the_others_judged(release, ontology):
    next((release / "articles").glob("train-*")).write_bytes(b"PAR1")
    stance = next((release / "stance").glob("test-*"))
    stance.write_bytes(stance.read_bytes()[:-1])
    report = validate_release(release, ontology=ontology)
    assert report.counts["REL009"] == 2
    # References to what cannot be read are not blamed on the rows that have them.
    assert not {"KEY003", "SPL002"} & set(report.counts)
    assert "REL901" not in report.counts


def test_text_that_is_no_utf_8_is_a_finding(release, ontology):
    file = next((release / "articles").glob("train-*"))
    table = pq.read_table(file)
    at = table.schema.get_field_index("source")
    broken = pa.array([b"\xff\xfe"] * table.num_rows, pa.binary()).view(pa.string())
    pq.write_table(table.set_column(at, "source", broken), file)
    report = validate_release(release, ontology=ontology)
    assert report.counts["REL009"] == 1
    assert "REL901" not in report.counts
