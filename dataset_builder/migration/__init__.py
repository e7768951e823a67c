"""Declared changes of the labels, and how work made under an earlier scheme reads today."""
