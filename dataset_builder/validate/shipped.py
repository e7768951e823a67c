"""VER, REL: the contract, labels and meanings that a release ships beside its data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from dataset_builder.contract import contract_yaml
from dataset_builder.tables import TABLES
from dataset_builder.validate.documents import no_file, no_yaml, parse_yaml, read_text
from dataset_builder.validate.earlier import before
from dataset_builder.validate.rules import Hit, Hits, Rule, of_release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_builder.ontology import Ontology
    from dataset_builder.validate.release import Release

ONTOLOGY = "schemas/ontology.yaml"


def _readable(release: Release, file: str) -> bool:
    """Whether `file` is a file of the release (and not a link, which may lead anywhere)."""
    return file in release.files and no_file(release.path / file, release.path) is None


@cache
def _of_package() -> tuple[Ontology, dict[str, str]]:
    """The ontology of the package, and the contracts that were rendered from it."""
    from dataset_builder.ontology import load_ontology
    from dataset_builder.project import packaged

    texts = {name: packaged(f"schemas/{name}.yaml").read_text("utf-8") for name in TABLES}
    return load_ontology(packaged("schemas/ontology.yaml")), texts


def _contract(release: Release) -> Hits:
    """A release must promise what the package promises for its schema version, no less."""
    import yaml

    for name, table in release.tables.items():
        file = f"schemas/{name}.yaml"
        if not _readable(release, file):
            continue
        document = read_text(release.path / file)
        known = _of_package()
        same = table is TABLES.get(name) and document.text == known[1][name]
        if same and release.ontology == known[0]:  # rendering it again would give the same
            continue
        rendered = contract_yaml(table, release.ontology)
        note = document.text.removesuffix(rendered)  # at its head
        if note != document.text and all(line[:1] in ("", "#") for line in note.split("\n")):
            continue
        shipped = document if document.error else parse_yaml(document.text)
        if shipped.error:
            yield Hit(f"{file} cannot be read", table=file, found=shipped.error)
            continue
        for place, expected, got in _unequal(yaml.safe_load(rendered), shipped.data, ""):
            text = f"{file}: {place.lstrip('.') or 'the contract'} is not what the package has"
            yield Hit(text, table=file, expected=expected, found=got)


def _unequal(wanted: Any, found: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Places where two documents differ, as deep as both are mappings."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*wanted, *found)):
            yield from _unequal(wanted.get(key), found.get(key), f"{place}.{key}")
    elif wanted != found:
        yield place, str(wanted), str(found)


def _carried(release: Release) -> Hits:
    yield from _labels(release)
    yield from _registries(release)


def _registries(release: Release) -> Hits:
    """One that does not load would be as if there were none, and nothing be judged by it."""
    from dataset_builder.errors import ProjectError
    from dataset_builder.registries import load_actors, load_annotators, load_targets

    loads = {"actors": load_actors, "targets": load_targets, "annotators": load_annotators}
    for name, load in loads.items():
        file = f"schemas/{name}.yaml"
        if not _readable(release, file):
            continue
        why = no_yaml(release.path / file)
        try:
            if why is None:
                load(release.path / file)
        except ProjectError as error:
            why = error.message
        except (TypeError, AttributeError) as error:
            why = f"a value of another type: {error}"
        if why is not None:
            yield Hit(f"{file} cannot be read", table=file, found=why)


def _labels(release: Release) -> Hits:
    from dataset_builder.errors import ProjectError
    from dataset_builder.ontology import load_ontology

    if not _readable(release, ONTOLOGY):
        return
    refused = no_yaml(release.path / ONTOLOGY)
    if refused:
        yield Hit(f"{ONTOLOGY} cannot be read", table=ONTOLOGY, found=refused)
        return
    try:
        shipped = load_ontology(release.path / ONTOLOGY)
    except ProjectError as error:
        yield Hit(f"{ONTOLOGY} cannot be read", table=ONTOLOGY, found=error.message)
        return
    if shipped != release.ontology:
        yield Hit(f"{ONTOLOGY} declares other labels than the ones it is judged by", ONTOLOGY)


def _definitions(release: Release) -> dict[tuple[str, str], str]:
    """(list, label) -> what the shipped ontology says that it means."""
    if not _readable(release, ONTOLOGY):
        return {}
    document = parse_yaml(read_text(release.path / ONTOLOGY).text)
    return {
        (str(key), str(item["name"])): " ".join(str(item["definition"]).split())
        for key, items in document.data.items()
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and "name" in item and "definition" in item
    }


def _meaning(release: Release) -> Hits:
    old, new = before(release), release
    schemes = [str(of.manifest.data.get("scheme_version")) for of in (old, new)]
    if schemes[0] != schemes[1]:
        return  # the scheme says itself that it is another one
    now = _definitions(new)
    for (kind, name), said in _definitions(old).items():
        if now.get((kind, name), said) != said:
            yield Hit(f"{name} ({kind}) is defined otherwise than in the earlier release", ONTOLOGY,
                      expected=said, found=now[kind, name])  # fmt: skip


SHIPPED_RULES = of_release(
    Rule("REL018", "shipped labels differ, or registries broken", _carried,
         "Labels are read by the ontology that travels with them, actors, issues and annotators by"
         " their registries; others mislead their users.",
         "Run `dataset-builder render`, and build again."),
    Rule("VER010", "label of another meaning", _meaning,
         "The same label with another definition is another label: whoever mixes releases mixes"
         " two things. `scheme_version` of the ontology tells them apart.",
         "Raise `scheme_version` in ontology.yaml, and `version` in pyproject.toml.",
         severity="warning", after=("REL018",)),
    Rule("VER013", "contract of its own", _contract,
         "A release is judged by the package's contract of its schema version; a loosened copy, or"
         " one that no version of the package ever had, misleads its users.",
         "Run `dataset-builder render`, and build again.", "`nullable: true` at label",
         after=("REL031",)),
)  # fmt: skip
