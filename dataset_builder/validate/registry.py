"""KEY: actors, issues and annotators that the registries do not have, or have otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_builder.ontology import AUTHOR
from dataset_builder.tables import PSEUDONYM
from dataset_builder.validate.release import Unavailable
from dataset_builder.validate.rules import Hit, Hits, Rule, hits, of_release

if TYPE_CHECKING:
    import polars as pl

    from dataset_builder.validate.release import Release

FREE_IDS = r"^(text|new):"
"""Ids that need no entry in a registry: made from the surface, or proposed by an annotator."""


def _codes(release: Release) -> pl.DataFrame:
    """Registered actors with their codes ("" without one). Raises Unavailable."""
    import polars as pl

    if release.registries is None:
        raise Unavailable("registries")
    actors = [(actor.id, actor.code or "") for actor in release.registries.actors]
    schema = {"id": pl.String, "code": pl.String}
    return pl.DataFrame(actors, schema=schema, orient="row")


def _unregistered(frame: pl.DataFrame, column: str, known: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    free = pl.col(column).str.contains(FREE_IDS)
    return frame.filter(~free).join(
        known.select("id"), left_on=column, right_on="id", how="anti", maintain_order="left"
    )


def _holders(release: Release) -> Hits:
    import polars as pl

    frame = release.rows("stance", "holder_id").filter(pl.col("holder_id") != AUTHOR)
    lost = _unregistered(frame, "holder_id", _codes(release))
    return hits("stance", lost, "holder {holder_id} is not in the actor registry")


def _targets(release: Release) -> Hits:
    import polars as pl

    actors = _codes(release)
    assert release.registries is not None  # noqa: S101 - or _codes had raised
    issues = pl.DataFrame(
        {"id": [target.id for target in release.registries.targets]}, schema={"id": pl.String}
    )
    frame = release.rows("stance", "target_id", "target_kind")
    for kind, known in (("actor", actors), ("issue", issues)):
        rows = frame.filter(pl.col("target_kind") == release.member("target_kind", kind))
        lost = _unregistered(rows, "target_id", known)
        yield from hits("stance", lost, f"{kind} {{target_id}} is not in the {kind} registry")


def _argument_actors(release: Release) -> pl.DataFrame:
    """One row per actor id of an argument, with its code beside it."""
    import polars as pl

    both = ("actor_ids", "actor_codes")
    frame = release.arguments.filter(
        pl.col("actor_ids").list.len() == pl.col("actor_codes").list.len()
    )
    return frame.filter(pl.col("actor_ids").list.len() > 0).explode(both)


def _fillers(release: Release) -> Hits:
    known = _codes(release)
    lost = _unregistered(_argument_actors(release), "actor_ids", known)
    return hits("events", lost, "actor {actor_ids} is not in the actor registry")


def _wrong_codes(release: Release) -> Hits:
    import polars as pl

    known = _codes(release)

    def differing(frame: pl.DataFrame, ids: str, code: str) -> pl.DataFrame:
        return frame.join(
            known.rename({"code": "registered"}),
            left_on=ids,
            right_on="id",
            how="inner",
            maintain_order="left",
        ).filter(pl.col(code).fill_null("") != pl.col("registered"))

    for side in ("holder", "target"):
        columns = (f"{side}_id", f"{side}_code", f"{side}_kind")
        for _, frame in release.having(*columns, among=("stance",)):
            is_actor = pl.col(f"{side}_kind") == release.member(f"{side}_kind", "actor")
            wrong = differing(frame.filter(is_actor), f"{side}_id", f"{side}_code")
            text = f"code of {{{side}_id}} is not the one of the registry"
            found = f"{{{side}_code}}"
            yield from hits("stance", wrong, text, expected="{registered}", found=found)
    wrong = differing(_argument_actors(release), "actor_ids", "actor_codes")
    text = "code of {actor_ids} is not the one of the registry"
    yield from hits("events", wrong, text, expected="{registered}", found="{actor_codes}")


def _names(release: Release) -> pl.DataFrame:
    """Registered actors and issues, and the author, with their names: kind, id, name. Raises
    Unavailable."""
    import polars as pl

    from dataset_builder.assemble.resolve import THE_AUTHOR

    if release.registries is None:
        raise Unavailable("registries")
    entries = [("actor", actor.id, actor.name) for actor in release.registries.actors]
    entries += [("issue", issue.id, issue.name) for issue in release.registries.targets]
    entries.append((AUTHOR, THE_AUTHOR.id, THE_AUTHOR.name))
    schema = {"kind": pl.String, "id": pl.String, "registered": pl.String}
    return pl.DataFrame(entries, schema=schema, orient="row").unique(["kind", "id"])


def _wrong_names(release: Release) -> Hits:
    import polars as pl

    known = _names(release)
    for end in ("holder", "target"):
        kind = f"{end}_kind"
        frame = release.rows("stance", end, f"{end}_id", kind)
        blank = frame.filter(pl.col(end).str.strip_chars() == "")
        yield from hits("stance", blank, f"the {end} has no name")
        named = frame.join(blank, on=["_split", "_row"], how="anti", maintain_order="left")
        different = named.select(end, f"{end}_id", kind).unique(maintain_order=True)
        wrong = different.with_columns(release.named(kind, kind).alias("kind")).join(
            known, left_on=["kind", f"{end}_id"], right_on=["kind", "id"]
        ).filter(pl.col(end) != pl.col("registered"))  # fmt: skip
        if wrong.is_empty():
            continue
        rows = named.join(wrong.drop("kind"), on=[end, f"{end}_id", kind], maintain_order="left")
        text = f"{{{end}_id}} has another name in the registry"
        yield from hits("stance", rows, text, expected="{registered}", found=f"{{{end}}}")


def _strangers(release: Release) -> Hits:
    """One hit an annotator: the registry lacks one entry, however much they did. What is no pseudonym
    is SCH008's business."""
    if release.registries is None:
        raise Unavailable("registries")
    known = {annotator.pseudonym for annotator in release.registries.annotators}
    there = release.distinct("annotations", "annotator")["annotator"].drop_nulls()
    named = there.filter(there.str.contains(PSEUDONYM))
    for name in sorted(set(named) - known):
        yield Hit(f"{name} annotated, and is not in the registry of annotators", "annotations",
                  ids={"annotator": name}, found=name)  # fmt: skip


REBUILD = "Build the release again from its inputs."
REGISTER = "Add it to the registry, or correct the id in Label Studio and pull."

REGISTRY_RULES: tuple[Rule, ...] = (
    Rule(
        "KEY011",
        "holder not in the registry",
        _holders,
        "Ids are resolved through the registry that is shipped with the release.",
        REGISTER,
    ),
    Rule(
        "KEY012",
        "target not in the registry",
        _targets,
        "Ids are resolved through the registries that are shipped with the release.",
        REGISTER,
    ),
    Rule(
        "KEY013",
        "argument's actor not in the registry",
        _fillers,
        "Ids are resolved through the registry that is shipped with the release.",
        REGISTER,
    ),
    Rule(
        "KEY014",
        "code differs from the registry's",
        _wrong_codes,
        "Two codes for one actor split it in every count by country or sector.",
        REBUILD,
    ),
    Rule(
        "KEY023",
        "name differs from the registry's",
        _wrong_names,
        "holder and target are what a model reads; another name asks about somebody else.",
        REBUILD,
        "Angela Merkel as the holder whose id is rus",
        after=("KEY011", "KEY012", "GRM006"),
    ),
    *of_release(
        Rule(
            "KEY031",
            "annotator not in the registry",
            _strangers,
            "schemas/annotators.yaml says of everybody who annotated whether it is a person or a"
            " model; of one who is not in it nobody knows.",
            "Add the pseudonym to annotations/annotators.yaml, and build again.",
            after=("VOT007", "REL018"),
        ),
    ),
)
