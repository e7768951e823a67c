"""REL: a card that says something else than the data."""

from __future__ import annotations

import re

from tests.mutations.disk import (
    config_of,
    edit_card,
    edit_prose,
    feature,
    replace_pattern,
    seal,
    split_of,
    write,
)
from tests.mutations.kind import TABLES, WHOLE, NotHere, Place, files

CARD = "README.md"


@files("REL010")
def card_missing(release, site, rng):
    (release / CARD).unlink()
    seal(release)
    return Place(CARD)


@files("REL010")
def card_of_broken_yaml(release, site, rng):
    bad = rng.choice(("pretty_name: a: b", "tags: [a, b", "license: &x *y", "x: !!python/name:os"))
    text = (release / CARD).read_text(encoding="utf-8")
    write(release, CARD, text.replace("---\n", f"---\n{bad}\n", 1))
    return Place(CARD, says="YAML")


@files("REL010")
def card_without_yaml(release, site, rng):
    write(release, CARD, "# A data set\n\nMade by the models draft-1 and draft-2.\n")
    return Place(CARD)


def _nested_labels(item):
    """Every `names` inside a column of the card."""
    if isinstance(item, list):
        for one in item:
            yield from _nested_labels(one)
    elif isinstance(item, dict):
        if "class_label" in item:
            yield item["class_label"]["names"]
        else:
            for one in item.values():
                yield from _nested_labels(one)


@files("REL011", *TABLES, splits=WHOLE)
def labels_reordered_in_the_card(release, site, rng):
    chosen = []

    def change(data):
        columns = config_of(data, site.table, "dataset_info")["features"]
        labelled = [(c["name"], n) for c in columns for n in _nested_labels(c)]
        column, names = rng.choice(labelled)
        chosen.append(column)
        one, other = rng.sample(sorted(names), 2)
        names[one], names[other] = names[other], names[one]

    edit_card(release, change)
    return Place(CARD, says=chosen[0])


@files("REL011", "stance.label", "events.type", "annotations.kind", splits=WHOLE)
def labels_with_a_gap_in_the_card(release, site, rng):
    def change(data):
        label = feature(data, site.table, site.column)["dtype"]["class_label"]
        ids = sorted(label["names"], key=int)
        moved = rng.randrange(len(ids))
        label["names"] = {
            (str(int(name) + 7) if at >= moved else name): label["names"][name]
            for at, name in enumerate(ids)
        }

    edit_card(release, change)
    return Place(CARD, says=site.column)


@files("REL011", *TABLES, splits=WHOLE)
def column_forgotten_in_the_card(release, site, rng):
    def change(data):
        columns = config_of(data, site.table, "dataset_info")["features"]
        columns.pop(rng.randrange(len(columns)))

    edit_card(release, change)
    return Place(CARD, says=site.table)


@files("REL011", *TABLES, splits=WHOLE)
def column_invented_by_the_card(release, site, rng):
    def change(data):
        columns = config_of(data, site.table, "dataset_info")["features"]
        columns.append({"name": "score", "dtype": "float64"})

    edit_card(release, change)
    return Place(CARD, says="score")


@files("REL011", "stance.evidence", "stance.target_span", "events.trigger", splits=WHOLE)
def offsets_as_text_in_the_card(release, site, rng):
    def change(data):
        feature(data, site.table, site.column)["struct"][0]["dtype"] = "string"

    edit_card(release, change)
    return Place(CARD, says=site.column)


@files("REL011", "stance.votes", "events.arguments", splits=WHOLE)
def lists_of_the_old_kind_in_the_card(release, site, rng):
    """`sequence` of a struct is a dict of lists to `datasets`, and fails to load."""

    def change(data):
        item = feature(data, site.table, site.column)
        item["sequence"] = item.pop("list")

    edit_card(release, change)
    return Place(CARD, says=site.column)


@files("REL011", *TABLES, splits=WHOLE)
def config_without_features_in_the_card(release, site, rng):
    def change(data):
        data["dataset_info"].remove(config_of(data, site.table, "dataset_info"))

    edit_card(release, change)
    return Place(CARD, says=site.table)


@files("REL011")
def features_of_no_config(release, site, rng):
    def change(data):
        old = data["dataset_info"][-1]
        data["dataset_info"].append({**old, "config_name": "tokens"})

    edit_card(release, change)
    return Place(CARD, says="tokens")


@files("REL013", *TABLES)
def card_offers_another_file(release, site, rng):
    def change(data):
        found = config_of(data, site.table)["data_files"]
        mine = [item for item in found if item["split"] == site.split]
        others = [item for item in found if item["split"] != site.split]
        if not mine or not others:
            raise NotHere
        mine[0]["path"] = rng.choice(others)["path"]

    edit_card(release, change)
    return Place(CARD, site.split)


@files("REL013", *TABLES, splits=WHOLE)
def config_with_a_setting(release, site, rng):
    key, value = rng.choice((("columns", ["text"]), ("filters", []), ("features", {}),
                             ("data_dir", "."), ("drop_labels", True), ("sep", ",")))  # fmt: skip

    def change(data):
        config = config_of(data, site.table)
        rng.choice((config, config["data_files"][0]))[key] = value

    edit_card(release, change)
    return Place(CARD, says=key)


@files("REL013", *TABLES)
def card_offers_twice(release, site, rng):
    whole = rng.random() < 0.5

    def change(data):
        found = config_of(data, site.table)["data_files"]
        mine = rng.choice([item for item in found if item["split"] == site.split])
        if whole:
            found.append(dict(mine))
        else:
            mine["path"] = mine["path"] * 2

    edit_card(release, change)
    return Place(CARD, site.split, says="twice")


@files("REL013")
def config_without_files(release, site, rng):
    files = rng.choice(([], None))
    edit_card(release, lambda data: data["configs"].append(
        {"config_name": "more", "version": data["configs"][0]["version"], "data_files": files}))  # fmt: skip
    return Place(CARD, says="more")


@files("REL013", *TABLES)
def card_offers_a_pattern(release, site, rng):
    pattern = rng.choice((f"{site.table}/{site.split}-*", f"{site.table}/*.parquet", "**"))

    def change(data):
        found = config_of(data, site.table)["data_files"]
        for item in found:
            if item["split"] == site.split:
                item["path"] = pattern
                return
        raise NotHere

    edit_card(release, change)
    return Place(CARD, site.split, says=pattern)


@files("REL013", *TABLES)
def card_without_a_split(release, site, rng):
    def change(data):
        config = config_of(data, site.table)
        rest = [item for item in config["data_files"] if item["split"] != site.split]
        if len(rest) == len(config["data_files"]):
            raise NotHere
        config["data_files"] = rest

    edit_card(release, change)
    return Place(CARD, site.split)


@files("REL014", *TABLES)
def card_miscounts(release, site, rng):
    edit_card(release, lambda data: split_of(data, site.table, site.split).update(
        num_examples=rng.choice((0, 7, 10**9))))  # fmt: skip
    return Place(CARD, site.split)


@files("REL015")
def another_config_by_default(release, site, rng):
    def change(data):
        del config_of(data, "stance")["default"]
        config_of(data, rng.choice(("events", "articles", "annotations")))["default"] = True

    edit_card(release, change)
    return Place(CARD)


@files("REL015")
def two_configs_by_default(release, site, rng):
    edit_card(release, lambda data: config_of(data, "events").update(default=True))
    return Place(CARD)


@files("REL016", *TABLES, splits=WHOLE)
def config_of_another_version(release, site, rng):
    version = rng.choice(("2.0.0", "1.0", "0.0.0"))
    edit_card(release, lambda data: config_of(data, site.table).update(version=version))
    return Place(CARD)


@files("REL016")
def citation_of_another_version(release, site, rng):
    replace_pattern(release, "CITATION.cff", "^version:.*", 'version: "0.9.0"')
    return Place("CITATION.cff")


@files("REL016")
def citation_of_another_day(release, site, rng):
    replace_pattern(release, "CITATION.cff", "^date-released:.*", 'date-released: "1999-01-01"')
    return Place("CITATION.cff", says="date")


@files("REL016")
def entry_of_another_day(release, site, rng):
    replace_pattern(release, "CHANGELOG.md", rf"^## \[{release.name}\] - .*",
                    f"## [{release.name}] - 1999-01-01")  # fmt: skip
    return Place("CHANGELOG.md", says="date")


@files("REL019")
def block_left_open(release, site, rng):
    name = rng.choice(("more", "agreement", "labels"))
    edit_prose(release, lambda text: f"{text}\n<!-- begin: {name} -->\n<!-- end: {name} -->\n")
    return Place(CARD, says=name)


@files("REL019")
def block_gone(release, site, rng):
    name = rng.choice(("version", "stats", "labels", "splits", "agreement", "provenance"))
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"

    def edit(text):
        start, stop = text.index(begin), text.index(end) + len(end)
        return rng.choice((
            text[:start] + text[stop:],
            text.replace(begin, ""),
            text.replace(end, ""),
            text.replace(end, f" {end}"),
        ))  # fmt: skip

    edit_prose(release, edit)
    return Place(CARD, says=name)


@files("REL019")
def picture_of_nothing(release, site, rng):
    edit_prose(release, lambda text: f"{text}\n![a plot](figures/another.svg)\n")
    return Place(CARD, says="figures/another.svg")


def _in_table(first, change):
    """Change a number in the table of the card whose first heading is `first`."""

    def edit(text):
        start = text.index(f"| {first} |")
        stop = text.find("\n\n", start)
        lines = text[start:stop].split("\n")
        for number, line in enumerate(lines[2:], start=2):
            changed = re.sub(r"\| (\d+) \|$", lambda m: f"| {change(int(m[1]))} |", line)
            if changed != line and change(-1) is None:
                break
            lines[number] = changed
            if changed != line:
                break
        return text[:start] + "\n".join(lines) + text[stop:]

    return edit


@files("REL023", "stance", "events", "articles", splits=WHOLE)
def figures_of_other_data(release, site, rng):
    first = {
        "stance": rng.choice(("Stance label", "Basis of the stance rows")),
        "events": "Event type",
        "articles": rng.choice(("Rows", "Split")),
    }[site.table]
    edit_prose(release, _in_table(first, lambda n: n + 2000))
    return Place(CARD, says=first)


@files("REL023", "stance", "events", "articles", splits=WHOLE)
def figures_of_other_data_with_other_line_ends(release, site, rng):
    first = {"stance": "Stance label", "events": "Event type", "articles": "Rows"}[site.table]
    edit_prose(release, _in_table(first, lambda n: n + 2000))
    path = release / CARD
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    seal(release)
    return Place(CARD, says=first)


@files("REL023", "stance", "events", "articles", "annotations", splits=WHOLE)
def figures_left_out(release, site, rng):
    first = {
        "stance": rng.choice(("Stance label", "Basis of the stance rows")),
        "events": "Event type",
        "articles": rng.choice(("Rows", "Split")),
        "annotations": "Annotator",
    }[site.table]
    whole = rng.random() < 0.3

    def edit(text):
        start = text.index(f"| {first} |")
        stop = start + re.search(r"\n(?!\|)", text[start:]).start()
        lines = text[start:stop].split("\n")
        told = [line for line in lines[2:] if not re.search(r"\| 0 \|$", line)]
        lines.remove(rng.choice(told))
        named = "\nBoth, draft-1 and draft-2, are models.\n"  # else that is missing, too
        rest = "Left out." if whole else "\n".join(lines)
        return text[:start] + rest + text[stop:] + named

    edit_prose(release, edit)
    return Place(CARD, says=first)


@files("REL024", *TABLES)
def bytes_of_a_split(release, site, rng):
    edit_card(release, lambda data: split_of(data, site.table, site.split).update(num_bytes=12))
    return Place(CARD, site.split)


@files("REL024", *TABLES, splits=WHOLE)
def bytes_of_a_config(release, site, rng):
    key = rng.choice(("download_size", "dataset_size"))
    edit_card(release, lambda data: config_of(data, site.table, "dataset_info").update({key: 12}))
    return Place(CARD, says=key)


@files("REL024", *TABLES)
def bytes_of_a_file(release, site, rng):
    from tests.mutations.disk import edit_manifest, file_of

    file_of(release, site.table, site.split)

    def change(data):
        data["configs"][site.table][site.split]["files"][0]["bytes"] += rng.choice((-1, 1, 999))

    edit_manifest(release, change)
    return Place("MANIFEST.json", site.split)


@files("REL030")
def head_without(release, site, rng):
    key = rng.choice(("license", "language", "size_categories"))
    edit_card(release, lambda data: data.pop(key))
    return Place(CARD, says=key)


@files("REL030")
def head_of_other_languages(release, site, rng):
    edit_card(release, lambda data: data.update(language=rng.choice((["de"], ["en", "tr"], "tr"))))
    return Place(CARD, says="languages")


@files("REL030")
def head_with_a_word_of_no_vocabulary(release, site, rng):
    key, word = rng.choice((
        ("license", "CC BY 4.0"), ("task_categories", ["stance-detection"]),
        ("annotations_creators", ["human"]), ("language_creators", ["scraped"]),
        ("source_datasets", ["self-made"]),
    ))  # fmt: skip
    edit_card(release, lambda data: data.update({key: word}))
    return Place(CARD, says=key)


@files("REL030")
def head_of_another_size(release, site, rng):
    sizes = rng.choice((["10K<n<100K"], ["small"], ["n<1K", "1K<n<10K"]))
    edit_card(release, lambda data: data.update(size_categories=sizes))
    return Place(CARD, says="size")


@files("REL023")
def annotator_of_another_kind(release, site, rng):
    def edit(text):
        for one, other in (
            ("| language model |", "| person |"),
            ("| person |", "| language model |"),
        ):
            if one in text:
                return text.replace(one, other, 1)
        raise NotHere

    edit_prose(release, edit)
    return Place(CARD, says="Kind")


@files("REL028")
def key_twice(release, site, rng):
    text = (release / CARD).read_text(encoding="utf-8")
    key = rng.choice(("license: mit", "pretty_name: Another", "language: [de]"))
    write(release, CARD, text.replace("---\n", f"---\n{key}\n", 1))
    return Place(CARD, says=key.partition(":")[0])


@files("REL028")
def config_twice(release, site, rng):
    edit_card(release, lambda data: data["configs"].append(dict(data["configs"][1])))
    return Place(CARD, says="twice")


@files("REL028")
def name_that_is_no_string(release, site, rng):
    value = rng.choice((True, None, 1.5))
    edit_card(release, lambda data: data["configs"].append(
        {"config_name": value, "version": data["configs"][0]["version"], "data_files": []}))  # fmt: skip
    return Place(CARD)


@files("REL028", *TABLES, splits=WHOLE)
def version_that_is_a_number(release, site, rng):
    edit_card(
        release, lambda data: config_of(data, site.table).update(version=rng.choice((1, 1.0)))
    )
    return Place(CARD, says="version")


@files("REL028", "stance", "events", splits=WHOLE)
def label_that_is_no_string(release, site, rng):
    """`no`, `on` and `off` without quotes are booleans in YAML."""

    def change(data):
        columns = config_of(data, site.table, "dataset_info")["features"]
        names = rng.choice([names for column in columns for names in _nested_labels(column)])
        names[rng.choice(sorted(names))] = rng.choice((True, False, 7))

    edit_card(release, change)
    return Place(CARD, says="label")
