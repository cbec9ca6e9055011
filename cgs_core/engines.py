"""The two engines by name: NumPy's for the bundled nets, and torch's for torch modules. Neither is loaded here."""

from __future__ import annotations

import os
from importlib import metadata
from importlib.util import find_spec


def has_torch() -> bool:
    """Whether torch is installed."""
    return find_spec("torch") is not None


def torch_device() -> str:
    """What ``CGS_DEVICE`` says, "cpu" where it says nothing; torch says whether there is such a device."""
    return os.environ.get("CGS_DEVICE", "cpu")


def torch_versions() -> tuple[str, ...]:
    """What decides the last digits of torch's numbers: its version, and the device if that is not the processor."""
    device = torch_device()
    return (f"torch=={metadata.version('torch')}", *(() if device == "cpu" else (f"CGS_DEVICE=={device}",)))


def torch_in_words() -> str:
    """Such as "torch 2.13.0 on cpu"."""
    return f"torch {metadata.version('torch')} on {torch_device()}"
