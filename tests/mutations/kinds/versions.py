"""VER: versions, contracts, and changes that the version number does not allow."""

from __future__ import annotations

import json
import re

import pyarrow as pa

from dataset_builder.project import SPLITS
from tests.factory import registries
from tests.mutations.disk import edit_manifest, remove, replace, replace_pattern, rewrite_all, seal
from tests.mutations.kind import TABLES, WHOLE, NotHere, Place, files, predecessor, successor

ONTOLOGY = registries().ontology


@files("VER001")
def version_of_another_form(release, site, rng):
    version = rng.choice(("1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "latest"))
    edit_manifest(release, lambda data: data.update(version=version))
    return Place("MANIFEST.json")


@files("VER002")
def contract_of_the_future(release, site, rng):
    edit_manifest(release, lambda data: data.update(schema_version=rng.choice(("99", "0", "1.5"))))
    return Place("MANIFEST.json")


@files("VER003")
def labels_of_another_version(release, site, rng):
    edit_manifest(release, lambda data: data.update(scheme_version=rng.choice(("0.1", "9"))))
    return Place("MANIFEST.json")


@successor("VER004", splits=SPLITS)
def published_article_moved(draft, site, rng):
    source = rng.choice([split for split in SPLITS if split != site.split])
    stories = [row["story"] for row in draft.all("articles")]
    found = [row for row in draft["articles", source] if stories.count(row["story"]) == 1]
    if not found or len(draft["articles", source]) < 2:
        raise NotHere
    row = rng.choice(found)
    draft.move(row["article_id"], source, site.split)
    return draft.at("articles", row, site.split)


@successor("VER005", "articles")
def article_id_of_another_page(draft, site, rng):
    row = draft.pick(site, rng)
    row["raw_sha256"] = f"{row['article_id']}{rng.getrandbits(192):048x}"
    return draft.at("articles", row, site.split)


@successor("VER005", "events")
def mention_id_of_another_trigger(draft, site, rng):
    """Two triggers of an annotation have exchanged their ids."""
    pairs = [
        (one, other)
        for one in draft["events", site.split]
        for other in draft.all("events", site.split, article_id=one["article_id"])
        if one["trigger"]["start"] < other["trigger"]["start"]
        and one["trigger"]["text"] != other["trigger"]["text"]
        and all(row["event_id"] == row["mention_id"] for row in (one, other))
        and len(draft.all("events", site.split, event_id=one["mention_id"])) == 1
        and len(draft.all("events", site.split, event_id=other["mention_id"])) == 1
    ]
    if not pairs:
        raise NotHere
    one, other = rng.choice(pairs)
    _exchange(draft, site, one, other)
    for row, name in ((one, other["mention_id"]), (other, one["mention_id"])):
        row["mention_id"] = row["event_id"] = name
    return draft.at("events", rng.choice((one, other)), site.split, says="trigger")


def _exchange(draft, site, one, other):
    """Exchange the ids of two triggers in all annotations of their article."""
    mine, theirs = (row["mention_id"].partition(":")[2] for row in (one, other))
    names = {mine: theirs, theirs: mine}
    for row in draft.all("annotations", site.split, article_id=one["article_id"]):
        for end in ("region_id", "from_id", "to_id"):
            row[end] = names.get(row[end], row[end])


@successor("VER005", "stance")
def stance_id_of_other_evidence(draft, site, rng):
    """The region of the evidence is now on the words before it or behind it."""
    row = draft.pick(site, rng, lambda row: row["basis"] == "annotated")
    old, region = dict(row["evidence"]), draft.region_of(row, site.split)
    begin, end = row["context_start"], row["context_start"] + len(row["text"])
    text = draft.article(row)["text"]
    free = [m for m in re.finditer(r"\b\w+\b", text[begin:end])
            if begin + m.end() < old["start"] or begin + m.start() > old["end"]]  # fmt: skip
    words = rng.choice([m for m in free if m.group() not in old["text"]])
    new = {"start": begin + words.start(), "end": begin + words.end(), "text": words.group()}
    for other in draft.all("stance", site.split, article_id=row["article_id"]):
        if other["evidence"] == old and draft.region_of(other, site.split) == region:
            other["evidence"] = dict(new)
    for other in draft.all("annotations", site.split, region_id=region):
        other.update(new)
    return draft.at("stance", row, site.split, says="evidence")


@predecessor("VER006", *TABLES, splits=WHOLE)
def column_gone(release, site, rng):
    rewrite_all(release, site.table, _with_column("weather"))
    return Place(site.table, says="weather")


@predecessor("VER006", "stance.expression", "events.tense", "articles.byline",
             "annotations.origin", splits=WHOLE, version="1.0.1")  # fmt: skip
def column_new(release, site, rng):
    rewrite_all(release, site.table, _without_column(site.column))
    return Place(site.table, says=site.column)


@predecessor("VER006", "stance.label", "events.type", "annotations.kind", splits=WHOLE)
def labels_reordered(release, site, rng):
    rewrite_all(release, site.table, _labels(site.column, lambda names: names[::-1]))
    return Place(site.table, says=site.column)


@predecessor("VER006", "stance.label", "events.type", "events.tense", splits=WHOLE,
             version="1.0.1")  # fmt: skip
def label_added(release, site, rng):
    rewrite_all(release, site.table, _labels(site.column, lambda names: names[:-1]))
    return Place(site.table, says=site.column)


@predecessor("VER006", "stance", "events", "annotations", splits=WHOLE, version="1.0.1")
def config_new(release, site, rng):
    for split in SPLITS:
        if list((release / site.table).glob(f"{split}-*")):
            remove(release, site.table, split)
    return Place(site.table)


@successor("VER006", "events", splits=("test",))
def split_gone(draft, site, rng):
    for table in ("events", "stance"):
        draft[table, site.split] = []
    entered = draft["annotations", site.split]
    draft["annotations", site.split] = [row for row in entered if row["kind"] == "article"]
    return Place(site.table, says=site.split)


@predecessor("VER006", "stance.evidence", "events.arguments", "articles.sentences", splits=WHOLE)
def field_gone(release, site, rng):
    rewrite_all(release, site.table, _with_field(site.column, "weather"))
    return Place(site.table, says=site.column)


@predecessor("VER006", "stance.evidence", "events.arguments", "stance.votes", splits=WHOLE,
             version="1.0.1")  # fmt: skip
def field_new(release, site, rng):
    rewrite_all(release, site.table, _without_last_field(site.column))
    return Place(site.table, says=site.column)


def _features(table, change):
    info = json.loads(table.schema.metadata[b"huggingface"])
    change(info["info"]["features"])
    return table.replace_schema_metadata({"huggingface": json.dumps(info)})


def _labels(column, change):
    return lambda table: _features(
        table, lambda f: f[column].update(names=change(f[column]["names"]))
    )


def _with_column(name):
    def change(table):
        wider = table.append_column(name, [["fine"] * table.num_rows])
        column = {name: {"dtype": "string", "_type": "Value"}}
        return _features(wider, lambda features: features.update(column))

    return change


def _without_column(name):
    return lambda table: _features(table.drop_columns([name]), lambda f: f.pop(name))


def _with_field(column, name):
    return lambda table: _restructured(
        table,
        column,
        lambda row: {**row, name: "fine"},
        lambda fields: fields.update({name: {"dtype": "string", "_type": "Value"}}),
    )


def _without_last_field(column):
    return lambda table: _restructured(
        table, column, lambda row: dict(list(row.items())[:-1]), lambda fields: fields.popitem()
    )


def _restructured(table, column, change, declare):
    """The table with other fields in the structs of a column, be they in a list or not."""
    rows = [
        [change(item) for item in value] if isinstance(value, list) else value and change(value)
        for value in table[column].to_pylist()
    ]
    table = table.set_column(table.schema.get_field_index(column), column, [pa.array(rows)])
    return _features(
        table, lambda features: declare(features[column].get("feature", features[column]))
    )


@successor("VER007", "stance", splits=("train",), version="1.0.1")
def row_removed_by_a_patch(draft, site, rng):
    row = draft.pick(site, rng, lambda row: row["basis"] in ("derived", "grid"))
    rest = [r for r in draft["stance", site.split] if r is not row]
    if not rest:
        raise NotHere
    draft["stance", site.split] = rest
    return Place("stance", id=row["stance_id"], says="removed")


@predecessor("VER007", "stance", "events", version="1.0.1")
def row_added_by_a_patch(release, site, rng):
    from tests.mutations.disk import rewrite

    rewrite(release, site.table, lambda table: table.slice(1), site.split)
    return Place(site.table, says="added")


@successor("VER008", version="0.9.0")
def version_going_back(draft, site, rng):
    return Place("MANIFEST.json")


@files("VER009")
def changelog_silent(release, site, rng):
    path = release / "CHANGELOG.md"
    path.write_text(path.read_text(encoding="utf-8").replace("[1.0.0]", "[0.9.9]"))
    seal(release)
    return Place("CHANGELOG.md")


@predecessor("VER010", "stance.favor", "events.ASSAULT", splits=WHOLE)
def label_of_another_meaning(release, site, rng):
    # Either on one line in braces, or on lines of its own.
    pattern = rf"(name: {site.column}\b(?:[^\n]*|\n    quad: \w+\n    )definition: )[^\n}}]*"
    replace_pattern(release, "schemas/ontology.yaml", pattern, r'\1"something else altogether" ')
    return Place("schemas/ontology.yaml", says=site.column)


@files("VER013", *TABLES, splits=WHOLE)
def contract_loosened(release, site, rng):
    """Bounds, patterns or nulls that the package's contract does not allow."""
    old, new = rng.choice((
        ("nullable: false", "nullable: true"), ("unique: true", "unique: false"),
        ("strict: true", "strict: false"), ("ordered: true", "ordered: false"),
    ))  # fmt: skip
    replace(release, f"schemas/{site.table}.yaml", old, new)
    return Place(f"schemas/{site.table}.yaml")


@files("VER013", *TABLES, splits=WHOLE)
def contract_below_another(release, site, rng):
    name = f"schemas/{site.table}.yaml"
    above = rng.choice(("nullable: true\n---\n", "more: 1\n", "[]\n---\n", "# a\nx: 1 # b\n"))
    path = release / name
    path.write_text(above + path.read_text(encoding="utf-8"), encoding="utf-8")
    seal(release)
    return Place(name)


@files("VER013", *TABLES, splits=WHOLE)
def contract_missing_a_column(release, site, rng):
    import yaml

    path = release / f"schemas/{site.table}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["columns"].pop(rng.choice(sorted(data["columns"])))
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    seal(release)
    return Place(f"schemas/{site.table}.yaml")
