"""The packed blocks of the page: the articles, the directory that lists them, the index of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_builder.ontology import AUTHOR
from dataset_builder.report.packed import Index, as_json, block
from dataset_builder.report.records import CHUNK, actors_by_article, listed, order_of, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_builder.report.drawn import Palette
    from dataset_builder.report.reading import Source
    from dataset_builder.report.records import Listed


def article_blocks(
    source: Source, colours: Palette, report: Callable[[str, int, int | None], None]
) -> Iterator[bytes]:
    """One block `cN` for every `CHUNK` articles, then `directory` and `words`."""
    total = len(order_of(source))
    actors_of = actors_by_article(source)
    index = Index()
    entries: list[Listed] = []
    for number, chunk in enumerate(records(source)):
        for record in chunk:
            index.add(len(entries), (record["title"], record["text"]))
            entries.append(listed(record, actors_of))
        yield block(f"c{number}", as_json(chunk))
        report("article", len(entries), total)
    yield block("directory", as_json(directory(source, entries, colours)))
    yield block("words", index.content())


def directory(source: Source, entries: Sequence[Listed], colours: Palette) -> dict[str, Any]:
    """What the list, the filters and the colours of marks need, in columns."""
    names = {**source.issues, **source.actors, AUTHOR: "the author"}
    actors = sorted({name for item in entries for name in item.actors})
    labels = sorted({name for item in entries for name in item.labels})
    outlets = sorted({item.outlet for item in entries if item.outlet is not None})
    splits = list(source.splits)
    stories = {item.story: n for n, item in enumerate(reversed(entries))}
    at_actor, at_label = _places(actors), _places(labels)
    at_outlet, at_split = _places(outlets), _places(splits)
    tones = {**colours.entities, **colours.stances, **colours.events}
    return {
        "chunk": CHUNK,
        "names": {name: names.get(name, name) for name in sorted({*actors, AUTHOR})},
        "actors": actors,
        "labels": labels,
        "outlets": outlets,
        "splits": splits,
        "kinds": {
            **dict.fromkeys(colours.events, "e"),
            **dict.fromkeys(colours.stances, "s"),
            **{name[2:]: name[0] for name in labels},
        },
        "tones": {name: f"--c{colour[1:]}" for name, colour in sorted(tones.items())},
        "id": [item.article_id for item in entries],
        "title": [item.title for item in entries],
        "split": [at_split[item.split] for item in entries],
        "outlet": [-1 if item.outlet is None else at_outlet[item.outlet] for item in entries],
        "date": [item.date for item in entries],
        "story": [stories[item.story] for item in entries],
        "length": [item.length for item in entries],
        "events": [item.events for item in entries],
        "stances": [item.stances for item in entries],
        "disputed": [item.disputed for item in entries],
        "label": [[at_label[name] for name in item.labels] for item in entries],
        "actor": [[at_actor[name] for name in item.actors] for item in entries],
    }


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(names)}
