"""What `diff` says of two releases."""

import copy
import json
import random
import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_builder.diff import DamagedReleaseError, diff_releases, too_small
from dataset_builder.diff.report import as_json, as_markdown, as_text
from dataset_builder.diff.section import changelog_section
from dataset_builder.errors import UsageError
from dataset_builder.project import SPLITS
from dataset_builder.release.manifest import file_sha256
from dataset_builder.tables import TABLES, ClassOf
from tests.factory import make_world, registries, to_tables

ONTOLOGY = registries().ontology
HEAD = {"name": "syria", "schema_version": "1", "scheme_version": "1.0", "text": "full"}


def write(folder, tables, *, shard_rows=10**6, withheld=None, **head):
    """A release of Parquet files and a manifest, and a card that names who is withheld."""
    configs = {}
    for (config, split), table in tables.items():
        (folder / config).mkdir(parents=True, exist_ok=True)
        files = []
        for number, start in enumerate(range(0, table.num_rows, shard_rows)):
            part = table.slice(start, shard_rows)
            path = folder / config / f"{split}-{number:05}.parquet"
            pq.write_table(part, path, row_group_size=3)
            files.append(
                {
                    "file": f"{config}/{path.name}",
                    "rows": part.num_rows,
                    "sha256": file_sha256(path),
                }
            )
        if files:
            configs.setdefault(config, {})[split] = {"files": files, "rows": table.num_rows}
    for name in TABLES:
        configs.setdefault(name, {})
    told = {**HEAD, "version": folder.name, "configs": configs, **head}
    (folder / "MANIFEST.json").write_text(json.dumps(told))
    listed = "".join(f"| `{name}` | {why} |\n" for name, why in (withheld or {}).items())
    said = f"Withheld, and why:\n\n| Article | Reason |\n| --- | --- |\n{listed}" if listed else ""
    (folder / "README.md").write_text(f"---\na: 1\n---\n\n# Card\n\n{said}\n")
    return folder


def tables_of(rows):
    return to_tables(rows, ONTOLOGY)


@pytest.fixture(scope="module")
def rows():
    return make_world(n_articles=6).rows


@pytest.fixture(scope="module")
def plain(rows):
    """The factory's rows as Arrow tables."""
    return tables_of(rows)


@pytest.fixture(scope="module")
def before(plain, tmp_path_factory):
    """A release of them."""
    return write(tmp_path_factory.mktemp("before") / "1.0.0", plain)


@pytest.fixture
def compare(tmp_path, rows, plain, before):
    """Compares the factory's rows with what `edit` makes of them (rows, or Arrow tables)."""

    def run(edit=None, *, tables=None, new=None, version="1.1.0", limit=10):
        changed = copy.deepcopy(rows)
        if edit:
            edit(changed)
        edited = {place: found for place, found in changed.items() if found != rows.get(place)}
        made = {
            **{place: plain[place] for place in changed if place not in edited},
            **tables_of(edited),
        }
        if tables:
            made = tables(made)
        one = shutil.copytree(before, tmp_path / "1.0.0", dirs_exist_ok=True)
        return diff_releases(one, write(tmp_path / version, made, **(new or {})), limit=limit)

    return run


def config(found, name):
    return next(item for item in found.configs if item.config == name)


def test_the_same_rows_need_no_version(compare):
    found = compare()
    assert found.honest.level is None
    assert all(item.same for item in found.configs)
    assert "no new version is needed" in as_text(found)
    assert "Nothing in the data" in changelog_section(found)


def test_a_corrected_label_is_a_patch_and_a_cell_of_the_confusion(compare):
    def edit(rows):
        row = next(r for r in rows["stance", "test"] if r["label"] == "favor")
        row["label"] = "against"
        row["votes"][0]["label"] = "against"

    found = compare(edit)
    stance = config(found, "stance")
    assert (stance.added, stance.removed, stance.changed) == (0, 0, 1)
    assert stance.columns == {"label": 1, "votes": 1}
    (confusion,) = stance.confusions
    assert (confusion.column, confusion.pairs) == ("label", (("favor", "against", 1),))
    (change,) = stance.changes
    assert (change.split, change.values["label"]) == ("test", ("favor", "against"))
    assert found.honest.version == "1.0.1"
    assert "votes[0].label: favor -> against" in as_text(found)
    assert all(item.same for item in found.configs if item.config != "stance")


def test_rows_that_come_and_go_are_minor(compare):
    def edit(rows):
        rows["events", "train"].append(
            {**rows["events", "train"][0], "mention_id": "f" * 16 + ":n"}
        )
        rows["stance", "validation"].pop()

    found = compare(edit)
    assert config(found, "events").added_ids == ("f" * 16 + ":n",)
    assert config(found, "stance").removed == 1
    assert config(found, "stance").splits == {
        "validation": {"added": 0, "removed": 1, "changed": 0}
    }
    assert found.honest.version == "1.1.0"


def relabelled(names, column="label", table="stance", ids=None):
    """The tables with other names for the labels of a column, and other ids."""

    def change(tables):
        made = {}
        for place, given in tables.items():
            made[place] = given
            if place[0] == table:
                found = given
                info = json.loads(found.schema.metadata[b"huggingface"])
                info["info"]["features"][column]["names"] = names
                if ids is not None:
                    values = [ids[value] for value in found[column].to_pylist()]
                    at = found.schema.get_field_index(column)
                    found = found.set_column(at, column, pa.array(values, pa.int64()))
                made[place] = found.replace_schema_metadata({"huggingface": json.dumps(info)})
        return made

    return change


STANCE = list(ONTOLOGY.names("stance_label"))


@pytest.mark.parametrize(
    ("names", "ids", "kinds", "level", "changed"),
    [
        ([*STANCE, "mixed"], None, ["labels-added"], "MINOR", False),
        (["mixed", *STANCE], [1, 2, 3], ["labels-reordered", "labels-added"], "MAJOR", False),
        (STANCE[::-1], [2, 1, 0], ["labels-reordered"], "MAJOR", False),
        ([STANCE[0], "opposed", STANCE[2]], None, ["labels-renamed"], "MAJOR", True),
        (STANCE[:2], None, ["labels-removed"], "MAJOR", True),
    ],
    ids=["appended", "inserted", "reversed", "renamed", "removed"],
)
def test_changes_of_labels(compare, names, ids, kinds, level, changed):
    found = compare(tables=relabelled(names, ids=ids))
    assert [change.kind for change in found.schema] == kinds
    assert found.honest.level == level
    assert bool(config(found, "stance").changed) == changed  # labels count by their names


def without(column):
    def change(tables):
        return {
            place: table.drop_columns([column]) if place[0] == "stance" else table
            for place, table in tables.items()
        }

    return change


def swapped(tables):
    return {
        place: table.select([*table.column_names[1:], table.column_names[0]])
        for place, table in tables.items()
    }


def widened(tables):
    return {
        place: table.set_column(
            table.schema.get_field_index("start"), "start", table["start"].cast(pa.int64())
        ).replace_schema_metadata(None)
        if place[0] == "annotations"
        else table
        for place, table in tables.items()
    }


@pytest.mark.parametrize(
    ("tables", "kinds", "level"),
    [
        (without("agreement"), {"column-removed"}, "MAJOR"),
        (swapped, {"columns-reordered"}, "MAJOR"),
        (widened, {"type"}, "MAJOR"),
        (
            lambda t: {place: rows for place, rows in t.items() if place[0] != "events"},
            {"config-removed"},
            "MAJOR",
        ),
    ],
)
def test_changes_of_columns(compare, tables, kinds, level, tmp_path):
    found = compare(tables=tables)
    assert {change.kind for change in found.schema} == kinds
    assert found.honest.level == level
    if kinds == {"config-removed"}:  # it is in the manifest without rows, and cannot be loaded
        assert config(found, "events").removed == config(found, "events").old_rows
        return
    back = diff_releases(tmp_path / "1.1.0", tmp_path / "1.0.0")
    assert back.honest.level == ("MINOR" if kinds == {"column-removed"} else "MAJOR")
    assert not config(found, "stance").changed


def test_a_config_that_is_new_or_gone(compare, tmp_path):
    found = compare(
        tables=lambda t: {**t, ("weather", "train"): pa.table({"id": ["a"], "wind": [["x"]]})}
    )
    assert [(c.level, c.kind) for c in found.schema] == [("MINOR", "config-added")]
    back = diff_releases(tmp_path / "1.1.0", tmp_path / "1.0.0")
    assert [(c.level, c.kind) for c in back.schema] == [("MAJOR", "config-removed")]


def test_articles_that_move_go_and_come_back(compare, tmp_path, rows):
    going = rows["articles", "test"][0]["article_id"]
    moving = rows["articles", "train"][0]["article_id"]

    def edit(found):
        for name in TABLES:
            found[name, "test"] = [r for r in found[name, "test"] if r["article_id"] != going]
            here = [r for r in found[name, "train"] if r["article_id"] == moving]
            found[name, "train"] = [r for r in found[name, "train"] if r not in here]
            found[name, "test"] += here

    reason = "taken down: the <publisher> *asked* | twice"
    escaped = r"taken down: the &lt;publisher&gt; \*asked\* \| twice"
    found = compare(edit, new={"withheld": {going: escaped, "0" * 16: "its story"}})
    assert found.articles.moved == ((moving, "train", "test"),)
    assert found.articles.gone == ((going, "test", reason),)
    assert found.articles.unexplained == 0
    assert found.articles.withheld == (("0" * 16, "its story"),)
    assert found.honest.level == "MAJOR"
    back = diff_releases(tmp_path / "1.1.0", tmp_path / "1.0.0")
    assert back.articles.returned == ((going, "test"),)
    assert r"\*asked\*" in as_markdown(found)


def test_an_article_that_goes_without_a_reason_is_counted(compare):
    found = compare(lambda rows: rows["articles", "test"].pop())
    assert found.articles.unexplained == 1


def test_a_changed_text_says_what_became_of_its_annotations(compare, rows):
    name = rows["articles", "train"][0]["article_id"]

    def edit(found):
        for place in found:
            for row in found[place]:
                if row["article_id"] != name:
                    continue
                if place[0] == "articles":
                    row["text"] = "A new line.\n\n" + row["text"]
                    row["text_sha256"] = "1" * 64
                if place[0] == "events":
                    row["trigger"]["start"] += 13
                    row["trigger"]["end"] += 13
        mine = [r for r in found["events", "train"] if r["article_id"] == name]
        found["events", "train"].remove(mine[0])
        found["events", "train"].append({**mine[1], "mention_id": f"{name}:zz"})

    found = compare(edit)
    assert found.texts.changed == 1
    (change,) = found.texts.changes
    events = change.fates["events"]
    assert (events.kept, events.moved, events.lost, events.added) == (0, 2, 1, 1)
    assert events.ids["added"] == (f"{name}:zz",)
    assert len(events.ids["moved"]) == 2
    stance = change.fates["stance"]
    mine = sum(r["article_id"] == name for r in rows["stance", "train"])
    assert (stance.kept, stance.moved, stance.lost, stance.added) == (mine, 0, 0, 0)
    assert change.lines == ("+A new line.",)
    assert found.texts.totals["events"].moved == 2
    shown = as_text(found)
    title = rows["articles", "train"][0]["title"]
    assert f"{name} (train) {title}\n" in shown
    # Where the text moved, that is said once a row; where only a span did, from where to where.
    moved = events.ids["moved"][0]
    at = shown.index(f"    {moved} (train)")
    assert "trigger: 2 offsets moved with the text" in shown[at : at + 200]
    assert "trigger.start" not in shown


def test_an_offset_in_a_text_that_stayed_is_told_from_where_to_where(compare):
    def edit(rows):
        rows["events", "test"][0]["trigger"]["start"] -= 1

    assert "trigger.start: " in as_text(compare(edit))


def test_every_id_is_told_with_words_for_a_person(compare, rows):
    def edit(found):
        found["stance", "test"].pop(0)
        found["events", "test"].pop(0)
        found["triggers", "test"].pop(0)
        found["articles", "test"].pop(0)

    found = compare(edit)
    one = {table: rows[table, "test"][0] for table in TABLES}
    shown, page = as_text(found), as_markdown(found)
    stance, event, sentence = one["stance"], one["events"], one["triggers"]
    pair = f"{stance['holder']} -> {stance['target']}"
    assert f"{stance['stance_id']} {pair}: {stance['label']}\n" in shown
    assert f"{event['mention_id']} {event['trigger']['text']}: {event['type']}\n" in shown
    assert f"{one['articles']['article_id']} (test) {one['articles']['title']}: no reason" in shown
    # A sentence has the id that the release gives it.
    assert config(found, "triggers").removed_ids == (sentence["id"],)
    assert f"{sentence['id']} {sentence['tokens'][0]}" in shown
    assert f"`{stance['stance_id']}` {pair.replace('>', '&gt;')}: {stance['label']}\n" in page
    assert json.loads(as_json(found))["articles"]["about"]
    assert one["articles"]["title"] not in changelog_section(found)


def test_rows_that_nobody_annotated_are_counted_apart(compare, rows):
    name = rows["articles", "train"][0]["article_id"]

    def edit(found):
        article = found["articles", "train"][0]
        article.update(text="A line.\n\n" + article["text"], text_sha256="5" * 64)
        mine = [r for r in found["stance", "train"] if r["article_id"] == name]
        mine[0]["basis"], mine[1]["basis"] = "derived", "annotated"
        mine[0]["stance_id"] = "d" * 16
        found["stance", "train"].append({**mine[1], "stance_id": "e" * 16})

    found = compare(edit)
    stance = config(found, "stance")
    assert (stance.added, stance.derived["added"]) == (2, 1)
    assert found.texts.totals["stance"].derived["added"] == 1
    assert any("stance: 2 rows added (1 derived)" in r.message for r in found.honest.reasons)
    assert "2 rows added (1 derived)" in changelog_section(found)
    assert "2 added (1 derived)" in as_text(found)


def test_a_split_that_is_gone_is_named_and_major(compare):
    found = compare(tables=lambda t: {p: rows for p, rows in t.items() if p != ("events", "test")})
    assert found.honest.level == "MAJOR"
    assert "MAJOR events: the split test is gone" in as_text(found)


def test_the_diff_of_a_long_text_is_shortened(compare):
    long = "\n\n".join(f"Paragraph {n} of many words." for n in range(900))

    def edit(rows):
        rows["articles", "test"][0].update(text=long, text_sha256="2" * 64)

    (change,) = compare(edit).texts.changes
    assert len(change.lines) == 60
    assert change.more > 800


def nulled(tables):
    """Without the words of articles."""

    def strip(table):
        for at, field in enumerate(table.schema):
            if field.name in ("text", "title"):
                table = table.set_column(at, field, pa.nulls(table.num_rows, field.type))
            elif pa.types.is_struct(field.type) and "text" in [f.name for f in field.type]:
                values = [v and {**v, "text": None} for v in table[field.name].to_pylist()]
                table = table.set_column(at, field, pa.array(values, field.type))
        return table

    return {place: strip(table) for place, table in tables.items()}


def test_a_release_without_words_is_compared_by_what_it_has(compare, tmp_path):
    def edit(rows):
        rows["stance", "test"][0]["label"] = "neutral"
        rows["articles", "test"][0]["text_sha256"] = "3" * 64

    for version, said in (("1.0.0", "with words"), ("1.1.0", "without")):
        folder = tmp_path / version / "schemas"
        folder.mkdir(parents=True)
        (folder / "stance.yaml").write_text(said)
        (folder / "targets.yaml").write_text(version)
    found = compare(edit, tables=nulled, new={"text": "withheld"})
    assert found.documents == (("schemas/targets.yaml", "changed"),)
    assert config(found, "stance").columns == {"label": 1}
    assert config(found, "articles").columns == {"text_sha256": 1}
    assert config(found, "events").same
    assert found.texts.changed == 1
    assert found.texts.changes[0].lines == ()
    assert "None" not in as_text(found)
    assert "words of articles were not compared" in as_text(found)
    assert found.honest.level == "PATCH"


@pytest.mark.parametrize("form", [as_text, as_markdown, as_json, changelog_section])
def test_hostile_text_is_safe_in_every_form(compare, form):
    evil = "\x1b[31m\u202e<script>alert(1)</script> | `x` ```\n# title\n| a | b |\x9b"

    def edit(rows):
        rows["stance", "test"][0].update(holder=evil, stance_id="`" + evil)
        rows["stance", "train"][0].update(target=evil)
        rows["articles", "test"][0].update(text=evil, text_sha256="4" * 64)

    withheld = {"a" * 16: "\x1b[2J `code`"}
    shown = form(compare(edit, new={"withheld": withheld}))
    assert not [c for c in shown if not c.isprintable() and c not in "\n\u200d"]
    if form in (as_markdown, changelog_section):
        outside = shown.split("```")[::2]
        assert not any("<script>" in part.replace("`", "") for part in outside if "`" not in part)
        assert "\n# title" not in shown
    if form is as_json:
        assert json.loads(shown)["texts"]["changed"] == 1


def test_shards_and_the_order_of_rows_make_no_difference(tmp_path, rows, plain, before):
    changed = copy.deepcopy(rows)
    changed["events", "train"][2]["polarity"] = "NEGATIVE"
    changed["annotations", "train"].pop(7)
    found = diff_releases(before, write(tmp_path / "a" / "1.0.1", tables_of(changed)))
    shuffled = {place: random.Random(1).sample(r, len(r)) for place, r in changed.items()}
    other = diff_releases(
        write(tmp_path / "b" / "1.0.0", plain, shard_rows=45),
        write(tmp_path / "b" / "1.0.1", tables_of(shuffled), shard_rows=70),
    )
    assert [replace(c, changes=(), removed_ids=()) for c in found.configs] == [
        replace(c, changes=(), removed_ids=()) for c in other.configs
    ]
    assert found.honest == other.honest


def plain_diff(old, new, key):
    """The same by dictionaries."""

    def by_key(rows):
        found, seen = {}, {}
        for row in rows:
            name = tuple(row[k] for k in key)
            seen[name] = seen.get(name, 0) + 1
            found[name, seen[name]] = row
        return found

    one, other = by_key(old), by_key(new)
    both = one.keys() & other.keys()
    columns = {}
    for name in both:
        for column in one[name]:
            if one[name][column] != other[name][column]:
                columns[column] = columns.get(column, 0) + 1
    changed = sum(one[name] != other[name] for name in both)
    return len(other.keys() - one.keys()), len(one.keys() - other.keys()), changed, columns


@pytest.mark.parametrize("seed", range(2))
def test_counts_are_those_of_a_comparison_by_hand(tmp_path, rows, plain, seed):
    rng = random.Random(seed)
    changed = copy.deepcopy(rows)
    for (table, _), found in changed.items():
        for row in list(found):
            act = rng.random()
            if act < 0.1:
                found.remove(row)
            elif act < 0.3:
                donor = rng.choice(found)
                column = rng.choice([c for c in TABLES[table].columns if c.name != "article_id"])
                if not column.unique:
                    row[column.name] = copy.deepcopy(donor[column.name])
    old = write(tmp_path / "1.0.0", plain, shard_rows=60)
    new = write(tmp_path / "2.0.0", tables_of(changed))
    found = diff_releases(old, new)
    for item in found.configs:
        sides = [
            [row for split in SPLITS for row in side.get((item.config, split), [])]
            for side in (rows, changed)
        ]
        expected = plain_diff(*sides, item.key)
        assert (item.added, item.removed, item.changed, item.columns) == expected
        for confusion in item.confusions:
            declared = next(c for c in TABLES[item.config].columns if c.name == confusion.column)
            assert isinstance(declared.type, ClassOf)
            assert sum(n for _, _, n in confusion.pairs) == item.columns[confusion.column]


def damage(name):
    def truncate(folder):
        file = next(folder.glob("stance/*.parquet"))
        file.write_bytes(file.read_bytes()[:-40])

    def flip(folder):
        file = next(folder.glob("events/*.parquet"))
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)

    def lose(folder):
        next(folder.glob("articles/*.parquet")).unlink()

    def climb(folder):
        text = (folder / "MANIFEST.json").read_text().replace("stance/test", "../1.0.0/stance/test")
        (folder / "MANIFEST.json").write_text(text)

    def garble(folder):
        (folder / "MANIFEST.json").write_text('{"configs": {"stance": [1]}}')

    return locals()[name]


@pytest.mark.parametrize("name", ["truncate", "flip", "lose", "climb", "garble"])
def test_a_damaged_release_is_an_error_that_names_the_file(tmp_path, before, name):
    old, new = (shutil.copytree(before, tmp_path / name) for name in ("1.0.0", "1.1.0"))
    damage(name)(new)
    with pytest.raises(DamagedReleaseError, match=r"1\.1\.0") as caught:
        diff_releases(old, new)
    assert caught.value.exit_code == 3


def test_what_is_no_release_and_another_dataset_are_refused(tmp_path, plain, before):
    old = before
    with pytest.raises(UsageError, match="does not exist"):
        diff_releases(old, tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no release"):
        diff_releases(tmp_path / "empty", old)
    other = write(tmp_path / "other", plain, name="else")
    with pytest.raises(UsageError, match="'else'"):
        diff_releases(old, other)


def test_what_a_label_means_is_part_of_the_version(compare, tmp_path, rows):
    ontology = (
        'scheme_version: "1.1"\nevent_types:\n  - {name: AID, definition: one}\n'
        "migrations:\n  - scheme_version: '1.1'\n    changes:\n"
        "      - {of: event_type, split: AID, into: [AID, RESCUE]}\n"
    )
    for version, text in (
        ("1.0.0", "event_types:\n  - {name: AID, definition: two}\n"),
        ("1.1.0", ontology),
    ):
        folder = tmp_path / version / "schemas"
        folder.mkdir(parents=True)
        (folder / "ontology.yaml").write_text(text)
    found = compare(new={"scheme_version": "1.1"})
    assert [(c.level, c.kind) for c in found.schema] == [("MAJOR", "meaning")]
    assert found.definitions == ("event_types.AID",)


@pytest.mark.parametrize(
    ("version", "edit", "refused"),
    [
        ("1.0.1", "label", False),
        ("1.0.1", "row", True),
        ("1.1.0", "row", False),
        ("2.0.0", "row", False),
        ("1.9.0", "column", True),
        ("2.0.0", "column", False),
        ("0.9.0", "label", True),
    ],
)
def test_a_number_that_says_too_little_is_refused(compare, version, edit, refused):
    def change(rows):
        if edit == "label":
            rows["stance", "test"][0]["label"] = "neutral"
        elif edit == "row":
            rows["stance", "test"].pop()

    tables = without("agreement") if edit == "column" else None
    found = compare(change, tables=tables, version=version)
    assert too_small(version, "1.0.0", found.honest) == refused


def test_the_command(command, tmp_path, rows, before):
    old = before
    changed = copy.deepcopy(rows)
    for row in changed["stance", "train"]:
        row["holder"] = "someone"
    new = write(tmp_path / "1.0.1", tables_of(changed))
    done = command("diff", str(old), str(new), "--format", "json", "--limit", "2")
    assert done.returncode == 0
    stance = next(c for c in json.loads(done.stdout)["configs"] if c["config"] == "stance")
    assert len(stance["changes"]) == 2
    assert stance["changed"] == sum(r["holder"] != "someone" for r in rows["stance", "train"])
    assert command("diff", str(old), str(tmp_path / "nothing")).returncode == 2
    next(new.glob("stance/*")).write_bytes(b"PAR1")
    assert command("diff", str(old), str(new), "--format", "markdown").returncode == 3
