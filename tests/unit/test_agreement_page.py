"""The page and the JSON: every number is one that was computed by hand, and no page text is markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from dataset_builder.agreement import as_json, as_text, judge
from dataset_builder.agreement.align import align
from dataset_builder.agreement.cases import choose
from dataset_builder.agreement.differences import Mark
from dataset_builder.agreement.excerpt import (
    LONGEST,
    REACH,
    escape,
    marked,
    windows,
)
from dataset_builder.agreement.gates import Gate, Gates
from dataset_builder.agreement.page import page
from dataset_builder.articles import Span
from dataset_builder.moving.sentences import sentences_of
from tests.factory import registries
from tests.unit.test_agreement_golden import found_in

GOLDEN = Path(__file__).parents[1] / "golden" / "agreement"
GATES = Gates(
    1,
    (
        Gate("types", "alpha", 0.3, 0.8),  # .4: go
        Gate("arguments", "f1", 0.6, 0.7),  # 8/11: target
        Gate("dates", "percent", 0.8, 0.9),  # 0: below
        Gate("polarity", "alpha", 0.8, 0.9),  # undefined
    ),
)
VOID = {"meta", "line", "circle", "rect", "path", "br"}


class Page(HTMLParser):
    """The tables of a page as rows of cell texts, and its elements."""

    def __init__(self, content):
        super().__init__()
        self.tables, self.tags, self.cases = {}, [], []
        self._table, self._cell, self._depth = None, None, 0
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "table":
            name = attrs["class"]
            while name in self.tables:
                name += "+"
            self._table = self.tables[name] = []
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._table[-1].append("")
            self._cell = True
        elif tag == "title" and self._cell:
            self._depth += 1
        elif tag == "article":
            self.cases.append(attrs)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None
        elif tag == "title" and self._cell:
            self._depth -= 1

    def handle_data(self, data):
        if self._cell and not self._depth:
            self._table[-1][-1] += data


@pytest.fixture(scope="module")
def by_hand():
    case = yaml.safe_load((GOLDEN / "every_layer.yaml").read_text(encoding="utf-8"))
    found = found_in(case)
    return case, found, judge(found.rows, GATES, 1)


def render(found, verdicts, **more):
    return page(found, GATES, verdicts, registries().ontology, title="A set", **more)


def test_every_number_of_the_page_is_the_one_computed_by_hand(by_hand):
    case, found, verdicts = by_hand
    shown = Page(render(found, verdicts))
    figures = {}
    layer = ""
    for cells in shown.tables["figures"][1:]:
        texts = [" ".join(cell.split()) for cell in cells]
        if texts[0] not in ("share equal", "Krippendorff's alpha", "F1, half overlap"):
            layer = next(
                name
                for name in found.counts
                if texts[0].startswith(name.replace("_", " ") + found.about[name])
            )
            texts = texts[1:]
        figures[layer, texts[0]] = texts[1:]
    assert len(figures) == len(found.rows)
    assert figures["types", "Krippendorff's alpha"] == ["0.400", "", "2", "gogo 0.30, target 0.80"]
    assert figures["arguments", "F1"] == [
        "0.727",
        "",
        "11",
        "targetgo 0.60, target 0.70",
        "2 of 6 differ",
    ]
    assert figures["dates", "share equal"] == [
        "0.000",
        "",
        "1",
        "belowgo 0.80, target 0.90",
        "1 of 1 differ",
    ]
    assert figures["polarity", "Krippendorff's alpha"] == [
        "all values are the same",
        "",
        "2",
        "undefinedgo 0.80, target 0.90",
    ]
    assert figures["stance_labels", "Krippendorff's alpha"] == ["−0.200", "", "2", ""]
    assert figures["mentions", "F1, half overlap"] == ["0.824", "", "17", ""]
    assert figures["issue_ids", "share equal"][0] == "there is nothing to compare"
    labels = {
        cells[0]: cells[1:] for cells in shown.tables["labels++"]
    }  # relevance, triggers, types
    assert labels["THREATEN"] == ["2", "", "1.000", "", "1.000"]
    assert labels["CONSULT"] == ["1", "", "0.000", "", "0.000"]
    assert shown.tables["confusion"] == [
        ["", "AGREE", "CONSULT", "THREATEN", "all"],
        ["AGREE", "·", "·", "·", "0"],
        ["CONSULT", "1", "·", "·", "1"],
        ["THREATEN", "·", "·", "1", "1"],
    ]
    assert shown.tables["confusion+"] == [
        ["", "neutral", "against", "favor", "unmarked", "all"],
        ["neutral", "·", "·", "·", "·", "0"],
        ["against", "1", "·", "·", "·", "1"],
        ["favor", "·", "·", "·", "1", "1"],
        ["unmarked", "·", "·", "·", "·", "0"],
    ]
    assert [c["data-layer"] for c in shown.cases] == sorted(
        (d.split()[0] for d in case["expect"]["differences"]), key=list(found.counts).index
    )
    content = render(found, verdicts)
    assert "gates: 1 at target, 1 at go, 1 below go, 1 without a figure" in content
    assert "below go: dates (share equal)" in content
    assert "16 in all" in content
    assert "4 of 10 units differ" in content  # mentions


def test_pairs_are_a_heat_map():
    case = yaml.safe_load((GOLDEN / "three_annotators.yaml").read_text(encoding="utf-8"))
    found = found_in(case)
    shown = Page(render(found, {}))
    heat = {(cells[0], cells[1]): cells[2:] for cells in shown.tables["heat"]}
    assert heat["layer", "figure"] == ["annbob", "anncem", "bobcem"]
    assert heat["triggers", "F1, same extent"] == ["0.800", "0.800", "0.500"]
    assert heat["types", "Krippendorff's alpha"] == ["1.000", "0.400", "0.000"]
    assert heat["dates", "share equal"] == ["–", "–", "–"]


def test_the_json_has_what_the_page_has(by_hand):
    case, found, verdicts = by_hand
    key = next(iter(found.articles))
    whole = json.loads(as_json(found, GATES, verdicts, {key: "http://h/1"}))
    assert list(whole) == [
        "format", "articles", "annotators", "kinds", "bootstrap", "fewest_articles", "figures", "by_label",
        "by_pair", "against_adjudicated", "adjudicated", "waiting", "confusions", "counts",
        "disagreements",
    ]  # fmt: skip
    assert whole["articles"][0]["annotators"] == ["ann", "bob"]
    arguments = next(f for f in whole["figures"] if f["layer"] == "arguments")
    assert arguments["value"] == pytest.approx(8 / 11)
    assert arguments["gate"] == {"go": 0.6, "target": 0.7, "state": "target"}
    assert whole["counts"]["mentions"] == {"agreed": 6, "differ": 4}
    assert {"one": "CONSULT", "other": "AGREE", "units": 1} in whole["confusions"]["types"]
    told = [
        " | ".join([" ".join([d["layer"], *d["labels"]]), *d["words"]])
        for d in whole["disagreements"]
    ]
    assert told == case["expect"]["differences"]
    role = whole["disagreements"][1]
    assert role["task"] == "http://h/1"
    assert role["sides"][0]["marks"][1] == {
        "start": 12,
        "end": 17,
        "tag": "ACTOR",
        "main": True,
        "text": "Putin",
    }
    missing = whole["disagreements"][2]["sides"][1]
    assert (missing["annotator"], missing["values"]) == ("bob", None)
    text = as_text(found, GATES, verdicts, details=True)
    assert re.search(r"types +Krippendorff's alpha +0\.400 +- +2 +0\.30 +0\.80 +go\n", text)


HOSTILE = '</p><script>alert(1)</script>" onload="x &amp; \u202egnp\u202c\x00\x1b[2J \ud800 https://x.example'


def test_nothing_that_others_wrote_is_markup(by_hand):
    case, _, _ = by_hand
    bad = json.loads(json.dumps(case).replace("Ankara", "Ankara HOSTILE"))
    stored = HOSTILE.replace("\ud800", "")  # half a character has no digest: no text holds one
    bad["text"] = bad["text"].replace("HOSTILE", stored)
    bad["annotators"]["ann"]["spans"]["l1"]["words"] = f"Ankara {stored}"
    bad["annotators"]["ann"]["spans"]["d1"]["fields"]["timex3"] = [HOSTILE]
    bad["annotators"]["ann"]["spans"]["a1"]["fields"] = {"actor_new": [HOSTILE]}
    found = found_in(bad)
    task = next(iter(found.tasks.values()))
    task.data.update(title=HOSTILE, language=HOSTILE)
    content = page(
        found, GATES, {}, registries().ontology, title=HOSTILE,
        links={task.key: 'http://h/"><script>x</script>'},
    )  # fmt: skip
    content.encode("utf-8")
    shown = Page(content)
    assert [tag for tag, _ in shown.tags].count("script") == 1
    assert not [attrs for _, attrs in shown.tags if any(name.startswith("on") for name in attrs)]
    addresses = {a[n] for _, a in shown.tags for n in ("href", "src") if n in a}
    assert all(a.startswith("#") or a == 'http://h/"><script>x</script>' for a in addresses)
    for raw in ("\u202e", "\x00", "\x1b", "\ud800"):
        assert raw not in content
    made = r'<bdi class="made">\{}</bdi>'
    for raw in ("u202e", "u202c", "x00", "x1b"):
        assert content.count(made.format(raw)) >= 2 * len(shown.cases)  # in titles and in the text
    assert made.format("ud800") in content
    json.loads(as_json(found, GATES, {}))
    assert "\x1b" not in as_text(found, GATES, {}, details=True)


def test_the_page_is_one_file_that_may_load_nothing(by_hand):
    _, found, verdicts = by_hand
    shown = Page(render(found, verdicts))
    policy = next(a["content"] for tag, a in shown.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    assert {tag for tag, _ in shown.tags}.isdisjoint({"link", "img", "iframe", "object", "base"})
    assert not [a for tag, a in shown.tags if tag == "a" and not a["href"].startswith("#")]


def test_a_page_without_anything_to_compare():
    found = found_in({"text": "x", "annotators": {"ann": {}}})
    assert "no two annotators" in render(found, {})


def test_a_cap_shows_every_label_and_says_how_many_there_are(by_hand):
    _, found, verdicts = by_hand
    mentions = [item for item in found.disagreements if item.unit.layer == "mentions"]
    shown = choose([*mentions, *mentions[:1] * 50], 3)["mentions"]
    assert [item.unit.labels for item in shown] == [("ACTOR",), ("DATE",), ("LOCATION",)]
    many = choose([*mentions, *mentions[:1] * 50], 30)["mentions"]
    assert len(many) == 30  # 1 and 1, and what is left of the room
    content = render(found, verdicts, shown=3)
    assert "4 of 10 units differ; 3 of them shown" in content
    assert "16 in all, 15 shown" in content
    assert len(Page(content).cases) == 15
    assert not Page(render(found, verdicts, shown=0)).cases


# Excerpts


def test_marks_nest_and_cross():
    text = "The army attacked the town."
    army, attacked, both = (
        Mark(4, 8, "ACTOR", main=False), Mark(9, 17, "ASSAULT", main=True), Mark(0, 12, "x", main=False),
    )  # fmt: skip
    got = marked(text, [(0, len(text))], [army, attacked, both], [Span(0, len(text))])
    plain = re.sub(r"<bdi.*?</bdi>|<[^>]*>", "", got)
    assert plain == text
    depth = 0
    for close in re.findall(r"<(/?)mark", got):
        depth += -1 if close else 1
        assert depth >= 0
    assert depth == 0
    tags = re.sub(r'<mark class="t-(\w+).*?>(<bdi class="tag">\w+</bdi>)?', r"[\1 ", got)
    assert (
        tags.replace("</mark>", "]")
        == "[x The [actor army] [assault att]][assault acked] the town."
    )
    # The inner mark is drawn nearest, those that overlap each on a line of its own.
    assert re.findall(r"t-(\w+).*?--lane:(\d)", got) == [
        ("x", "1"),
        ("actor", "0"),
        ("assault", "0"),
        ("assault", "0"),
    ]


def test_long_sentences_are_cut_around_the_marks():
    text = "word " * 400 + "ATTACKED" + " word" * 400 + "."
    at = text.index("ATTACKED")
    sentence = [Span(0, len(text))]
    ((start, end),) = windows(text, sentence, [Mark(at, at + 8, "t", main=True)])
    assert text[start - 1] == text[end] == " "
    assert 100 < at - start <= REACH
    assert 100 < end - (at + 8) <= REACH
    got = marked(text, [(start, end)], [], sentence)
    assert got.count("…") == 2
    whole = windows(
        "Short one. Another.", [Span(0, 10), Span(11, 19)], [Mark(2, 4, "t", main=True)]
    )
    assert whole == [(0, 10)]
    assert "…" not in marked("Short one. Another.", whole, [], [Span(0, 10), Span(11, 19)])


def test_long_marks_and_many_marks_are_shown_in_parts():
    text = "x" * 10_000
    pieces = windows(text, [Span(0, len(text))], [Mark(100, 9_900, "t", main=True)])
    assert len(pieces) == 2
    assert sum(b - a for a, b in pieces) <= LONGEST + 4 * REACH
    far = [Mark(n * 1000, n * 1000 + 5, "t", main=n == 9) for n in range(10)]
    pieces = windows(text, [Span(0, len(text))], far)
    assert len(pieces) == 6
    assert any(a <= 9000 < b for a, b in pieces)  # the main one is among them
    marks = [Mark(0, 10, "t", main=True)]
    assert "…" in marked(text, windows(text, [], marks), marks, [])


def test_a_cut_is_not_inside_what_is_drawn_as_one():
    family = "👩\u200d👩\u200d👧"
    text = family * 200
    at = 500
    ((start, end),) = windows(text, [Span(0, len(text))], [Mark(at, at + 5, "t", main=True)])
    assert start % 5 == 0
    assert end % 5 == 0


def test_texts_that_no_cleaner_made_have_sentences_or_none():
    assert sentences_of("", "en") == ()
    assert sentences_of("One. \ud800 two.", "xx")
    assert escape("<\u2066>") == "&lt;\\u2066&gt;"


def test_units_of_three_hold_one_mark_each():
    from dataset_builder.assemble.regions import Region

    def region(name, start, end):
        return Region(name, "ASSAULT", "trigger", start, end, "", {})

    # The third overlaps both marks of the first: it goes with the nearer one.
    columns = [[region("a", 0, 6), region("b", 7, 10)], [region("a", 0, 6)], [region("c", 1, 8)]]
    assert align(columns) == [{0: 0, 1: 0, 2: 0}, {0: 1}]


def test_who_lacks_a_mark_is_shown_with_what_stands_there_instead():
    case = yaml.safe_load((GOLDEN / "less_than_half.yaml").read_text(encoding="utf-8"))
    *_, missing = found_in(case).disagreements
    start = case["text"].index("sharply")
    end = start + len("sharply criticised the plan")
    assert missing.unit.sides[1].values is None
    assert missing.unit.sides[1].marks == (Mark(start, end, "against", main=False),)
    case = yaml.safe_load((GOLDEN / "every_layer.yaml").read_text(encoding="utf-8"))
    lone = next(d.unit for d in found_in(case).disagreements if d.unit.layer == "mentions")
    assert lone.sides[1].values is None
    assert lone.sides[1].marks == ()


def test_confusions_tell_the_same_from_the_other_and_name_contradictory_pairs(by_hand):
    _, found, verdicts = by_hand
    content = render(found, verdicts)
    assert '<td class="shaded same" style="--share:100%">1</td>' in content
    consult = content.split('<table class="confusion">')[1].split("<th scope=row>CONSULT</th>")[1]
    assert consult.startswith('<td class="shaded other" style="--share:100%">1</td><td class="same')
    case = yaml.safe_load((GOLDEN / "contradictory_pair.yaml").read_text(encoding="utf-8"))
    shown = Page(render(found_in(case), {}))
    assert shown.tables["confusion"] == [
        ["", "favor", "against+favor", "all"],
        ["favor", "·", "·", "0"],
        ["against+favor", "1", "·", "1"],
    ]
