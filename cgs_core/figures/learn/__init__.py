"""Figures that explain the method."""
