"""Where programs find ``OwnData`` that the app exported when this module was all of it."""

from cgs_core.scenario.own_data import OwnData

__all__ = ["OwnData"]
