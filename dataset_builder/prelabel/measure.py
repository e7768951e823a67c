"""Precision and recall of suggestions against the committed annotations, stories held out.

Rules are measured twice: with the registries as they are, and for each story without the actors
and issues that only its own articles name, because the registries were written from these texts.
A model is trained for each story on all others. The annotators' agreement with each other, taken
the same way, is the ceiling.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from dataset_builder.assemble.resolve import lexicon
from dataset_builder.assemble.versions import finished, read_annotations
from dataset_builder.prelabel.scores import SHARE, Score, scores
from dataset_builder.registries import Actor, Annotator, Target, fold
from dataset_builder.studio.exported import ExportedAnnotation, ExportedTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dataset_builder.articles import Article
    from dataset_builder.assemble.versions import Version
    from dataset_builder.prelabel.rules import Rules
    from dataset_builder.prelabel.suggestion import Suggestion
    from dataset_builder.registries import Registries

_SELF = "suggested"
Entry = TypeVar("Entry", Actor, Target)


class Suggester(Protocol):
    """Anything that suggests; `model_version` says what it is and what it knows."""

    model_version: str

    def suggest(self, articles: Iterable[Article]) -> Iterator[Suggestion]:
        """A suggestion for each article, in order."""


@dataclass(frozen=True)
class Example:
    """An annotated article."""

    article: Article
    story: str
    versions: Mapping[str, Version]
    """By annotator; relevant ones only."""


@dataclass(frozen=True)
class Measured:
    """Figures of one way of suggesting, against one annotator."""

    what: str
    reference: str
    articles: int
    scores: tuple[Score, ...]


def examples(
    articles: Sequence[Article],
    stories: Mapping[str, str],
    tasks: Sequence[ExportedTask],
    registries: Registries,
) -> list[Example]:
    """The articles that somebody finished on their present text and found relevant."""
    known = lexicon(registries)
    by_key = {task.key: task for task in tasks}
    made: list[Example] = []
    for article in sorted(articles, key=lambda item: item.article_id):
        task = by_key.get((article.article_id, article.text_sha256))
        if task is None:
            continue
        reads, _ = read_annotations((task,))
        versions, _ = finished(reads, article.text_sha256, registries, known)
        relevant = {v.annotator: v for v in versions if v.relevant}
        if relevant:
            made.append(Example(article, stories[article.article_id], relevant))
    return made


def measure(
    annotated: Sequence[Example],
    rules: Rules,
    trainer: Callable[[Sequence[Example], str, Rules], Suggester] | None = None,
) -> list[Measured]:
    """Figures of the rules and, with `trainer`, of the model, against every annotator."""
    names = sorted({name for example in annotated for name in example.versions})
    stories = sorted({example.story for example in annotated})
    registries = rules.registries
    made: list[Measured] = []
    for name in names:
        mine = [example for example in annotated if name in example.versions]

        def against(
            what: str,
            suggester: Callable[[str], tuple[Suggester, Registries]],
            mine: Sequence[Example] = mine,
            name: str = name,
        ) -> Measured:
            pairs = []
            for story in stories:
                held = [example for example in mine if example.story == story]
                made_by, known = suggester(story)
                found = made_by.suggest(example.article for example in held)
                pairs += [
                    (as_version(example.article, suggestion, known), example.versions[name])
                    for example, suggestion in zip(held, found, strict=True)
                ]
            return Measured(what, name, len(mine), _figures(pairs, registries))

        def bare(story: str) -> tuple[Suggester, Registries]:
            known = without_names_of(story, annotated, registries)
            return rules.knowing(known), known

        made.append(against("rules", lambda _: (rules, registries)))
        made.append(against("rules, names of the story unknown", bare))
        if trainer is not None:

            def trained(
                story: str, mine: Sequence[Example] = mine, name: str = name
            ) -> tuple[Suggester, Registries]:
                others = [example for example in mine if example.story != story]
                return trainer(others, name, rules), registries

            made.append(against("model, story held out", trained))
        for other in names:
            both = [e for e in mine if other in e.versions]
            if other != name and both:
                pairs = [(e.versions[other], e.versions[name]) for e in both]
                figures = _figures(pairs, registries)
                made.append(Measured(f"annotator {other}", name, len(both), figures))
    return made


def _figures(pairs: Sequence[tuple[Version, Version]], registries: Registries) -> tuple[Score, ...]:
    return tuple(scores(pairs, [item.name for item in registries.ontology.attributes]))


def as_version(article: Article, suggestion: Suggestion, registries: Registries) -> Version:
    """A suggestion, read as if somebody had submitted it untouched."""
    relevant = {
        "id": "relevance", "from_name": "relevance", "to_name": "text", "type": "choices",
        "value": {"choices": ["relevant"]},
    }  # fmt: skip
    annotation = ExportedAnnotation(
        _SELF,
        1,
        "completed",
        "",
        "",
        None,
        ground_truth=False,
        result=(*suggestion.items, relevant),
    )
    task = ExportedTask(
        article.article_id, article.text_sha256, {"text": article.text}, (annotation,)
    )
    known = replace(registries, annotators=(Annotator(_SELF, "model", None),))
    reads, _ = read_annotations((task,))
    (version,), _ = finished(reads, article.text_sha256, known, lexicon(known))
    return version


def without_names_of(
    story: str, annotated: Sequence[Example], registries: Registries
) -> Registries:
    """`registries` without the names and aliases that occur in texts of the story alone."""
    own = [fold(e.article.text) for e in annotated if e.story == story]
    others = [fold(e.article.text) for e in annotated if e.story != story]

    def only_here(form: str) -> bool:
        folded = fold(form)
        return any(folded in text for text in own) and not any(folded in text for text in others)

    def bare(entry: Entry) -> Entry:
        aliases = tuple(alias for alias in entry.aliases if not only_here(alias))
        # The name has to stay something; this is nothing that a text holds.
        name = f"\u2060{entry.id}" if only_here(entry.name) else entry.name
        return replace(entry, name=name, aliases=aliases)

    return replace(
        registries,
        actors=tuple(bare(actor) for actor in registries.actors),
        targets=tuple(bare(target) for target in registries.targets),
    )


def as_json(measured: Sequence[Measured], notes: Sequence[str]) -> str:
    """The figures as one JSON object: `notes`, `figures`."""
    figures = [
        {
            "what": item.what,
            "reference": item.reference,
            "articles": item.articles,
            **asdict(score),
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
        }
        for item in measured
        for score in item.scores
    ]
    return json.dumps({"notes": list(notes), "figures": figures}, indent=2)


def as_text(measured: Sequence[Measured], notes: Sequence[str]) -> str:
    """The figures for a terminal."""
    lines: list[str] = []
    for item in measured:
        lines += ["", f"{item.what}, against {item.reference} ({item.articles} articles)"]
        cells: list[tuple[str, ...]] = [
            ("layer", "figure", "precision", "recall", "F1", "matched/suggested/reference")
        ]
        cells += [_cells(score) for score in item.scores]
        widths = [max(len(row[at]) for row in cells) for at in range(6)]
        lines += [
            "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
    return "\n".join([*notes, *lines])


def _cells(score: Score) -> tuple[str, ...]:
    counts = f"{score.matched}/{score.suggested}/{score.reference}"
    if score.metric == SHARE:
        return (score.layer, "share equal", _shown(score.precision), "", "", counts)
    return (
        score.layer, score.metric, _shown(score.precision), _shown(score.recall), _shown(score.f1),
        counts,
    )  # fmt: skip


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
