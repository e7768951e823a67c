"""Small valid tables and releases for tests, made from sentence templates.

Everything that the design says of the tables holds in them: offsets are exact code points in texts
with emoji, Arabic and combining marks; each row follows from rows of `annotations`; every annotator
votes on every unit; stories do not cross splits; derived rows are in train only. The same
arguments give the same tables.

`make_world` gives the rows as Python values with class labels by NAME (easy to damage in a test);
`to_tables` turns rows into Arrow; `make_release` writes a release with the real writer.
"""

from __future__ import annotations

import copy
import hashlib
import random
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from dataset_builder.articles import Article
from dataset_builder.assemble.triggers import Mark, rows_of, tagged, tokenised
from dataset_builder.project import SPLITS, Project, Settings, packaged
from dataset_builder.registries import Annotator, Registries, load_registries
from dataset_builder.release.writer import SHARD_ROWS
from dataset_builder.tables import TABLES, ClassOf, ListOf, Struct, arrow_schema
from tests.factory_articles import ANNOTATORS, TemplateArticle
from tests.factory_words import PLAIN, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_builder.ontology import Ontology
    from dataset_builder.tables import Type

Row = dict[str, Any]
Rows = dict[tuple[str, str], list[Row]]
Tables = dict[tuple[str, str], "pa.Table"]

STORY_SPLITS = ("train", "validation", "test", "train", "train")


def project() -> Project:
    """The project that the tests run in: its declarations, with fixed settings."""
    return Project(packaged("pyproject.toml").parent, settings())


def settings(version: str = "1.0.0") -> Settings:
    """Settings that do not depend on pyproject.toml."""
    return Settings(
        name="syria-diplomacy",
        pretty_name="Syria Diplomacy: stance and events in news",
        version=version,
        seed=1,
        splits=dict(zip(SPLITS, (Fraction(3, 5), Fraction(1, 5), Fraction(1, 5)), strict=True)),
        derived_neutrals=8,
        primary=tuple(name for name, _ in ANNOTATORS),
    )


@cache
def registries() -> Registries:
    """The declarations of this repository."""
    return load_registries(project())


@dataclass
class World:
    """Rows by (config, split)."""

    rows: Rows

    def tables(self) -> Tables:
        """The rows as Arrow tables."""
        return to_tables(self.rows, registries().ontology)


def make_tables(seed: int = 0, n_articles: int = 6) -> Tables:
    """Valid tables of every config; all three splits are filled from three articles on."""
    return make_world(seed, n_articles).tables()


def make_world(seed: int = 0, n_articles: int = 6, shape: Shape = PLAIN) -> World:
    """Valid rows of every config. The first story always has two articles when n_articles > 3."""
    return copy.deepcopy(_world(seed, n_articles, shape))


@cache
def _world(seed: int, n_articles: int, shape: Shape = PLAIN) -> World:
    known = registries()
    rng = random.Random(seed)
    rows: Rows = {(table, split): [] for table in TABLES for split in SPLITS}
    stories: dict[int, str] = {}
    groups = [0, *range(n_articles - 1)] if n_articles > 3 else list(range(n_articles))
    made = [TemplateArticle.write(seed, number, rng, known, shape) for number in range(n_articles)]
    for number, article in zip(groups, made, strict=True):
        stories[number] = min(stories.get(number, article.article_id), article.article_id)
    for number, article in zip(groups, made, strict=True):
        split = STORY_SPLITS[number % len(STORY_SPLITS)]
        article.story = stories[number]
        made_rows = article.rows(known, split)
        for table, found in {**made_rows, "triggers": trigger_rows(made_rows, known)}.items():
            rows[table, split] += found
    for (table, _), found in rows.items():
        found.sort(key=lambda row, table=table: place_in_table(row, table, known.ontology))
    return World({place: found for place, found in rows.items() if found})


def trigger_rows(made: Mapping[str, list[Row]], known: Registries) -> list[Row]:
    """The rows of triggers of one article, from its rows of articles and events."""
    [article] = made["articles"]
    ranges = [(item["start"], item["end"]) for item in article["sentences"]]
    sentences = tokenised(article["text"], ranges)
    marks = [
        Mark(row["trigger"]["start"], row["trigger"]["end"], row["type"], row["mention_id"])
        for row in made["events"]
    ]
    tags = tagged(sentences, marks, known.ontology.names("event_type")).tags
    return rows_of(article["article_id"], sentences, tags)


def to_tables(rows: Rows, ontology: Ontology) -> Tables:
    """Rows with label names -> Arrow tables with ids. A label that is an int is taken as it is."""
    import pyarrow as pa

    return {
        (name, split): pa.Table.from_pylist(
            [
                {c.name: _ids(c.type, row[c.name], ontology) for c in TABLES[name].columns}
                for row in found
            ],
            schema=arrow_schema(TABLES[name], ontology),
        )
        for (name, split), found in rows.items()
    }


def make_release(
    folder: Path,
    seed: int = 0,
    n_articles: int = 6,
    version: str = "1.0.0",
    *,
    rows: Rows | None = None,
    tables: Tables | None = None,
    withheld: Mapping[str, str] | None = None,
    shard_rows: int = SHARD_ROWS,
) -> Path:
    """Write a release `folder/<version>` with the real writer; `rows` or `tables` replace the
    generated ones. Returns its path."""
    from dataset_builder.release.documents import Release, read_documents
    from dataset_builder.release.writer import prepare, publish

    known = registries()
    if tables is None:
        tables = to_tables(rows, known.ontology) if rows else make_tables(seed, n_articles)
    documents = read_documents(project())
    if f"## [{version}]" not in documents.changelog:
        entry = f"## [{version}] - 2026-11-22\n\n### Changed\n\n- A test.\n\n## [1.0.0]"
        changelog = documents.changelog.replace("## [1.0.0]", entry, 1)
        documents = replace(documents, changelog=changelog)
    known, schemas = introduced(tables, known, documents.schemas)
    documents = replace(documents, schemas=schemas)
    final = folder / version
    release = Release(tables, settings(version), known, documents, withheld or {})
    publish(prepare(final, release, shard_rows=shard_rows), final)
    return final


def introduced(
    tables: Tables, known: Registries, schemas: Mapping[str, str]
) -> tuple[Registries, dict[str, str]]:
    """The registries, and the schemas of a release, with every annotator of the tables."""
    kinds = known.ontology.names("annotator_kind")
    there = {
        (row["annotator"], kinds[row["annotator_kind"]])
        for (table, _), rows in tables.items()
        if table == "annotations"
        for row in rows.select(["annotator", "annotator_kind"]).to_pylist()
        if row["annotator"] is not None and row["annotator_kind"] in range(len(kinds))
    }
    met = {annotator.pseudonym for annotator in known.annotators}
    new = [Annotator(name, kind, None) for name, kind in sorted(there) if name not in met]
    file = "schemas/annotators.yaml"
    told = "".join(f"- pseudonym: {item.pseudonym}\n  kind: {item.kind}\n" for item in new)
    return replace(known, annotators=(*known.annotators, *new)), {
        **schemas,
        file: schemas[file] + told,
    }


def named(article_ids: Iterable[str]) -> list[Article]:
    """Articles of which only the id matters."""
    return [
        Article(
            article_id=name,
            source=f"{name}.txt",
            raw_sha256=hashlib.sha256(name.encode()).hexdigest(),
            text="",
            text_sha256=hashlib.sha256(b"").hexdigest(),
            **dict.fromkeys(("title", "outlet", "agency", "byline", "dateline", "published_at")),
            published_basis="none",
            language="en",
            url=None,
            paragraphs=(),
            sentences=(),
        )
        for name in article_ids
    ]


def place_in_table(row: Row, table: str, ontology: Ontology) -> list[tuple[bool, Any]]:
    """Where a row stands in its table: by key, class labels by id, nulls last."""
    types = {column.name: column.type for column in TABLES[table].columns}
    values = [_ids(types[name], row[name], ontology) for name in TABLES[table].key]
    return [(value is None, 0 if value is None else value) for value in values]


def _ids(kind: Type, value: Any, ontology: Ontology) -> Any:
    if value is None:
        return None
    if isinstance(kind, ClassOf):
        return ontology.names(kind.vocabulary).index(value) if isinstance(value, str) else value
    if isinstance(kind, ListOf):
        return [_ids(kind.item, item, ontology) for item in value]
    if isinstance(kind, Struct):
        return {name: _ids(item, value[name], ontology) for name, item in kind.fields}
    return value
