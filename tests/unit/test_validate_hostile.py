"""A release is untrusted: nothing in it is followed out of its folder, waited for, or unfolded."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.safe_yaml import DEEPEST
from dataset_builder.validate.documents import LARGEST, blocks, parse_yaml, read_text
from dataset_builder.validate.reading import GROUP_ROWS
from dataset_builder.validate.run import validate_release
from tests.factory import make_release, registries

KNOWN = registries()
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("release"), n_articles=3)


@pytest.fixture
def release(base, tmp_path):
    return shutil.copytree(base, tmp_path / base.name)


def judged(release):
    report = validate_release(release, ontology=KNOWN.ontology)
    assert "REL901" not in report.counts, report.findings
    return report


PLACES = ("README.md", "MANIFEST.json", "SHA256SUMS", "CITATION.cff", "CHANGELOG.md",
          "schemas/ontology.yaml", "schemas/stance.yaml", "schemas/actors.yaml")  # fmt: skip


WHAT = ("pipe", "device", "link out", "link to a pipe")


@pytest.mark.parametrize(
    ("place", "what"), list(zip([*PLACES, "stance"], itertools.cycle(WHAT), strict=False))
)
def test_what_is_no_file_is_never_opened(place, what, release, tmp_path):
    path = next((release / place).glob("train-*")) if place == "stance" else release / place
    path.unlink()
    outside = tmp_path / "outside"
    os.mkfifo(outside)
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "link out": "/etc/passwd"}.get(what, outside))
    report = judged(release)
    assert report.exit_code() == 1
    assert "root:" not in str(report.findings)


def test_a_release_of_nothing_but_pipes(release):
    for path in sorted(release.rglob("*")):
        if path.is_file():
            path.unlink()
            os.mkfifo(path)
    assert judged(release).exit_code() == 1


def test_a_folder_that_is_a_link_is_not_entered(release, tmp_path):
    moved = (release / "stance").rename(tmp_path / "elsewhere")
    (release / "stance").symlink_to(moved)
    assert judged(release).counts["REL022"] == 1


@pytest.mark.parametrize("path", ["../../secret.parquet", "/etc/passwd", "stance/../../x.parquet"])
def test_paths_of_the_card_and_the_lists_lead_nowhere(path, release):
    for name in ("README.md", "MANIFEST.json", "SHA256SUMS"):
        file = release / name
        old = next((release / "stance").glob("train-*")).relative_to(release).as_posix()
        file.write_text(file.read_text().replace(old, path))
    report = judged(release)
    assert {"REL003", "REL013", "REL020"} & set(report.counts)


LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "[" * 100_000,
        "a: " + "[" * 5000 + "]" * 5000,
        "a: " + "{b: " * 5000 + "1" + "}" * 5000,
        "\n".join(" " * n + "a:" for n in range(3000)),
        "- " * 20_000 + "x",
        "a: &a [*a]",
        "a: !!python/object/apply:os.system ['true']",
        "a: &b 1\n" + "\n".join(f"c{n}: *b" for n in range(20_000)),
        "\x00",
        "a: 1" + "0" * 10_000,
    ],
    ids=range(11),
)
def test_yaml_is_not_unfolded(text):
    found = parse_yaml(text)
    assert found.error or len(str(found.data)) < 10_000_000


def test_yaml_with_anchors_that_is_sane():
    assert parse_yaml("a: &x {b: 1}\nc: [*x, *x]").data == {"a": {"b": 1}, "c": [{"b": 1}] * 2}
    nested = "[" * (DEEPEST // 2) + "]" * (DEEPEST // 2)
    assert parse_yaml(f"a: {nested}").error is None


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "schemas/stance.yaml"])
def test_a_yaml_bomb_in_a_document_is_a_finding(name, release):
    (release / name).write_text(f"---\n{LAUGHS}\n---\n" if name == "README.md" else LAUGHS)
    assert judged(release).exit_code() == 1


def test_a_document_beyond_reason_is_not_read(tmp_path):
    with (tmp_path / "README.md").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger" in (read_text(tmp_path / "README.md").error or "")


@pytest.mark.parametrize("name", ["LICENSE", "stance", "stance with its footer"])
def test_a_file_of_holes_is_not_read(name, release):
    """20 GB that take no space on disk; what the lists say of it cannot be true."""
    path = release / name if name == "LICENSE" else next((release / "stance").glob("train-*"))
    footer = path.read_bytes()
    os.truncate(path, 20 << 30)
    if "footer" in name:
        with path.open("ab") as file:
            file.write(footer)
    report = judged(release)
    assert report.counts["REL004"] == 1
    (found,) = (finding.found for finding in report.findings if finding.code == "REL004")
    assert found.startswith("not read: 214748")
    assert report.counts.get("REL009", 0) == (name != "LICENSE")


def test_numbers_in_base_60_are_not_computed():
    assert parse_yaml(f"x: {':'.join(['59'] * 50)}\n").error is None
    refused = parse_yaml(f"x: {':'.join(['59'] * 200_000)}\n")
    assert "base 60" in refused.error


MARKERS = "<!-- begin: {} -->\n<!-- begin: b -->\nx\n<!-- end: b -->\n<!-- end: a -->\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MARKERS.format("a"), [("a", 1, 3)]),
        (MARKERS.format("c"), [("b", 2, 1)]),  # c has no end
        (MARKERS.format("a") * 2, [("a", 1, 3), ("a", 6, 3)]),
        ("<!-- begin: a -->\n" * 30_000, []),
        ("<!-- begin: a -->\n" * 30_000 + "<!-- end: a -->", [("a", 1, 29_999)]),
        ("<!-- end: a -->\n<!-- begin: a -->\n", []),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blocks_of_a_card(text, expected, end):
    found = list(blocks(text.replace("\n", end)))
    assert [(block.name, block.line, len(block.lines)) for block in found] == expected


def test_a_billion_rows_in_a_small_file(release):
    """Of a column with one value a file of any number of rows is small."""
    file = next((release / "stance").glob("train-*"))
    table = pa.table({"text": pa.nulls(GROUP_ROWS * 2, pa.string())})
    pq.write_table(table, file, row_group_size=GROUP_ROWS * 2, compression="zstd")
    report = judged(release)
    found = next(f for f in report.findings if f.code == "REL009")
    assert "rows, in" in (found.found or "")


def test_a_long_text_over_and_over(release):
    """A dictionary of one long word, in every row: what is decoded must not be what is claimed."""
    file = next((release / "articles").glob("train-*"))
    rows = file.stat().st_size * 3
    word = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["w" * 2**20]))
    pq.write_table(pa.table({"text": word}), file, compression="zstd")
    program = (
        "import resource, sys; from pathlib import Path;"
        f"resource.setrlimit(resource.RLIMIT_AS, ({8 << 30}, {8 << 30}));"
        "from dataset_builder.validate.run import validate_release;"
        "from tests.factory import registries;"
        "print(validate_release(Path(sys.argv[1]), ontology=registries().ontology).exit_code())"
    )
    done = subprocess.run([sys.executable, "-c", program, str(release)], cwd=ROOT, timeout=300,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stdout.strip() == "1", done.stderr[-1000:]
    assert resource.RLIMIT_AS
