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


CODES: dict[str, Code] = {
    # Exports, as files.
    "SCH101": Code("A line of an export is not whole or not JSON", "error"),
    "SCH103": Code("A file is no export of this project", "error"),
    "SCH104": Code("An export was written in another format", "error"),
    "SCH105": Code("A line of an export has the wrong shape", "error"),
    "KEY102": Code("A task is in the exports twice", "error"),
    "SPN103": Code("The text of a task is not the one its checksum is of", "error"),
    # The ledger.
    "SPL101": Code("A line of the ledger is damaged", "error"),
    "SPL102": Code("The ledger moves a published article to another split", "error"),
    "SPL103": Code("The ledger has an alias of two articles", "error"),
    "SPL104": Code("A published article has no page any more", "warning"),
    # Annotations.
    "SCH201": Code("An entry of an annotation has not the shape of Label Studio's", "error"),
    "SCH202": Code("A span carries a label that the ontology does not have", "error"),
    "SCH203": Code("An entry comes from a control that the label config does not have", "error"),
    "SCH204": Code("A field holds a value that it cannot have", "error"),
    "SCH205": Code("Text entered by an annotator holds an e-mail address; it is masked", "warning"),
    "SCH206": Code("A TIMEX3 value cannot be read", "warning"),
    "SCH207": Code("A label was split, and nobody has chosen yet", "warning"),
    "SCH208": Code("A label was retired; what carries it makes no row", "warning"),
    "SPN201": Code("A span lies outside the text", "error"),
    "SPN202": Code("The words of a span are not those at its place in the text", "error"),
    "SPN203": Code("An article was annotated on another text; the work was moved", "warning"),
    "SPN204": Code("Something could not be moved exactly to the present text", "warning"),
    "SPN205": Code("The present text has passages that an annotator did not see", "warning"),
    "KEY201": Code("An arrow leads from or to a span that does not exist", "error"),
    "KEY202": Code("An annotator is not in annotators.yaml", "error"),
    "KEY203": Code("An actor or issue id is not in the registry", "error"),
    "KEY204": Code("A mention could not be resolved to an actor or issue", "warning"),
    "KEY205": Code("There are annotations for an article that is not there", "warning"),
    "KEY206": Code("An article was completed only by annotators that `primary` lacks", "warning"),
    "KEY207": Code("A field of a span belongs to no span", "warning"),
    "KEY208": Code("Two entries use one id for different things", "error"),
    "GRM201": Code("A span carries several labels", "error"),
    "GRM202": Code("An arrow between such spans means nothing", "warning"),
    "GRM203": Code("An arrow that needs a direction points both ways", "error"),
    "GRM204": Code("Two arrows join the same spans in opposite directions", "error"),
    "GRM205": Code("A same-event arrow joins triggers of different types", "warning"),
    "GRM206": Code("An actor, issue, location or date takes part in no arrow", "warning"),
    "GRM207": Code("A stance has no target", "warning"),
    "GRM208": Code("A trigger has no participant", "warning"),
    "GRM209": Code("A trigger lacks a role that its type requires", "warning"),
    "GRM210": Code("A stance has several holders and several targets", "warning"),
    "GRM211": Code("A mode does not belong to the type of its trigger", "warning"),
    "GRM212": Code("A field does not belong to the label of its span", "warning"),
    "GRM213": Code(
        "A submitted annotation does not say whether the article is relevant", "warning"
    ),
    "GRM214": Code("An article judged irrelevant or broken has spans", "warning"),
    "GRM215": Code("An article judged relevant has neither event nor stance", "warning"),
    "GRM216": Code("A stance has its holder as target", "warning"),
    "GRM217": Code("The same words are marked twice with the same label", "warning"),
    "GRM218": Code("One actor is both ACTOR and RECIPIENT of a trigger", "warning"),
    "GRM219": Code("A stance is left out because one of its arrows cannot be read", "warning"),
    "GRM220": Code("A date says more than its words and the article support", "warning"),
    "GRM221": Code("A stance does not say how it is expressed", "warning"),
    # The pair grid.
    "KEY209": Code("The pairs of a grid are not those that were pushed", "error"),
    "KEY210": Code("A grid answers a pair that nobody names any more", "warning"),
    "KEY211": Code("A grid answers a row that it does not have", "warning"),
    "GRM222": Code("A submitted grid does not say that every row was read", "warning"),
    "GRM223": Code("Rows of a submitted grid have no answer", "warning"),
    "VOT101": Code("Check rows of a grid were answered wrongly", "warning"),
    # Reviews.
    "VOT102": Code("A review was begun from another annotator's work", "warning"),
    # Adjudication and votes.
    "VOT103": Code("An adjudication is not used, or one of several is", "warning"),
    "VOT104": Code("A version was changed after it was adjudicated", "warning"),
    "VOT105": Code("Annotators differ, and none of them has a majority", "warning"),
    # Pages.
    "SCH301": Code("A page could not be used", "warning"),
    # The Label Studio server.
    "KEY301": Code("An article is on the server with another text that was worked on", "warning"),
    "KEY302": Code("An article has several tasks on the server", "warning"),
    "KEY303": Code("A task on the server was not pushed from here", "warning"),
    "SPN301": Code("A text was changed on the server", "warning"),
    "SCH303": Code("The server has other labels than this project", "warning"),
    "REL301": Code("The server did not let something be restored", "warning"),
    "REL302": Code("The server holds other work than the committed export", "error"),
    # Loading a release back.
    "REL101": Code("A config does not load", "error"),
    "REL102": Code("Configs or splits are not those of the manifest", "error"),
    "REL103": Code("A config loads with other features", "error"),
    "REL104": Code("A config loads with other rows", "error"),
    "REL105": Code("A config loads with another version", "error"),
}
