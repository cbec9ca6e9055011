"""The release, and the version of the numbers."""

__version__ = "0.1.0"

RESULT_VERSION = "4"
"""Raised when the same scenario gives other numbers than before; stored runs of an older one are run again."""
