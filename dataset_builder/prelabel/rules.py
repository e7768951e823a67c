"""Suggestions by rules and cues."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Final

from dataset_builder.prelabel.clauses import Sentence
from dataset_builder.prelabel.events import events
from dataset_builder.prelabel.language import load_language, sources
from dataset_builder.prelabel.mentions import ACTOR, ISSUE
from dataset_builder.prelabel.names import Names
from dataset_builder.prelabel.stances import stances
from dataset_builder.prelabel.suggestion import Draft, Mark, as_suggestion, without_faults
from dataset_builder.prelabel.times import Times
from dataset_builder.prelabel.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataset_builder.articles import Article
    from dataset_builder.prelabel.cues import Cues
    from dataset_builder.prelabel.events import Event, Found
    from dataset_builder.prelabel.language import Language
    from dataset_builder.prelabel.mentions import Mention
    from dataset_builder.prelabel.suggestion import Suggestion
    from dataset_builder.prelabel.times import Time
    from dataset_builder.registries import Registries

_CODE: Final = ("clauses", "cues", "events", "language", "mentions", "names", "rules", "stances", "suggestion", "times", "words")  # fmt: skip
Place = tuple[str, int, int]


class Rules:
    """Suggests by rules; made once for a project, used for any number of articles."""

    def __init__(self, registries: Registries, cues: Cues) -> None:
        self.registries = registries
        self._ontology = registries.ontology
        self._cues = cues
        self._names = Names(registries)
        self._languages: dict[str, tuple[Language, Times] | None] = {}
        self.model_version = f"rules-{_digest(registries, cues)}"

    def knowing(self, registries: Registries) -> Rules:
        """The same rules with other registries."""
        return Rules(registries, self._cues)

    def suggest(self, articles: Iterable[Article]) -> Iterator[Suggestion]:
        """What is suggested for each article, in order; may have no items."""
        for article in articles:
            draft = without_faults(self.draft(article), self._ontology)
            yield as_suggestion(article, draft)

    def who(self, surface: str, label: str) -> str | None:
        """Id of the actor or issue that the registry knows by exactly these words."""
        called = self._names.actor_called if label == ACTOR else self._names.issue_called
        return called(surface)

    def reading(self, article: Article) -> Iterator[tuple[Sentence, list[Time]]]:
        """The sentences of an article with what they name; none in a language without a file."""
        known = self._language(article.language)
        if known is None:
            return
        language, times = known
        words = Words(article.text, ((s.start, s.end) for s in article.sentences))
        for first, after in words.sentences:
            dated = times.in_sentence(words.all, first, after)
            taken = frozenset(p for t in dated for p in range(t.first, t.after))
            mentions = [
                m
                for m in self._names.in_sentence(words, language, first, after)
                if taken.isdisjoint(range(m.first, m.after))
            ]
            yield (
                Sentence(words.all, language, first, after, mentions, taken, article.text),
                dated,
            )

    def draft(
        self,
        article: Article,
        spans: Callable[[Sentence], tuple[Sentence, list[Found] | None]] | None = None,
    ) -> Draft:
        """Everything that the rules find, faults included; with `spans`, of the triggers and
        entities that those say of each sentence."""
        draft = Draft()
        earlier: Mention | None = None
        for sentence, dated in self.reading(article):
            triggers = None
            if spans is not None:
                sentence, triggers = spans(sentence)  # noqa: PLW2901 - the same, with more in it
            for event in events(sentence, dated, earlier, triggers):
                _add_event(draft, sentence, event)
            for stance in stances(sentence, earlier):
                evidence = _mark(
                    draft,
                    sentence,
                    stance.label,
                    stance.first,
                    stance.after,
                    (("expression", (stance.expression,)),),
                )
                draft.arrow(mention_mark(draft, sentence, stance.holder), evidence)
                draft.arrow(evidence, mention_mark(draft, sentence, stance.target))
            free = (m for m in sentence.actors if not (m.adjective or m.possessive))
            earlier = next((m for m in free if not sentence.governed(m)), None)
        return draft

    def _language(self, code: str) -> tuple[Language, Times] | None:
        if code not in self._languages:
            language = load_language(code, self._cues)
            self._languages[code] = None if language is None else (language, Times(language))
        return self._languages[code]


def _add_event(draft: Draft, sentence: Sentence, event: Event) -> None:
    trigger = event.trigger
    place = _mark(draft, sentence, trigger.type, trigger.first, trigger.after, event.fields)
    for role, mention in event.participants:
        filler = mention_mark(draft, sentence, mention)
        draft.arrow(*((filler, place) if role == "ACTOR" else (place, filler)))
    for where in event.places:
        draft.arrow(place, mention_mark(draft, sentence, where))
    for time in event.times:
        fields = (("timex3", (time.value,)),) if time.value else ()
        draft.arrow(place, _mark(draft, sentence, "DATE", time.first, time.after, fields))


def mention_mark(draft: Draft, sentence: Sentence, mention: Mention) -> Place:
    """The mark of a mention, with who or what it is where that is known."""
    fields: list[tuple[str, tuple[str, ...]]] = []
    if mention.label in (ACTOR, ISSUE):
        kind = "actor" if mention.label == ACTOR else "issue"
        if mention.ids:
            fields.append((f"{kind}_id", mention.ids))
        if mention.new:
            fields.append((f"{kind}_new", mention.new))
    return _mark(draft, sentence, mention.label, mention.first, mention.after, tuple(fields))


def _mark(
    draft: Draft,
    sentence: Sentence,
    label: str,
    first: int,
    after: int,
    fields: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Place:
    start, end = sentence.words[first].start, sentence.words[after - 1].end
    return draft.mark(Mark(label, start, end, fields))


def _digest(registries: Registries, cues: Cues) -> str:
    """First 12 hex digits of a hash of everything that decides what is suggested."""
    folder = resources.files("dataset_builder.prelabel")
    made = hashlib.sha256(cues.digest.encode())
    for name, content in sources():
        made.update(name.encode() + b"\0" + content)
    for name in _CODE:
        made.update(folder.joinpath(f"{name}.py").read_bytes())
    bare = replace(registries, annotators=(), stories=())
    made.update(repr((bare.ontology.vocabularies, bare.actors, bare.targets)).encode())
    return made.hexdigest()[:12]
