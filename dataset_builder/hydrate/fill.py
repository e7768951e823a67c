"""Puts words into the tables of a release without text, and says what it had no words for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_builder.release.surfaces import WHOLE, places, surfaces, with_texts, with_words
from dataset_builder.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from dataset_builder.hydrate.rebuild import Rebuilt
    from dataset_builder.hydrate.source import Hashes, Source


@dataclass
class Filled:
    """The tables with what could be restored, and counts per article."""

    tables: dict[tuple[str, str], pa.Table] = field(default_factory=dict)
    surfaces: Counter[str] = field(default_factory=Counter)
    """Surfaces, the text and the title among them."""
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The same that could not be restored, by article and `config.column`."""


def fill(source: Source, rebuilt: Mapping[str, Rebuilt]) -> Filled:
    """Every surface of `source` for which `rebuilt`, by article, has words that its hash proves."""
    result = Filled()
    for (config, split), table in source.tables.items():
        hashes = source.hashes(config, split)
        result.tables[config, split] = _filled(table, config, hashes, rebuilt, result)
    return result


def _filled(
    table: pa.Table,
    config: str,
    hashes: Hashes,
    rebuilt: Mapping[str, Rebuilt],
    result: Filled,
) -> pa.Table:
    ids = table["article_id"].to_pylist()
    current = None
    if config == "annotations":
        current = table["text_sha256"].to_pylist()
    if config == WHOLE[1]:
        texts = [rebuilt[name].whole for name in ids]
        for name, text in zip(ids, texts, strict=True):
            result.surfaces[name] += 1
            if text is None:
                result.missing[name, f"{config}.text"] += 1
        table = with_texts(table, texts)
    for place in places(TABLES[config]):
        known = hashes.get(place.name, {})
        words: dict[tuple[int, int], str] = {}
        # Which surfaces there are, the rows say; only of titles nobody else knows.
        there = (
            [(row, item) for row, item in known]
            if place.shape == "bare"
            else [(found.row, found.item) for found in surfaces(table, place)]
        )
        for row, item in there:
            name = ids[row]
            hashed, of_article = known.get((row, item)), rebuilt[name]
            said: str | None = None
            if hashed is None:
                pass
            elif hashed.start is None or hashed.end is None:
                said = of_article.title(hashed.hash)
            elif current is not None and current[row] != of_article.text_sha256:
                length = hashed.end - hashed.start
                said = of_article.elsewhere(length, hashed.hash, current[row])
            else:
                said = of_article.words(hashed.start, hashed.end, hashed.hash)
            result.surfaces[name] += 1
            if said is None:
                result.missing[name, f"{config}.{place.name}"] += 1
            else:
                words[row, item] = said
        table = with_words(table, place, words)
    return table


def trigger_tables(
    source: Source, tables: Mapping[tuple[str, str], pa.Table]
) -> dict[tuple[str, str], pa.Table]:
    """The table triggers, made again from the texts and events of `tables`; only of articles that
    had rows in it and have their text."""
    from dataset_builder.assemble.rows import to_table
    from dataset_builder.assemble.triggers import Mark, rows_of, tagged, tokenised

    ontology = source.registries.ontology
    types = ontology.names("event_type")
    had = {item.article_id for item in source.articles if item.triggers}
    found = {}
    for (config, split), articles in tables.items():
        if config != WHOLE[1]:
            continue
        marks: dict[str, list[Mark]] = {}
        events = tables.get(("events", split))
        if events is not None:
            columns = (
                events[name].to_pylist() for name in ("article_id", "trigger", "type", "mention_id")
            )
            for name, trigger, kind, mention in zip(*columns, strict=True):
                mark = Mark(trigger["start"], trigger["end"], types[kind], mention)
                marks.setdefault(name, []).append(mark)
        rows = []
        for name, text, ranges in zip(
            *(articles[column].to_pylist() for column in ("article_id", "text", "sentences")),
            strict=True,
        ):
            if name in had and text is not None:
                sentences = tokenised(text, ((item["start"], item["end"]) for item in ranges))
                tags = tagged(sentences, marks.get(name, []), types).tags
                rows += rows_of(name, sentences, tags)
        if rows:
            found["triggers", split] = to_table(rows, TABLES["triggers"], ontology)
    return found
