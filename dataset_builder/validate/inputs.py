"""Every code that can be given before there is a release: about pages, exports, annotations, the
ledger, the server, and loading back. The codes of a release are in `catalogue`.

An error means that a row would be wrong; whatever is only left out, or doubtful, is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_builder.validate.findings import Severity


@dataclass(frozen=True)
class Code:
    """What a code stands for."""

    title: str
    severity: Severity
    fix: str = ""
    """What to do about it."""


# fmt: off
SECTIONS: dict[str, dict[str, Code]] = {
    "exports, as files": {
        "SCH101": Code("A line of an export is not whole or not JSON", "error",
                       "Take the file from version control, or pull it again."),
        "SCH103": Code("A file is no export of this project", "error",
                       "Move it out of annotations/exports."),
        "SCH104": Code("An export was written in another format", "error",
                       "Pull it again with this version, or use the version that wrote it."),
        "SCH105": Code("A line of an export has the wrong shape", "error",
                       "Take the file from version control, or pull it again."),
        "SCH106": Code("Articles are published, and there is no export of any work", "error",
                       "Bring it back: `git log -- annotations/exports` tells where it went, and `git"
                       " checkout COMMIT -- annotations/exports` takes it from a commit that has it."
                       " Has nobody ever annotated anything, ignore SCH106."),
        "KEY102": Code("A task is in the exports twice", "error",
                       "Remove the older of the two lines, or pull again."),
        "SPN103": Code("The text of a task is not the one its checksum is of", "error",
                       "Take the file from version control; the text of a task is never edited."),
    },
    "the ledger": {
        "SPL101": Code("A line of the ledger is damaged", "error",
                       "Take the line from version control; the ledger is only appended to."),
        "SPL102": Code("The ledger moves a published article to another split", "error",
                       "Take the ledger from version control."),
        "SPL103": Code("The ledger has an alias of two articles", "error",
                       "Take the ledger from version control."),
        "SPL104": Code("A published article has no page any more", "warning",
                       "Put the page back; to remove an article on purpose, take it down."),
        "SPL107": Code("No published article has its page any more", "error",
                       "Bring the files of seeds/ back from version control, or from where they are"
                       " kept."),
        "SPL108": Code("The ledger lacks articles that were published", "error",
                       "Bring it back: `git log -- annotations/ledger.jsonl`, then `git checkout COMMIT"
                       " -- annotations/ledger.jsonl`. After a build it is committed."),
    },
    "takedowns": {
        "SPL105": Code("Something that was taken down is still there; it is left out", "warning",
                       "Remove it from the inputs."),
        "SPL106": Code("A line of the takedowns is damaged", "error",
                       "Take the line from version control."),
    },
    "annotations": {
        "SCH201": Code("An entry of an annotation has not the shape of Label Studio's", "error",
                       "Open the annotation in Label Studio and submit it again, then pull."),
        "SCH202": Code("A span carries a label that the ontology does not have", "error",
                       "Add the label to the ontology, or a migration that renames it."),
        "SCH203": Code("An entry comes from a control that the label config does not have", "error",
                       "Open the annotation in Label Studio and submit it again, then pull."),
        "SCH204": Code("A field holds a value that it cannot have", "error",
                       "Correct the field in Label Studio, then pull."),
        "SCH205": Code("Text entered by an annotator holds an e-mail address; it is masked", "warning",
                       "Take the address out in Label Studio, then pull."),
        "SCH206": Code("A TIMEX3 value cannot be read", "warning",
                       "Correct the value in Label Studio, e.g. 2017-09-28 or 2017-W39, then pull."),
        "SCH207": Code("A label was split, and nobody has chosen yet", "warning",
                       "Choose in the review project that `migrate` and `push` open."),
        "SCH208": Code("A label was retired; what carries it makes no row", "warning",
                       "Nothing, if it was retired on purpose; else take it out of `migrations:`."),
        "SPN201": Code("A span lies outside the text", "error",
                       "Mark it again in Label Studio, then pull."),
        "SPN202": Code("The words of a span are not those at its place in the text", "error",
                       "Mark it again in Label Studio, then pull."),
        "SPN203": Code("An article was annotated on another text; the work was moved", "warning",
                       "Read the review tasks that `push` makes."),
        "SPN204": Code("Something could not be moved exactly to the present text", "warning",
                       "Settle its review task."),
        "SPN205": Code("The present text has passages that an annotator did not see", "warning",
                       "Read the new passages in its review task."),
        "SPN206": Code("A span runs over the end of a paragraph", "warning",
                       "Mark each paragraph's part by itself, then pull."),
        "SPN207": Code("An article gives no rows of triggers, because a part of it waits for review",
                       "warning", "Settle its review task, then pull."),
        "SPN208": Code("A trigger runs over the end of a sentence", "warning",
                       "Nothing, if it is meant; the tags have its part in the first sentence."),
        "KEY201": Code("An arrow leads from or to a span that does not exist", "error",
                       "Draw the arrow again in Label Studio, then pull."),
        "KEY202": Code("An annotator is not in annotators.yaml", "error",
                       "Add the pseudonym to annotations/annotators.yaml."),
        "KEY203": Code("An actor or issue id is not in the registry", "warning",
                       "Add the id to the registry, or correct it in Label Studio."),
        "KEY204": Code("A mention could not be resolved to an actor or issue", "warning",
                       "Add an alias to the registry, or choose the id in Label Studio."),
        "KEY205": Code("There are annotations for an article that is not there", "warning",
                       "Put the page back, or remove the task from the export."),
        "KEY206": Code("An article was completed only by annotators that `primary` lacks", "warning",
                       "Add the annotator to `primary` in [tool.dataset-builder]."),
        "KEY207": Code("A field of a span belongs to no span", "warning",
                       "Open the annotation in Label Studio and submit it again, then pull."),
        "KEY212": Code("None of `primary` has completed anything, and others have", "error",
                       "Name who annotated in `primary` of [tool.dataset-builder], or leave it empty."),
        "KEY208": Code("Two entries use one id for different things", "error",
                       "Take the file from version control, or pull it again."),
        "GRM201": Code("A span carries several labels", "error",
                       "Leave one of the labels, then pull."),
        "GRM202": Code("An arrow between such spans means nothing", "warning",
                       "Draw it between spans that go together (docs/annotating.md), or delete it."),
        "GRM203": Code("An arrow that needs a direction points both ways", "error",
                       "Give it one direction, then pull."),
        "GRM204": Code("Two arrows join the same spans in opposite directions", "error",
                       "Delete one of them, then pull."),
        "GRM205": Code("A same-event arrow joins triggers of different types", "warning",
                       "Delete the arrow, or give both triggers one type."),
        "GRM206": Code("An actor, issue, location or date takes part in no arrow", "warning",
                       "Draw its arrow, or delete the span."),
        "GRM207": Code("A stance has no target", "warning",
                       "Draw an arrow from the stance to an actor or issue."),
        "GRM208": Code("A trigger has no participant", "warning",
                       "Draw the arrows of who did it and to whom."),
        "GRM209": Code("A trigger lacks a role that its type requires", "warning",
                       "Mark who or what has that role and draw its arrow."),
        "GRM210": Code("A stance has several holders and several targets", "warning",
                       "If that is not meant, mark the evidence once for each holder."),
        "GRM211": Code("A mode does not belong to the type of its trigger", "warning",
                       "Choose a mode of that type, then pull."),
        "GRM212": Code("A field does not belong to the label of its span", "warning",
                       "Clear the field, or change the label."),
        "GRM213": Code("A submitted annotation does not say whether the article is relevant", "warning",
                       "Choose the relevance, then pull."),
        "GRM214": Code("An article judged irrelevant or broken has spans", "warning",
                       "Delete the spans, or judge the article relevant."),
        "GRM215": Code("An article judged relevant has neither event nor stance", "warning",
                       "Mark what there is, or judge the article irrelevant."),
        "GRM216": Code("A stance has its holder as target", "warning",
                       "Draw the arrow to somebody else, or delete the stance."),
        "GRM217": Code("The same words are marked twice with the same label", "warning",
                       "Delete one of the spans."),
        "GRM218": Code("One actor is both ACTOR and RECIPIENT of a trigger", "warning",
                       "Delete one of the two arrows."),
        "GRM219": Code("A stance is left out because one of its arrows cannot be read", "warning",
                       "Mend the arrow that is named."),
        "GRM220": Code("A date says more than its words and the article support", "warning",
                       "Give the date as precisely as the text does."),
        "GRM221": Code("A stance does not say how it is expressed", "warning",
                       "Choose stated, reported or implicit, then pull."),
        "GRM224": Code("Arrows join several holders and several targets to one stance", "warning",
                       "If that is not meant, mark the evidence once for each holder."),
        "GRM225": Code("Triggers overlap", "warning",
                       "Nothing, if both are meant; the longest counts in the tags."),
    },
    "the pair grid": {
        "KEY209": Code("The pairs of a grid are not those that were pushed", "error",
                       "Run `grid` again and pull."),
        "KEY210": Code("A grid answers a pair that nobody names any more", "warning",
                       "Nothing: the answer is left out."),
        "KEY211": Code("A grid answers a row that it does not have", "warning",
                       "Run `grid` again and pull."),
        "GRM222": Code("A submitted grid does not say that every row was read", "warning",
                       "Have the annotator confirm it in Label Studio, then pull."),
        "GRM223": Code("Rows of a submitted grid have no answer", "warning",
                       "Answer them in Label Studio, then pull."),
        "VOT101": Code("Check rows of a grid were answered wrongly", "warning",
                       "Talk with the annotator about the rows that are named."),
    },
    "reviews": {
        "VOT102": Code("A review was begun from another annotator's work", "warning",
                       "Begin it from one's own work."),
    },
    "adjudication and votes": {
        "VOT103": Code("An adjudication is not used, or one of several is", "warning",
                       "Leave one adjudication of the article."),
        "VOT104": Code("A version was changed after it was adjudicated", "warning",
                       "Adjudicate the article again."),
        "VOT105": Code("Annotators differ, and none of them has a majority", "warning",
                       "Run `adjudicate`, and settle them."),
    },
    "pages": {
        "SCH301": Code("A page could not be used", "warning",
                       "Mend or remove the file; the release is built without it."),
        "SCH302": Code("There is no page at all that could be used", "error",
                       "Put raw pages into seeds/."),
        "SCH304": Code("A page states a date after the release's own; the article counts as undated",
                       "warning", "Correct the date of the page's record, or leave it."),
    },
    "the Label Studio server": {
        "KEY301": Code("An article is on the server with another text that was worked on", "warning",
                       "Pull, push again, and settle the reviews."),
        "KEY302": Code("An article has several tasks on the server", "warning",
                       "Delete all but one of them in Label Studio."),
        "KEY303": Code("A task on the server was not pushed from here", "warning",
                       "Delete it in Label Studio, or push its article."),
        "SPN301": Code("A text was changed on the server", "warning",
                       "Push again; texts are changed by cleaning alone."),
        "SCH303": Code("The server has other labels than this project", "warning",
                       "Push, so that the server gets this project's labels."),
        "REL301": Code("The server did not let something be restored", "warning",
                       "Nothing, if the place that is named can be lost; it stays in the committed export."),
        "REL302": Code("The server holds other work than the committed export", "error",
                       "Pull first, and commit what it brings."),
    },
    "the version that is built": {
        "VER101": Code("No earlier release is at hand to compare with", "warning",
                       "Put the earlier release into releases/."),
        "VER102": Code("The version is raised too little for what changed", "error",
                       "Raise it in pyproject.toml, and in CHANGELOG.md. For published articles that"
                       " moved to another split no version is enough: restore the ledger."),
        "VER103": Code("Nothing changed since the earlier release", "warning",
                       "Leave the version as it is."),
    },
    "a release without the articles' text": {
        "REL106": Code("A document repeats words of an article", "warning",
                       "Say it with words of your own, or make sure that you may quote so much."),
    },
    "loading a release back": {
        "REL101": Code("A config does not load", "error",
                       "Run it with DATASET_BUILDER_DEBUG=1 and read what `datasets` says."),
        "REL102": Code("Configs or splits are not those of the manifest", "error",
                       "Build the release again."),
        "REL103": Code("A config loads with other features", "error",
                       "Build the release again."),
        "REL104": Code("A config loads with other rows", "error",
                       "Build the release again."),
        "REL105": Code("A config loads with another version", "error",
                       "Build the release again."),
    },
    "the baseline of known findings": {
        "REL401": Code("A known finding no longer occurs", "error",
                       "Run the same command with --update-baseline, and commit the shorter file."),
    },
}
# fmt: on
"""The codes by what they are about."""

CODES: dict[str, Code] = {
    code: entry for codes in SECTIONS.values() for code, entry in codes.items()
}

COMMITTED: tuple[str, ...] = tuple(
    code
    for section, codes in SECTIONS.items()
    if section
    not in (
        "the Label Studio server",
        "the version that is built",
        "loading a release back",
        "the baseline of known findings",
    )
    for code in codes
)
"""Codes that judging the committed inputs can give."""
