"""What the rules know of a language: `languages/<code>.yaml` with the cues of the project; and of
places (`places.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.prelabel.cues import ANY_MODE, NO_CUES, EventCues
from dataset_builder.prelabel.words import Phrases, key, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_builder.prelabel.cues import Cues, LanguageCues

BASE: Final = "base"
"""Forms of a word: the base (present, infinitive), `s`, past, participle, `ing`, and a noun."""
NOUN: Final = "noun"


@dataclass(frozen=True, slots=True)
class Cue:
    """A word or phrase that can be a trigger."""

    type: str
    mode: str | None
    forms: frozenset[str]
    """base, s, past, participle, ing, noun."""
    of: EventCues
    """What its type is like."""

    @property
    def object(self) -> str:
        """Role of the other party: RECIPIENT, or ACTOR where both sides do the same."""
        return self.of.partner(self.mode)


@dataclass(frozen=True, slots=True)
class StanceCue:
    """Words that show what somebody thinks."""

    label: str
    expression: str
    forms: frozenset[str]
    issue_only: bool = False
    """Whether it shows a stance on an issue, never on an actor."""


@dataclass(frozen=True)
class Places:
    """Names of countries, seats, peoples, organisations and cities."""

    names: Phrases[tuple[str, str]]
    """Value: kind (country, seat, people, organisation, city) and code."""
    title: Mapping[str, str]
    """Code -> the name by which a country is listed first."""


class Language:
    """The vocabulary of one language, ready for looking up."""

    def __init__(self, data: Mapping[str, Any], cues: LanguageCues) -> None:
        self.data = data
        self.cues = cues
        self.triggers: Phrases[Cue] = Phrases()
        self.stances: Phrases[StanceCue] = Phrases()
        self.blocked: Phrases[bool] = _phrases(cues.not_triggers)
        for kind, event in cues.triggers.items():
            for group, of in ((event.verbs, _verb_forms), (event.nouns, _noun_forms)):
                for mode, phrases in group.items():
                    named = None if mode == ANY_MODE else mode
                    for phrase in phrases:
                        for words, forms in of(phrase, data):
                            cue = Cue(kind, named, forms, event)
                            self.triggers.add_keys(words, cue)
        for label, stance in cues.stance.items():
            for expression, phrases in stance.words.items():
                for phrase in phrases:
                    issue_only = phrase.startswith("~")
                    for words, forms in _verb_forms(phrase.removeprefix("~"), data):
                        shown = StanceCue(label, expression, forms, issue_only)
                        self.stances.add_keys(words, shown)
        self.light = frozenset(
            form[0] for phrase in data["light"] for form, _ in _verb_forms(phrase, data)
        )
        self.titles = _phrases(data["titles"])
        self.groups = _phrases(data["groups"])
        self.prevented = _phrases(data["prevented"])
        self.future = _phrases(data["future"])
        self.place_before = _phrases(data["place_before"])
        self.heads: Phrases[str] = Phrases()
        for sector, heads in data["sectors"].items():
            for head in heads:
                self.heads.add(head, sector)
        self._sets: dict[str, frozenset[str]] = {}

    def event(self, kind: str) -> EventCues:
        """What an event type is like; one that has no cues is like most."""
        return self.cues.triggers.get(kind, EventCues({}, {}))

    def words(self, name: str) -> frozenset[str]:
        """A list of single words of the file, as keys."""
        if name not in self._sets:
            self._sets[name] = frozenset(key(word) for word in self.data[name])
        return self._sets[name]


def _phrases(items: Iterable[str]) -> Phrases[bool]:
    made: Phrases[bool] = Phrases()
    for item in items:
        made.add(item, value=True)
    return made


def load_language(code: str, cues: Cues) -> Language | None:
    """The vocabulary of a language; of one that is not known (`und`) English, None when there is
    none for it."""
    name = "en" if code in ("", "und") else code
    if not name.isalpha() or not name.isascii():
        return None
    data = _read(f"languages/{name}.yaml")
    return None if data is None else Language(data, cues.languages.get(name, NO_CUES))


def sources() -> list[tuple[str, bytes]]:
    """Name and content of every data file, in a fixed order; they decide what is suggested."""
    root = resources.files("dataset_builder.prelabel")
    files = [root / "places.yaml", *(root / "languages").iterdir()]
    listed = [(file.name, file) for file in files if file.name.endswith(".yaml")]
    return [(name, file.read_bytes()) for name, file in sorted(listed, key=lambda item: item[0])]


@cache
def load_places() -> Places:
    """The gazetteer."""
    data = _read("places.yaml")
    assert data is not None  # noqa: S101 - it is part of the package
    names: Phrases[tuple[str, str]] = Phrases()
    title: dict[str, str] = {}
    for code, line in data["countries"].items():
        countries, seats, peoples = (_listed(part) for part in line.split("/"))
        title[code] = countries[0]
        for kind, members in (("country", countries), ("seat", seats), ("people", peoples)):
            for name in members:
                names.add(name, (kind, code))
    for code, line in data["organisations"].items():
        for name in _listed(line):
            names.add(name, ("organisation", code))
    for name in _listed(data["cities"]):
        names.add(name, ("city", ""))
    return Places(names, title)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@cache
def _read(name: str) -> Any:
    import yaml

    file = resources.files("dataset_builder.prelabel").joinpath(name)
    if not file.is_file():
        return None
    # Everything is text: "no" and "on" are words here, not truth values.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506


# Inflection. English only; another language lists its forms (`inflection: none`).

_VOWELS: Final = "aeiou"
Forms = list[tuple[list[str], frozenset[str]]]


def _verb_forms(phrase: str, data: Mapping[str, Any]) -> Forms:
    """Every form of a verb, as words, with what it can be."""
    fixed = phrase.startswith("=")
    first, *rest = [word.key for word in words_of(phrase.removeprefix("="))]
    if fixed or data["inflection"] != "english":
        return [([first, *rest], frozenset((BASE, "s", "past")))]
    past, participle = data["irregular"].get(first, (None, None))
    double = first in data["doubled"] or _doubles(first)
    # British use doubles the l of "travel", American does not.
    ways = (True, False) if double and first.endswith("l") else (double,)
    forms: dict[str, set[str]] = {}
    for form, kind in (
        (first, BASE),
        (_s(first), "s"),
        *((past or _ed(first, way), "past") for way in ways),
        *((participle or _ed(first, way), "participle") for way in ways),
        *((_ing(first, way), "ing") for way in ways),
    ):
        forms.setdefault(form, set()).add(kind)
    return [([form, *rest], frozenset(kinds)) for form, kinds in forms.items()]


def _noun_forms(phrase: str, data: Mapping[str, Any]) -> Forms:
    *rest, last = [word.key for word in words_of(phrase)]
    made = [([*rest, last], frozenset((NOUN,)))]
    if data["inflection"] == "english":
        made.append(([*rest, _s(last)], frozenset((NOUN,))))
    return made


def _s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _doubles(word: str) -> bool:
    """Whether the last letter is doubled: one syllable, or a last l."""
    if len(word) < 3 or word[-1] in "aeiouwxy" or word[-2] not in _VOWELS or word[-3] in _VOWELS:
        return False
    syllables = sum(
        a in _VOWELS and (i == 0 or word[i - 1] not in _VOWELS) for i, a in enumerate(word)
    )
    return syllables == 1 or word.endswith("l")


def _ed(word: str, double: bool) -> str:
    if word.endswith("e"):
        return word + "d"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ied"
    return word + (word[-1] if double else "") + "ed"


def _ing(word: str, double: bool) -> str:
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        return word[:-1] + "ing"
    return word + (word[-1] if double else "") + "ing"
