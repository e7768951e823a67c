"""Who does what to whom in a sentence, by the order of its words: subjects, objects, negation.

There is no parser here: a subject is the nearest actor before that no preposition governs, an
object the first one after before the clause ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dataset_builder.prelabel.mentions import ACTOR
from dataset_builder.prelabel.words import APOSTROPHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_builder.prelabel.language import Language
    from dataset_builder.prelabel.mentions import Mention
    from dataset_builder.prelabel.words import Word

STOPS: Final = frozenset(";:—–()[]|")
_BACK: Final = 6
"""Words before a verb or noun that can negate it or put it into the future."""
_OBJECT_REACH: Final = 9


@dataclass(frozen=True)
class Sentence:
    """A sentence with what it names. `words` are those of the whole text."""

    words: Sequence[Word]
    language: Language
    first: int
    after: int
    mentions: Sequence[Mention]
    taken: frozenset[int] = field(default_factory=frozenset)
    """Places of words that belong to a time expression."""
    text: str = ""
    """The whole text."""

    @property
    def actors(self) -> list[Mention]:
        """Mentions of actors, in order."""
        return [m for m in self.mentions if m.label == ACTOR]

    def key(self, place: int) -> str:
        """The word at a place of the sentence; empty outside it."""
        return self.words[place].key if self.first <= place < self.after else ""

    def is_break(self, place: int) -> bool:
        """Whether a new clause starts with this word."""
        return self.words[place].text in STOPS or self.key(place) in self.language.words("breaks")

    def broken(self, start: int, stop: int) -> bool:
        """Whether a clause ends between two places."""
        return any(self.is_break(place) for place in range(start, stop))

    def governor(self, mention: Mention) -> int:
        """Place of the word before the mention, articles and possessives left out."""
        place = mention.first - 1
        determiners = self.language.words("articles") | self.language.words("possessives")
        while self.key(place) in determiners:
            place -= 1
        return place

    def governed(self, mention: Mention) -> bool:
        """Whether a preposition stands before the mention."""
        return self.key(self.governor(mention)) in self.language.words("prepositions")


@dataclass(frozen=True, slots=True)
class Mood:
    """What the words before a verb or noun say of it."""

    passive: bool = False
    negative: bool = False
    prevented: bool = False
    """Negative by what kept it from happening ("has yet to", "prevented")."""
    future: bool = False
    hypothetical: bool = False
    present: bool = False
    infinitive: bool = False


def mood(sentence: Sentence, first: int, forms: frozenset[str], *, noun: bool) -> Mood:
    """The mood of the word at `first`, from the words before it in its clause."""
    language = sentence.language
    passive = negative = prevented = future = hypothetical = present = infinitive = False
    place = first - 1
    steps = 0
    between_verbs = True
    while place >= sentence.first and steps < _BACK:
        name = sentence.key(place) if place not in sentence.taken else ""
        if sentence.words[place].text in STOPS or sentence.words[place].text == ",":
            break
        if name in language.words("hypothetical"):
            hypothetical = True
        if name in language.words("breaks"):
            break
        if name in language.words("negation") and (not noun or steps < 3):
            negative = True
        if any(stop <= first for stop, _ in language.prevented.at(sentence.words, place, first)):
            prevented = True
        if any(stop <= first for stop, _ in language.future.at(sentence.words, place, first)):
            future = future or not noun or steps < 3
        if not noun and between_verbs:
            if name in language.words("be"):
                passive = passive or bool(forms & {"participle"})
                present = present or name in language.words("present")
            elif name in language.words("have"):
                present = False
            elif name == "to" and steps == 0:
                infinitive = True
            elif not (
                (len(name) > 4 and name.endswith(language.data["adverb_ending"]))
                or name in language.words("adverbs")
                or name in language.words("negation")
                or name in language.words("have")
                or sentence.words[place].text in APOSTROPHES
            ):
                between_verbs = False
        place -= 1
        steps += 1
    if not noun and not infinitive and not (future or hypothetical) and "past" not in forms:
        present = present or bool(forms & {"s"})
    return Mood(passive, negative, prevented, future, hypothetical, present, infinitive)


def subject(sentence: Sentence, first: int, exclude: Iterable[int] = ()) -> Mention | None:
    """The actor that is the subject of the verb at `first`: the nearest before that stands free;
    without one, the nearest before. `exclude`: places of verbs, whose objects are none."""
    verbs = frozenset(exclude)
    antecedent = _antecedent(sentence, first)
    if antecedent is not None:
        return next((m for m in sentence.actors if m.after in antecedent), None)
    nearest: Mention | None = None
    for mention in reversed(sentence.actors):
        if mention.after > first or mention.adjective or mention.possessive:
            continue
        if any(sentence.words[p].text == ";" for p in range(mention.after, first)):
            break
        governed = sentence.governed(mention)
        if not governed and sentence.governor(mention) not in verbs:
            return mention
        if nearest is None and not governed:
            nearest = mention
    return nearest


def _antecedent(sentence: Sentence, first: int) -> tuple[int, ...] | None:
    """Where a mention ends that "which" before the verb stands for; None without such a word."""
    for place in range(first - 1, max(sentence.first, first - _BACK) - 1, -1):
        if sentence.key(place) in sentence.language.words("relative_pronouns"):
            return (place, place - 1) if sentence.key(place - 1) == "," else (place,)
        if any(m.first <= place < m.after for m in sentence.actors):
            return None
    return None


@dataclass(frozen=True, slots=True)
class Party:
    """A participant after a verb or noun, and the word that leads to it."""

    mention: Mention
    by: str
    """object, with, against, from, by, of, between."""


def parties(sentence: Sentence, after: int, reach: int = _OBJECT_REACH) -> list[Party]:
    """Actors after a verb or noun within its clause, each with how it is tied to it."""
    language = sentence.language
    found: list[Party] = []
    limit = min(sentence.after, after + reach)
    for mention in sentence.actors:
        if mention.first < after or mention.adjective or mention.possessive:
            continue
        if mention.first >= limit or sentence.broken(after, mention.first):
            break
        place = sentence.governor(mention)
        name = sentence.key(place) if place >= after else ""
        if name in language.words("by"):
            how = "by"
        elif name in language.words("after_partner"):
            how = "with"
        elif name in language.words("after_object"):
            how = "against"
        elif name in language.words("between"):
            how = "between"
        elif name in language.words("of"):
            how = "of"
        elif name in language.words("prepositions") or found or place - after >= 3:
            continue
        else:
            how = "object"
        found.append(Party(mention, how))
    return found
