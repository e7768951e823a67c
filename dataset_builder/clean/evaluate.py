"""How good the cleaner is, on pages whose body somebody marked: text, metadata, loss by converter."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from dataset_builder.articles import LINE_BREAKS, RawPage, sha256_text
from dataset_builder.clean.scores import WORD, Estimate, PageScore, estimate, overlap, score_page
from dataset_builder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_builder.articles import Article

Form = Literal["raw", "raw2", "html"]
FORMS: Final[tuple[Form, ...]] = ("raw", "raw2", "html")
"""Two plain-text dumps of a page, by different converters, and its HTML."""
FIELDS: Final = ("title", "outlet", "byline", "agency", "dateline", "published_at", "language")
BATCH: Final = 64


@dataclass(frozen=True)
class LabelledPage:
    """A page with what is right about it."""

    id: str
    lang: str
    forms: Mapping[Form, str]
    """The page in one to three forms."""
    gold: str
    """The paragraphs of the body, one a line; empty when the page holds no article."""
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    """What the page states, by field; None: it states nothing. Fields not in it are not judged."""
    html_only: frozenset[str] = frozenset()
    """Fields that the HTML states and its visible text does not."""


@dataclass(frozen=True)
class FieldScore:
    """One field of metadata, over the pages for which it is known."""

    stated: int
    """Pages that state it."""
    right: int
    wrong: int
    missing: int
    unstated: int
    """Pages that do not state it."""
    invented: int
    """Of these, pages for which a value came out all the same."""

    @property
    def invented_rate(self) -> float:
        """Share of the pages that state nothing for which a value came out; 0 without such pages."""
        return self.invented / self.unstated if self.unstated else 0.0


@dataclass(frozen=True)
class FormScore:
    """All pages in one form."""

    pages: tuple[PageScore, ...]
    metadata: Mapping[str, FieldScore]

    def estimate(self, figure: str, lang: str | None = None) -> Estimate:
        """The mean of a figure of `PageScore` over the pages (of one language)."""
        return estimate([getattr(page, figure) for page in self.pages if lang in (None, page.lang)])


@dataclass(frozen=True)
class ConverterLoss:
    """What it costs when the same page was dumped by the other converter."""

    difference: Estimate
    """Mean F1 on `raw` less mean F1 on `raw2`, over pages that have both."""
    agreement: Estimate
    """4-gram F1 between the two texts of a page."""


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured."""

    forms: Mapping[Form, FormScore]
    loss: ConverterLoss | None
    """None when no page has both dumps."""

    def as_json(self) -> str:
        """Every figure as one line of JSON, page by page, too."""
        from dataclasses import asdict

        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def _key(value: str) -> str:
    return " ".join(WORD.findall(value.casefold()))


def _same(name: str, gold: str, found: object) -> bool:
    """Whether a value is right: letters and digits decide; of a dateline the place; of a date the day
    that the page states, or its very minute."""
    if isinstance(found, dt.datetime):
        stated = dt.datetime.fromisoformat(gold)
        if found.date() == stated.date():
            return True
        return stated.tzinfo is not None and abs(found - stated) < dt.timedelta(minutes=1)
    shown = str(found)
    if name == "dateline":
        gold, shown = re.split("[,،]", gold)[0], re.split("[,،]", shown)[0]
    return _key(gold) == _key(shown)


def _field_score(
    name: str, pages: Sequence[LabelledPage], articles: Sequence[Article | None], form: Form
) -> FieldScore:
    counts: Counter[str] = Counter()
    for page, article in zip(pages, articles, strict=True):
        if name not in page.metadata or not page.gold:
            continue
        hidden = form != "html" and name in page.html_only
        gold = None if hidden else page.metadata[name]
        found = getattr(article, name) if article is not None else None
        if gold is None:
            counts["unstated"] += 1
            counts["invented"] += found is not None
        else:
            counts["stated"] += 1
            outcome = (
                "missing" if found is None else "right" if _same(name, gold, found) else "wrong"
            )
            counts[outcome] += 1
    return FieldScore(
        counts["stated"], counts["right"], counts["wrong"], counts["missing"],
        counts["unstated"], counts["invented"],
    )  # fmt: skip


def clean_form(pages: Sequence[LabelledPage], form: Form) -> list[Article | None]:
    """What the cleaner makes of the pages in one form; None where it finds no article."""
    from dataset_builder.clean.page import clean_batch

    articles: list[Article | None] = []
    for low in range(0, len(pages), BATCH):
        raw = []
        for page in pages[low : low + BATCH]:
            text = LINE_BREAKS.sub("\n", page.forms[form])
            digest = sha256_text(text)
            raw.append(
                RawPage(digest[:16], page.id, digest, text, "html" if form == "html" else "text")
            )
        articles += [cleaned.article for cleaned in clean_batch(raw)]
    return articles


def evaluate(
    pages: Sequence[LabelledPage],
    clean: Callable[[Sequence[LabelledPage], Form], Sequence[Article | None]] = clean_form,
) -> Evaluation:
    """Clean every page in every form that it has, and compare with what is right about it."""
    forms: dict[Form, FormScore] = {}
    texts: dict[Form, dict[str, str]] = {}
    for form in FORMS:
        having = [page for page in pages if form in page.forms]
        if not having:
            continue
        articles = clean(having, form)
        found = [article.text if article is not None else "" for article in articles]
        texts[form] = {page.id: text for page, text in zip(having, found, strict=True)}
        forms[form] = FormScore(
            tuple(
                score_page(page.id, page.lang, page.gold, text)
                for page, text in zip(having, found, strict=True)
            ),
            {
                name: _field_score(name, having, articles, form)
                for name in FIELDS
                if any(name in page.metadata for page in having)
            },
        )
    return Evaluation(forms, _loss(forms, texts))


def _loss(
    forms: Mapping[Form, FormScore], texts: Mapping[Form, Mapping[str, str]]
) -> ConverterLoss | None:
    if "raw" not in forms or "raw2" not in forms:
        return None
    other = {page.id: page.f1 for page in forms["raw2"].pages}
    differences = [page.f1 - other[page.id] for page in forms["raw"].pages if page.id in other]
    if not differences:
        return None
    agreement = [
        overlap(text, texts["raw2"][page])[2]
        for page, text in texts["raw"].items()
        if page in other
    ]
    return ConverterLoss(estimate(differences), estimate(agreement))


def read_labelled(file: Path) -> list[LabelledPage]:
    """The pages of a JSON Lines file.

    Each line is an object with `id`, at least one of `raw`, `raw2` (plain-text dumps by two
    converters) and `html`, and `gold`: the body's paragraphs as a list or one a line. Optional: `lang`,
    any of `FIELDS` (null: the page does not state it; dates in ISO 8601) and `html_only`, a list of the
    fields that only the HTML states. Raises UsageError, naming the line, when it is anything else.
    """
    pages: list[LabelledPage] = []
    seen: set[str] = set()
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file}: cannot be read: {error}", hint="name a JSON Lines file"
        ) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            page = _labelled(json.loads(line))
            if page.id in seen:
                raise ValueError(f"the id {page.id!r} stands further up, too")
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{file}, line {number}: {error}",
                hint="a page is {id, raw or raw2 or html, gold} and what else is known of it",
            ) from None
        seen.add(page.id)
        pages.append(page)
    if not pages:
        raise UsageError(f"{file}: no pages in it", hint="give one JSON object a line")
    return pages


def _labelled(record: Any) -> LabelledPage:
    if not isinstance(record, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the caller reports one kind
    for name in ("id", "gold"):
        if name not in record:
            raise ValueError(f"no {name!r}")
    gold = record["gold"]
    if isinstance(gold, list):
        gold = "\n".join(_string(line, "gold") for line in gold)
    forms = {form: _string(record[form], form) for form in FORMS if record.get(form) is not None}
    if not forms:
        raise ValueError("none of raw, raw2 and html")
    metadata: dict[str, str | None] = {}
    for name in FIELDS:
        if name in record:
            value = record[name]
            metadata[name] = value if value is None else _string(value, name)
    if stated := metadata.get("published_at"):
        dt.datetime.fromisoformat(stated)
    hidden = record.get("html_only") or []
    if not isinstance(hidden, list) or not all(name in FIELDS for name in hidden):
        raise ValueError(f"html_only is not a list of {', '.join(FIELDS)}")
    lang = _string(record.get("lang") or metadata.get("language") or "und", "lang")
    return LabelledPage(
        str(record["id"]), lang, forms, _string(gold, "gold"), metadata, frozenset(hidden)
    )


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004 - the caller reports one kind
    return value


def report(evaluation: Evaluation) -> str:
    """The evaluation as tables for people; ends with a newline."""
    names = {"raw": "text", "raw2": "text, other converter", "html": "HTML"}
    rows = [
        (
            names[form], lang or "all", str(sum(lang in (None, page.lang) for page in result.pages)),
            _shown(result.estimate("f1", lang)), _shown(result.estimate("paragraph_f1", lang)),
            f"{result.estimate('precision', lang).mean:.3f}",
            f"{result.estimate('recall', lang).mean:.3f}",
            f"{result.estimate('repeated', lang).mean:.4f}",
        )
        for form, result in evaluation.forms.items()
        for lang in (None, *sorted({page.lang for page in result.pages}))
    ]  # fmt: skip
    heads = (
        "form",
        "lang",
        "pages",
        "4-gram F1",
        "paragraph F1",
        "precision",
        "recall",
        "repeated",
    )
    out = _columns([heads, *rows])
    if evaluation.loss:
        lost = _shown(evaluation.loss.difference, signed=True)
        shared = _shown(evaluation.loss.agreement)
        out.append(
            f"\nF1 lost with the other converter: {lost}; agreement of the two texts: {shared}"
        )
    fields = [
        (
            names[form], name, f"{score.right}/{score.stated}", str(score.wrong), str(score.missing),
            f"{score.invented}/{score.unstated}",
        )
        for form, result in evaluation.forms.items()
        for name, score in result.metadata.items()
    ]  # fmt: skip
    if fields:
        out += [
            "",
            *_columns([("form", "field", "right", "wrong", "missing", "invented"), *fields]),
        ]
    return "\n".join(out) + "\n"


def _shown(value: Estimate, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{value.mean:{sign}.3f} [{value.low:{sign}.3f}, {value.high:{sign}.3f}]"


def _columns(rows: Iterable[Sequence[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
