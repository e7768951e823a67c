"""What the training scripts share: their arguments, what to know of the labels, a tiny model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HELD_OUT = ("validation", "test")


def arguments(doc: str, given: Sequence[str] | None) -> argparse.Namespace:
    """The command line: a release, the kind of model, epochs and seed."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("release", help="folder of a release, or its name on the Hub")
    parser.add_argument("--model", choices=("baseline", "transformers"), default="baseline")
    parser.add_argument("--epochs", type=int, default=100, help="of the transformers model")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(given)


def about_labels(release: str) -> str:
    """Who made the labels, and of how many articles: to be printed above every score."""
    from datasets import load_dataset

    parts = load_dataset(release, "annotations")
    articles = {name: len(set(rows["article_id"])) for name, rows in parts.items()}
    kinds = {
        rows.features["annotator_kind"].int2str(kind)
        for rows in parts.values()
        for kind in set(rows["annotator_kind"])
    }
    counted = ", ".join(f"{count} in {name}" for name, count in articles.items())
    made_by = {
        frozenset({"model"}): "DRAFTED BY A LANGUAGE MODEL and checked by nobody",
        frozenset({"human"}): "made by people",
    }.get(frozenset(kinds), "made by people and by language models")
    return (
        f"{sum(articles.values())} articles ({counted}); labels {made_by}.\n"
        "A score says how far the model agrees with these labels, and on so few articles it is "
        "mostly chance:\nit is no result about stance or events."
        if sum(articles.values()) < 100 or "model" in kinds
        else f"{sum(articles.values())} articles ({counted}); labels {made_by}."
    )


def tiny_bert(texts: Iterable[str], seed: int) -> tuple[Any, Any]:
    """A tokenizer trained on `texts`, and the configuration of a small BERT that nobody trained.

    For real work take a pretrained model instead; this one needs no download.
    """
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertTokenizerFast

    torch.manual_seed(seed)
    torch.set_num_threads(1)  # on matrices this small, threads cost more than they save
    pieces = BertWordPieceTokenizer(lowercase=False)
    pieces.train_from_iterator(texts, vocab_size=2000, min_frequency=1, show_progress=False)
    tokenizer = BertTokenizerFast(tokenizer_object=pieces._tokenizer, do_lower_case=False)  # noqa: SLF001 - there is no public way
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=512,
    )
    return tokenizer, config


def train(model: Any, batches: Sequence[Any], epochs: int, weights: Sequence[float]) -> None:
    """Train on batches that hold labels, in their order; `weights` says how much each label counts.

    Labels of -100 do not count.
    """
    import torch

    counts = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    for _ in range(epochs):
        for batch in batches:
            given = {name: values for name, values in batch.items() if name != "labels"}
            loss = counts(model(**given).logits.flatten(0, -2), batch["labels"].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
