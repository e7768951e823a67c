"""Stories: articles that report the same happening in other words.

A happening is something at one time and place (Allan, "Introduction to topic detection and tracking",
2002); two meetings of the same people about the same war are two.

    terms     what a report says, as terms that are the same in every inflection
    frames    when and where its happening takes place, as far as its lead says
    index     terms on disk: how alike two reports are, and which pairs are worth a look
    clusters  reports grow into stories
    edges     the pairs found, and what they connect
    find      all of it, for any number of reports
    explain   why two reports are, or are not, one story

Only title, text, language and stated date count, so annotating an article never moves it. Nothing
depends on the order of the articles. Scores do depend on which articles there are, because a term
that all have tells none apart: what must not change as a corpus grows is held by the ledger.
"""

from dataset_builder.grouping.stories.explain import Resemblance, resemblance
from dataset_builder.grouping.stories.find import COLUMNS, find_stories, story_table
from dataset_builder.grouping.stories.reports import Given, Report

__all__ = [
    "COLUMNS",
    "Given",
    "Report",
    "Resemblance",
    "find_stories",
    "resemblance",
    "story_table",
]
