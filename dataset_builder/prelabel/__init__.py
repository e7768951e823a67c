"""Suggestions for articles that nobody has annotated yet, so that people correct instead of
starting from nothing: by rules and cues, or by a model trained on an earlier release.

Suggestions go to Label Studio as predictions (`studio.predictions`), never into annotations.
"""
