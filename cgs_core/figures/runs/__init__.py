"""Figures of many runs: mechanisms, sweeps, a shelf; and what is tracked over the rounds."""
