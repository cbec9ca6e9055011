"""Where programs find ``compare`` that the app exported when this module was all of it."""

from cgs_core.studies.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
