"""What a release says of how it came about: for the card, and as `rai:` fields of Croissant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.project import SPLITS
from dataset_builder.studio.instruction import guidelines_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from dataset_builder.registries import Annotator
    from dataset_builder.release.documents import Release

TAGS: Final = ("stance-detection", "event-extraction", "news")
"""Of every dataset that is made here."""
_CARD: Final = "README.md, section {}"
_CLEANED: Final = (
    "Pages are cleaned automatically: navigation, captions, links to other articles and repeated"
    " paragraphs are cut; the rest is NFC-normalised and otherwise unchanged."
)


def column(release: Release, config: str, name: str, split: str | None = None) -> Iterator[Any]:
    """Values of a column, over all splits or one."""
    for place in SPLITS if split is None else (split,):
        rows: pa.Table | None = release.tables.get((config, place))
        if rows is not None:
            yield from rows.column(name).to_pylist()


def distinct(release: Release, config: str, name: str) -> set[Any]:
    """Values that occur in a column, without null."""
    found: set[Any] = set()
    for split in SPLITS:
        rows: pa.Table | None = release.tables.get((config, split))
        if rows is not None:
            found.update(rows.column(name).unique().to_pylist())
    return found - {None}


def languages(release: Release) -> list[str]:
    """Languages of the articles, `und` only when none is known."""
    return sorted(map(str, distinct(release, "articles", "language") - {"und"})) or ["und"]


def tags(release: Release) -> list[str]:
    """Those of every such dataset, then the project's own."""
    return list(dict.fromkeys((*TAGS, *release.settings.tags)))


def annotators_in(release: Release) -> list[Annotator]:
    """Annotators whose work is in the data: those of the registry, then others by name."""
    from dataset_builder.registries import Annotator

    kinds = release.registries.ontology.names("annotator_kind")
    found: dict[str, str] = {}
    for split in SPLITS:
        rows: pa.Table | None = release.tables.get(("annotations", split))
        if rows is not None:
            pairs = rows.group_by(["annotator", "annotator_kind"]).aggregate([])
            found |= {row["annotator"]: kinds[row["annotator_kind"]] for row in pairs.to_pylist()}
    known = {item.pseudonym: item for item in release.registries.annotators}
    return [
        *(item for name, item in known.items() if name in found),
        *(Annotator(name, found[name], None) for name in sorted(set(found) - set(known))),
    ]


def guidelines_in(release: Release) -> list[tuple[str, str]]:
    """(version, file) of the guidelines that a release carries, the newest first."""
    found = [
        (guidelines_version(text), path)
        for path, text in sorted(release.documents.schemas.items())
        if path == "schemas/guidelines.md" or path.startswith("schemas/guidelines-")
    ]
    return sorted(found, key=lambda item: item[1] != "schemas/guidelines.md")


def votes_an_article(release: Release) -> Counter[int]:
    """Annotators who finished an article -> articles."""
    work: dict[str, set[str]] = {}
    state = release.registries.ontology.names("annotation_state").index
    finished = {state("completed"), state("empty")}
    for split in SPLITS:
        rows: pa.Table | None = release.tables.get(("annotations", split))
        if rows is None:
            continue
        pairs = rows.group_by(["article_id", "annotator", "state"]).aggregate([])
        for row in pairs.to_pylist():
            if row["state"] in finished:
                work.setdefault(row["article_id"], set()).add(row["annotator"])
    return Counter(len(people) for people in work.values())


def how_settled(release: Release) -> str:
    """What was taken where annotators differ."""
    if release.settings.resolution == "majority":
        return "Where annotators differ, an adjudicated version counts, else what most of them entered."
    return (
        "Where annotators differ, an adjudicated version counts, else that of the first annotator in"
        " the project's settings who completed the article; the others give the votes."
    )


def responsible(release: Release) -> dict[str, Any]:
    """`inLanguage`, `keywords` and the `rai:` fields of Croissant (RAI 1.0)."""
    people = [item for item in annotators_in(release) if item.kind == "human"]
    models = [item for item in annotators_in(release) if item.kind == "model"]
    share = votes_an_article(release)
    days = sorted(distinct(release, "articles", "published_at"))
    versions = ", ".join(
        f"{version or 'without a version'} ({file})" for version, file in guidelines_in(release)
    )
    scheme = release.registries.ontology.scheme_version
    fields: dict[str, Any] = {
        "inLanguage": languages(release),
        "keywords": tags(release),
        "rai:dataCollection": f"News pages. {_CARD.format('Source Data')}.",
        "rai:dataPreprocessingProtocol": [
            _CLEANED
        ],
        "rai:dataAnnotationProtocol": [
            f"Guidelines {versions}; label scheme {scheme} (schemas/ontology.yaml).",
            how_settled(release),
        ],
        "rai:dataAnnotationPlatform": ["Label Studio"],
        "rai:dataAnnotationAnalysis": [_CARD.format("Agreement")],
        "rai:annotationsPerItem": "; ".join(
            f"{number} for {articles} articles" for number, articles in sorted(share.items())
        )
        or "none",
        "rai:annotatorDemographics": [f"{len(people)} people, by pseudonym; nothing is recorded of them"],
        "rai:dataLimitations": [_CARD.format("Bias, Risks and Limitations")],
        "rai:personalSensitiveInformation": [_CARD.format("Personal and sensitive information")],
        "rai:dataReleaseMaintenancePlan": "Versions are semantic, CHANGELOG.md says what changed; an"
        " article that is taken down stays out of every later version.",
    }  # fmt: skip
    if models:
        fields["rai:machineAnnotationTools"] = [
            f"{item.pseudonym}: {item.note}" if item.note else item.pseudonym for item in models
        ]
    if days:
        fields["rai:dataCollectionTimeframe"] = [
            days[0].date().isoformat(),
            days[-1].date().isoformat(),
        ]
    return fields
