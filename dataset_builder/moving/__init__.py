"""Carries annotations from the text they were made on to the text that the cleaner gives now."""
