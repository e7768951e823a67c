"""Suggestions with the spans of a token-classification pipeline of transformers.

Labels of the pipeline that are ours (`ASSAULT`, `ACTOR`, `LOCATION`) become triggers and mentions;
common names of entities are taken for ours (PER, ORG, NORP: ACTOR; LOC, GPE, FAC: LOCATION). When
it knows no event type, triggers come from the cues. Arguments, dates, stances and who is who
come from the rules in any case.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.errors import UsageError
from dataset_builder.prelabel.events import given_trigger
from dataset_builder.prelabel.mentions import ACTOR, LOCATION, Mention
from dataset_builder.prelabel.suggestion import as_suggestion, without_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_builder.articles import Article
    from dataset_builder.prelabel.clauses import Sentence
    from dataset_builder.prelabel.events import Found
    from dataset_builder.prelabel.rules import Rules
    from dataset_builder.prelabel.suggestion import Suggestion

_OURS: Final = {
    **dict.fromkeys(("PER", "PERSON", "ORG", "NORP"), ACTOR),
    **dict.fromkeys(("LOC", "GPE", "FAC"), LOCATION),
}


class Pipeline:
    """Suggests by a pipeline and the rules."""

    def __init__(self, run: Any, stamp: str, rules: Rules) -> None:
        self._run = run
        self._ontology = rules.registries.ontology
        self._rules = rules
        known = {_label(str(name)) for name in run.model.config.id2label.values()}
        self._types = frozenset(known & set(self._ontology.by_type))
        self.model_version = f"pipeline-{stamp}-{rules.model_version.removeprefix('rules-')}"

    def suggest(self, articles: Iterable[Article]) -> Iterator[Suggestion]:
        """What is suggested for each article, in order; may have no items."""
        for article in articles:
            draft = self._rules.draft(article, self._spans)
            yield as_suggestion(article, without_faults(draft, self._ontology))

    def _spans(self, sentence: Sentence) -> tuple[Sentence, list[Found] | None]:
        words = sentence.words
        start, end = words[sentence.first].start, words[sentence.after - 1].end
        triggers: list[Found] = []
        mentions = list(sentence.mentions)
        taken = {p for m in mentions for p in range(m.first, m.after)} | sentence.taken
        for found in self._run(sentence.text[start:end]):
            covered = [
                place
                for place in range(sentence.first, sentence.after)
                if words[place].start < start + int(found["end"])
                and words[place].end > start + int(found["start"])
            ]
            label = _label(str(found["entity_group"]))
            if not covered or not taken.isdisjoint(covered):
                continue
            first, after = covered[0], covered[-1] + 1
            if label in self._types:
                triggers.append(given_trigger(sentence, first, after, label))
                taken.update(covered)
            elif _OURS.get(label, label) in (ACTOR, LOCATION):
                mentions.append(Mention(_OURS.get(label, label), first, after))
                taken.update(covered)
        mentions.sort(key=lambda m: (m.first, m.after))
        triggers.sort(key=lambda t: (t.first, t.after))
        return replace(sentence, mentions=mentions), triggers if self._types else None


def from_pipeline(name: str, rules: Rules) -> Pipeline:
    """The pipeline `name`: a folder, or a model that transformers finds. Raises UsageError."""
    try:
        import transformers
    except ImportError:
        raise UsageError(
            "transformers is not installed", hint="pip install transformers torch"
        ) from None
    try:
        run = transformers.pipeline(
            "token-classification", model=name, aggregation_strategy="simple", device="cpu"
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(
            f"{name} is no token-classification pipeline: {reason}",
            hint="give the folder of a model, or the name of one that was downloaded",
        ) from None
    return Pipeline(run, _stamp(name, run), rules)


def _label(name: str) -> str:
    return name.removeprefix("B-").removeprefix("I-")


def _stamp(name: str, run: Any) -> str:
    """The pipeline's name, and a digest of its weights."""
    made = hashlib.sha256()
    for key, tensor in sorted(run.model.state_dict().items()):
        made.update(key.encode() + tensor.detach().cpu().numpy().tobytes())
    shown = re.sub(r"[^A-Za-z0-9_.]+", "_", Path(name).name)[:40]
    return f"{shown}-{made.hexdigest()[:12]}"
