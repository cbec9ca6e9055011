"""Build the container and try it as a careful host runs it: ``make container-check``.

Read-only, without rights, as a user who is not root, with a folder of that user's as its store: it must become healthy,
train a visitor's run, draw a PDF with its Chromium, and leave nothing but the store. Needs Docker or Podman.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from cgs_core import Scenario
from tools.websocket_visitor import visitor

ROOT = Path(__file__).resolve().parents[1]
IMAGE, NAME = "cgs-check", "cgs-check"
SECONDS = 300
CAREFUL = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


def said(*command: str) -> str:
    """What a command writes; ``CalledProcessError`` where it fails."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def reports_its_health(engine: str) -> bool:
    """Whether the image has its health check, which Docker and Podman keep in two places."""
    (image,) = json.loads(said(engine, "image", "inspect", IMAGE))
    return any(
        key.lower() == "healthcheck" and value for part in (image, image["Config"]) for key, value in part.items()
    )


def wait_until_healthy(engine: str, url: str) -> None:
    """``RuntimeError`` with the log where it ends before, or does not become so."""
    give_up = time.monotonic() + SECONDS
    while said(engine, "inspect", "--format", "{{.State.Running}}", NAME) == "true" and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(f"{url}/cgs/health", timeout=5) as answer:
                print("healthy:", answer.read().decode())
                return
        except OSError:
            time.sleep(0.5)
    logs = subprocess.run([engine, "logs", NAME], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    raise RuntimeError(f"the container does not become healthy:\n{logs.stdout}")


async def visit(url: str) -> str:
    """Change something on the page; gives the digest of a chart of it."""
    wanted = Scenario(data_seed=1000)
    async with visitor(url, "playground") as one:
        first = await one.open()
        change = await one.change_to(wanted.to_link(), wanted.scenario_id)
    assert change.outcome == "done", change.outcome
    print(f"a run was trained and drawn: {change.done:.1f} s")
    return first.digests[0]


def draw_pdf(url: str, digest: str) -> None:
    """Ask for a chart as a PDF, as a page does."""
    order = json.dumps({"format": "pdf", "digest": digest}).encode()
    headers = {"Content-Type": "application/json", "Origin": url}
    asked = urllib.request.Request(f"{url}/cgs/export", order, headers)
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
        content = answer.read()
    assert content.startswith(b"%PDF"), content[:80]
    print(f"a PDF was drawn: {len(content):,} bytes")


def look_inside(engine: str, user: int) -> None:
    """Who runs it, what may be written, and what is not there."""
    inside = (engine, "exec", NAME)
    assert said(*inside, "id", "-u") == str(user) != "0"
    assert subprocess.run([*inside, "touch", "/app/file"], capture_output=True).returncode, "/app can be written"
    assert said(*inside, "grep", "CapEff", "/proc/1/status").split()[1] == "0" * 16
    for absent in ("gcc", "cc", "pip", "pip3", "curl"):
        found = subprocess.run([*inside, "sh", "-c", f"command -v {absent}"], capture_output=True, text=True)
        assert not found.stdout, f"{absent} is there: {found.stdout}"
    bill = json.loads(said(*inside, "cat", "/app/sbom.cdx.json"))
    names = {one["name"] for one in bill["components"]}
    assert {"streamlit", "numpy", "tini", "libc6"} <= names, sorted(names)
    print(f"user {user}, no rights, nothing to write to but the store; {len(names)} packages in its SBOM")
    states = said(*inside, "sh", "-c", "cat /proc/[0-9]*/stat").splitlines()
    assert not [line for line in states if ") Z " in line], "processes were left behind"


def try_image(engine: str, url: str, options: Sequence[str]) -> None:
    """Run it, look at it, end it."""
    with tempfile.TemporaryDirectory() as folder:
        user = os.getuid() or 12345
        os.chown(folder, user, user)
        run = [engine, "run", "--detach", "--name", NAME, "--user", f"{user}:{user}", *CAREFUL, *options]
        try:
            said(*run, "--volume", f"{folder}:/store", "--env", "CGS_WORKERS=1", "--env", "CGS_AHEAD=0", IMAGE)
            wait_until_healthy(engine, url)
            draw_pdf(url, asyncio.run(visit(url)))
            look_inside(engine, user)
            assert (Path(folder) / "runs.sqlite").stat().st_uid == user
        finally:
            subprocess.run([engine, "rm", "--force", NAME], stdout=subprocess.DEVNULL)


def main() -> None:
    """Build, say how large it is, try."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engine", default=next(filter(shutil.which, ("docker", "podman")), None))
    parser.add_argument("--port", type=int, default=8599)
    parser.add_argument("--build-option", action="append", default=[], help="for instance --build-option=--pull=never")
    parser.add_argument("--run-option", action="append", default=[], help="in place of publishing the port")
    asked = parser.parse_args()
    if asked.engine is None:
        sys.exit("Docker or Podman is needed.")
    health = ["--format=docker"] if Path(asked.engine).name == "podman" else []  # its own format knows no HEALTHCHECK
    subprocess.run([asked.engine, "build", "--tag", IMAGE, *health, *asked.build_option, "."], cwd=ROOT, check=True)
    assert reports_its_health(asked.engine), "the image has no health check"
    size = int(said(asked.engine, "image", "inspect", "--format", "{{.Size}}", IMAGE))
    print(f"the image has {size / 1e6:.0f} MB")
    options = asked.run_option or ["--publish", f"127.0.0.1:{asked.port}:8501"]
    try_image(asked.engine, f"http://localhost:{asked.port}", options)


if __name__ == "__main__":
    main()
