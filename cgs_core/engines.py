"""The two engines by name: NumPy's for the bundled nets, and torch's for torch modules and for these once more.

Neither is loaded here.
"""

from __future__ import annotations

import os
from importlib import metadata
from importlib.util import find_spec
from typing import Literal, get_args

EngineName = Literal["numpy", "torch"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)


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


def engine_in_words(engine: EngineName) -> str:
    """Such as "torch 2.13.0 on cpu"; NumPy's has no other name."""
    return torch_in_words() if engine == "torch" else "numpy"
