"""Who annotates which article.

Declared in `pyproject.toml`:

    [tool.dataset-builder.assignment]
    annotators = ["ann", "bob", "eve"]
    first = 20      # articles that everyone annotates, to measure agreement at the start
    share = 0.1     # of the others, this share is annotated by `overlap` people, ...
    overlap = 2     # ... the rest by one

What was given out is remembered in `annotations/assignments.jsonl`, which is committed: one line an
article, by id. More articles or annotators move nothing that somebody has; they only add. The first
articles are those with the smallest ids (which are hashes, so in no order that means anything) at the
time when they are given out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from dataset_builder.errors import ProjectError
from dataset_builder.files import write_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.project import AssignmentSettings

FILE: Final = "annotations/assignments.jsonl"
Part = Literal["first", "share", "single"]
"""first: by everyone; share: by `overlap` people; single: by one."""
PARTS: tuple[Part, ...] = get_args(Part)
_RANK: Final = {part: number for number, part in enumerate(PARTS)}


@dataclass(frozen=True)
class Assigned:
    """Who annotates an article."""

    part: Part
    annotators: tuple[str, ...]
    """Pseudonyms, sorted, each once."""


def assign(
    articles: Iterable[str],
    before: Mapping[str, Assigned],
    finished: Mapping[str, Collection[str]],
    settings: AssignmentSettings,
    seed: int,
) -> dict[str, Assigned]:
    """Who annotates each of `articles` (ids, in any order), and every article of `before`.

    `finished` tells who has submitted or skipped an article already. Nothing that is in `before` is
    taken from anybody, unless they are not among the annotators any more: what they have not finished
    then goes to others. New work goes to whoever has fewest articles before them, of those to whom has
    fewest in common with the others on it, then by a seeded hash.
    """
    known = sorted(set(articles))
    made = {name: _kept(item, finished.get(name, ()), settings) for name, item in before.items()}
    made |= _parts(known, before, made, settings)
    left = Counter(
        who
        for name, item in made.items()
        for who in item.annotators
        if who in settings.annotators and who not in finished.get(name, ())
    )
    together = Counter(
        pair for name in known if name in before for pair in _pairs(made[name].annotators)
    )
    people = settings.annotators
    for name in sorted(known, key=lambda name: (_RANK[made[name].part], _hash(seed, name), name)):
        item = made[name]
        chosen = set(item.annotators)
        done = finished.get(name, ())
        wanted = settings.overlap if item.part == "share" else 1
        if item.part == "first":  # everyone, also where somebody who left has finished it
            left.update(who for who in people if who not in chosen and who not in done)
            chosen |= set(people)
        while len(chosen) < wanted and (free := [who for who in people if who not in chosen]):
            who = min(
                free,
                key=lambda who: (
                    left[who],
                    sum(together[_pair(who, other)] for other in chosen),
                    _hash(seed, name, who),
                ),
            )
            together.update(_pair(who, other) for other in chosen)
            chosen.add(who)
            left[who] += who not in done
        made[name] = Assigned(item.part, tuple(sorted(chosen)))
    return dict(sorted(made.items()))


def _kept(item: Assigned, done: Collection[str], settings: AssignmentSettings) -> Assigned:
    stay = tuple(who for who in item.annotators if who in settings.annotators or who in done)
    return Assigned(item.part, stay)


def _parts(
    known: Sequence[str],
    before: Mapping[str, Assigned],
    made: Mapping[str, Assigned],
    settings: AssignmentSettings,
) -> dict[str, Assigned]:
    """The part of each of `known`: as it was, or raised where the settings ask for more than there is.

    New articles are taken before those that somebody has as their own.
    """
    parts: dict[str, Part] = {name: made[name].part for name in known if name in before}
    counts = Counter(parts.values())
    order = sorted(known, key=lambda name: (name in before, name))

    def raise_to(part: Part, missing: int) -> None:
        lower = [name for name in order if _RANK[parts.get(name, "single")] > _RANK[part]]
        for name in lower[: max(missing, 0)]:
            parts[name] = part

    raise_to("first", settings.first - counts["first"])
    others = [name for name in known if parts.get(name) != "first"]
    double = sum(parts.get(name) == "share" for name in others)
    # Rounded up: at least the share.
    raise_to("share", -int(-settings.share * len(others) // 1) - double)
    return {
        name: Assigned(parts.get(name, "single"), made[name].annotators if name in made else ())
        for name in known
    }


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _pairs(annotators: Sequence[str]) -> Iterable[tuple[str, str]]:
    return (_pair(one, other) for n, one in enumerate(annotators) for other in annotators[n + 1 :])


def _hash(seed: int, *parts: str) -> str:
    canonical = json.dumps([seed, *parts], separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def read_assignments(path: Path) -> dict[str, Assigned]:
    """What was given out; empty without the file. Raises ProjectError when it is damaged."""
    found: dict[str, Assigned] = {}
    content = path.read_bytes() if path.is_file() else b""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            entry = json.loads(line)
            name, part, annotators = entry["article_id"], entry["part"], entry["annotators"]
            sound = part in PARTS and all(isinstance(who, str) for who in (name, *annotators))
            item = Assigned(part, tuple(sorted(set(annotators))))
        except (ValueError, KeyError, TypeError, RecursionError):
            sound, name, item = False, "", Assigned("single", ())
        if not sound or name in found:
            raise ProjectError(
                f"{path}, line {number}: must be one article with `part` and `annotators`, once",
                hint="bring the file back from version control; it is not edited by hand",
            )
        found[name] = item
    return found


def write_assignments(path: Path, assigned: Mapping[str, Assigned]) -> bool:
    """Write the file, whole or not at all; False when it was the same already."""
    lines = [
        json.dumps({"article_id": name, "part": item.part, "annotators": list(item.annotators)})
        for name, item in sorted(assigned.items())
    ]
    content = "".join(f"{line}\n" for line in lines)
    if path.is_file() and path.read_bytes() == content.encode("utf-8"):
        return False
    write_text(path, content)
    return True
