"""REL: files that are damaged, missing, stray, or not what the manifest says."""

from __future__ import annotations

import json
import re
import shutil

from dataset_builder.tables import TABLES as CONTRACT
from tests.mutations.disk import (
    config_of,
    edit_card,
    edit_manifest,
    file_of,
    files_of,
    name_in,
    replace,
    rewrite,
    seal,
    write,
)
from tests.mutations.draft import refigure
from tests.mutations.kind import TABLES, NotHere, Place, files

SCHEMAS = ("stance", "events", "articles", "annotations")
DOCUMENTS = ("CHANGELOG.md", "LICENSE", "CITATION.cff", "schemas/ontology.yaml",
             "schemas/guidelines.md", "schemas/stance.yaml", "schemas/actors.yaml")  # fmt: skip


@files("REL001")
def manifest_missing(release, site, rng):
    (release / "MANIFEST.json").unlink()
    seal(release)
    return Place("MANIFEST.json")


@files("REL001")
def manifest_cut_off(release, site, rng):
    text = (release / "MANIFEST.json").read_text(encoding="utf-8")
    write(release, "MANIFEST.json", text[: rng.randrange(1, len(text) - 2)])
    return Place("MANIFEST.json", says="JSON")


@files("REL001")
def manifest_of_another_kind(release, site, rng):
    write(release, "MANIFEST.json", rng.choice(("[]", "7", '"x"', "null")))
    return Place("MANIFEST.json")


@files("REL001", *TABLES)
def manifest_without_a_split(release, site, rng):
    edit_manifest(release, lambda data: data["configs"][site.table].pop(site.split))
    return Place("MANIFEST.json", says=f"{site.table}/{site.split}")


@files("REL001")
def manifest_without_its_head(release, site, rng):
    key = rng.choice(("text", "name", "schema_version", "date", "scheme_version"))
    edit_manifest(release, lambda data: data.pop(key))
    return Place("MANIFEST.json", says=key)


@files("REL001")
def manifest_of_no_day(release, site, rng):
    day = rng.choice((None, "yesterday", "20261122", "2026-02-30", 7))
    edit_manifest(release, lambda data: data.update(date=day))
    return Place("MANIFEST.json", says="date")


@files("REL001", *TABLES)
def manifest_with_a_file_twice(release, site, rng):
    def change(data):
        entry = data["configs"][site.table][site.split]
        entry["files"] *= 2
        entry["rows"] *= 2

    edit_manifest(release, change)
    return Place("MANIFEST.json", says="twice")


@files("REL001")
def manifest_with_a_key_twice(release, site, rng):
    text = (release / "MANIFEST.json").read_text(encoding="utf-8")
    start = rng.choice([found.end() for found in re.finditer("{", text)])
    write(release, "MANIFEST.json", f'{text[:start]}"rows": 1, "rows": 2, {text[start:]}')
    return Place("MANIFEST.json", says="twice")


@files("REL002", *TABLES)
def file_missing(release, site, rng):
    path = rng.choice(files_of(release, site.table, site.split))
    path.unlink()
    return Place(name_in(release, path), site.split)


@files("REL002")
def document_missing_but_listed(release, site, rng):
    name = rng.choice(DOCUMENTS)
    (release / name).unlink()
    return Place(name)


@files("REL003")
def stray_note(release, site, rng):
    name = rng.choice(("notes.txt", ".DS_Store", "schemas/old.yaml", "stance/notes.csv"))
    (release / name).write_text("x")
    return Place(name)


@files("REL003")
def stray_file_with_a_sum(release, site, rng):
    name = rng.choice((".env", "all.PARQUET", "annotations/ids.private.yaml", "stance/notes.csv",
                       "schemas/old/stance.yaml", "more/train.parquet", "figures/a.py"))  # fmt: skip
    (release / name).parent.mkdir(exist_ok=True)
    (release / name).write_text("x")
    seal(release)
    return Place(name)


@files("REL003", *TABLES)
def stray_parquet_with_a_sum(release, site, rng):
    path = file_of(release, site.table, site.split)
    new = path.with_name(
        rng.choice((f"{site.split}-00009-of-00010-{'0' * 12}.parquet", "x.PARQUET"))
    )
    if rng.random() < 0.3:
        new = path.parent / "x=1" / path.name
        new.parent.mkdir()
    shutil.copy(path, new)
    seal(release)
    return Place(name_in(release, new))


@files("REL003", *TABLES)
def stray_parquet(release, site, rng):
    path = file_of(release, site.table, site.split)
    new = path.with_name(f"{site.split}-00009-of-00010-{'0' * 12}.parquet")
    shutil.copy(path, new)
    return Place(name_in(release, new))


@files("REL004")
def document_edited(release, site, rng):
    name = rng.choice(("LICENSE", "schemas/guidelines.md"))
    (release / name).write_text("do what you want")
    return Place(name)


@files("REL004")
def sum_edited(release, site, rng):
    path = release / "SHA256SUMS"
    lines = path.read_text().splitlines()
    names = [n for n, line in enumerate(lines) if not line.endswith((".parquet", "README.md"))
             and "MANIFEST" not in line]  # fmt: skip
    at = rng.choice(names)
    lines[at] = "0" * 64 + lines[at][64:]
    path.write_text("\n".join(lines) + "\n")
    return Place(lines[at][66:])


@files("REL005", *TABLES)
def checksum_edited(release, site, rng):
    path = file_of(release, site.table, site.split)

    def change(data):
        shard = data["configs"][site.table][site.split]["files"][0]
        shard["sha256"] = shard["sha256"][:12] + "0" * 52

    edit_manifest(release, change)
    return Place(name_in(release, path), site.split)


def rename(release, table, split, change):
    """Rename the first file of a split wherever the release names it; its new name."""
    path = file_of(release, table, split)
    new = path.with_name(change(path.name))
    old_name, new_name = name_in(release, path), name_in(release, new)
    path.rename(new)

    def manifest(data):
        for shard in data["configs"][table][split]["files"]:
            shard["file"] = new_name if shard["file"] == old_name else shard["file"]

    def card(data):
        for item in config_of(data, table)["data_files"]:
            item["path"] = [new_name if p == old_name else p for p in item["path"]]

    edit_manifest(release, manifest)
    edit_card(release, card)
    return new_name


@files("REL006", *TABLES)
def named_after_another_file(release, site, rng):
    digest = f"{rng.getrandbits(48):012x}"
    name = rename(release, site.table, site.split,
                  lambda name: re.sub(r"[0-9a-f]{12}\.", f"{digest}.", name))  # fmt: skip
    return Place(name, site.split)


@files("REL006", *TABLES)
def named_without_a_digest(release, site, rng):
    name = rename(release, site.table, site.split,
                  lambda name: re.sub(r"-[0-9a-f]{12}\.", ".", name))  # fmt: skip
    return Place(name, site.split)


@files("REL007", *TABLES)
def rows_miscounted(release, site, rng):
    more = rng.choice((-1, 1, 100))

    def change(data):
        entry = data["configs"][site.table][site.split]
        entry["rows"] += more
        entry["files"][0]["rows"] += more

    edit_manifest(release, change)
    return Place(site.table, site.split)


@files("REL008", *TABLES)
def content_of_other_rows(release, site, rng):
    def change(data):
        data["configs"][site.table][site.split]["content_sha256"] = f"{rng.getrandbits(256):064x}"

    edit_manifest(release, change)
    return Place(site.table, site.split)


@files("REL008")
def content_of_another_definition(release, site, rng):
    edit_manifest(release, lambda data: data.update(content_version=rng.choice((2, "1", True))))
    return Place("MANIFEST.json", says="definition")


@files("REL009", *TABLES)
def parquet_cut_off(release, site, rng):
    path = rng.choice(files_of(release, site.table, site.split))
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])
    return Place(name_in(release, path), site.split)


@files("REL009", *TABLES)
def parquet_that_is_none(release, site, rng):
    path = rng.choice(files_of(release, site.table, site.split))
    path.write_bytes(rng.choice((b"not at all", b"PAR1PAR1", b"a,b\n1,2\n", b"\0" * 500)))
    return Place(name_in(release, path), site.split)


@files("REL009", *TABLES)
def column_twice(release, site, rng):
    """A table that was joined to itself."""
    name = rng.choice([column.name for column in CONTRACT[site.table].columns])

    def change(table):
        return table.append_column(table.schema.field(name), table[name])

    return Place(rewrite(release, site.table, change, site.split), site.split)


def _metadata(change):
    def apply(table):
        info = json.loads(table.schema.metadata[b"huggingface"])
        change(info["info"]["features"])
        return table.replace_schema_metadata({"huggingface": json.dumps(info)})

    return apply


def labels_in(features):
    """(column, names) of every label, at any depth."""

    def inside(item):
        if isinstance(item, list):
            item = {"item": item[0]}
        if item.get("_type") == "ClassLabel":
            yield item["names"]
        elif item.get("_type") == "List":
            yield from inside(item["feature"])
        elif "_type" not in item:
            for one in item.values():
                yield from inside(one)

    return [(name, names) for name, item in features.items() for names in inside(item)]


@files("REL012", "stance", "events", "articles", "annotations")
def labels_reordered_in_a_file(release, site, rng):
    chosen = []

    def change(features):
        column, names = rng.choice(labels_in(features))
        chosen.append(column)
        one, other = rng.sample(range(len(names)), 2)
        names[one], names[other] = names[other], names[one]

    rewrite(release, site.table, _metadata(change), site.split)
    return Place(site.table, site.split, says=chosen[0])


@files("REL012", *TABLES)
def file_without_features(release, site, rng):
    rewrite(release, site.table, lambda t: t.replace_schema_metadata(None), site.split)
    return Place(site.table, site.split)


@files("REL017", "stance", "events")
def empty_split(release, site, rng):
    for table in ("stance", "events", "triggers", "annotations"):
        for extra in files_of(release, table, site.split)[1:]:
            raise NotHere(extra)
        rewrite(release, table, lambda table: table.slice(0, 0), site.split)
    refigure(release)
    return Place(site.table, site.split)


@files("REL018")
def labels_of_another_scheme(release, site, rng):
    old, new = rng.choice((("name: against", "name: opposed"), ("name: AID", "name: HELP"),
                           ("quad: verbal_conflict", "quad: material_conflict")))  # fmt: skip
    replace(release, "schemas/ontology.yaml", old, new)
    return Place("schemas/ontology.yaml")


@files("REL018")
def registry_broken(release, site, rng):
    name = rng.choice(("schemas/actors.yaml", "schemas/targets.yaml", "schemas/annotators.yaml"))
    key = "pseudonym" if "annotators" in name else "id"
    text = (release / name).read_text(encoding="utf-8")
    entry = rng.choice((f"- {key}: no\n", "- [\n", f"- {{{key}: x}}\n- {{{key}: x}}\n", "- 7\n",
                        f"- {{{key}: 7, name: 7, kind: 7}}\n", "\x00", "&a [*a]"))  # fmt: skip
    write(release, name, f"{text}\n{entry}")
    return Place(name, says="cannot be read")


@files("REL020")
def sums_missing(release, site, rng):
    (release / "SHA256SUMS").unlink()
    return Place("SHA256SUMS")


@files("REL020")
def sums_garbled(release, site, rng):
    path = release / "SHA256SUMS"
    path.write_text(path.read_text() + rng.choice(("what is this\n", "abc  README.md\n", "\x00\n")))
    return Place("SHA256SUMS")


@files("REL020")
def sums_outside(release, site, rng):
    path = release / "SHA256SUMS"
    name = rng.choice(("../secret", "/etc/passwd", "stance/../../secret"))
    (release.parent / "secret").write_text("x")
    path.write_text(path.read_text() + "0" * 64 + f"  {name}\n")
    return Place("SHA256SUMS", says="outside")


@files("REL020")
def sum_there_twice(release, site, rng):
    path = release / "SHA256SUMS"
    lines = path.read_text().splitlines()
    line = rng.choice(lines)
    path.write_text("\n".join([f"{'0' * 64}{line[64:]}", *lines]) + "\n")
    return Place("SHA256SUMS", says="before")


@files("REL020", *TABLES)
def sum_forgotten(release, site, rng):
    name = name_in(release, file_of(release, site.table, site.split))
    path = release / "SHA256SUMS"
    lines = [line for line in path.read_text().splitlines() if not line.endswith(name)]
    path.write_text("\n".join(lines) + "\n")
    return Place("SHA256SUMS", says=name)


@files("REL021")
def document_missing(release, site, rng):
    name = rng.choice(DOCUMENTS)
    (release / name).unlink()
    seal(release)
    return Place(name)


@files("REL021")
def later_document_missing(release, site, rng):
    name = rng.choice(("CODEBOOK.md", "croissant.json"))
    (release / name).unlink()
    seal(release)
    return Place(name)


@files("REL021")
def document_without_words(release, site, rng):
    name = rng.choice(("LICENSE", "CITATION.cff"))
    write(
        release,
        name,
        rng.choice(("", " \n")) if name == "LICENSE" else rng.choice(("", "- [", "7")),
    )
    return Place(name, says="nothing")


@files("REL022")
def link_to_elsewhere(release, site, rng):
    name = rng.choice(("LICENSE", "schemas/guidelines.md", "CHANGELOG.md"))
    (release / name).unlink()
    (release / name).symlink_to("/etc/hostname")
    return Place(name)


@files("REL025", *TABLES)
def file_encoded_again(release, site, rng):
    options = rng.choice(({"compression": "snappy"}, {"compression": "none"}))
    name = rewrite(release, site.table, lambda table: table, site.split, **options)
    return Place(name, site.split)


@files("REL026", *TABLES)
def shard_of_another_count(release, site, rng):
    name = rename(
        release, site.table, site.split,
        lambda name: re.sub(r"-of-\d{5}", f"-of-{rng.choice((7, 20)):05}", name),
    )  # fmt: skip
    return Place(name, site.split)


@files("REL026", *TABLES)
def shard_of_another_number(release, site, rng):
    name = rename(
        release, site.table, site.split,
        lambda name: re.sub(r"-\d{5}-of-", f"-{rng.choice((900, 99)):05}-of-", name),
    )  # fmt: skip
    return Place(name, site.split)


@files("REL029")
def loading_script(release, site, rng):
    title = json.loads((release / "MANIFEST.json").read_text(encoding="utf-8"))["name"]
    name = rng.choice((f"{title}.py", f"{release.name}.py", "dataset_infos.json"))
    write(release, name, "{}\n")
    return Place(name)
