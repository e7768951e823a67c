"""From a release without text and a reader's pages to a release with text, as far as it can be."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import FindingsError, UsageError, VersionExistsError
from dataset_builder.hydrate.fill import fill, trigger_tables
from dataset_builder.hydrate.find import search
from dataset_builder.hydrate.rebuild import Rebuilt
from dataset_builder.hydrate.source import read_source
from dataset_builder.release.withhold import contracts, hashed_files, kept_tables
from dataset_builder.takedown import Takedowns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.articles import RawPage, Rejected
    from dataset_builder.hydrate.fill import Filled
    from dataset_builder.hydrate.find import Search
    from dataset_builder.hydrate.source import Source, Wanted
    from dataset_builder.ledger import Ledger
    from dataset_builder.release.documents import Documents, Release
    from dataset_builder.release.writer import Outcome

REPORT: Final = "hydrated.json"
"""What could not be restored, in a release that is partial."""
LEFT_OUT: Final = "its text could not be restored"


@dataclass(frozen=True)
class Lacking:
    """An article that did not come back as a whole."""

    article_id: str
    source: str
    url: str | None
    why: str
    page: str | None
    """The page that was looked into."""
    surfaces: int
    """How many the release has of it, its text and title among them."""
    missing: dict[str, int]
    """The same that could not be restored, by config and column."""


@dataclass(frozen=True)
class Hydrated:
    """What came of it."""

    folder: Path
    outcome: Outcome
    text: str
    """`full` or `partial`."""
    articles: int
    lacking: tuple[Lacking, ...]
    """By article id."""
    pages: int
    refused: int
    """Pages that could not be used."""


def hydrate(
    folder: Path,
    pages: Iterable[RawPage | Rejected],
    out: Path,
    *,
    takedowns: Takedowns | None = None,
    ledger: Ledger | None = None,
    drop: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Hydrated:
    """Put the text back into the release at `folder`, from `pages`, and publish it as `out`.

    What `takedowns` names stays without text. Articles that do not come back as a whole stay, with
    null for what cannot be proven, or with `drop` are left out. Raises UsageError and
    DamagedReleaseError as `read_source`, UsageError when nothing at all came back, FindingsError
    when the result breaks a rule, VersionExistsError when `out` is there with other content.
    """
    from dataset_builder.ledger import Ledger
    from dataset_builder.release.writer import discard, prepare, publish

    source = read_source(folder)
    tell(f"looking for {len(source.articles)} articles")
    looked = search(source.articles, pages, takedowns or Takedowns(), ledger or Ledger())
    rebuilt = {
        item.article_id: Rebuilt(item, looked.found[item.article_id].candidates)
        for item in source.articles
    }
    filled = fill(source, rebuilt)
    lacking = _lacking(source, looked, rebuilt, filled)
    if not any(looked.found[item.article_id].candidates for item in source.articles):
        raise UsageError(
            f"none of the {looked.pages} pages is one of the {len(source.articles)} articles",
            hint="name the pages that the articles are from: the card and the column `source` tell",
        )
    release = _release(source, filled, lacking, drop=drop)
    tell("checking what came of it")
    partial = prepare(out, release)
    try:
        _check(partial, release, source, tell)
        try:
            outcome = publish(partial, out)
        except VersionExistsError as error:
            raise VersionExistsError(
                f"{out}: there is something else already", hint="choose another folder with --out"
            ) from error
    finally:
        discard(partial)
    return Hydrated(
        out,
        outcome,
        release.text,
        len(source.articles),
        lacking,
        looked.pages,
        len(looked.refused),
    )


def _lacking(
    source: Source, looked: Search, rebuilt: dict[str, Rebuilt], filled: Filled
) -> tuple[Lacking, ...]:
    missing: dict[str, dict[str, int]] = {}
    for (name, place), count in sorted(filled.missing.items()):
        missing.setdefault(name, {})[place] = count
    return tuple(
        Lacking(
            article_id=item.article_id,
            source=item.source,
            url=item.url,
            why=_why(item, looked, rebuilt[item.article_id]),
            page=next((a.source for a in looked.found[item.article_id].candidates), None),
            surfaces=filled.surfaces[item.article_id],
            missing=missing[item.article_id],
        )
        for item in source.articles
        if item.article_id in missing
    )


def _why(item: Wanted, looked: Search, rebuilt: Rebuilt) -> str:
    if item.article_id in looked.taken_down:
        return looked.taken_down[item.article_id]
    if not looked.found[item.article_id].candidates:
        return "none of the pages is like it"
    if rebuilt.whole is not None:
        return "its text is back; words of its title, or of an earlier text, are not on the page"
    return (
        f"the page has another text: {rebuilt.pieces} of {len(item.pieces)} pieces are as released"
    )


def _release(
    source: Source, filled: Filled, lacking: tuple[Lacking, ...], *, drop: bool
) -> Release:
    """What is to be written."""
    from dataset_builder.release.documents import Release

    release = Release(
        tables={**filled.tables, **trigger_tables(source, filled.tables)},
        settings=source.settings,
        registries=source.registries,
        documents=_documents(source),
        withheld=dict(source.told["withheld"]),
        agreement=str(source.told["agreement"]),
    )
    if not lacking:
        return _with_contracts(release)
    report = json.dumps(
        {"articles": [{f.name: getattr(item, f.name) for f in fields(item)} for item in lacking]},
        ensure_ascii=False,
        indent=1,
    )
    extra = {REPORT: f"{report}\n".encode()}
    if drop:
        gone = {item.article_id: LEFT_OUT for item in lacking}
        release = replace(release, tables=_without(release, gone))
        if not release.tables:
            raise UsageError(
                "no article came back as a whole", hint="leave out --drop to keep what did"
            )
        return _with_contracts(
            replace(
                release,
                text="partial",
                withheld={**release.withheld, **gone},
                extra={
                    **extra,
                    **hashed_files(release, kept_tables(release), source.told["content_sha256"]),
                },
            )
        )
    kept = {
        file.relative_to(source.folder).as_posix(): file.read_bytes()
        for file in sorted((source.folder / "hydrate").rglob("*"))
        if file.is_file()
    }
    return _with_contracts(replace(release, text="partial", extra={**extra, **kept}))


def _with_contracts(release: Release) -> Release:
    schemas = {**release.documents.schemas, **contracts(release, release.text)}
    return replace(release, documents=replace(release.documents, schemas=schemas))


def _without(release: Release, gone: Iterable[str]) -> dict[tuple[str, str], pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(sorted(gone), pa.string())
    left = {
        place: table.filter(pc.invert(pc.is_in(table["article_id"], value_set=ids)))
        for place, table in release.tables.items()
    }
    return {place: table for place, table in left.items() if table.num_rows}


def _documents(source: Source) -> Documents:
    from dataset_builder.release.documents import Documents

    schemas = {
        file.relative_to(source.folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted((source.folder / "schemas").iterdir())
        if file.is_file()
    }
    told = {name: str(text) for name, text in source.told["documents"].items()}
    known = {field.name for field in fields(Documents)}
    return Documents(schemas=schemas, **{name: told[name] for name in told if name in known})


def _check(partial: Path, release: Release, source: Source, tell: Callable[[str], None]) -> None:
    """What `build` asks of a release; and whether a full one is the one that was withheld."""
    from dataset_builder.release.content import CONTENT_VERSION
    from dataset_builder.release.load import check_loads
    from dataset_builder.release.manifest import content_of
    from dataset_builder.validate.run import validate_release

    ontology = source.registries.ontology
    report = validate_release(partial, ontology=ontology, registries=source.registries)
    if not report.ok:
        raise FindingsError(
            "what came of it is no valid release",
            report.findings,
            hint="validate the release that you started from; nothing was written",
        )
    broken = check_loads(partial, ontology)
    if broken:
        raise FindingsError("the release does not load as it should", broken)
    if release.text != "full" or content_of(partial) == source.told["content_sha256"]:
        return
    if source.content_version is None:
        tell(
            "every word is proven by its hash; whether the tables as a whole are those that were"
            " withheld cannot be told: their hashes are of a definition before content_version"
            f" {CONTENT_VERSION}"
        )
    else:
        raise UsageError(
            "every word is proven, but the tables are not those that were withheld",
            hint="use the version of dataset-builder that wrote the release; nothing was written",
        )


def summary(done: Hydrated) -> str:
    """What a person wants to know: what is back, what is not and why."""
    from dataset_builder.printable import printable

    whole = done.articles - len(done.lacking)
    lines = [
        f"{whole} of {done.articles} articles are back, from {done.pages} pages"
        + (f" ({done.refused} could not be used)" if done.refused else "")
    ]
    for item in done.lacking:
        lost = sum(item.missing.values())
        page = f"; looked into {printable(item.page, 100)}" if item.page else ""
        lines.append(f"{item.article_id} ({printable(item.source, 100)}): {item.why}{page}")
        lines.append(f"    {item.surfaces - lost} of {item.surfaces} surfaces are back")
    verb = "is already there, unchanged" if done.outcome == "unchanged" else "is written"
    lines.append(f"The {done.text} release {verb}: {done.folder}")
    if done.lacking:
        lines.append(f"    {REPORT} in it lists what could not be restored")
    return "\n".join(lines)
