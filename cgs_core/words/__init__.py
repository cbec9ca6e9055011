"""The sentences, and the numbers as people read them, that need no page."""
