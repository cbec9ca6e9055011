"""Put ``deploy/Caddyfile`` in front of the app and visit it as a class does, by https: ``python -m tools.try_proxy``.

Needs Caddy and a Chromium. Its certificate is of Caddy's own authority, which nothing on this machine is told to trust.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.find_browser import find_browser
from tools.running_app import ROOT, running_app

PASSWORD = "a few words"
SECONDS = 300


@contextmanager
def proxied(caddy: str, app: str, folder: Path, ports: tuple[int, int]) -> Iterator[None]:
    """Caddy by the project's own file, but for the ports (http, https), and trusted by nobody else."""
    host = f"localhost:{ports[1]}"
    places = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    variables = os.environ | places | {"CGS_HOST": host, "CGS_UPSTREAM": app.removeprefix("http://")}
    file = ["--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
    subprocess.run([caddy, "validate", *file], env=variables, check=True, capture_output=True)
    made = json.loads(subprocess.run([caddy, "adapt", *file], env=variables, check=True, capture_output=True).stdout)
    made["apps"]["http"]["http_port"] = ports[0]
    made["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    (folder / "caddy.json").write_text(json.dumps(made), encoding="utf-8")
    command = [caddy, "run", "--config", str(folder / "caddy.json")]
    with (folder / "caddy.log").open("w") as log, subprocess.Popen(command, env=variables, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()


def address(port: int) -> str:
    """Of the proxy, as a browser writes it."""
    return "https://localhost" + (f":{port}" if port != 443 else "")


def answer(port: int, path: str, is_secure: bool = True) -> tuple[int, dict[str, str]]:
    """Status and headers (names in small letters); waits until somebody answers."""
    give_up = time.monotonic() + SECONDS
    while True:
        connection = http.client.HTTPConnection("localhost", port, timeout=SECONDS)
        if is_secure:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("localhost", port, timeout=SECONDS, context=context)
        try:
            connection.request("GET", path)
            came = connection.getresponse()
            return came.status, {name.lower(): value for name, value in came.getheaders()}
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
        finally:
            connection.close()


def look_at_headers(ports: tuple[int, int]) -> None:
    """What the answers say, the app's and the proxy's."""
    status, headers = answer(ports[1], "/cgs/health")
    assert status == 200 and headers["strict-transport-security"], headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"], headers
    status, headers = answer(ports[1], "/playground?embed=true")
    assert "frame-ancestors" not in headers["content-security-policy"], headers
    assert answer(ports[1], "/cgs/metrics")[0] == 404, "the metrics are this machine's own"
    status, headers = answer(ports[0], "/playground", is_secure=False)
    assert (status, headers["location"]) == (308, f"{address(ports[1])}/playground"), (status, headers)
    print("headers: the app's policy, https from now on, http leads to https, no metrics")


def visit(port: int) -> None:
    """Type the password, see a run drawn over a websocket, and look at the cookies."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        page = browser.new_context(ignore_https_errors=True).new_page()
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto(f"{address(port)}/playground?n_rounds=7", timeout=SECONDS * 1000)
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("svg.main-svg").first.wait_for(timeout=SECONDS * 1000)
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        browser.close()
    host = address(port).removeprefix("https")
    assert sockets and all(url.startswith(f"wss{host}/") for url in sockets), sockets
    assert {"cgs_visitor", "cgs_class"} <= set(cookies), sorted(cookies)
    assert all(cookie["secure"] for cookie in cookies.values()), cookies
    assert cookies["cgs_visitor"]["httpOnly"] and cookies["cgs_class"]["httpOnly"], cookies
    print(f"a visit: the password, a picture by a secure websocket, secure cookies ({', '.join(sorted(cookies))})")


def main() -> None:
    """Start both, look, end both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--caddy", default=shutil.which("caddy"), help="the program; else the one on the path")
    parser.add_argument("--ports", type=int, nargs=2, default=(8598, 8599), help="for http and for https")
    asked = parser.parse_args()
    if asked.caddy is None:
        sys.exit("Caddy is needed.")
    with tempfile.TemporaryDirectory() as name:
        folder, ports = Path(name), (asked.ports[0], asked.ports[1])
        with (
            running_app(folder, {"CGS_WORKERS": "1", "CGS_CLASS_PASSWORD": PASSWORD}) as (app, _),
            proxied(asked.caddy, app, folder, ports),
        ):
            look_at_headers(ports)
            visit(ports[1])


if __name__ == "__main__":
    main()
