"""Articles a second that suggestions are made for, in CPU time: rules, and a model.

    python benchmarks/prelabel.py [ARTICLES] [RELEASE]

The articles are made of sentences of a fixed vocabulary, about 3 kB each, all different. Rules and
model take turns, so that a busy machine slows both alike; the ratio is the figure to compare.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from pathlib import Path

from dataset_builder.articles import Article, Span, sha256_text
from dataset_builder.prelabel.run import predictions, project_rules
from dataset_builder.project import find_project
from dataset_builder.registries import load_registries

WHO = (
    "Turkey",
    "Russian President Vladimir Putin",
    "The rebels",
    "Iran",
    "Japan",
    "Turkish troops",
)
DID = (
    "met",
    "condemned",
    "attacked",
    "signed a deal with",
    "will visit",
    "backs",
    "was accused by",
)
WHERE = ("in Ankara", "near Aleppo", "on September 28", "last week", "after talks on trade", "")
FILL = "officials there described the long discussion of the matter as useful for both of them"


def articles(count: int) -> list[Article]:
    """`count` articles of about 3 kB."""
    chance = random.Random(1)
    made: list[Article] = []
    for number in range(count):
        sentences = [
            f"{chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHO)} {chance.choice(WHERE)} "
            f"while {FILL} ({number})."
            for _ in range(20)
        ]
        text = " ".join(sentences)
        spans = tuple(Span(m.start(), m.end()) for m in re.finditer(r"[^\s.][^.]*\.", text))
        made.append(
            Article(
                f"{number:016x}", "", sha256_text(text), text, sha256_text(text), None, None, None,
                None, None, None, "none", "en", None, (Span(0, len(text)),), spans,
            )
        )  # fmt: skip
    return made


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    project = find_project()
    registries = load_registries(project)
    rules = project_rules(project, registries)
    ways = {"rules": rules}
    if len(sys.argv) > 2:
        from dataset_builder.prelabel.model import from_release

        with tempfile.TemporaryDirectory() as cache:
            begun = time.process_time()
            ways["model"] = from_release(Path(sys.argv[2]), rules, Path(cache))
            print(f"training: {time.process_time() - begun:.1f} CPU s")
    made = articles(count)
    size = sum(len(a.text) for a in made) / 1e6
    spent = dict.fromkeys(ways, 0.0)
    items = dict.fromkeys(ways, 0)
    for start in range(0, count, 50):
        for name, way in ways.items():
            begun = time.process_time()
            found = list(predictions(made[start : start + 50], way, registries.ontology, []))
            spent[name] += time.process_time() - begun
            items[name] += sum(len(item.result) for item in found)
    print("way      articles/s    MB/s  items an article  against rules")
    for name, seconds in spent.items():
        ratio = seconds / spent["rules"]
        print(
            f"{name:8}{count / seconds:11.1f}{size / seconds:8.2f}{items[name] / count:18.1f}"
            f"{ratio:15.2f}"
        )


if __name__ == "__main__":
    main()
