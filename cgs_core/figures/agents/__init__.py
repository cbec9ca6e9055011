"""Figures of one run's agents: what each brings, is worth, is paid and gets."""
