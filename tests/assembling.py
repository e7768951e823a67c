"""One annotated article, and the tables that are built of it, for tests."""

from __future__ import annotations

from dataclasses import replace

from dataset_builder.assemble import assemble
from dataset_builder.tables import TABLES
from tests.annotated import alone, article, items
from tests.factory import registries, settings

TEXT = (
    "Erdogan arrived in Russia on Tuesday. He met Putin there. "
    "Turkey condemned the vote and backs Assad. Nothing else happened. Iran and the US watched."
)
RELEVANT = {"relevance": ["relevant"]}
SPANS = {
    "a1": {"label": "ACTOR", "words": "Erdogan"},
    "t1": {"label": "CONSULT", "words": "arrived", "fields": {"mode_consult": ["visit"]}},
    "d1": {"label": "DATE", "words": "Tuesday", "fields": {"timex3": ["XXXX-WXX-2"]}},
    "t2": {"label": "CONSULT", "words": "met"},
    "a2": {"label": "ACTOR", "words": "He", "fields": {"actor_id": ["erdogan"]}},
    "a3": {"label": "ACTOR", "words": "Putin"},
    "a4": {"label": "ACTOR", "words": "Turkey"},
    "s1": {"label": "against", "words": "condemned", "fields": {"expression": ["stated"]}},
    "i1": {
        "label": "ISSUE",
        "words": "the vote",
        "fields": {"issue_id": ["kurdistan_referendum"]},
    },
    "s2": {"label": "favor", "words": "backs", "fields": {"expression": ["reported"]}},
    "a5": {"label": "ACTOR", "words": "Assad"},
}
ARROWS = [
    ("a1", "t1"), ("t1", "d1"), ("a2", "t2"), ("a3", "t2"), ("t2", "t1"),
    ("a4", "s1"), ("s1", "i1"), ("a4", "s2"), ("s2", "a5"),
]  # fmt: skip
WORK = items(TEXT, SPANS, ARROWS, RELEVANT)
HERE = article(TEXT)


def build(articles, tasks, *, known=None, **over):
    with_settings = replace(settings(), **{"primary": (), "derived_neutrals": 0, **over})
    return assembled(articles, tasks, known or registries(), with_settings)


def assembled(articles, tasks, known, with_settings):
    """`assemble` with every article in train; the tables by name."""
    splits = {article.article_id: "train" for article in articles}
    found = assemble(articles, alone(*articles), tasks, known, with_settings, splits)
    train = {name: table for (name, split), table in found.tables.items() if split == "train"}
    return replace(found, tables=train)


def names(found, table):
    """Rows with the names of the labels."""
    ontology = registries().ontology
    rows = found.tables[table].to_pylist()
    for row in rows:
        for column in TABLES[table].columns:
            vocabulary = getattr(column.type, "vocabulary", None)
            if vocabulary:
                row[column.name] = ontology.names(vocabulary)[row[column.name]]
        vote = "event_vote" if table == "events" else "stance_vote"
        for one in row.get("votes", ()):
            one["label"] = ontology.names(vote)[one["label"]]
    return rows


def codes(found, severity=None):
    return [f.code for f in found.findings if severity in (None, f.severity)]
