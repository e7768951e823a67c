"""KEY: people and models who annotated, and whom the release's own registry does not have."""

from __future__ import annotations

from tests.mutations.disk import write
from tests.mutations.kind import Place, files

FILE = "schemas/annotators.yaml"


@files("KEY031")
def annotator_left_out(release, site, rng):
    import yaml

    name = rng.choice(("draft-1", "draft-2"))
    entries = yaml.safe_load((release / FILE).read_text(encoding="utf-8"))
    kept = [entry for entry in entries if entry["pseudonym"] != name]
    write(release, FILE, yaml.safe_dump(kept))
    return Place("annotations", says=name)


@files("KEY031")
def annotator_by_another_name(release, site, rng):
    text = (release / FILE).read_text(encoding="utf-8")
    name = rng.choice(("draft-1", "draft-2"))
    write(release, FILE, text.replace(f"pseudonym: {name}", f"pseudonym: {name}b"))
    return Place("annotations", says=name)


@files("KEY031")
def nobody_registered(release, site, rng):
    write(release, FILE, "[]\n")
    return Place("annotations", says="draft-")
