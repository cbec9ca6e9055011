"""These tests need Flower, which has an environment of its own: ``make flower``."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("flwr") else ["test_*.py"]
