"""The server's process shows every page and trains nothing: it never loads the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
from cgs_ui.background import job_runner
from cgs_ui.playground.views import VIEWS
from tests.app.pages import home, playground, settle

try:
    home()
    page = settle(playground())
    for view in VIEWS:
        page.session_state["tab"] = view
        settle(page.run())
        assert not page.exception
finally:
    job_runner().close()
heavy = {"torch", "sklearn", "scipy", "cgs_core.federation.experiment", "cgs_core.federation"} & set(sys.modules)
sys.exit(f"loaded: {sorted(heavy)}" if heavy else 0)
"""


def test_the_server_process_loads_no_engine(tmp_path: Path, pytestconfig):
    environment = os.environ | {"CGS_STORE": str(tmp_path / "runs.sqlite"), "CGS_WORKERS": "1"}
    command = [sys.executable, "-c", SCRIPT]
    ended = subprocess.run(
        command, cwd=pytestconfig.rootpath, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
