"""How far annotators agree, layer by layer, and where they do not.

ratings   what is counted on an article     measures  F1, share equal, alpha, bootstrap
align     which marks are the same thing    compare   the counts of every layer
differences   each unit, with every side    figures   `agreement`: all of it over articles
gates     annotations/agreement.yaml        words, report, text, plots, page   what is shown
released  the figures from a release alone
"""

from dataset_builder.agreement.figures import Agreement, AgreementRow, agreement, figure_names
from dataset_builder.agreement.gates import Gates, judge, load_gates
from dataset_builder.agreement.measures import krippendorff_alpha
from dataset_builder.agreement.report import agreement_markdown, as_json, as_text

__all__ = [
    "Agreement", "AgreementRow", "Gates", "agreement", "agreement_markdown", "as_json", "as_text",
    "figure_names", "judge", "krippendorff_alpha", "load_gates",
]  # fmt: skip
