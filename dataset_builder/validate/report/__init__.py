"""How a report is written down, one module a format.

    text     for a person            github   workflow commands, and the step's summary
    json     for a program           junit    for the test tab of a CI server
    sarif    for code scanning       outputs  which format goes where

All of them show the same findings, grouped by rule, with exact counts. Whatever comes from the data
is printable in every one of them, and no line of theirs is a command to a CI server unless this
package wrote it.
"""

from __future__ import annotations

from dataset_builder.validate.report.machine import as_json
from dataset_builder.validate.report.text import as_text, findings_as_text

__all__ = ["as_json", "as_text", "findings_as_text"]
