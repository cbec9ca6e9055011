"""Runs in the background, followed by a page: one run, or the many of a question."""
