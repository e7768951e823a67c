"""REL: figures of agreement that are not those of the annotations."""

from __future__ import annotations

import re

from tests.mutations.disk import edit_prose
from tests.mutations.kind import NotHere, Place, files

CARD = "README.md"
_BLOCK = re.compile(r"(?<=<!-- begin: agreement -->\n)\|.*?(?=<!-- end: agreement -->)", re.DOTALL)


def _rows(release):
    """The lines of the table of figures. Raises NotHere."""
    found = _BLOCK.search((release / CARD).read_text(encoding="utf-8"))
    if found is None:
        raise NotHere
    return found.group().splitlines()[2:]


def _edited(release, old, new):
    edit_prose(release, lambda text: text.replace(old, new, 1))
    layer, figure = old.strip("| ").split(" | ")[:2]
    return Place(CARD, says=f"{layer}, {figure}")


@files("REL035")
def agreement_made_better(release, site, rng):
    line = rng.choice([row for row in _rows(release) if " | 1.000 | " not in row])
    cells = line.split(" | ")
    number = rng.choice((2, 3, 4))
    better = {2: "0.999", 3: "0.990 to 1.000", 4: f"{rng.randint(1000, 9999)} |"}
    cells[number] = better[number]
    return _edited(release, line, " | ".join(cells))


@files("REL035")
def agreement_left_out(release, site, rng):
    return _edited(release, rng.choice(_rows(release)) + "\n", "")


@files("REL035")
def agreement_on_something_else(release, site, rng):
    line = rng.choice(_rows(release))
    place = _edited(release, line, line.replace("| ", "| chosen ", 1))
    return Place(CARD, says=place.says.split(", ")[1])
