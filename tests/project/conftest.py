"""Where the project's own files are."""

from pathlib import Path

import pytest


@pytest.fixture
def root(pytestconfig: pytest.Config) -> Path:
    """The repository's root."""
    return pytestconfig.rootpath
