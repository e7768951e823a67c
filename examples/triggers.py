"""Trains a tagger of event triggers and prints its scores on the splits that it did not see.

    python examples/triggers.py releases/1.0.0
    python examples/triggers.py releases/1.0.0 --model transformers

A row is a sentence as tokens with BIO tags. Scores are those of CoNLL: a span counts when its first
token, its last token and its type are right; F1 over all spans. `words only` forgives the type.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from common import HELD_OUT, about_labels, arguments, tiny_bert, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tags = list[list[str]]
    Predict = Callable[[list[list[str]]], Tags]

IGNORED = -100
"""Label of word pieces that no loss is computed of: all but the first of a token."""


def main(given: Sequence[str] | None = None) -> None:
    """Load, train, print."""
    from datasets import load_dataset

    options = arguments(__doc__ or "", given)
    data = load_dataset(options.release, "triggers")
    names = data["train"].features["ner_tags"].feature.names
    print(about_labels(options.release))
    fit = {"baseline": baseline, "transformers": transformers}[options.model]
    rows = data["train"]
    predict = fit(list(rows["tokens"]), named(rows, names), names, options.seed, options.epochs)
    print(
        f"\n{'':12}{'sentences':>10}{'spans':>7}{'found':>7}{'P':>8}{'R':>8}{'F1':>8}{'words only':>12}"
    )
    for split in HELD_OUT:
        if split in data:
            gold, found = named(data[split], names), predict(list(data[split]["tokens"]))
            _, _, words_only = scores(untyped(gold), untyped(found))
            precision, recall, both = scores(gold, found)
            counts = [sum(len(spans(tags)) for tags in some) for some in (gold, found)]
            print(
                f"{split:12}{len(gold):>10}{counts[0]:>7}{counts[1]:>7}"
                f"{precision:>8.3f}{recall:>8.3f}{both:>8.3f}{words_only:>12.3f}"
            )


def named(rows: Any, names: Sequence[str]) -> Tags:
    """The tags of every sentence by name."""
    return [[names[tag] for tag in tags] for tags in rows["ner_tags"]]


def baseline(tokens: list[list[str]], tags: Tags, _names: Any, seed: int, _epochs: int) -> Predict:
    """Each token by itself and its neighbours; logistic regression."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    regression = LogisticRegression(class_weight="balanced", C=10, max_iter=1000, random_state=seed)
    model = make_pipeline(DictVectorizer(), regression)
    model.fit(
        [features(words, at) for words in tokens for at in range(len(words))],
        [tag for of_sentence in tags for tag in of_sentence],
    )
    return lambda others: [
        list(model.predict([features(words, at) for at in range(len(words))])) if words else []
        for words in others
    ]


def features(words: list[str], at: int) -> dict[str, Any]:
    """What is known of a token."""
    word = words[at].lower()
    return {
        "word": word,
        "start": word[:4],
        "end": word[-3:],
        "capital": words[at][0].isupper(),
        "before": words[at - 1].lower() if at else "<s>",
        "after": words[at + 1].lower() if at + 1 < len(words) else "</s>",
    }


def transformers(
    tokens: list[list[str]], tags: Tags, names: list[str], seed: int, epochs: int
) -> Predict:
    """A tiny BERT; each token is tagged by its first word piece."""
    import torch
    from transformers import BertForTokenClassification

    tokenizer, config = tiny_bert((" ".join(words) for words in tokens), seed)
    config.num_labels = len(names)

    def encoded(some: list[list[str]]) -> Any:
        return tokenizer(
            some,
            is_split_into_words=True,
            truncation=True,
            max_length=256,
            padding=True,
            return_tensors="pt",
        )

    def firsts(encoding: Any, number: int) -> list[tuple[int, int]]:
        """Word piece and token, for the first word piece of each token."""
        words = encoding.word_ids(number)
        return [
            (at, word)
            for at, word in enumerate(words)
            if word is not None and (at == 0 or words[at - 1] != word)
        ]

    def labelled(some: list[list[str]], of_these: Tags) -> dict[str, Any]:
        encoding = encoded(some)
        labels = torch.full(encoding["input_ids"].shape, IGNORED)
        for number, of_sentence in enumerate(of_these):
            for piece, word in firsts(encoding, number):
                labels[number, piece] = names.index(of_sentence[word])
        return {**encoding, "labels": labels}

    model = BertForTokenClassification(config)
    steps = range(0, len(tokens), 16)
    batches = [labelled(tokens[at : at + 16], tags[at : at + 16]) for at in steps]
    # Nearly every token is O: where each counts alike, no trigger is ever found.
    train(model, batches, epochs, [1.0 if name == "O" else 10.0 for name in names])

    def predict(others: list[list[str]]) -> Tags:
        found: Tags = []
        for at in range(0, len(others), 16):
            some = others[at : at + 16]
            encoding = encoded(some)
            with torch.no_grad():
                best = model(**encoding).logits.argmax(-1)
            for number, words in enumerate(some):
                made = ["O"] * len(words)
                for piece, word in firsts(encoding, number):
                    made[word] = names[int(best[number, piece])]
                found.append(made)
        return found

    return predict


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """First token, last token and type of every span, read as the CoNLL script reads them: an I-TYPE
    that goes on with nothing begins a span."""
    found: list[tuple[int, int, str]] = []
    before = "O"
    for at, tag in enumerate(tags):
        bound, _, kind = tag.partition("-")
        if bound == "B" or (bound == "I" and before[2:] != kind):
            found.append((at, at, kind))
        elif bound == "I":
            found[-1] = (found[-1][0], at, kind)
        before = tag
    return set(found)


def scores(gold: Tags, found: Tags) -> tuple[float, float, float]:
    """Precision, recall and F1 over all spans; 0 where there is nothing to divide by."""
    hits = wanted = made = 0
    for one, other in zip(gold, found, strict=True):
        right, guessed = spans(one), spans(other)
        hits += len(right & guessed)
        wanted += len(right)
        made += len(guessed)
    precision, recall = (hits / made if made else 0.0), (hits / wanted if wanted else 0.0)
    both = 2 * hits / (wanted + made) if wanted + made else 0.0
    return precision, recall, both


def untyped(tags: Tags) -> Tags:
    """The same spans, all of one type."""
    return [[tag if tag == "O" else f"{tag[0]}-EVENT" for tag in of_one] for of_one in tags]


if __name__ == "__main__":
    main(sys.argv[1:])
