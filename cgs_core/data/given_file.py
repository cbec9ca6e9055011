"""Where programs find ``with_file`` that the app exported when this module was all of it."""

from cgs_core.data.own.given import with_file

__all__ = ["with_file"]
