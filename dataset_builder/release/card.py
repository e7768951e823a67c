"""The dataset card (`README.md` of a release): hand-written prose, figures from the data, and the
YAML that `load_dataset` and the Hub read.

Blocks of `dataset_card.md` that are filled here: version, stats, labels, splits, agreement,
provenance, and where the card has them, rights and figures. The label and column tables in it come
from `dataset-builder render`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataset_builder.markdown import block_names, escape, fill_blocks, table
from dataset_builder.project import SPLITS
from dataset_builder.release.changelog import without_changes
from dataset_builder.release.provenance import (
    annotators_in,
    column,
    guidelines_in,
    how_settled,
    languages,
    tags,
)
from dataset_builder.release.summary import COUNTED, label_counts
from dataset_builder.release.text_note import with_note
from dataset_builder.tables import TABLES, features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.release.documents import ChangelogEntry, Release
    from dataset_builder.release.manifest import SplitFiles

    Configs = Mapping[str, Mapping[str, SplitFiles]]

DEFAULT_CONFIG = next(iter(TABLES))
TASKS = ["text-classification", "token-classification"]
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
LARGEST = "1B<n<10B"


def render_card(
    release: Release,
    entry: ChangelogEntry,
    configs: Configs,
    figures: Sequence[tuple[str, str]] = (),
) -> str:
    """The whole card, YAML first. `configs` are the files that were written, `figures` (path, title)
    of the plots.

    Raises ProjectError when `dataset_card.md` lacks a block.
    """
    blocks = {
        "version": _version_block(entry),
        "stats": _stats_block(configs),
        "labels": _labels_block(release),
        "splits": _splits_block(release, configs),
        "agreement": release.agreement.strip() or "No agreement figures in this release.",
        "provenance": _provenance_block(release),
    }
    card = "dataset_card.md"
    there = block_names(release.documents.card, where=card)
    further = {"rights": _rights_block(release), "figures": _figures_block(figures)}
    blocks |= {name: body for name, body in further.items() if name in there}
    prose = fill_blocks(release.documents.card, blocks, where=card)
    body = with_note(prose.strip(), release.text)
    return f"---\n{front_matter(release, configs)}---\n\n{body}\n"


def front_matter(release: Release, configs: Configs) -> str:
    """The card's YAML, made with the classes of `datasets` itself so that it reads it back."""
    import yaml
    from datasets import DatasetInfo, SplitInfo
    from datasets.info import DatasetInfosDict
    from datasets.splits import SplitDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    ontology = release.registries.ontology
    infos: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for config, splits in configs.items():
        sizes = SplitDict()
        for split, found in splits.items():
            sizes.add(SplitInfo(split, num_bytes=found.raw_bytes, num_examples=found.rows))
        infos[config] = DatasetInfo(
            features=features(TABLES[config], ontology),
            splits=sizes,
            download_size=sum(s.bytes for found in splits.values() for s in found.files),
            dataset_size=sum(found.raw_bytes for found in splits.values()),
        )
        settings[config] = {
            "version": _Quoted(release.settings.version),
            # Without it nothing is: code that names no config must not get another table.
            **({"default": True} if config == DEFAULT_CONFIG else {}),
            "data_files": [
                {"split": split, "path": [shard.file for shard in found.files]}
                for split, found in splits.items()
            ],
        }
    kinds = {item.kind for item in annotators_in(release)}
    terms = release.settings.license
    # each list in the Hub's own vocabulary; DatasetCardData itself checks none of it
    data = DatasetCardData(
        pretty_name=release.settings.pretty_name,
        language=languages(release),
        license=terms,
        license_name="mixed" if terms == "other" else None,
        license_link="LICENSE" if terms == "other" else None,
        task_categories=TASKS,
        tags=tags(release),
        size_categories=[_size(configs)],
        annotations_creators=[
            *(["machine-generated"] if "model" in kinds else []),
            *(["other"] if "human" in kinds else []),
            *(["no-annotation"] if not kinds else []),
        ],
        language_creators=["found"],
        source_datasets=["original"],
    )
    MetadataConfigs(settings).to_dataset_card_data(data)
    DatasetInfosDict(infos).to_dataset_card_data(data)
    plain: dict[str, Any] = data.to_dict()  # type: ignore[no-untyped-call]
    # both helpers sort by name (and make a single info a mapping); the card keeps our order
    order = list(TABLES)
    for key in ("configs", "dataset_info"):
        listed = plain.get(key, [])
        listed = listed if isinstance(listed, list) else [listed]
        plain[key] = sorted(listed, key=lambda item: order.index(item["config_name"]))

    class Dumper(yaml.SafeDumper):
        """Without anchors; versions in quotes, lest `1.0` be read as a number."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    Dumper.add_representer(
        _Quoted, lambda d, v: d.represent_scalar("tag:yaml.org,2002:str", str(v), style='"')
    )
    text: str = yaml.dump(plain, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


class _Quoted(str):
    """A string that YAML shows in quotes."""

    __slots__ = ()


def _size(configs: Configs) -> str:
    rows = sum(found.rows for found in configs.get(DEFAULT_CONFIG, {}).values())
    return next((name for limit, name in SIZES if rows < limit), LARGEST)


def _version_block(entry: ChangelogEntry) -> str:
    # the entry's own headings would end the card's section
    body = re.sub(r"(?m)^#+ +(.*)$", r"**\1**", without_changes(entry.body).strip())
    return f"Version **{entry.version}** of {entry.date}.\n\n{body}"


def _stats_block(configs: Configs) -> str:
    rows = [
        [
            f"`{config}`{' (default)' if config == DEFAULT_CONFIG else ''}",
            *(splits[name].rows if name in splits else 0 for name in SPLITS),
            sum(found.rows for found in splits.values()),
        ]
        for config in TABLES
        for splits in (configs.get(config, {}),)
    ]
    return table(("Rows", *SPLITS, "all"), rows)


def _labels_block(release: Release) -> str:
    ontology = release.registries.ontology
    found = label_counts(release.tables, ontology)
    tables = []
    for config, column_name, vocabulary in COUNTED:
        counts = found[f"{config}.{column_name}"]
        rows = [
            [name, *(splits.get(split, 0) for split in SPLITS), sum(splits.values())]
            for name in ontology.names(vocabulary)
            for splits in (counts.get(name, {}),)
        ]
        tables.append(table((_HEADS[config, column_name], *SPLITS, "all"), rows))
    return "\n\n".join(tables)


_HEADS = {
    ("stance", "label"): "Stance label",
    ("stance", "basis"): "Basis of the stance rows",
    ("events", "type"): "Event type",
}


def _splits_block(release: Release, configs: Configs) -> str:
    shares = release.settings.splits
    rows = []
    for split in SPLITS:
        stories = set(column(release, "articles", "story", split))
        articles = list(column(release, "articles", "article_id", split))
        rows.append([split, f"{float(shares[split]):.0%}", len(stories), len(articles)])
    parts = [table(("Split", "Wanted share of articles", "Stories", "Articles"), rows)]
    empty = [
        f"`{config}` has no rows in {', '.join(missing)}"
        for config in TABLES
        if (there := configs.get(config))
        and (missing := [split for split in SPLITS if split not in there])
    ]
    if empty:
        parts.append(f"Empty splits are not written: {'; '.join(empty)}.")
    absent = [f"`{config}`" for config in TABLES if not configs.get(config)]
    if absent:
        parts.append(f"Without any row, and no config of this release: {', '.join(absent)}.")
    if release.withheld:
        listed = [
            (f"`{name}`", escape(reason)) for name, reason in sorted(release.withheld.items())
        ]
        parts.append("Withheld, and why:\n\n" + table(("Article", "Reason"), listed))
    else:
        parts.append("No article is withheld.")
    return "\n\n".join(parts)


def _provenance_block(release: Release) -> str:
    kinds = {"human": "person", "model": "language model"}
    rows = [
        (f"`{item.pseudonym}`", kinds[item.kind], escape(item.note or ""))
        for item in annotators_in(release)
    ]
    scheme = f"Label scheme version {escape(release.registries.ontology.scheme_version)}."
    if not rows:
        return f"No annotations in this release. {scheme}"
    newest, *earlier = [
        f"version {escape(version)} (`{file}`)" if version else f"`{file}`"
        for version, file in guidelines_in(release)
    ]
    guidelines = f"Annotated by the guidelines, {newest}."
    if earlier:
        guidelines += (
            f" Some articles were annotated under earlier guidelines: {', '.join(earlier)}."
        )
    return (
        f"{table(('Annotator', 'Kind', 'Note'), rows)}\n\n{guidelines} {scheme}\n\n"
        f"{how_settled(release)}"
    )


_TEXT = {
    "full": "This release carries the full text of the articles. It belongs to its publishers; no"
    " right in it is granted.",
    "withheld": "The text of the articles is withheld, because it belongs to its publishers; who has"
    " the pages puts it back with `dataset-builder hydrate`.",
    "partial": "Some of the text of the articles is here, put back from somebody's own pages. It belongs"
    " to its publishers; do not publish this copy.",
}


def _rights_block(release: Release) -> str:
    terms = release.settings.license
    where = "`LICENSE` has them in full."
    said = (
        f"Parts of this dataset have different terms: {where}"
        if terms == "other"
        else f"The annotations are licensed as `{escape(terms)}`: {where}"
    )
    return f"{said} {_TEXT.get(release.text, '')}".strip()


def _figures_block(figures: Sequence[tuple[str, str]]) -> str:
    if not figures:
        return "There is nothing to draw yet."
    return "\n\n".join(f"![{escape(title)}]({path})" for path, title in figures)
