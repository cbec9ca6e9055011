"""Figures of one coalition game."""
