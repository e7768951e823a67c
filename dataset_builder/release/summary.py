"""What a person wants to know of a finished build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.project import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.release.build import Built

COUNTED = (
    ("stance", "label", "stance_label"),
    ("stance", "basis", "stance_basis"),
    ("events", "type", "event_type"),
)
"""Config, column and vocabulary of what the summary counts."""


def row_counts(tables: Mapping[tuple[str, str], pa.Table]) -> dict[str, dict[str, int]]:
    """Rows per config and split, splits without rows left out."""
    counts: dict[str, dict[str, int]] = {}
    for (config, split), table in tables.items():
        if table.num_rows:
            counts.setdefault(config, {})[split] = table.num_rows
    return counts


def label_counts(
    tables: Mapping[tuple[str, str], pa.Table], ontology: Ontology
) -> dict[str, dict[str, dict[str, int]]]:
    """`config.column` -> label -> split -> rows, for every label that occurs."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for config, column, vocabulary in COUNTED:
        names = ontology.names(vocabulary)
        found: dict[str, dict[str, int]] = {name: {} for name in names}
        for split in SPLITS:
            table = tables.get((config, split))
            for item in [] if table is None else table[column].value_counts().to_pylist():
                found[names[item["values"]]][split] = item["counts"]
        counts[f"{config}.{column}"] = {name: n for name, n in found.items() if n}
    return counts


def summary(built: Built) -> str:
    """What a person wants to know of a finished build: address, rows and labels per split."""
    from dataset_builder.assemble.mending import left_out

    verb = "is already there, unchanged" if built.outcome == "unchanged" else "is written"
    lines = [f"Release {built.report.version} {verb}: {built.folder}", ""]
    grid: list[tuple[str, ...]] = [("", *SPLITS, "all")]
    for config, splits in built.rows.items():
        grid.append(_counted(config, splits))
    for name, labels in built.labels.items():
        grid.append((name, "", "", "", ""))
        grid += [_counted(f"  {label}", splits) for label, splits in labels.items()]
    if built.changes is not None:
        needed = built.changes.honest
        says = f", {needed.level} or more" if needed.level else ": nothing"
        lines[1:1] = [f"Compared with {built.changes.old.version}{says}"]
    width = max(len(row[0]) for row in grid)
    lines += [f"  {row[0]:{width}}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in grid]
    if out := left_out(built.findings):
        codes = ", ".join(f"{code} {count}" for code, count in sorted(out.items()))
        marks = "1 mark" if out.total() == 1 else f"{out.total()} marks"
        lines += [
            "",
            f"Left out until mended: {marks} of annotators ({codes})",
            "  -> `dataset-builder pull` lists them with their tasks and how to mend them",
        ]
    return "\n".join(line.rstrip() for line in lines)


def _counted(name: str, splits: Mapping[str, int]) -> tuple[str, ...]:
    cells = (str(splits[split]) if split in splits else "-" for split in SPLITS)
    return (name, *cells, str(sum(splits.values())))
