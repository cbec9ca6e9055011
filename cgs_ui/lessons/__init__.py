"""A lesson on the page: its screens, the questions, the reveal, a class that takes it together."""
