"""The plots beside the card: the best of `report`, drawn from the tables before they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.project import SPLITS
from dataset_builder.tables import TABLES, arrow_schema

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.release.documents import Release
    from dataset_builder.report.reading import Source

FOLDER: Final = "figures"
BEST: Final = ("stance-label", "events-type", "timeline", "network", "stance-matrix")
"""Plots of the card, in its order."""
_COLUMNS: Final = {
    "stance": ("label", "basis", "pair_id", "holder", "target", "holder_id", "target_id"),
    "events": (
        *("event_id", "type", "quad", "polarity", "modality", "arguments"),
        *("date_start", "date_precision"),
    ),
}
"""What they are drawn from."""


def figures(release: Release) -> list[tuple[str, str, str]]:
    """(path in the release, title, SVG) of every plot for which there is data.

    The same rows in any order give the same drawings.
    """
    from dataset_builder.report import plots

    drawn = {plot.name: plot for plot in plots(_source(release))}
    return [
        (f"{FOLDER}/{name}.svg", drawn[name].title, drawn[name].svg.alone(drawn[name].title))
        for name in BEST
        if name in drawn
    ]


def _source(release: Release) -> Source:
    """The release as the report sees it, as far as the plots need it."""
    from dataset_builder.report.reading import Source

    frames, labels = {}, {}
    for config in _COLUMNS:
        found = _frame(release, config)
        if found is not None:
            frames[config], labels[config] = found
    known = release.registries
    return Source(
        manifest={"name": release.settings.name, "version": release.settings.version},
        frames=frames,
        labels=labels,
        ontology=known.ontology,
        actors={actor.id: actor.name for actor in known.actors},
        issues={target.id: target.name for target in known.targets},
        annotators=known.annotators,
        title=release.settings.pretty_name,
    )


def _frame(release: Release, config: str) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]]] | None:
    import polars as pl

    from dataset_builder.report.reading import named, vocabularies

    declaration, ontology = TABLES[config], release.registries.ontology
    metadata = arrow_schema(declaration, ontology).metadata[b"huggingface"]
    shapes: dict[str, Any] = json.loads(metadata)["info"]["features"]
    wanted, key = _COLUMNS[config], declaration.key
    parts = []
    for split in SPLITS:
        table = release.tables.get((config, split))
        if table is not None and table.num_rows:
            rows = pl.DataFrame(table.select(list(dict.fromkeys((*key, *wanted)))))
            ordered = rows.sort(key)
            shown = ordered.select(named(pl.col(name), shapes.get(name)) for name in wanted)
            if "arguments" in wanted:
                shown = shown.with_columns(_parties(pl.col("arguments")))
            parts.append(shown.with_columns(pl.lit(split).alias("split")))
    labels = {name: names for name, names in vocabularies(shapes).items() if name in wanted}
    return (pl.concat(parts), labels) if parts else None


def _parties(arguments: pl.Expr) -> pl.Expr:
    """Of the arguments what the network is drawn from: the rest is most of them, and slow to read."""
    import polars as pl

    role, ids = (pl.element().struct.field(name) for name in ("role", "actor_ids"))
    people = role.is_in(["ACTOR", "RECIPIENT"])
    return arguments.list.eval(pl.struct(role, ids).filter(people))
