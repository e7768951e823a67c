"""Trains a classifier of stance pairs and prints its scores on the splits that it did not see.

    python examples/stance.py releases/1.0.0
    python examples/stance.py releases/1.0.0 --model transformers

A row is a holder, a target and the sentences that say something of both; the label is favor, against
or neutral. The measure is that of SemEval-2016 Task 6: the mean of the F1 of favor and of against,
over all rows, neutral ones included.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from common import HELD_OUT, about_labels, arguments, tiny_bert, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Predict = Callable[[Any], list[int]]

JUDGED = ("favor", "against")


def main(given: Sequence[str] | None = None) -> None:
    """Load, train, print."""
    from datasets import load_dataset

    options = arguments(__doc__ or "", given)
    data = load_dataset(options.release, "stance")
    names = data["train"].features["label"].names
    print(about_labels(options.release))
    most, _ = Counter(data["train"]["label"]).most_common(1)[0]
    fit = {"baseline": baseline, "transformers": transformers}[options.model]
    predict = fit(data["train"], len(names), options.seed, options.epochs)
    print(f"\n{'':12}{'rows':>6}{'F favor':>10}{'F against':>11}{'macro F1':>10}{'accuracy':>10}")
    for split in HELD_OUT:
        if split in data:
            rows = data[split]
            print_scores(f"{split}", rows["label"], predict(rows), names)
            print_scores(f"  all {names[most]}", rows["label"], [most] * len(rows), names)


def baseline(rows: Any, _labels: int, seed: int, _epochs: int) -> Predict:
    """TF-IDF of the text, of the holder and of the target; logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    def column(name: str) -> Any:
        return FunctionTransformer(lambda rows: [row[name] for row in rows])

    features = make_union(
        make_pipeline(column("text"), TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)),
        make_pipeline(column("holder"), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))),
        make_pipeline(column("target"), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))),
    )
    regression = LogisticRegression(class_weight="balanced", max_iter=1000, random_state=seed)
    model = make_pipeline(features, regression)
    model.fit(rows.to_list(), rows["label"])
    return lambda others: list(model.predict(others.to_list()))


def transformers(rows: Any, labels: int, seed: int, epochs: int) -> Predict:
    """A tiny BERT that reads the text as the first sequence, holder and target as the second."""
    import torch
    from transformers import BertForSequenceClassification

    tokenizer, config = tiny_bert((f"{r['text']} {r['holder']} {r['target']}" for r in rows), seed)
    config.num_labels = labels

    def encoded(some: list[dict[str, Any]]) -> Any:
        pairs = [f"{row['holder']} {tokenizer.sep_token} {row['target']}" for row in some]
        return tokenizer(
            [row["text"] for row in some],
            pairs,
            truncation="only_first",
            max_length=256,
            padding=True,
            return_tensors="pt",
        )

    def batches(of: Any) -> list[list[dict[str, Any]]]:
        listed = of.to_list()
        return [listed[at : at + 16] for at in range(0, len(listed), 16)]

    model = BertForSequenceClassification(config)
    shuffled = rows.shuffle(seed=seed)
    train(
        model,
        [
            {**encoded(batch), "labels": torch.tensor([row["label"] for row in batch])}
            for batch in batches(shuffled)
        ],
        epochs,
        [1.0] * labels,
    )

    def predict(others: Any) -> list[int]:
        with torch.no_grad():
            logits = [model(**encoded(batch)).logits for batch in batches(others)]
        return [int(label) for label in torch.cat(logits).argmax(-1)]

    return predict


def print_scores(
    name: str, gold: Sequence[int], predicted: Sequence[int], names: Sequence[str]
) -> None:
    """One line of the table."""
    of_each = [f1(names.index(label), gold, predicted) for label in JUDGED]
    right = sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold)
    print(
        f"{name:12}{len(gold):>6}{of_each[0]:>10.3f}{of_each[1]:>11.3f}"
        f"{sum(of_each) / 2:>10.3f}{right:>10.3f}"
    )


def f1(label: int, gold: Sequence[int], predicted: Sequence[int]) -> float:
    """F1 of one label; 0 where it is neither in the data nor predicted."""
    hits = sum(a == b == label for a, b in zip(gold, predicted, strict=True))
    given = sum(a == label for a in gold) + sum(b == label for b in predicted)
    return 2 * hits / given if given else 0.0


if __name__ == "__main__":
    main(sys.argv[1:])
