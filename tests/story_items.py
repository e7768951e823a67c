"""The story items of `tests/golden/stories`, as reports."""

from itertools import combinations
from pathlib import Path

import yaml

from dataset_builder.grouping.stories import Report

FOLDER = Path(__file__).parent / "golden/stories"


def items(part=None):
    """Pairs of a report and the name of its story, of the files of a part or of all."""
    found = []
    for file in sorted(FOLDER.glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert data["part"] in {"tuned", "held_out"}, file
        if part in {None, data["part"]}:
            for item in data["items"]:
                report = Report(
                    item["id"],
                    item["title"],
                    item["text"],
                    item["language"],
                    item.get("published"),
                )
                found.append((report, item["story"]))
    assert len({report.article_id for report, _ in found}) == len(found)
    return found


def reports(*prefixes):
    """Reports whose ids begin with one of `prefixes`."""
    return [report for report, _ in items() if report.article_id.startswith(prefixes)]


def precision_recall(found, story_of):
    """Share of the joined pairs that are one story, and of the pairs of one story that are joined."""
    joined = {pair for names in found for pair in combinations(sorted(names), 2)}
    true = {(a, b) for a, b in combinations(sorted(story_of), 2) if story_of[a] == story_of[b]}
    return len(joined & true) / len(joined), len(joined & true) / len(true)
