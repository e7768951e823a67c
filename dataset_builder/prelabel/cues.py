"""The words that suggest a label: `annotations/cues.yaml`, which a team writes for its own labels.

    en:                                     a language, ISO 639-1
      triggers:
        AGREE:                              an event type
          object: ACTOR                     role of the other party; RECIPIENT when left out
          verbs: [agree, pledge]            or by mode: { "-": [agree], visit: [travel] }
          nouns: [pledge]
          object_of: { visit: RECIPIENT }   where a mode differs
          planned: AGREE                    its type while it lies ahead
          has_content: true                 what it is about is no event of its own
      not_triggers: [on strike]
      stance:
        favor:                              a stance label
          stated: [praise]                  by expression; `=` inflects nothing, `~` is of issues only
          negated: against                  the label of "did not praise"

What else a language needs (inflection, negation, titles) the package knows (see `language`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.declarations import declared, text_of, wrong
from dataset_builder.prelabel.words import words_of
from dataset_builder.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dataset_builder.ontology import Ontology
    from dataset_builder.project import Project

FILE: Final = "annotations/cues.yaml"
ANY_MODE: Final = "-"
ROLES: Final = ("ACTOR", "RECIPIENT")
_HINT: Final = "mend the file; the one that `dataset-builder init` writes shows how it is written"


@dataclass(frozen=True, slots=True)
class EventCues:
    """Words of one event type."""

    verbs: Mapping[str, tuple[str, ...]]
    """By mode; `-`: none is suggested."""
    nouns: Mapping[str, tuple[str, ...]]
    object: str = "RECIPIENT"
    object_of: tuple[tuple[str, str], ...] = ()
    planned: str | None = None
    has_content: bool = False

    def partner(self, mode: str | None) -> str:
        """Role of the other party."""
        return dict(self.object_of).get(mode or ANY_MODE, self.object)


@dataclass(frozen=True, slots=True)
class StanceCues:
    """Words of one stance label."""

    words: Mapping[str, tuple[str, ...]]
    """By expression."""
    negated: str | None = None


@dataclass(frozen=True)
class LanguageCues:
    """The cues of one language."""

    triggers: Mapping[str, EventCues]
    not_triggers: tuple[str, ...]
    stance: Mapping[str, StanceCues]


NO_CUES: Final = LanguageCues({}, (), {})


@dataclass(frozen=True)
class Cues:
    """What `annotations/cues.yaml` says."""

    languages: Mapping[str, LanguageCues]
    digest: str
    """Of the file's bytes."""


def load_cues(project: Project, ontology: Ontology) -> Cues:
    """The project's cues; none where it has no such file. Raises ProjectError."""
    file = project.path(FILE)
    if not file.exists():
        return Cues({}, "")
    text = text_of(file)
    data = declared(text, file, words=True)
    read = _Reader(ontology)
    try:
        languages = {
            _known(code, _grammars(), "the file", "language with a grammar"): read.language(
                of, code
            )
            for code, of in _entries(data, "the file")
        }
    except ValueError as error:
        raise wrong(file, printable(str(error), 300), hint=_HINT) from None
    return Cues(languages, hashlib.sha256(text.encode()).hexdigest())


def _grammars() -> list[str]:
    folder = resources.files("dataset_builder.prelabel") / "languages"
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir())


class _Reader:
    """Reads the parts of the file. Everything raises ValueError, with the place and what is wrong."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology

    def language(self, data: Any, at: str) -> LanguageCues:
        parts = _keyed(data, at, ("triggers", "not_triggers", "stance"))
        return LanguageCues(
            {
                name: self._event(name, of, f"{at}.triggers.{name}")
                for name, of in _entries(parts.get("triggers", {}), f"{at}.triggers")
            },
            _words(parts.get("not_triggers", []), f"{at}.not_triggers"),
            {
                name: self._stance(name, of, f"{at}.stance.{name}")
                for name, of in _entries(parts.get("stance", {}), f"{at}.stance")
            },
        )

    def _event(self, name: str, data: Any, at: str) -> EventCues:
        types = self._ontology.by_type
        _known(name, types, at, "event type")
        found = _keyed(
            data, at, ("object", "verbs", "nouns", "object_of", "planned", "has_content")
        )
        modes = (ANY_MODE, *types[name].modes)
        role = _known(found.get("object", "RECIPIENT"), ROLES, f"{at}.object", "role")
        other = []
        for mode, of in _entries(found.get("object_of", {}), f"{at}.object_of"):
            _known(mode, modes, f"{at}.object_of", f"mode of {name}")
            other.append((mode, _known(of, ROLES, f"{at}.object_of.{mode}", "role")))
        planned = found.get("planned")
        if planned is not None:
            _known(planned, types, f"{at}.planned", "event type")
        content = _known(
            found.get("has_content", "false"), ("true", "false"), f"{at}.has_content", "truth value"
        )
        verbs, nouns = (
            self._by_mode(found.get(group, []), modes, f"{at}.{group}", name)
            for group in ("verbs", "nouns")
        )
        return EventCues(verbs, nouns, role, tuple(other), planned, content == "true")

    def _by_mode(
        self, data: Any, modes: Collection[str], at: str, name: str
    ) -> dict[str, tuple[str, ...]]:
        if isinstance(data, list):
            return {ANY_MODE: _words(data, at)}
        return {
            _known(mode, modes, at, f"mode of {name}"): _words(of, f"{at}.{mode}")
            for mode, of in _entries(data, at)
        }

    def _stance(self, name: str, data: Any, at: str) -> StanceCues:
        labels = tuple(label.name for label in self._ontology.stance_labels)
        _known(name, labels, at, "stance label")
        expressions = self._ontology.names("expression")
        found = dict(_entries(data, at))
        negated = found.pop("negated", None)
        if negated is not None:
            _known(negated, labels, f"{at}.negated", "stance label")
        words = {
            _known(how, expressions, at, "expression"): _words(of, f"{at}.{how}")
            for how, of in found.items()
        }
        return StanceCues(words, negated)


def _entries(data: Any, at: str) -> Iterator[tuple[str, Any]]:
    if data is None or data == "":  # nothing behind the colon
        return
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise ValueError(f"{at}: must be a mapping")
    yield from data.items()


def _keyed(data: Any, at: str, keys: Collection[str]) -> dict[str, Any]:
    return {_known(key, keys, at, "key"): value for key, value in _entries(data, at)}


def _known(name: Any, known: Collection[str], at: str, what: str) -> str:
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{at}: {name!r} is no {what}; there are {', '.join(known)}")
    return name


def _words(data: Any, at: str) -> tuple[str, ...]:
    if data == "":
        return ()
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise ValueError(f"{at}: must be a list of words")
    for item in data:
        if not words_of(item.lstrip("=~")):
            raise ValueError(f"{at}: {item!r} has no word in it")
    return tuple(data)
