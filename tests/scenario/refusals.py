"""What every refused scenario must say: which field, what is allowed and what came."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cgs_core.errors import ScenarioError


def refused(make: Callable[[], object], field: str) -> ScenarioError:
    """The error of a call that must be refused for that field."""
    with pytest.raises(ScenarioError) as caught:
        make()
    error = caught.value
    assert error.field == field
    assert error.allowed
    assert str(error).startswith(f"{field}: {error.allowed}; got ")
    shown = str(error).removeprefix(f"{field}: {error.allowed}; got ")
    assert shown == repr(error.got) or (shown.endswith("...") and repr(error.got).startswith(shown[:-3]))
    assert "\n" not in str(error)
    return error
