"""The articles that the factory's tables are made from: templates with marked regions."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_builder.assemble.dates import Expression, event_date
from dataset_builder.assemble.rows import digest, pair_id
from dataset_builder.ontology import AUTHOR, UNMARKED
from dataset_builder.tables import ARTICLE_ROW
from tests.factory_words import ACTORS, FILLERS, FILLING, PLAIN, Shape

if TYPE_CHECKING:
    import random

    from dataset_builder.registries import Registries

Row = dict[str, Any]

OUTLET = "صحيفة Le Monde"
ANNOTATORS = (("draft-1", "model"), ("draft-2", "model"))


@dataclass(frozen=True)
class Region:
    """A marked span: one thing that both annotators could have seen."""

    key: str
    label: str
    start: int
    end: int
    fields: tuple[tuple[str, str], ...] = ()


@dataclass
class TemplateArticle:
    """One article with its regions and arrows, as the first annotator marked them."""

    article_id: str
    raw_sha256: str
    title: str
    text: str
    sentences: list[tuple[int, int]]
    paragraphs: list[tuple[int, int]]
    published: dt.datetime | None
    regions: dict[str, Region] = field(default_factory=dict)
    arrows: list[tuple[str, str]] = field(default_factory=list)
    derived: list[tuple[str, str]] = field(default_factory=list)
    """Ordered pairs of actor regions in one sentence on which nobody took a stance."""
    relabelled: dict[str, str] = field(default_factory=dict)
    """Labels that the second annotator gave instead; an empty one means unmarked."""
    story: str = ""

    @classmethod
    def write(
        cls,
        seed: int,
        number: int,
        rng: random.Random,
        known: Registries,
        shape: Shape = PLAIN,
    ) -> TemplateArticle:
        names = {actor.id: actor.name for actor in known.actors}
        issue = known.targets[(seed + number) % len(known.targets)]
        one, two, three, four = rng.sample(ACTORS, 4)
        raw = hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()
        filler = rng.choice(FILLERS)
        # {key:label surface} marks a region; the text is what remains
        # the codes keep any two sentences of the corpus apart, as a rule against leaks wants it
        sentences = [
            (
                f"[a1:ACTOR:{names[one]}] [t1:ACCUSE:denounced] [a2:ACTOR:{names[two]}] on"
                f" [d1:DATE:Tuesday] in report {raw[:6]} 📰."
            ),
            f"{filler} ({raw[6:12]})",
            (
                f"[a3:ACTOR:{names[three]}] [t2:CONSULT:met] [a4:ACTOR:{names[four]}] in"
                f" [l1:LOCATION:Zürich] on [d2:DATE:28 September 2017] as {raw[12:18]} wrote."
            ),
            (
                f"[a5:ACTOR:{names[three]}] [t3:SUPPORT:welcomed] [i1:ISSUE:{issue.name}] 🤝"
                f" in note {raw[18:24]}."
            ),
            f"Meanwhile the [e3:against:hated ruler] [a6:ACTOR:{names[two]}] left {raw[24:30]}.",
        ]
        sentences[0] = f"{shape.prefix} {sentences[0]}".lstrip()
        layout: list[tuple[int, ...]] = [(0, 1), (2, 3), (4,)]
        if shape.rich:
            sentences.append(
                f"Then [a7:ACTOR:{names[three]}] [t4:CONSULT:talked] to [a8:ACTOR:{names[four]}]"
                f" again, {raw[30:36]} said."
            )
            layout[-1] = (4, 5)
        article = cls(
            article_id=raw[:16],
            raw_sha256=raw,
            title=f"{names[one]} and {names[two]}: “talks” № {number}",
            text="",
            sentences=[],
            paragraphs=[],
            published=dt.datetime(2020, 3, 2, 9, 12, 10, 287000, tzinfo=dt.UTC)
            if number % 2
            else None,
        )
        fields = {
            "a1": ("actor_id", one),
            "a2": ("actor_id", two),
            "a3": ("actor_id", three),
            "a4": ("actor_id", four),
            "a5": ("actor_id", three),
            "a6": ("actor_id", two),
            "a7": ("actor_id", three),
            "a8": ("actor_id", four),
            "i1": ("issue_id", issue.id),
            "d1": ("timex3", "XXXX-WXX-2"),
            "d2": ("timex3", "2017-09-28"),
            "t1": ("mode_accuse", "disapprove"),
            "t2": ("mode_consult", "visit"),
            "t4": ("context", "military"),
            "e3": ("expression", "implicit"),
        }
        for group in layout:
            start = len(article.text)
            for index in group:
                article._sentence(sentences[index], fields)
                article.text += "" if index == group[-1] else " "
            article.paragraphs.append((start, len(article.text)))
            article.text += "" if group == layout[-1] else "\n\n"
        for key, on, label in (("e1", "t1", "against"), ("e2", "t3", "favor")):
            trigger = article.regions[on]
            stated = (("expression", "reported"),)
            article.regions[key] = Region(key, label, trigger.start, trigger.end, stated)
        article.arrows = [
            ("a1", "t1"),
            ("t1", "a2"),
            ("t1", "d1"),
            ("a1", "e1"),
            ("e1", "a2"),
            ("a3", "t2"),
            ("t2", "a4"),
            ("t2", "l1"),
            ("t2", "d2"),
            ("a5", "t3"),
            ("a5", "e2"),
            ("e2", "i1"),
            ("e3", "a6"),
        ]
        article.derived = [("a3", "a4"), ("a4", "a3")]
        if shape.rich:
            first, last = article.regions["a7"], article.regions["a8"]
            stated = (("expression", "stated"),)
            article.regions["e4"] = Region("e4", "favor", first.start, last.start - 1, stated)
            article.arrows += [("a7", "t4"), ("t4", "a8"), ("t2", "t4"), ("e4", "a8")]
        article.relabelled = rng.choice(
            [{}, {"e1": "neutral"}, {"e2": ""}, {"t2": "AGREE"}, {"t3": ""}]
        )
        return article

    def _sentence(self, marked: str, fields: dict[str, tuple[str, str]]) -> None:
        start = len(self.text)
        for piece in re.split(r"(\[\w+:\w+:[^\]]*\])", marked):
            if match := re.fullmatch(r"\[(\w+):(\w+):([^\]]*)\]", piece):
                key, label, surface = match.groups()
                place = (len(self.text), len(self.text) + len(surface))
                own = (fields[key],) if key in fields else ()
                self.regions[key] = Region(key, label, *place, own)
                self.text += surface
            else:
                self.text += piece
        self.sentences.append((start, len(self.text)))

    def span(self, key: str) -> Row:
        region = self.regions[key]
        return {"start": region.start, "end": region.end, "text": self.surface(region)}

    def surface(self, region: Region) -> str:
        return self.text[region.start : region.end]

    def context(self, *keys: str) -> Row:
        """The sentences that hold these regions, as one piece of the text."""
        places = [self.regions[key] for key in keys]
        first = max(s for s, _ in self.sentences if s <= min(p.start for p in places))
        last = min(e for _, e in self.sentences if e >= max(p.end for p in places))
        return {"text": self.text[first:last], "context_start": first}

    def region_id(self, key: str, annotator: int = 0) -> str:
        return f"{digest((self.article_id, annotator))[:6]}{key}"

    def label(self, key: str, annotator: int) -> str | None:
        """What an annotator called this region; None when it is unmarked."""
        label = self.regions[key].label
        return label if annotator == 0 else self.relabelled.get(key, label) or None

    def votes(self, key: str | None) -> list[Row]:
        return [
            {
                "annotator": name,
                "kind": kind,
                "label": (self.label(key, number) if key else None) or UNMARKED,
            }
            for number, (name, kind) in enumerate(ANNOTATORS)
        ]

    def rows(self, known: Registries, split: str) -> dict[str, list[Row]]:
        shared = {"outlet": OUTLET, "published_at": self.published, "story": self.story}
        return {
            "articles": [self.article_row(shared)],
            "annotations": [
                row for number in range(len(ANNOTATORS)) for row in self.annotation_rows(number)
            ],
            "events": [
                self.event_row(key, known, shared)
                for key in ("t1", "t2", "t3", "t4")
                if key in self.regions
            ],
            "stance": [
                self.stance_row(known, shared, "a1", "a2", "e1"),
                self.stance_row(known, shared, "a5", "i1", "e2"),
                self.stance_row(known, shared, None, "a6", "e3"),
                *(
                    [self.stance_row(known, shared, None, "a8", "e4")]
                    if "e4" in self.regions
                    else []
                ),
                *(
                    self.stance_row(known, shared, holder, target, None)
                    for holder, target in self.derived
                    if split == "train"
                ),
            ],
        }

    def article_row(self, shared: Row) -> Row:
        return {
            "article_id": self.article_id,
            "title": self.title,
            "text": self.text,
            "agency": "AFP",
            "byline": None,
            "dateline": "Zürich",
            "published_basis": "stated" if self.published else "none",
            "language": "en",
            "url": None,
            "source": f"{self.article_id}.txt",
            "duplicate_group": self.article_id,
            "paragraphs": [{"start": s, "end": e} for s, e in self.paragraphs],
            "sentences": [{"start": s, "end": e} for s, e in self.sentences],
            "raw_sha256": self.raw_sha256,
            "text_sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            **shared,
        }

    def value(self, key: str, name: str) -> str:
        return dict(self.regions[key].fields)[name]

    def stance_row(
        self, known: Registries, shared: Row, holder: str | None, target: str, evidence: str | None
    ) -> Row:
        actors = {actor.id: actor for actor in known.actors}
        issues = {issue.id: issue for issue in known.targets}
        is_issue = self.regions[target].label == "ISSUE"
        target_id = self.value(target, "issue_id" if is_issue else "actor_id")
        holder_id = self.value(holder, "actor_id") if holder else AUTHOR
        pair = pair_id(self.article_id, holder_id, target_id)
        label = self.regions[evidence].label if evidence else "neutral"
        votes = self.votes(evidence)
        agreed = sum(vote["label"] == (label if evidence else UNMARKED) for vote in votes)
        used = [key for key in (holder, target, evidence) if key]
        return {
            **self.context(*used),
            "holder": actors[holder_id].name if holder else "the author",
            "target": issues[target_id].name if is_issue else actors[target_id].name,
            "label": label,
            "stance_id": digest((pair, self.region_id(evidence) if evidence else "derived")),
            "pair_id": pair,
            "article_id": self.article_id,
            "holder_id": holder_id,
            "holder_kind": "actor" if holder else AUTHOR,
            "holder_code": actors[holder_id].code if holder else None,
            "target_id": target_id,
            "target_kind": "issue" if is_issue else "actor",
            "target_code": None if is_issue else actors[target_id].code,
            "expression": self.value(evidence, "expression") if evidence else "none",
            "evidence": self.span(evidence) if evidence else None,
            "holder_span": self.span(holder) if holder else None,
            "target_span": self.span(target),
            "basis": "annotated" if evidence else "derived",
            "votes": votes,
            "agreement": agreed / len(votes),
            **shared,
        }

    def event_row(self, key: str, known: Registries, shared: Row) -> Row:
        ontology = known.ontology
        codes = {actor.id: actor.code for actor in known.actors}
        kind = self.regions[key].label
        order = ontology.names("role")
        arguments = []
        for source, target in self.arrows:
            other = source if target == key else target if source == key else None
            if other is None or self.regions[other].label not in FILLING:
                continue
            filler = self.regions[other].label
            role = filler if filler != "ACTOR" else "ACTOR" if target == key else "RECIPIENT"
            values = dict(self.regions[other].fields)
            ids = [values["actor_id"]] if "actor_id" in values else []
            arguments.append(
                {
                    "role": role,
                    **self.span(other),
                    "actor_ids": ids,
                    "actor_codes": [codes[name] or "" for name in ids],
                    "timex3": values.get("timex3"),
                }
            )
        arguments.sort(key=lambda item: (order.index(item["role"]), item["start"]))
        times = [Expression(a["timex3"], a["text"]) for a in arguments if a["role"] == "DATE"]
        published = shared["published_at"]
        date, _ = event_date(times, published, "stated" if published else "none", "PAST")
        mention = f"{self.article_id}:{self.region_id(key)}"
        # A second mention has the event of the first.
        event = f"{self.article_id}:{self.region_id('t2' if key == 't4' else key)}"
        linked = [k for pair in self.arrows if key in pair for k in pair if k[0] in "adl"]
        return {
            **self.context(key, *linked),
            "type": kind,
            "trigger": self.span(key),
            "mention_id": mention,
            "event_id": event,
            "article_id": self.article_id,
            "quad": ontology.by_type[kind].quad,
            "modes": [v for n, v in self.regions[key].fields if n.startswith("mode_")],
            "contexts": [v for n, v in self.regions[key].fields if n == "context"],
            "polarity": "POSITIVE",
            "modality": "ASSERTED",
            "tense": "PAST",
            "date_start": date.start,
            "date_end": date.end,
            "date_precision": date.precision,
            "date_basis": date.basis,
            "arguments": arguments,
            "votes": self.votes(key),
            **shared,
        }

    def annotation_rows(self, annotator: int) -> list[Row]:
        """What an annotator entered; a span that nothing points to any more is not marked."""
        name, kind = ANNOTATORS[annotator]
        marked = {key for key in self.regions if self.label(key, annotator)}
        arrows = [pair for pair in self.arrows if marked.issuperset(pair)]
        marked &= {key for pair in arrows for key in pair}
        blank: Row = {
            "annotation_id": f"{self.article_id}:{name}:1",
            "article_id": self.article_id,
            "annotator": name,
            "annotator_kind": kind,
            **dict.fromkeys(("region_id", "name", "start", "end", "text", "from_id", "to_id")),
            "values": [],
            "direction": "none",
            "origin": None,
            "state": "completed",
            "text_sha256": hashlib.sha256(self.text.encode()).hexdigest(),
        }
        rows = [
            {**blank, "kind": "article", "name": ARTICLE_ROW},
            {**blank, "kind": "article", "name": "relevance", "values": ["relevant"]},
        ]
        for key in sorted(marked):
            region = self.regions[key]
            place = {**self.span(key), "region_id": self.region_id(key, annotator)}
            here = {**blank, **place, "origin": "manual"}
            rows.append(
                {**here, "kind": "span", "name": "span", "values": [self.label(key, annotator)]}
            )
            rows += [
                {**here, "kind": "field", "name": control, "values": [value]}
                for control, value in region.fields
                if not control.startswith("mode_") or self.label(key, annotator) == region.label
            ]
        return rows + [
            {
                **blank,
                "kind": "arrow",
                "from_id": self.region_id(source, annotator),
                "to_id": self.region_id(target, annotator),
                "direction": "right",
            }
            for source, target in arrows
        ]
