"""The cleaner beside other tools: how much of the body comes out right, and how fast.

    python benchmarks/cleaning.py [--pages FILE.jsonl] [--rounds N] [--weight N] [--date YYYY-MM-DD]

Pages are the evaluation set in `tests/evaluation`, or any labelled file that `dataset-builder
evaluate` reads. Every tool gets the same pages in the form that it is made for, one page after the
other; rounds are interleaved, so that a busy moment hits all tools alike, and the median counts. Time
is CPU time of the process, all its threads together: what one core would need. MB/s are bytes of the
tool's own input (UTF-8). The evaluation set's HTML is light; `--weight 19`
adds scripts, styles and menus to each page until its HTML is 19 times its text, as on the web. They
touch only the speed: quality is always measured on the pages as they are.

The evaluation set's pages are short; for the speed on long ones see `cleaning_speed.py`.

The other tools are in the extra `bench`; what is not installed is left out.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import re
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from dataset_builder.articles import RawPage, sha256_text
from dataset_builder.clean import clean_batch
from dataset_builder.clean.evaluate import Form, LabelledPage, read_labelled
from dataset_builder.clean.scores import Estimate, estimate, score_page
from dataset_builder.markdown import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

BATCH = 64
PACKAGES = (
    "numpy", "datatrove", "justext", "trafilatura", "lxml", "resiliparse", "readability-lxml",
)  # fmt: skip
STOPLISTS = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian",
}  # fmt: skip

Run = "Callable[[Sequence[LabelledPage], Form], list[str]]"


@dataclass(frozen=True)
class Tool:
    """A way to get the body of pages."""

    name: str
    forms: tuple[Form, ...]
    run: Run
    """Takes pages and the form they are in, gives the text of each, paragraphs divided by line ends."""


# ---- tools


def ours(pages: Sequence[LabelledPage], form: Form) -> list[str]:
    """`clean_batch`, the function that everything at scale calls, up to the finished Article."""
    kind = "html" if form == "html" else "text"
    texts = []
    for low in range(0, len(pages), BATCH):
        batch = []
        for page in pages[low : low + BATCH]:
            text = page.forms[form]
            digest = sha256_text(text)
            batch.append(RawPage(digest[:16], page.id, digest, text, kind))
        texts += [cleaned.article.text if cleaned.article else "" for cleaned in clean_batch(batch)]
    return texts


def nothing(pages: Sequence[LabelledPage], form: Form) -> list[str]:
    """The page as it is."""
    return [page.forms[form] for page in pages]


def line_rules(pages: Sequence[LabelledPage], form: Form) -> list[str]:
    """The line rules of C4 (Raffel et al. 2020, section 2.2), for any script, written anew: a line
    stays with five words, a sentence's end (closing quotes may follow) and no "javascript"."""
    end = re.compile(r"[.!?…。！？؟।][\"'”’»“)\]]*$")
    return [
        "\n".join(
            line
            for line in map(str.strip, page.forms[form].split("\n"))
            if line.count(" ") >= 4 and end.search(line) and "javascript" not in line.lower()
        )
        for page in pages
    ]


def datatrove() -> Run:
    """Datatrove's C4QualityFilter; without its minimum of sentences, which needs a tokenizer's data."""
    document = import_module("datatrove.data").Document
    filters = import_module("datatrove.pipeline.filters.c4_filters")
    judge = filters.C4QualityFilter(min_num_sentences=-1)

    def run(pages: Sequence[LabelledPage], form: Form) -> list[str]:
        texts = []
        for page in pages:
            doc = document(text=page.forms[form], id=page.id)
            texts.append(doc.text if judge.filter(doc) is True else "")
        return texts

    return run


def justext_lines() -> Run:
    """JusText's classifier with every line as a paragraph without links."""
    core, utils = import_module("justext.core"), import_module("justext.utils")
    paragraph = import_module("justext.paragraph").Paragraph
    stoplists = {code: utils.get_stoplist(name) for code, name in STOPLISTS.items()}

    def run(pages: Sequence[LabelledPage], form: Form) -> list[str]:
        texts = []
        for page in pages:
            lines = []
            for line in filter(None, map(str.strip, page.forms[form].split("\n"))):
                made = paragraph(core.PathInfo())
                made.append_text(line)
                lines.append(made)
            words = stoplists.get(page.lang)
            # Without a list of stop words its authors advise to ask for none.
            low, high = (0.30, 0.32) if words else (0.0, 0.0)
            core.classify_paragraphs(
                lines, words or frozenset(), stopwords_low=low, stopwords_high=high
            )
            core.revise_paragraph_classification(lines)
            texts.append("\n".join(line.text for line in lines if not line.is_boilerplate))
        return texts

    return run


def each(extract: Callable[[str], str | None]) -> Run:
    """A tool that takes one page's HTML."""

    def run(pages: Sequence[LabelledPage], form: Form) -> list[str]:
        return [extract(page.forms[form]) or "" for page in pages]

    return run


def trafilatura(*, metadata: bool = False) -> Run:
    """Its defaults, comments left out; title, date, author, site and tags are found if asked for."""
    extract = import_module("trafilatura").extract
    return each(partial(extract, include_comments=False, with_metadata=metadata))


def resiliparse() -> Run:
    """Main content only."""
    extract = import_module("resiliparse.extract.html2text").extract_plain_text
    return each(partial(extract, main_content=True, alt_texts=False))


def readability() -> Run:
    """The text of the blocks of what it keeps."""
    document, parse = import_module("readability").Document, import_module("lxml.html").fromstring
    blocks = ["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "div", "td", "pre"]

    def extract(source: str) -> str:
        root = parse(document(source).summary())
        for block in root.iter(*blocks):
            block.tail = "\n" + (block.tail or "")
            block.text = "\n" + (block.text or "")
        for pause in root.iter("br"):
            pause.tail = "\n" + (pause.tail or "")
        return str(root.text_content())

    return each(extract)


DUMPS: tuple[Form, ...] = ("raw", "raw2")


def tools() -> list[Tool]:
    """Every tool that is installed."""
    found = [
        Tool("no cleaning", DUMPS, nothing),
        Tool("C4 line rules, any script", DUMPS, line_rules),
    ]
    for name, forms, make in (
        ("datatrove C4QualityFilter", DUMPS, datatrove),
        ("jusText on lines", DUMPS, justext_lines),
        ("**dataset-builder**", DUMPS, lambda: ours),
        ("resiliparse", ("html",), resiliparse),
        ("readability-lxml", ("html",), readability),
        ("trafilatura", ("html",), trafilatura),
        ("**dataset-builder**", ("html",), lambda: ours),
    ):
        try:
            found.append(Tool(name, forms, make()))
        except ImportError as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
    return found


# ---- weight


def heavier(page: LabelledPage, weight: float) -> LabelledPage:
    """The page with scripts, styles and menus in its HTML, `weight` times as long as its text."""
    source, text = page.forms["html"], page.forms.get("raw", page.gold)
    missing = int(weight * len(text.encode())) - len(source.encode())
    if missing <= 0 or "</body>" not in source:
        return page
    drawn = random.Random(page.id)
    rules, menu, data = [], [], []
    while missing > 0:
        name = f"c-{drawn.randrange(10**6)}"
        rules.append(
            f".{name}{{margin:{drawn.randrange(40)}px;color:#{drawn.randrange(16**6):06x}}}"
        )
        menu.append(
            f'<div class="{name} nav__item"><a href="/{drawn.randrange(10**8)}" data-track="n:{name}">'
            f'<span class="nav__label">Menu {drawn.randrange(1000)}</span></a></div>'
        )
        data.append({"id": drawn.randrange(10**9), "slot": name, "sizes": [[300, 250], [728, 90]]})
        data.append({"key": name, "on": True, "bid": f"{drawn.randrange(16**24):024x}" * 6})
        missing -= len(rules[-1]) + len(menu[-1]) + len(json.dumps(data[-2:]))
    head = f"<style>{''.join(rules)}</style><script>window.ads={json.dumps(data)}</script>"
    source = source.replace("</head>", head + "</head>", 1)
    source = source.replace("</body>", f'<div class="mega">{"".join(menu)}</div></body>', 1)
    return LabelledPage(page.id, page.lang, {**page.forms, "html": source}, page.gold)


# ---- measuring


def seconds(
    chosen: Iterable[tuple[Tool, Form]], pages: Sequence[LabelledPage], rounds: int
) -> dict[tuple[str, Form], float]:
    """The median of the rounds for each tool and form, all pages once; tools take turns."""
    taken: dict[tuple[str, Form], list[float]] = {}
    chosen = list(chosen)
    for _ in range(rounds):
        for tool, form in chosen:
            having = [page for page in pages if form in page.forms]
            gc.collect()
            start = time.process_time()
            tool.run(having, form)
            taken.setdefault((tool.name, form), []).append(time.process_time() - start)
    return {key: statistics.median(times) for key, times in taken.items()}


def shown(value: Estimate) -> str:
    """Mean and interval."""
    return f"{value.mean:.3f} [{value.low:.3f}, {value.high:.3f}]"


def machine(date: str | None) -> str:
    """What the figures were measured on, in one line."""
    names = re.findall(
        r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8")
    ) if Path("/proc/cpuinfo").exists() else []  # fmt: skip
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    parts = [
        date, f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores",
        f"load {os.getloadavg()[0]:.1f}", f"Python {platform.python_version()}", *versions,
    ]  # fmt: skip
    return "; ".join(part for part in parts if part)


def committed() -> list[LabelledPage]:
    """The evaluation set."""
    from tempfile import TemporaryDirectory

    from tests.evaluation.build import cases

    with TemporaryDirectory() as folder:
        file = Path(folder, "pages.jsonl")
        lines = (json.dumps(case.record, ensure_ascii=False) + "\n" for case in cases())
        file.write_text("".join(lines), encoding="utf-8")
        return read_labelled(file)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pages", type=Path, help="labelled pages; else the evaluation set")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--weight", type=float, default=0, help="HTML of the speed test, times its text"
    )
    parser.add_argument("--date", help="printed with the machine")
    parser.add_argument("--only", help="tools whose name holds this")
    given = parser.parse_args()
    pages = read_labelled(given.pages) if given.pages else committed()
    present = {form for page in pages for form in page.forms}
    chosen = [
        (tool, form)
        for tool in tools()
        for form in tool.forms
        if form in present and (not given.only or given.only in tool.name)
    ]
    quality = {}
    for tool, form in chosen:  # also warms every tool up
        having = [page for page in pages if form in page.forms]
        scores = [
            score_page(page.id, page.lang, page.gold, text)
            for page, text in zip(having, tool.run(having, form), strict=True)
        ]
        quality[tool.name, form] = [
            estimate([getattr(score, figure) for score in scores])
            for figure in ("f1", "paragraph_f1", "repeated")
        ]
    heavy = [
        heavier(page, given.weight) if given.weight and "html" in page.forms else page
        for page in pages
    ]
    times = seconds(chosen, heavy, given.rounds)
    base = times.get(("trafilatura", "html"))
    rows = []
    for tool, form in chosen:
        size = sum(
            len(page.forms[form].encode("utf-8", "replace")) for page in heavy if form in page.forms
        )
        count = sum(form in page.forms for page in heavy)
        took = times[tool.name, form]
        f1, paragraph_f1, repeated = quality[tool.name, form]
        idle = tool.run is nothing
        rows.append(
            (
                tool.name, {"raw": "text", "raw2": "text, other dump", "html": "HTML"}[form],
                shown(f1), shown(paragraph_f1), f"{repeated.mean:.3f}",
                "" if idle else f"{count / took:,.0f}", "" if idle else f"{size / took / 1e6:.2f}",
                f"{base / took * count / sum('html' in p.forms for p in heavy):.1f}" if base and not idle else "",
            )
        )  # fmt: skip
    heads = (
        "tool", "input", "4-gram F1 [95%]", "paragraph F1 [95%]", "repeated", "pages/s", "MB/s", "x trafilatura",
    )  # fmt: skip
    sizes = {
        form: sum(len(p.forms[form].encode("utf-8", "replace")) for p in heavy if form in p.forms)
        for form in present
    }
    print(
        f"{len(pages)} pages; "
        + ", ".join(f"{f} {s / 1e6:.2f} MB" for f, s in sorted(sizes.items()))
    )
    print(machine(given.date))
    print(f"CPU time of one core, median of {given.rounds} interleaved rounds\n")
    print(table(heads, rows))


if __name__ == "__main__":
    main()
