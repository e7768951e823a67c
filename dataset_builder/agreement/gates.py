"""The gates of `annotations/agreement.yaml`: what each figure must reach before work goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.declarations import read_declaration, wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from dataset_builder.agreement.figures import AgreementRow

TARGET: Final = "target"
GO: Final = "go"
BELOW: Final = "below"
TOO_FEW: Final = "too few to judge"
UNDEFINED: Final = "undefined"


@dataclass(frozen=True)
class Gate:
    """What one figure must reach."""

    layer: str
    figure: str
    go: float
    target: float


@dataclass(frozen=True)
class Gates:
    """Every gate, and from how many articles on figures are judged."""

    fewest_articles: int
    gates: tuple[Gate, ...]

    def of(self, layer: str, figure: str) -> Gate | None:
        """The gate of a figure, None when it has none."""
        found = (gate for gate in self.gates if (gate.layer, gate.figure) == (layer, figure))
        return next(found, None)


@dataclass(frozen=True)
class Verdict:
    """How a figure stands to its gate."""

    gate: Gate
    state: str
    """target, go, below; undefined when there is no figure; too few to judge."""


def judge(rows: Iterable[AgreementRow], gates: Gates, articles: int) -> dict[str, Verdict]:
    """`<layer> <metric>` -> verdict on the figure itself (not on its interval), in the order of
    `rows`; `articles` is how many two annotators finished."""
    verdicts: dict[str, Verdict] = {}
    for row in rows:
        gate = gates.of(row.layer, row.metric)
        if gate is None:
            continue
        if articles < gates.fewest_articles:
            state = TOO_FEW
        elif row.value is None:
            state = UNDEFINED
        else:
            state = TARGET if row.value >= gate.target else GO if row.value >= gate.go else BELOW
        verdicts[f"{row.layer} {row.metric}"] = Verdict(gate, state)
    return verdicts


def failed(verdicts: Mapping[str, Verdict], *, strict: bool = False) -> bool:
    """Whether a figure is below its gate; `strict`: or one could not be judged."""
    wrong = {BELOW, TOO_FEW, UNDEFINED} if strict else {BELOW}
    return any(verdict.state in wrong for verdict in verdicts.values())


def load_gates(file: Path, figures: Collection[tuple[str, str]]) -> Gates:
    """Read `annotations/agreement.yaml`; `figures` are the (layer, metric) there are.

    Raises ProjectError naming what is wrong.
    """
    data = read_declaration(file)
    if not isinstance(data, dict) or set(data) != {"fewest_articles", "gates"}:
        raise wrong(file, "must have `fewest_articles` and `gates`, and nothing else")
    fewest = data["fewest_articles"]
    if type(fewest) is not int or fewest < 0:
        raise wrong(file, f"`fewest_articles` must be a number of articles, found {fewest!r}")
    if not isinstance(data["gates"], list):
        raise wrong(file, "`gates` must be a list")
    gates = tuple(
        _gate(file, number, item, figures) for number, item in enumerate(data["gates"], start=1)
    )
    named = [(gate.layer, gate.figure) for gate in gates]
    doubled = sorted({name for name in named if named.count(name) > 1})
    if doubled:
        raise wrong(file, f"{' '.join(doubled[0])} has two gates")
    return Gates(fewest, gates)


def _gate(file: Path, number: int, item: Any, figures: Collection[tuple[str, str]]) -> Gate:
    where = f"gate {number}"
    if not isinstance(item, dict) or set(item) != {"layer", "figure", "go", "target"}:
        raise wrong(file, f"{where} must have layer, figure, go and target, and nothing else")
    if (item["layer"], item["figure"]) not in figures:
        known = ", ".join(" ".join(name) for name in figures)
        message = f"{where}: there is no figure {item['layer']} {item['figure']}; there are {known}"
        raise wrong(file, message)
    levels = item["go"], item["target"]
    for level in levels:
        if isinstance(level, bool) or not isinstance(level, (int, float)) or not -1 <= level <= 1:
            raise wrong(file, f"{where}: {level!r} is no figure between -1 and 1")
    if levels[0] > levels[1]:
        raise wrong(file, f"{where}: go is above target")
    return Gate(item["layer"], item["figure"], float(levels[0]), float(levels[1]))
