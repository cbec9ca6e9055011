"""Flower's federations: a strategy for its server, and an app for its clients (docs/how-to/flower.md).

Needs ``flwr`` (the extra ``flower``), which nothing else of the package loads.
"""

from importlib.util import find_spec

if find_spec("flwr") is None:
    raise ImportError("cgs_core.flower needs Flower, in an environment without the app: docs/how-to/flower.md says how")

from cgs_core.flower.client import client_app
from cgs_core.flower.strategy import CgsvStrategy

__all__ = ["CgsvStrategy", "client_app"]
