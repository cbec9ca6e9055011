"""Start the app and say what happens: ``make run``, or ``python -m tools.start [PORT]``.

A second one says that the first is running, and where; a port that another program has is told and not replaced.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_PORT = 8501
_LOOK_SECONDS = 0.3


def answers(port: int) -> str:
    """What is on a port of this machine: "ready" or "starting" (this app), "other" (something else), or "nothing"."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/cgs/health", timeout=5) as answer:
            return "ready" if b'"status"' in answer.read() else "other"
    except urllib.error.HTTPError as error:
        return "starting" if error.code == 503 and b'"status"' in error.read() else "other"
    except (TimeoutError, ConnectionResetError):
        return "other"
    except urllib.error.URLError as error:
        return "nothing" if isinstance(error.reason, ConnectionRefusedError) else "other"
    except OSError:
        return "other"


def start(command: Sequence[str], port: int) -> int:
    """Run the app on a port until it ends; its exit status, 1 where the port is another program's."""
    address = f"http://localhost:{port}"
    found = answers(port)
    if found in ("ready", "starting"):
        print(f"The app is running already: {address}")
        return 0
    if found == "other":
        print(f"Another program has port {port}. Choose another one: make run PORT={port + 1}", file=sys.stderr)
        return 1
    print("Starting the app. Before the first page a run is trained: some seconds.", flush=True)
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            while process.poll() is None and found == "nothing":
                time.sleep(_LOOK_SECONDS)
                found = answers(port)
            if found != "nothing":
                print(f"The app is ready: {address} (Ctrl-C ends it)", flush=True)
            return process.wait()
        except KeyboardInterrupt:  # the app has heard it too
            return process.wait()


def main() -> None:
    """Start it on the port that the command line names."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PORT
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    sys.exit(start(command, port))


if __name__ == "__main__":
    main()
