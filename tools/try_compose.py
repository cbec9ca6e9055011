"""Bring ``deploy/compose.yaml`` up as a host does, visit it by https, and see that its store outlives it.

``make compose-check``. Needs Docker's compose or podman-compose, ports 80 and 443, and a Chromium. The name is
localhost, for which Caddy makes a certificate of its own authority, which nothing on this machine is told to trust.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

from tools.running_app import ROOT
from tools.try_proxy import PASSWORD, SECONDS, answer, look_at_headers, visit

PROJECT = "cgs-check"  # its containers and volumes are its own
PORTS = (80, 443)


class Composed:
    """The containers of the compose file, by the command that a host gives."""

    def __init__(self, command: list[str]) -> None:
        self._command = [*command, "--project-name", PROJECT, "--file", str(ROOT / "deploy" / "compose.yaml")]
        self._variables = os.environ | {"CGS_HOST": "localhost", "CGS_CLASS_PASSWORD": PASSWORD, "CGS_WORKERS": "1"}

    def __call__(self, *arguments: str) -> str:
        """What the command writes; ``CalledProcessError`` where it fails."""
        command = [*self._command, *arguments]
        return subprocess.run(command, env=self._variables, stdout=subprocess.PIPE, text=True, check=True).stdout

    def up(self, *options: str) -> None:
        """Both containers, until the proxy answers for the app."""
        self("up", "--detach", *options)
        wait_until_ready()

    def done_runs(self) -> set[str]:
        """Ids of the runs in its store that are done."""
        listed = self("exec", "-T", "cgs", "python3", "-m", "cgs_core", "store", "list")
        return set(re.findall(r"^(\S+) +done ", listed, re.M))


def wait_until_ready() -> None:
    """``TimeoutError`` where the app does not become so behind the proxy, which answers 502 until then."""
    give_up = time.monotonic() + SECONDS
    while (status := answer(PORTS[1], "/cgs/health")[0]) != 200:
        if time.monotonic() > give_up:
            raise TimeoutError(f"/cgs/health has status {status} after {SECONDS} s")
        time.sleep(0.5)


def main() -> None:
    """Up, a visit, one container anew, down and up again; everything of it is removed at the end."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = "docker compose" if shutil.which("docker") else "podman-compose"
    parser.add_argument(
        "--command", default=default, help='for instance "podman-compose --podman-build-args=--format=docker"'
    )
    composed = Composed(shlex.split(parser.parse_args().command))
    try:
        composed.up("--build")
        look_at_headers(PORTS)
        visit(PORTS[1])
        before = composed.done_runs()
        composed("restart", "cgs")
        wait_until_ready()
        visit(PORTS[1])
        composed("down")
        composed.up()
        assert before and before <= composed.done_runs(), "runs were lost"
        print(f"{len(before)} runs are there after the app's container was started anew, and after down and up")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{shlex.join(error.cmd)} ended with status {error.returncode}")
    finally:
        composed("down", "--volumes")


if __name__ == "__main__":
    main()
