"""The validator: rules by family, findings, reporters.

    read_release -> Release        tolerant: damage is kept beside what can be read
    RULES        -> Hit            one file per family
    judge        -> Report         findings with code, place, fix and cause
    as_text, as_json

A new rule is one entry in the `RULES` of its family's file, and a kind of defect in
`tests/mutations/kinds/`.
"""
