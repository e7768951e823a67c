"""Floors of quality on the evaluation set: kept in `floors.toml`, measured, raised, never quietly lowered.

The file is a history: each entry says on which day, for which set of pages and why which floors were
set, and seals everything above it, so that an old entry cannot be edited without its test noticing. What
holds is the last value of each. To lower one, an entry has to name it under `lowered` with the reason.

    python -m tests.evaluation.floors                                  what is measured, what holds
    python -m tests.evaluation.floors --date 2026-01-31 --why "..."    adds an entry that raises
        --lower raw.en.f1="..."                                        and one that lowers this
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.clean.evaluate import evaluate, read_labelled
from tests.evaluation.build import cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_builder.clean.evaluate import Evaluation

FILE = Path(__file__).with_name("floors.toml")
SLACK = 0.02
"""A floor further below what is measured has to be raised."""
GROUPS = ("en", "de", "fr", "es", "ar", "ru", "tr")
"""Languages with floors of their own; the others are one group."""
REASON = 20
"""Characters that a reason has at least."""

Entry = dict[str, Any]


def set_digest() -> str:
    """What all pages of the set come to; another one when any page or converter changes."""
    lines = "\n".join(
        json.dumps(case.record, sort_keys=True, ensure_ascii=False) for case in cases()
    )
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


@cache
def evaluated() -> Evaluation:
    """The cleaner on the set, as a team would have it judged on its own pages."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder, "pages.jsonl")
        lines = (json.dumps(case.record, ensure_ascii=False) + "\n" for case in cases())
        file.write_text("".join(lines), encoding="utf-8")
        return evaluate(read_labelled(file))


def measured() -> dict[str, float]:
    """Every figure that has a floor; each from 0 to 1, the higher the better."""
    found: dict[str, float] = {}
    evaluation = evaluated()
    for form, result in evaluation.forms.items():
        for figure in ("f1", "paragraph_f1"):
            found[f"{form}.all.{figure}"] = result.estimate(figure).mean
        found[f"{form}.all.unrepeated"] = 1 - result.estimate("repeated").mean
        for group in (*GROUPS, "other"):
            values = [
                page.f1
                for page in result.pages
                if page.lang == group or (group == "other" and page.lang not in GROUPS)
            ]
            found[f"{form}.{group}.f1"] = sum(values) / len(values)
        for name, score in result.metadata.items():
            pages = score.stated + score.unstated
            found[f"{form}.{name}.right"] = score.right / score.stated
            found[f"{form}.{name}.honest"] = 1 - (score.wrong + score.invented) / pages
    if evaluation.loss is not None:
        found["converters.agreement"] = evaluation.loss.agreement.mean
    return found


def read(file: Path = FILE) -> list[Entry]:
    """The history, oldest first."""
    return list(tomllib.loads(file.read_text(encoding="utf-8")).get("entry", []))


def seal(before: str, entry: Mapping[str, Any]) -> str:
    """What an entry comes to together with everything above it."""
    content = {key: value for key, value in entry.items() if key != "seal"}
    line = before + json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def holding(history: Sequence[Entry]) -> dict[str, float]:
    """The floors that hold after a history."""
    floors: dict[str, float] = {}
    for entry in history:
        floors |= entry["floors"]
    return floors


def objections(history: Sequence[Entry], digest: str, found: Mapping[str, float]) -> list[str]:
    """What is wrong with a history of floors, given the set of pages and what is measured on it."""
    wrong: list[str] = []
    floors: dict[str, float] = {}
    before = day = ""
    for number, entry in enumerate(history, start=1):
        before = seal(before, entry)
        if entry["seal"] != before:
            wrong.append(f"entry {number} was edited: the history is only added to")
        if not day <= entry["date"]:
            wrong.append(f"entry {number} is dated before the one above it")
        day = entry["date"]
        if len(entry["why"]) < REASON:
            wrong.append(f"entry {number} does not say why")
        for name, floor in entry["floors"].items():
            reason = entry.get("lowered", {}).get(name, "")
            if floor < floors.get(name, 0) and len(reason) < REASON:
                wrong.append(f"entry {number} lowers {name} without a reason under [lowered]")
        floors |= entry["floors"]
    if not history or history[-1]["set"] != digest:
        wrong.append(f"the pages are now set {digest}: add an entry for it")
    for name in sorted(found.keys() | floors.keys()):
        if name not in floors:
            wrong.append(f"{name} has no floor: add one")
        elif name not in found:
            wrong.append(f"{name} is not measured any more")
        elif found[name] < floors[name]:
            wrong.append(f"{name} is {found[name]:.4f}, below its floor {floors[name]}")
        elif found[name] > floors[name] + SLACK:
            wrong.append(f"{name} is {found[name]:.4f}: raise its floor {floors[name]}")
    return wrong


def floor_of(value: float) -> float:
    """Three decimals, rounded down."""
    return int(value * 1000 + 1e-9) / 1000


def added(
    history: Sequence[Entry],
    found: Mapping[str, float],
    *,
    date: str,
    why: str,
    lowered: Mapping[str, str],
) -> Entry:
    """The entry that raises every floor to what is measured, and lowers the ones named."""
    floors = holding(history)
    changed = {
        name: floor_of(value)
        for name, value in sorted(found.items())
        if floor_of(value) > floors.get(name, -1) or name in lowered
    }
    entry: Entry = {"date": date, "set": set_digest(), "why": why, "floors": changed}
    if lowered:
        entry["lowered"] = dict(lowered)
    before = ""
    for earlier in history:
        before = seal(before, earlier)
    return entry | {"seal": seal(before, entry)}


def written(entry: Entry) -> str:
    """An entry as TOML."""
    lines = ["", "[[entry]]"]
    lines += [
        f"{key} = {json.dumps(entry[key], ensure_ascii=False)}"
        for key in ("date", "set", "why", "seal")
    ]
    for part in ("lowered", "floors"):
        if entry.get(part):
            lines.append(f"[entry.{part}]")
            lines += [
                f'"{key}" = {json.dumps(value, ensure_ascii=False)}'
                for key, value in entry[part].items()
            ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """See the top of the file."""
    parser = argparse.ArgumentParser(description="Floors of quality on the evaluation set.")
    parser.add_argument("--date", help="day of a new entry, as 2026-01-31")
    parser.add_argument("--why", help="what the new entry is for")
    parser.add_argument("--lower", action="append", default=[], metavar="FLOOR=REASON")
    given = parser.parse_args()
    history, found = read(), measured()
    if given.date and given.why:
        lowered = dict(pair.split("=", 1) for pair in given.lower)
        entry = added(history, found, date=given.date, why=given.why, lowered=lowered)
        with FILE.open("a", encoding="utf-8") as file:
            file.write(written(entry))
        history.append(entry)
    floors = holding(history)
    for name, value in sorted(found.items()):
        sys.stdout.write(f"{name:<32}{value:8.4f}  floor {floors.get(name, float('nan')):.3f}\n")
    wrong = objections(history, set_digest(), found)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
