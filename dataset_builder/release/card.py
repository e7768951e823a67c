"""The dataset card (`README.md` of a release): hand-written prose, figures from the data, and the
YAML that `load_dataset` and the Hub read.

Blocks of `dataset_card.md` that are filled here: version, stats, labels, splits, agreement,
provenance. The label and column tables in it come from `dataset-builder render`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from dataset_builder.markdown import escape, fill_blocks, table
from dataset_builder.project import SPLITS
from dataset_builder.tables import TABLES, features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from dataset_builder.ontology import Annotator, Registries
    from dataset_builder.release.documents import ChangelogEntry, Release
    from dataset_builder.release.manifest import SplitFiles

    Configs = Mapping[str, Mapping[str, SplitFiles]]

DEFAULT_CONFIG = next(iter(TABLES))
TASKS = ["text-classification", "token-classification"]
TAGS = [
    "stance-detection",
    "event-extraction",
    "news",
    "international-relations",
    "plover",
]
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def render_card(release: Release, entry: ChangelogEntry, configs: Configs) -> str:
    """The whole card, YAML first. `configs` are the files that were written.

    Raises ProjectError when `dataset_card.md` lacks a block.
    """
    blocks = {
        "version": _version_block(entry),
        "stats": _stats_block(configs),
        "labels": _labels_block(release),
        "splits": _splits_block(release, configs),
        "agreement": release.agreement.strip() or "No agreement figures in this release.",
        "provenance": _provenance_block(release.registries, _annotators_in(release))
        + _guidelines_note(release),
    }
    prose = fill_blocks(release.documents.card, blocks, where="dataset_card.md")
    return f"---\n{front_matter(release, configs)}---\n\n{prose.strip()}\n"


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
    kinds = {item.kind for item in _annotators_in(release)}
    # each list in the Hub's own vocabulary; DatasetCardData itself checks none of it
    data = DatasetCardData(
        pretty_name=release.settings.pretty_name,
        language=_languages(release),
        license="other",
        license_name="mixed",
        license_link="LICENSE",
        task_categories=TASKS,
        tags=TAGS,
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
    return next((name for limit, name in SIZES if rows < limit), "n>10M")


def _languages(release: Release) -> list[str]:
    found = set(_counts(_column(release, "articles", "language")))
    return sorted(str(name) for name in found - {"und"}) or ["und"]


def _column(release: Release, config: str, name: str, split: str | None = None) -> Iterable[Any]:
    """Values of a column, over all splits or one."""
    for place in SPLITS if split is None else (split,):
        rows: pa.Table | None = release.tables.get((config, place))
        if rows is not None:
            yield from rows.column(name).to_pylist()


def _counts(values: Iterable[Any]) -> Counter[Any]:
    return Counter(value for value in values if value is not None)


def _annotators_in(release: Release) -> list[Annotator]:
    """Registered annotators whose work is in the data."""
    names = set(_column(release, "annotations", "annotator"))
    return [item for item in release.registries.annotators if item.pseudonym in names]


def _version_block(entry: ChangelogEntry) -> str:
    # the entry's own headings would end the card's section
    body = re.sub(r"(?m)^#+ +(.*)$", r"**\1**", entry.body)
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
    basis = _per_split(release, "stance", ontology.names("stance_basis"), "basis")
    stance = _per_split(release, "stance", ontology.names("stance_label"), "label")
    types = _per_split(release, "events", ontology.names("event_type"), "type")
    return "\n\n".join(
        (
            table(("Stance label", *SPLITS, "all"), stance),
            table(("Basis of the stance rows", *SPLITS, "all"), basis),
            table(("Event type", *SPLITS, "all"), types),
        )
    )


def _per_split(
    release: Release, config: str, names: tuple[str, ...], column: str
) -> list[list[object]]:
    counts = [_counts(_column(release, config, column, split)) for split in SPLITS]
    return [
        [name, *(count[number] for count in counts), sum(count[number] for count in counts)]
        for number, name in enumerate(names)
    ]


def _splits_block(release: Release, configs: Configs) -> str:
    shares = release.settings.splits
    rows = []
    for split in SPLITS:
        stories = set(_column(release, "articles", "story", split))
        articles = list(_column(release, "articles", "article_id", split))
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


def _guidelines_note(release: Release) -> str:
    """Which guidelines are which, when articles were annotated under several."""
    earlier = sorted(
        name for name in release.documents.schemas if name.startswith("schemas/guidelines-")
    )
    if not earlier:
        return ""
    return (
        "\n\nSome articles were annotated under earlier guidelines, which are in "
        + ", ".join(f"`{name}`" for name in earlier)
        + "."
    )


def _provenance_block(registries: Registries, present: list[Annotator]) -> str:
    kinds = {
        "human": "person",
        "model": "language model",
    }
    rows = [(f"`{item.pseudonym}`", kinds[item.kind], escape(item.note or "")) for item in present]
    scheme = f"Label scheme version {escape(registries.ontology.scheme_version)}."
    if not rows:
        return f"No annotations in this release. {scheme}"
    return f"{table(('Annotator', 'Kind', 'Note'), rows)}\n\n{scheme}"
