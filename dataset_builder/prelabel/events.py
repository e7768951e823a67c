"""Triggers with their types, attributes and arguments, by cues and word order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from dataset_builder.prelabel.clauses import Mood, mood, parties, subject
from dataset_builder.prelabel.language import NOUN, Cue
from dataset_builder.prelabel.mentions import LOCATION, Mention
from dataset_builder.prelabel.times import Time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_builder.prelabel.clauses import Sentence

Thing = TypeVar("Thing", Mention, Time)
_LIGHT_REACH: Final = 5
_OWNER_REACH: Final = 3
_SPEECH_REACH: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A trigger, as a range of words, before its arguments."""

    first: int
    after: int
    cue: Cue
    noun: bool
    mood: Mood
    verb: int | None = None
    """Noun: place of the verb that it is the act of ("reached a deal")."""

    @property
    def type(self) -> str:
        """Its type, once the future is taken into account."""
        return (self.mood.future and self.cue.of.planned) or self.cue.type


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger with its arguments: (role, mention or time)."""

    trigger: Found
    participants: tuple[tuple[str, Mention], ...]
    places: tuple[Mention, ...]
    times: tuple[Time, ...]

    @property
    def fields(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Mode and those attributes that differ from what a blank means."""
        planned = self.trigger.type != self.trigger.cue.type
        mode = None if planned else self.trigger.cue.mode
        return attributes(self.trigger.type, mode, self.trigger.mood)


def attributes(kind: str, mode: str | None, how: Mood) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Fields of a trigger: its mode and those attributes that differ from what a blank means."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if mode is not None:
        found.append((f"mode_{kind.lower()}", (mode,)))
    if how.negative or how.prevented:
        found.append(("polarity", ("NEGATIVE",)))
    if how.hypothetical:
        found.append(("modality", ("OTHER",)))
    if how.future:
        found.append(("tense", ("FUTURE",)))
    elif how.present:
        found.append(("tense", ("PRESENT",)))
    return tuple(found)


def events(
    sentence: Sentence,
    times: Sequence[Time],
    earlier: Mention | None,
    triggers: Sequence[Found] | None = None,
) -> list[Event]:
    """The events of a sentence, in order. `earlier` is whom a pronoun at its start may stand for;
    `triggers` are those that something else found."""
    if triggers is None:
        triggers = _without_content(sentence, _triggers(sentence))
    verbs = [t.after - 1 for t in triggers if not t.noun]
    where = _nearest(
        sentence, triggers, [m for m in sentence.mentions if m.label == LOCATION], places=True
    )
    when = _nearest(
        sentence, triggers, [t for t in times if not _of_speech(sentence, t)], places=False
    )
    made: list[Event] = []
    for index, trigger in enumerate(triggers):
        people = _participants(sentence, trigger, verbs, earlier)
        places = tuple(m for m, owner in where if owner == index)
        dated = tuple(t for t, owner in when if owner == index)
        made.append(Event(trigger, people, places, dated))
    return made


def given_trigger(sentence: Sentence, first: int, after: int, kind: str) -> Found:
    """A trigger that something else found, with what the cues say of its words."""
    cues: list[Cue] = []
    for stop, found in sentence.language.triggers.at(sentence.words, first, sentence.after):
        if stop == after:
            cues = found
            break
    reading = _reading(sentence, first, after, cues) if cues else None
    if reading is None:
        cue = Cue(kind, None, frozenset(), sentence.language.event(kind))
        return Found(
            first, after, cue, noun=False, mood=mood(sentence, first, cue.forms, noun=False)
        )
    if reading.cue.type == kind:
        return replace(reading, first=first)
    cue = replace(reading.cue, type=kind, mode=None, of=sentence.language.event(kind))
    return replace(reading, first=first, cue=cue)


def _triggers(sentence: Sentence) -> list[Found]:
    language, words = sentence.language, sentence.words
    inside = {p for m in sentence.mentions if m.label != "ISSUE" for p in range(m.first, m.after)}
    shouted = all(
        words[p].shouted for p in range(sentence.first, sentence.after) if words[p].text.isalpha()
    )
    found: list[Found] = []
    place = sentence.first
    while place < sentence.after:
        stop = next((s for s, _ in language.blocked.at(words, place, sentence.after)), None)
        if stop is not None:
            place = stop
            continue
        if place in inside or place in sentence.taken or _is_name(sentence, place, shouted=shouted):
            place += 1
            continue
        trigger = None
        for stop, cues in language.triggers.at(words, place, sentence.after):
            trigger = _reading(sentence, place, stop, cues)
            if trigger is not None:
                break
        if trigger is None:
            place += 1
        else:
            found.append(trigger)
            place = trigger.after
    return found


def _is_name(sentence: Sentence, place: int, *, shouted: bool) -> bool:
    """Capitals inside a sentence are those of a name."""
    if shouted or place == sentence.first or not sentence.words[place].text[0].isupper():
        return False
    return sentence.words[place - 1].text not in "\"'“”‘’«»"


def _reading(sentence: Sentence, first: int, after: int, cues: Sequence[Cue]) -> Found | None:
    """The verb or the noun that the words are here; None when they are an adjective."""
    nouns = [cue for cue in cues if NOUN in cue.forms]
    verbs = [cue for cue in cues if NOUN not in cue.forms]
    as_noun = bool(nouns) and (not verbs or _stands_as_noun(sentence, first, after, verbs[0].forms))
    if as_noun:
        how = mood(sentence, first, nouns[0].forms, noun=True)
        # The shortest span that names the act: "call" of "phone call".
        head = (
            first if sentence.key(after - 1) in sentence.language.words("particles") else after - 1
        )
        return Found(head, after, nouns[0], noun=True, mood=how)
    cue = verbs[0]
    language = sentence.language
    before = sentence.key(first - 1)
    how = mood(sentence, first, cue.forms, noun=False)
    if cue.forms & {"participle"} and not how.passive and _determined(sentence, first):
        return None  # "the proposed deal"
    if cue.forms == frozenset(("base",)) and (
        _determined(sentence, first) or before in language.words("prepositions") - {"to"}
    ):
        return None  # "their arms"
    if (
        cue.forms & {"participle"}
        and not how.passive
        and sentence.key(after) in language.words("by")
    ):
        how = Mood(True, how.negative, how.prevented, how.future, how.hypothetical, how.present)
    return Found(first, after, cue, noun=False, mood=how)


def _determined(sentence: Sentence, place: int) -> bool:
    language, before = sentence.language, sentence.key(place - 1)
    return (
        before in language.words("articles")
        or before in language.words("possessives")
        or (
            before == "s" and place - 2 >= sentence.first and sentence.words[place - 2].text in "'’"
        )
    )


def _stands_as_noun(sentence: Sentence, first: int, after: int, forms: frozenset[str]) -> bool:
    language, before, behind = sentence.language, sentence.key(first - 1), sentence.key(after)
    if _determined(sentence, first):
        return True
    if before == "to" or before in language.words("negation") | language.words("pronouns"):
        return "ing" in forms
    if any(
        s == first
        for back in (1, 2)
        if first - back >= sentence.first
        for s, _ in language.future.at(sentence.words, first - back, first)
    ):
        return False
    if before in language.words("prepositions"):
        return True
    if before in language.words("be") | language.words("have"):
        return False
    if any(m.after == first and m.label == "ACTOR" for m in sentence.mentions):
        return any(m.after == first and m.adjective for m in sentence.mentions)
    if "ing" in forms:
        return behind not in language.words("articles")
    # A name or an article after it is what a verb acts on.
    acts = behind in language.words("articles") or any(m.first == after for m in sentence.actors)
    return not acts


def _without_content(sentence: Sentence, triggers: list[Found]) -> list[Found]:
    """Without what another act is about, and without verbs whose noun is the act."""
    language = sentence.language
    rule = language.data["complements"]
    kept: list[Found] = []
    closed = -1  # triggers before this place are the content of another
    for trigger in triggers:
        if trigger.first < closed:
            continue
        kept.append(trigger)
        if trigger.cue.of.has_content:
            opens = rule["nouns_open"] if trigger.noun else rule["opens"]
            end = _clause_end(sentence, trigger.after)
            for place in range(trigger.after, end):
                if sentence.key(place) in opens:
                    closed = end
                    break
    nouns = [replace(t, verb=_light_verb(sentence, t)) if t.noun else t for t in kept]
    light = {t.verb for t in nouns}
    return [t for t in nouns if t.first not in light]


def _light_verb(sentence: Sentence, noun: Found) -> int | None:
    """The verb of "signed a deal" shortly before the noun."""
    for place in range(noun.first - 1, max(sentence.first, noun.first - _LIGHT_REACH) - 1, -1):
        if sentence.is_break(place) or sentence.words[place].text == ",":
            return None
        if sentence.key(place) in sentence.language.light and place not in sentence.taken:
            return place
    return None


def _clause_end(sentence: Sentence, place: int) -> int:
    skip = sentence.language.words("relative")  # "urged that", "a deal that": it goes on
    while place < sentence.after:
        if sentence.is_break(place) and sentence.key(place) not in skip:
            return place
        place += 1
    return place


def _participants(
    sentence: Sentence, trigger: Found, verbs: Sequence[int], earlier: Mention | None
) -> tuple[tuple[str, Mention], ...]:
    other = trigger.cue.object
    found: list[tuple[str, Mention]] = []
    behind = [
        party
        for party in parties(sentence, trigger.after)
        if not _is_content(sentence, trigger, party.mention.first)
    ]
    if trigger.noun:
        owner = _owner(sentence, trigger)
        if owner is not None:
            found.append(("ACTOR", owner))
        for party in behind:
            if party.by in ("by", "between"):
                found.append(("ACTOR", party.mention))
            elif party.by == "with":
                found.append((other, party.mention))
            elif other == "RECIPIENT" and party.by in ("against", "of"):  # else "on": about what
                found.append(("RECIPIENT", party.mention))
        if trigger.verb is not None or not any(role == "ACTOR" for role, _ in found):
            verb = trigger.first if trigger.verb is None else trigger.verb
            before = subject(sentence, verb, verbs) or _pronoun(sentence, trigger, earlier)
            if before is not None:
                found.append(("ACTOR", before))
    else:
        before = subject(sentence, trigger.first, verbs) or _pronoun(sentence, trigger, earlier)
        if before is not None:
            found.append(("RECIPIENT" if trigger.mood.passive else "ACTOR", before))
        for party in behind:
            if trigger.mood.passive:
                if party.by == "by":
                    found.append(("ACTOR", party.mention))
            elif party.by in ("object", "with"):
                found.append((other, party.mention))
            elif party.by == "against" and other == "RECIPIENT":
                found.append(("RECIPIENT", party.mention))
    return _consistent(found)


def _consistent(found: Sequence[tuple[str, Mention]]) -> tuple[tuple[str, Mention], ...]:
    """Each mention and each actor in one role only: the first."""
    kept: list[tuple[str, Mention]] = []
    roles: dict[str, str] = {}
    places: set[int] = set()
    for role, mention in found:
        clash = any(roles.get(actor, role) != role for actor in mention.ids)
        if mention.first in places or clash:
            continue
        places.add(mention.first)
        roles.update(dict.fromkeys(mention.ids, role))
        kept.append((role, mention))
    return tuple(kept)


def _owner(sentence: Sentence, trigger: Found) -> Mention | None:
    """Whose the act is: "Assad's offensive", "the Turkish offensive"."""
    for mention in reversed(sentence.actors):
        gap = trigger.first - mention.after - (2 if mention.possessive else 0)
        if gap < 0:
            continue
        if gap > _OWNER_REACH:
            return None
        if mention.possessive or mention.adjective:
            between = range(mention.after + (2 if mention.possessive else 0), trigger.first)
            plain = all(
                sentence.words[p].text.isalpha() or sentence.words[p].text == "-" for p in between
            )
            if plain and not sentence.broken(mention.after, trigger.first):
                return mention
        return None
    return None


def _pronoun(sentence: Sentence, trigger: Found, earlier: Mention | None) -> Mention | None:
    """Whom "he" before the trigger stands for: the subject of the sentence before."""
    if earlier is None or (sentence.actors and sentence.actors[0].after <= trigger.first):
        return None
    pronouns = sentence.language.words("pronouns")
    before = range(sentence.first, trigger.first)
    return earlier if any(sentence.key(p) in pronouns for p in before) else None


def _nearest(
    sentence: Sentence, triggers: Sequence[Found], things: Sequence[Thing], *, places: bool
) -> list[tuple[Thing, int]]:
    """Each place or time with the trigger that it belongs to: the last before it in its clause,
    else, from the start of the sentence, the first after it. `places`: what is agreed on somewhere
    does not happen there."""
    found: list[tuple[Thing, int]] = []
    for thing in things:
        before = [i for i, t in enumerate(triggers) if t.after <= thing.first]
        if before:
            last = before[-1]
            about = places and _is_content(sentence, triggers[last], thing.first)
            if not about and not sentence.broken(triggers[last].after, thing.first):
                found.append((thing, last))
        elif triggers and not any(m.after <= thing.first for m in sentence.actors):
            found.append((thing, 0))
    return found


def _is_content(sentence: Sentence, trigger: Found, place: int) -> bool:
    """Whether what stands at `place` belongs to what was agreed, demanded or refused."""
    rule = sentence.language.data["complements"]
    opens = rule["nouns_open"] if trigger.noun else rule["opens"]
    if not trigger.cue.of.has_content:
        return False
    # "appeal to Russia": what follows at once is whom it is addressed to.
    addressed = {sentence.governor(mention) for mention in sentence.actors}
    return any(sentence.key(p) in opens and p not in addressed for p in range(trigger.after, place))


def _of_speech(sentence: Sentence, time: Time) -> bool:
    """Whether it is the time of saying it: "said on Sunday that"."""
    speech = sentence.language.words("speech")
    places = range(max(sentence.first, time.first - _SPEECH_REACH), time.first)
    return any(sentence.key(place) in speech for place in places)
