"""Suggestions by a model trained on annotated articles: linear classifiers over hashed features.

One classifier labels words for each layer (events, entities, stance evidence; BIO), one gives the
roles between triggers and entities, one the ends of stances, one how a stance is expressed. Who an
actor is, the values of dates and the attributes of triggers come from the rules.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from dataset_builder.files import write_bytes
from dataset_builder.prelabel import labelled
from dataset_builder.prelabel.drafts import Labels, compose
from dataset_builder.prelabel.features import Piece, pair_features, seen, word_features
from dataset_builder.prelabel.suggestion import as_suggestion, without_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dataset_builder.articles import Article
    from dataset_builder.prelabel.features import Seen
    from dataset_builder.prelabel.labelled import Extent, Labelled
    from dataset_builder.prelabel.measure import Example
    from dataset_builder.prelabel.rules import Rules
    from dataset_builder.prelabel.suggestion import Suggestion

BITS: Final = 16
"""Features are hashed into 2**BITS columns."""
BATCH: Final = 64
"""Articles that are labelled at once."""
NONE: Final = "-"
LAYERS: Final = ("events", "entities", "evidence")
_CODE: Final = ("drafts", "features", "labelled", "model")
_SEED: Final = 0


@dataclass(frozen=True)
class Linear:
    """A linear classifier: the class with the highest score wins."""

    classes: tuple[str, ...]
    weights: NDArray[np.float32]
    """One row a class, one column a hashed feature."""
    bias: NDArray[np.float32]

    def predict(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """The class of each row of features."""
        if not rows:
            return []
        if len(self.classes) == 1:
            return [self.classes[0]] * len(rows)
        scored = _hashed(rows) @ self.weights.T + self.bias
        return [self.classes[best] for best in scored.argmax(axis=1)]


class Model:
    """Suggests by trained classifiers. `model_version` names the release and what was learnt."""

    def __init__(self, parts: dict[str, Linear], rules: Rules, name: str) -> None:
        self._parts = parts
        self._ontology = rules.registries.ontology
        self._rules = rules
        stamp = rules.model_version.removeprefix("rules-")
        self.model_version = f"sklearn-{name}-{_short(stamp, *_stamps(parts))}"

    def suggest(self, articles: Iterable[Article]) -> Iterator[Suggestion]:
        """What is suggested for each article, in order; may have no items."""
        batch: list[Article] = []
        for article in articles:
            batch.append(article)
            if len(batch) == BATCH:
                yield from self._batch(batch)
                batch = []
        yield from self._batch(batch)

    def _batch(self, articles: Sequence[Article]) -> Iterator[Suggestion]:
        views = [_views(self._rules, article) for article in articles]
        flat = [view for found, _ in views for view in found]
        rows = [row for view in flat for row in word_features(view)]
        lines = {layer: iter(self._parts[layer].predict(rows)) for layer in LAYERS}
        labels = []
        for view in flat:
            events, entities, evidence = (
                _pieces(view, [next(lines[layer]) for _ in _places(view)]) for layer in LAYERS
            )
            labels.append(Labels(view, events, entities, evidence))
        remaining = iter(self._joined(labels, views))
        for article, (found, _) in zip(articles, views, strict=True):
            own = [next(remaining) for _ in found]
            draft = compose(article, own, self._rules)
            yield as_suggestion(article, without_faults(draft, self._ontology))

    def _joined(
        self, labels: list[Labels], views: Sequence[tuple[list[Seen], dict[Any, str]]]
    ) -> list[Labels]:
        """Give the pairs of each sentence their roles, all sentences at once."""
        ruled = [rules for found, rules in views for _ in found]
        asked: dict[str, list[tuple[int, Piece, Piece]]] = {
            "roles": [],
            "ends": [],
            "expression": [],
        }
        rows: dict[str, list[list[str]]] = {name: [] for name in asked}
        for index, (item, rules) in enumerate(zip(labels, ruled, strict=True)):
            for part, heads in (("roles", item.triggers), ("ends", item.evidence)):
                for head in heads:
                    for entity in item.entities:
                        asked[part].append((index, head, entity))
                        rule = rules.get(_key(item.view, head, entity), NONE)
                        rows[part].append(
                            pair_features(item.view, head, entity, item.entities, rule)
                        )
            for head in item.evidence:
                asked["expression"].append((index, head, head))
                rows["expression"].append(_expression_features(item.view, head))
        for part, pairs in asked.items():
            for (index, head, entity), found in zip(
                pairs, self._parts[part].predict(rows[part]), strict=True
            ):
                if found != NONE:
                    labels[index].links[part, head, entity] = found
        return labels


# Training


def from_examples(examples: Sequence[Example], annotator: str, rules: Rules) -> Model:
    """A model of what one annotator marked."""
    made = [
        labelled.from_version(example.article, example.versions[annotator])
        for example in examples
        if annotator in example.versions
    ]
    return Model(train(made, rules), rules, "measured")


def from_release(folder: Path, rules: Rules, cache: Path) -> Model:
    """A model of the train split of a release. It is kept in `cache`, by what it was learnt from.

    Raises UsageError when there is no such release.
    """
    version, examples = labelled.from_release(folder)
    stamp = _short(labelled.digest_of(examples), rules.model_version, _code(), _library())
    file = cache / f"{version}-{stamp}.npz"
    parts = _read(file)
    if parts is None:
        parts = train(examples, rules)
        write_bytes(file, _written(parts))
    return Model(parts, rules, version)


def train(examples: Sequence[Labelled], rules: Rules) -> dict[str, Linear]:
    """The classifiers, by name. The order of `examples` does not matter."""
    rows: list[list[str]] = []
    answers: dict[str, list[str]] = {layer: [] for layer in LAYERS}
    pairs: dict[str, tuple[list[list[str]], list[str]]] = {
        part: ([], []) for part in ("roles", "ends", "expression")
    }
    for example in sorted(examples, key=lambda item: item.article.article_id):
        views, ruled = _views(rules, example.article)
        marks = {
            "events": example.triggers,
            "entities": example.entities,
            "evidence": {place: label for place, (label, _) in example.evidence.items()},
        }
        for view in views:
            rows += word_features(view)
            for layer, spans in marks.items():
                answers[layer] += _bio(view, spans)
            entities = _inside(view, example.entities)
            for part, heads, links in (
                ("roles", example.triggers, example.roles),
                ("ends", marks["evidence"], example.ends),
            ):
                for head, place in _inside(view, heads).items():
                    for entity, where in entities.items():
                        rule = ruled.get(_key(view, head, entity), NONE)
                        features = pair_features(view, head, entity, list(entities), rule)
                        pairs[part][0].append(features)
                        pairs[part][1].append(links.get((place, where), NONE))
            for head, place in _inside(view, marks["evidence"]).items():
                pairs["expression"][0].append(_expression_features(view, head))
                pairs["expression"][1].append(example.evidence[place][1])
    made = {layer: _fit(rows, answers[layer]) for layer in LAYERS}
    return made | {part: _fit(*data) for part, data in pairs.items()}


def _fit(rows: Sequence[Sequence[str]], answers: Sequence[str]) -> Linear:
    import numpy as np

    classes = sorted(set(answers)) or [NONE]
    columns = 1 << BITS
    if len(classes) == 1:
        return Linear(tuple(classes), np.zeros((1, columns), np.float32), np.zeros(1, np.float32))
    from sklearn.svm import LinearSVC

    fitted = LinearSVC(C=1.0, dual=True, random_state=_SEED, max_iter=5000, tol=1e-3)
    fitted.fit(_hashed(rows), answers)
    weights, bias = fitted.coef_, fitted.intercept_
    if len(classes) == 2:  # one row says how much the second is preferred
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    names = tuple(str(name) for name in fitted.classes_)
    # Adding zero makes -0 a plain 0, as it is when read back from the cache.
    return Linear(names, weights.astype(np.float32) + 0, bias.astype(np.float32) + 0)


def _hashed(rows: Sequence[Sequence[str]]) -> Any:
    import numpy as np
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(1 << BITS, input_type="string", alternate_sign=False, dtype=np.float32)
    return hasher.transform(rows)


# Between the rules, the words and the spans


def _views(rules: Rules, article: Article) -> tuple[list[Seen], dict[Any, str]]:
    """The sentences, and what the rules make of pairs: (head, entity) extents -> role."""
    draft = rules.draft(article)
    ruled: dict[Any, str] = {}
    for tail, head in draft.arrows:
        for one, other, way in ((tail, head, "out"), (head, tail, "in")):
            ruled[one[1:], other[1:]] = f"{way} {one[0]} {other[0]}"
    views = [seen(sentence, times, draft) for sentence, times in rules.reading(article)]
    return views, ruled


def _key(view: Seen, head: Piece, entity: Piece) -> tuple[Extent, Extent]:
    return extent(view, head), extent(view, entity)


def extent(view: Seen, piece: Piece) -> Extent:
    """Where a piece is in the text."""
    words = view.sentence.words
    return words[piece.first].start, words[piece.after - 1].end


def _places(view: Seen) -> range:
    return range(view.sentence.first, view.sentence.after)


def _inside(view: Seen, spans: dict[Extent, str]) -> dict[Piece, Extent]:
    """Spans that lie in the sentence, as ranges of words."""
    words = view.sentence.words
    found: dict[Piece, Extent] = {}
    for (start, end), label in sorted(spans.items()):
        covered = [p for p in _places(view) if words[p].start < end and words[p].end > start]
        if covered and words[covered[0]].start <= start and words[covered[-1]].end >= end:
            found[Piece(label, covered[0], covered[-1] + 1)] = (start, end)
    return found


def _bio(view: Seen, spans: dict[Extent, str]) -> list[str]:
    """One label a word; of overlapping spans the longest counts."""
    made = [NONE] * len(_places(view))
    first = view.sentence.first
    for piece in sorted(_inside(view, spans), key=lambda p: (p.first - p.after, p.first, p.label)):
        cells = range(piece.first - first, piece.after - first)
        if all(made[cell] == NONE for cell in cells):
            for cell in cells:
                made[cell] = ("B " if cell == cells[0] else "I ") + piece.label
    return made


def _pieces(view: Seen, line: Sequence[str]) -> list[Piece]:
    """Spans of a line of BIO labels; one that starts with I starts there."""
    found: list[Piece] = []
    for place, tag in zip(_places(view), line, strict=True):
        if tag == NONE:
            continue
        edge, label = tag.split(" ", 1)
        last = found[-1] if found else None
        if edge == "I" and last is not None and last.label == label and last.after == place:
            found[-1] = Piece(label, last.first, place + 1)
        else:
            found.append(Piece(label, place, place + 1))
    return found


def _expression_features(view: Seen, head: Piece) -> list[str]:
    sentence = view.sentence
    keys = [sentence.key(place) for place in range(head.first, head.after)]
    speech = sentence.language.words("speech")
    said = any(sentence.key(place) in speech for place in _places(view))
    quote = any(sentence.words[place].text in '"“”' for place in _places(view))
    return [
        "bias",
        f"said {said}",
        f"quote {quote}",
        f"label {head.label}",
        *(f"w {k}" for k in keys),
    ]


# Keeping


def _written(parts: dict[str, Linear]) -> bytes:
    import numpy as np

    arrays: dict[str, Any] = {}
    for name, part in sorted(parts.items()):
        columns = np.flatnonzero(part.weights.any(axis=0))
        arrays[f"{name}.classes"] = np.array(part.classes)
        arrays[f"{name}.columns"] = columns
        arrays[f"{name}.weights"] = part.weights[:, columns]
        arrays[f"{name}.bias"] = part.bias
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _read(file: Path) -> dict[str, Linear] | None:
    """The classifiers kept in `file`; None when there is none, or it is damaged."""
    import zipfile

    import numpy as np

    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
            made = {}
            for name in (*LAYERS, "roles", "ends", "expression"):
                classes = tuple(str(item) for item in arrays[f"{name}.classes"])
                weights = np.zeros((len(classes), 1 << BITS), np.float32)
                weights[:, arrays[f"{name}.columns"]] = arrays[f"{name}.weights"]
                made[name] = Linear(classes, weights, arrays[f"{name}.bias"])
            return made
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None


def _stamps(parts: dict[str, Linear]) -> list[str]:
    return [
        hashlib.sha256(
            repr(part.classes).encode() + part.weights.tobytes() + part.bias.tobytes()
        ).hexdigest()
        for _, part in sorted(parts.items())
    ]


def _code() -> str:
    folder = resources.files("dataset_builder.prelabel")
    made = hashlib.sha256()
    for name in _CODE:
        made.update(folder.joinpath(f"{name}.py").read_bytes())
    return made.hexdigest()


def _library() -> str:
    import sklearn

    return str(sklearn.__version__)


def _short(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
