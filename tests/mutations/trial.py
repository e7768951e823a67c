"""Making mutants from a seed, and whether each is found where it must be."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_builder.ledger import Ledger
from dataset_builder.takedown import Takedowns
from dataset_builder.validate.catalogue import RULES
from dataset_builder.validate.opening import read_release
from dataset_builder.validate.release import ROW_ID
from dataset_builder.validate.run import judge
from tests.factory import registries
from tests.mutations.bases import SHAPES, Bases
from tests.mutations.draft import Draft
from tests.mutations.kind import Kind, NotHere, Place, Site, collect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_builder.validate.findings import Finding
    from dataset_builder.validate.release import Release
    from dataset_builder.validate.run import Report

KINDS = collect()


@dataclass(frozen=True)
class Mutant:
    """One kind at one site; seed and round decide the base and everything that is drawn."""

    kind: Kind
    site: Site
    seed: int
    round: int = 0

    def __str__(self) -> str:
        return f"{self.kind.code}-{self.kind.name}-{self.site}-{self.seed}.{self.round}"


@dataclass(frozen=True)
class Made:
    """A mutant on disk."""

    base: str
    path: Path
    previous: Path | None
    place: Place
    ledger: Ledger | None = None
    takedowns: Takedowns | None = None


def plan(seed: int, count: int) -> list[Mutant]:
    """`count` mutants: of every rule one, of every kind, at every site, then from other draws."""
    rng = random.Random(f"plan {seed}")
    sites = {kind.name: list(kind.sites()) for kind in KINDS}
    for found in sites.values():
        rng.shuffle(found)
    order = rng.sample(KINDS, len(KINDS))
    codes = {kind.code: kind for kind in order}  # the last of each code
    kinds = [*codes.values(), *(kind for kind in order if codes[kind.code] is not kind)]
    first = [Mutant(kind, sites[kind.name][0], seed) for kind in kinds]
    rest = [Mutant(kind, site, seed) for kind in KINDS for site in sites[kind.name][1:]]
    rng.shuffle(rest)
    found = first + rest
    again = 1
    while len(found) < count:
        more = [Mutant(kind, s, seed, again) for kind in KINDS for s in sites[kind.name]]
        rng.shuffle(more)
        found += more
        again += 1
    return found[:count]


def whole(seed: int) -> Iterator[Mutant]:
    """Every kind at every site, once."""
    return (Mutant(kind, site, seed) for kind in KINDS for site in kind.sites())


def make(mutant: Mutant, bases: Bases, folder: Path) -> Made:
    """Write a mutant below `folder`, from the first base (in an order that its seed gives) that
    has something to damage. Raises NotHere when none has."""
    rng = random.Random(str(mutant))
    names = list(SHAPES)
    rng.shuffle(names)
    for name in names:
        target = folder / name
        target.mkdir()
        try:
            return _made(mutant, bases[name], rng, target)
        except (NotHere, IndexError):  # an empty list has nothing to choose from
            shutil.rmtree(target)
    raise NotHere


def _made(mutant: Mutant, base, rng: random.Random, folder: Path) -> Made:
    kind, site = mutant.kind, mutant.site
    draft = Draft(base)
    if kind.how in ("rows", "successor"):
        place = kind.damage(draft, site, rng)
        if kind.how == "rows":
            return Made(base.name, draft.write(folder), None, place)
        return Made(base.name, draft.write(folder, kind.version), base.folder, place)
    if kind.how == "ledger":
        place = kind.damage(draft, site, rng)
        ledger = Ledger(tuple(draft.ledger.values()))
        takedowns = Takedowns(tuple(draft.takedowns))
        return Made(base.name, draft.write(folder), None, place, ledger, takedowns)
    (folder / "one").mkdir()
    path = draft.write(folder / "one")
    place = kind.damage(path, site, rng)
    if kind.how == "files":
        return Made(base.name, path, None, place)
    (folder / "two").mkdir()
    return Made(base.name, Draft(base).write(folder / "two", kind.version), path, place)


def judged(made: Made, rules=RULES) -> tuple[Release, Report]:
    """The mutant, and what the rules say of it."""
    release = read_release(
        made.path,
        ontology=registries().ontology,
        previous=made.previous,
        ledger=made.ledger,
        takedowns=made.takedowns,
    )
    return release, judge(release, rules)


def survived(mutant: Mutant, made: Made, release: Release, report: Report) -> str | None:
    """Why the mutant is not caught as it must be: by its code, at its place, and by no other code
    that is not put down to it. None when it is."""
    code, place = mutant.kind.code, made.place
    own = [finding for finding in report.findings if finding.code == code]
    if not own:
        return f"{code} did not fire; others: {_told(report.findings)}"
    here = [finding for finding in own if _fits(finding, place)]
    if not here:
        return f"{code} fired elsewhere than {place}: {_told(own)}"
    if place.id is not None and here[0].row is not None:
        frame = release.frames[place.table]
        row = frame.filter((frame["_split"] == here[0].split) & (frame["_row"] == here[0].row))
        if row[ROW_ID[place.table]].to_list() != [place.id]:
            return f"row {here[0].row} is not {place.id}"
    others = [f for f in report.findings if f.caused_by is None and f.code != code]
    if others:
        return f"also blamed: {_told(others)}"
    return None


def _fits(finding: Finding, place: Place) -> bool:
    return (
        finding.table == place.table
        and place.split in (None, finding.split)
        and (place.id is None or place.id in finding.ids.values())
        and place.says in finding.message
        and place.row in (None, finding.row)
    )


def _told(findings) -> str:
    return "; ".join(
        f"{f.code} at {f.place} {f.ids}: {f.message} ({f.expected} / {f.found})"
        for f in list(findings)[:4]
    )
