"""Actors, issues and places that a text names, by the registries, the gazetteer and noun phrases.

A name is its longest form in the registry; titles and the word for a people before it belong to
it ("Turkish President Recep Tayyip Erdogan"). A country or its seat is a place after a word of
place and the government otherwise. Who is meant is only filled in where the words say so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dataset_builder.prelabel.language import load_places
from dataset_builder.prelabel.mentions import (
    ACTOR,
    ISSUE,
    LOCATION,
    Mention,
    compounds,
    joined_places,
    widened,
    with_article,
)
from dataset_builder.prelabel.words import APOSTROPHES, Phrases, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.prelabel.language import Language
    from dataset_builder.prelabel.words import Word, Words
    from dataset_builder.registries import Actor, Registries, Target

_MOTION_REACH: Final = 4
_NAME_WORDS: Final = 6


class Names:
    """Finds mentions; made once for the registries of a project."""

    def __init__(self, registries: Registries) -> None:
        self._places = load_places()
        self._actors: Phrases[tuple[str, tuple[str, ...]]] = Phrases()
        self._issues: Phrases[tuple[str, tuple[str, ...]]] = Phrases()
        self._by_code: dict[str, list[Actor]] = {}
        for actor in registries.actors:
            _add(self._actors, actor)
            if actor.code:
                self._by_code.setdefault(actor.code, []).append(actor)
        for target in registries.targets:
            _add(self._issues, target)
        self._governments: dict[str, str] = {}
        for code, name in self._places.title.items():
            found = self.actor_called(name)
            if found is not None:
                self._governments[code] = found

    def actor_called(self, name: str) -> str | None:
        """Id of the actor whose name or alias is exactly `name`."""
        return _whole(self._actors, name)

    def issue_called(self, name: str) -> str | None:
        """Id of the issue whose name or alias is exactly `name`."""
        return _whole(self._issues, name)

    def in_sentence(
        self, words: Words, language: Language | None, first: int, after: int
    ) -> list[Mention]:
        """Mentions among the words `first` to `after`, none overlapping another of its label."""
        found: list[Mention] = []
        place = first
        while place < after:
            mention = self._at(words.all, language, place, first, after)
            if mention is None:
                place += 1
                continue
            found.append(mention)
            place = mention.after
        if language is not None:
            found = [with_article(words.all, language, m, first) for m in found]
            found = joined_places(words.all, found)
            found = compounds(words.all, found, language.words("joins"))
        return found + self._named_issues(words.all, first, after)

    def _named_issues(self, words: Sequence[Word], first: int, after: int) -> list[Mention]:
        found: list[Mention] = []
        place = first
        while place < after:
            for stop, values in self._issues.at(words, place, after):
                found.append(Mention(ISSUE, place, stop, (values[0][0],)))
                place = stop - 1
                break
            place += 1
        return found

    def _at(
        self, words: Sequence[Word], language: Language | None, place: int, first: int, after: int
    ) -> Mention | None:
        if place > first and words[place - 1].text == "-":
            return None  # "pro-Turkey" is no mention of Turkey
        known = self._registered(words, language, place, after)
        phrase = self._phrase(words, language, place, after) if language is not None else None
        listed = self._listed(words, place, after)
        # A phrase with its title is the whole mention; else the longest, the registry first.
        found = max(
            (m for m in (known, listed, phrase) if m is not None),
            key=lambda m: m.after,
            default=None,
        )
        if found is None:
            return None
        if (
            found.after < after
            and words[found.after].text == "-"
            and not _name_goes_on(words, found.after, after)
        ):
            return None  # "Moscow-backed"
        possessive = _possessive(words, found.after, after)
        if language is not None and listed is not None and listed.after == found.after:
            if listed.label == LOCATION or self._in_place(words, language, found, first):
                if possessive and listed.label != LOCATION:
                    return replace(found, possessive=True)
                return widened(
                    words, language, replace(found, label=LOCATION, ids=(), new=()), first, after
                )
        elif found.label == LOCATION and language is not None:
            return widened(words, language, found, first, after)
        return replace(found, possessive=possessive)

    def _registered(
        self, words: Sequence[Word], language: Language | None, place: int, after: int
    ) -> Mention | None:
        for stop, values in self._actors.at(words, place, after):
            for actor, alias in values:
                if all(map(_same_case, alias, words[place:stop])) and not _guarded(
                    words, language, place, stop, after
                ):
                    return Mention(ACTOR, place, stop, (actor,))
        return None

    def _listed(self, words: Sequence[Word], place: int, after: int) -> Mention | None:
        """A country, seat, organisation or city of the gazetteer."""
        if not words[place].capital:
            return None
        for stop, values in self._places.names.at(words, place, after):
            if (
                len(words[place].text) <= 3
                and words[place].text[0] != words[place].text[-1:]
                and not words[place].shouted
                and stop == place + 1
                and words[place].key in ("us", "un", "eu", "uk")
            ):
                continue
            for kind, code in values:
                if kind == "city":
                    return Mention(LOCATION, place, stop)
                if kind in ("country", "seat"):
                    return Mention(ACTOR, place, stop, *self.government(code))
                if kind == "organisation":
                    name = " ".join(word.text for word in words[place:stop])
                    actor = self.actor_called(name)
                    new = () if actor else (f"{name}, {code}",)
                    return Mention(ACTOR, place, stop, (actor,) if actor else (), new)
        return None

    def government(self, code: str, sector: str = "GOV") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(ids, new) for a sector of a country: the one actor of the registry, else its code."""
        if sector == "GOV" and code in self._governments:
            return (self._governments[code],), ()
        actors = self._by_code.get(f"{code} {sector}", ())
        if sector != "GOV" and len(actors) == 1:
            return (actors[0].id,), ()
        if sector in ("REB", "CVL", "REF", "OPP"):
            return (), ()  # which of them, the annotator says
        title = self._places.title.get(code, code)
        names = {"GOV": "", "MIL": " armed forces", "COP": " police", "JUD": " courts"}
        return (), (f"{title}{names.get(sector, '')}, {code}, {sector}",)

    def _phrase(
        self, words: Sequence[Word], language: Language, place: int, after: int
    ) -> Mention | None:
        """[article] [people or country's] [adjectives] title name | head."""
        start = place
        determiners = language.words("articles") | language.words("possessives")
        if words[place].key in determiners and place + 1 < after:
            place += 1
        code, place = self._people(words, place, after)
        if code is None and place > start:
            return self._group(words, language, start, place, after)
        head_place = place
        while head_place < after and (
            words[head_place].key in language.words("between_head") or words[head_place].text == "-"
        ):
            head_place += 1
        named = self._titled(words, language, head_place, after)
        if named is None:
            named = self._titled(words, language, place, after)
        if named is not None:
            return self._person(words, place if code is None else start, named, code)
        if code is None:
            return self._group(words, language, start, place, after)
        for opening in (head_place, place):
            if opening >= after:
                continue
            for stop, sectors in language.heads.at(words, opening, after):
                whole = self._whole_alias(words, start, stop)
                ids, new = ((whole,), ()) if whole else self.government(code, sectors[0])
                return Mention(ACTOR, start, stop, ids, new)
        if place - start == 1 and words[start].capital:  # the word for a people alone
            return Mention(ACTOR, start, place, *self.government(code), adjective=True)
        return None

    def _people(self, words: Sequence[Word], place: int, after: int) -> tuple[str | None, int]:
        if place < after and words[place].capital:
            for stop, values in self._places.names.at(words, place, after):
                for kind, code in values:
                    if kind == "people" and not (
                        stop == place + 1 and words[place].key == "us" and not words[place].shouted
                    ):
                        return code, stop
                    if kind == "country" and _possessive(words, stop, after):
                        return code, stop + 2
        return None, place

    def _titled(
        self, words: Sequence[Word], language: Language, place: int, after: int
    ) -> tuple[int, int, str | None] | None:
        """(where the name starts, where it ends, actor) of titles followed by a name."""
        begun = place
        while place < after:
            stop = next((s for s, _ in language.titles.at(words, place, after)), None)
            if stop is None:
                break
            place = stop
        if place == begun or place >= after:
            return None
        known = self._known_name(words, place, after)
        if known is not None:
            return (place, *known)
        stop = place
        particles = language.words("name_particles")
        while stop < after and stop - place < _NAME_WORDS:
            word = words[stop]
            named = word.text[0].isupper() and word.text[0].isalpha()
            if not named and not (
                word.key in particles
                and stop > place
                and stop + 1 < after
                and words[stop + 1].text[0].isupper()
                and word.text not in APOSTROPHES
            ):
                break
            stop += 1
        return (place, stop, None) if stop > place else None

    def _known_name(self, words: Sequence[Word], place: int, after: int) -> tuple[int, str] | None:
        if place >= after:
            return None
        for stop, values in self._actors.at(words, place, after):
            for actor, alias in values:
                if all(map(_same_case, alias, words[place:stop])):
                    return stop, actor
        return None

    def _person(
        self,
        words: Sequence[Word],
        start: int,
        named: tuple[int, int, str | None],
        code: str | None,
    ) -> Mention:
        name_start, stop, actor = named
        whole = self._whole_alias(words, start, stop)
        if whole or actor:
            return Mention(ACTOR, start, stop, (str(whole or actor),))
        name = _surface(words, name_start, stop)
        new = f"{name}, {code}, GOV" if code else name
        return Mention(ACTOR, start, stop, (), (new,))

    def _group(
        self, words: Sequence[Word], language: Language, start: int, place: int, after: int
    ) -> Mention | None:
        """Rebels, police, ...: an actor that nothing in the phrase names."""
        if place >= after:
            return None
        stop = next((s for s, _ in language.groups.at(words, place, after)), None)
        owned = words[start].key in language.words("possessives")
        if stop is None and owned:  # "our president", "its army"
            stop = next((s for s, _ in language.heads.at(words, place, after)), None)
        if stop is None:
            stop = _counted(words, language, place, after)
        if stop is None:
            return None
        whole = self._whole_alias(words, start, stop)
        return Mention(ACTOR, start, stop, (whole,) if whole else ())

    def _whole_alias(self, words: Sequence[Word], start: int, stop: int) -> str | None:
        for opening in (start, start + 1):  # with or without an article
            for end, values in self._actors.at(words, opening, stop) if opening < stop else ():
                if end == stop:
                    return values[0][0]
        return None

    def _in_place(
        self, words: Sequence[Word], language: Language, found: Mention, first: int
    ) -> bool:
        """Whether the words before say that it is where something is."""
        at = found.first - 1
        while at >= first and (
            words[at].key in language.words("articles")
            or words[at].key in language.words("part_before")
        ):
            at -= 1
        if at < first:
            return False
        for back in (1, 0):
            if at - back >= first and any(
                stop == at + 1 for stop, _ in language.place_before.at(words, at - back, at + 1)
            ):
                return True
        if words[at].key in language.words("motion_before"):
            motion = language.words("motion")
            return any(words[i].key in motion for i in range(max(first, at - _MOTION_REACH), at))
        return False


def _add(phrases: Phrases[tuple[str, tuple[str, ...]]], entry: Actor | Target) -> None:
    for form in (entry.name, *entry.aliases):
        if "," in form:  # what is set off by a comma is no part of a mention
            continue
        parts = words_of(form)
        texts = [part.text for part in parts]
        if texts and texts[0] in ("The", "the") and len(texts) > 1:
            parts, texts = parts[1:], texts[1:]
        phrases.add_keys([part.key for part in parts], (entry.id, tuple(texts)))


def _counted(words: Sequence[Word], language: Language, place: int, after: int) -> int | None:
    """Index after "184 people", "nearly a million civilians"."""
    stop = place
    quantities = language.words("quantities")
    while stop < min(after, place + _NAME_WORDS) and (
        words[stop].key in quantities or words[stop].text[0].isdigit() or words[stop].text == ","
    ):
        stop += 1
    number = any(w.text[0].isdigit() or len(w.text) > 2 for w in words[place:stop])
    if number and stop < after and words[stop].key in language.words("people"):
        return stop + 1
    return None


def _whole(phrases: Phrases[tuple[str, tuple[str, ...]]], name: str) -> str | None:
    words = words_of(name)
    if len(words) > 1 and words[0].key == "the":
        words = words[1:]
    for stop, values in phrases.at(words, 0, len(words)) if words else ():
        if stop == len(words):
            return values[0][0]
    return None


def _same_case(alias: str, word: Word) -> bool:
    """A short acronym is written in capitals; a capitalised word of an alias is capitalised."""
    if len(alias) <= 3 and alias.isupper() and alias.isalpha():
        return word.text == alias
    return word.capital or not alias[0].isupper()


def _guarded(
    words: Sequence[Word], language: Language | None, place: int, stop: int, after: int
) -> bool:
    """Whether a name that is an everyday word, too, stands where it need not be the name."""
    if language is None or stop != place + 1 or words[place].key not in language.words("guarded"):
        return False
    article = place > 0 and words[place - 1].key in language.words("articles")
    goes_on = stop < after and words[stop].text[0].isupper()
    return not article or goes_on


def _possessive(words: Sequence[Word], place: int, after: int) -> bool:
    return place + 1 < after and words[place].text in APOSTROPHES and words[place + 1].key == "s"


def _name_goes_on(words: Sequence[Word], place: int, after: int) -> bool:
    return place + 1 < after and words[place + 1].text[0].isupper()


def _surface(words: Sequence[Word], first: int, after: int) -> str:
    """The words as they stand, single spaces between those that had white space between them."""
    parts: list[str] = []
    end = words[first].start
    for word in words[first:after]:
        if word.start > end:
            parts.append(" ")
        parts.append(word.text)
        end = word.end
    return "".join(parts)
