"""A server and five clients, each a process of its own on this machine, and their numbers beside ``cgs_core.run``.

Run it as ``python examples/flower/run.py [cgsv|fedavg]``, where ``flwr`` and ``cgs_core`` are installed. Everything
listens on this machine alone, the server speaks TLS with a certificate made for this run, and nothing is sent anywhere
else: no telemetry, no look for updates, no installing of packages.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from certificate import write_certificate
from scenario import SCENARIO

from cgs_core import run
from cgs_core.mechanisms import with_mechanism

APP, HOST = Path(__file__).resolve().parent, "127.0.0.1"
SECONDS = 600
TOLERANCE = 1e-6
FACTS = ("contribution", "importance", "reward_ratio", "download_bytes")


def main(mechanism: str = "cgsv") -> None:
    """Run, print, and fail where the numbers are not those of ``cgs_core.run``."""
    with tempfile.TemporaryDirectory() as folder:
        facts = federation(mechanism, Path(folder))
    print(table(facts))
    distance = furthest(facts, mechanism)
    print(f"Furthest from cgs_core.run, in {SCENARIO.n_rounds} rounds: {distance:.1e}")
    if not distance <= TOLERANCE:
        raise SystemExit(f"They must agree to {TOLERANCE:g}.")


def federation(mechanism: str, folder: Path) -> dict:
    """What the server writes down when all rounds are done."""
    port, *others = free_ports(1 + SCENARIO.n_agents)
    certificate, key = write_certificate(folder, HOST)
    result, log = folder / "result.json", folder / "log.txt"
    connection = f'[superlink.here]\naddress = "{HOST}:{port}"\nroot-certificates = "{certificate}"\n'
    (folder / "config.toml").write_text(connection, encoding="utf-8")
    server = ["flower-superlink", "--host", HOST, "--port", str(port), "--disable-runtime-dependency-installation"]
    server += ["--ssl-certfile", certificate, "--ssl-keyfile", key, "--ssl-ca-certfile", certificate]
    commands = [server]
    for agent, own in enumerate(others):
        client = ["flower-supernode", "--superlink", f"{HOST}:{port}", "--root-certificates", certificate]
        commands.append([*client, "--host", HOST, "--port", str(own), "--node-config", f"agent={agent}"])
    print(
        f"A server and {SCENARIO.n_agents} clients start; {SCENARIO.n_rounds} rounds take a minute or two.", flush=True
    )
    with log.open("wb") as file, running(commands, folder, file):
        wait_for(port)
        settings = f'mechanism="{mechanism}" result="{result}"'
        command = ["flwr", "run", str(APP), "here", "--stream", "--run-config", settings]
        subprocess.run(command, env=environment(folder), stdout=file, stderr=file, timeout=SECONDS)
    if not result.exists():
        raise SystemExit(log.read_text(encoding="utf-8", errors="replace") + "\nThe run failed: see above.")
    return json.loads(result.read_text(encoding="utf-8"))


@contextmanager
def running(commands: list[list[str]], folder: Path, log: object) -> Iterator[None]:
    """Programs that run while the block does, and whatever they start."""
    processes: list[subprocess.Popen] = []
    try:
        for command in commands:
            options = {"env": environment(folder), "stdout": log, "stderr": log, "start_new_session": True}
            processes.append(subprocess.Popen(command, **options))
        yield
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def environment(folder: Path) -> dict[str, str]:
    """Of the processes: what they keep is in ``folder``; they find the programs and packages of this Python."""
    own = {
        "FLWR_HOME": str(folder),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION": "1",
        "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.1",
        "OMP_NUM_THREADS": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    return os.environ | own


def free_ports(n_ports: int) -> list[int]:
    """Ports of this machine that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(n_ports)]
        return [own.getsockname()[1] for own in sockets]


def wait_for(port: int) -> None:
    """Until somebody listens there, or the minute is over: then what comes next says so."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            return socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)


def furthest(facts: dict, mechanism: str) -> float:
    """How far any agent's worth, importance, pay or bytes in any round is from that of ``cgs_core.run``."""
    distance = 0.0
    trace = run(with_mechanism(SCENARIO, mechanism))
    for played, expected in zip(facts["rounds"], trace.rounds, strict=True):
        agents = np.array(played["agent"], int)  # which agent has which place
        for name in FACTS:
            own = np.array(played[name.replace("_", "-")])
            distance = max(distance, float(np.abs(own - getattr(expected, name)[agents]).max()))
    return distance


def table(facts: dict) -> str:
    """What each agent was worth, its importance and pay in the last round, and how good its model is at the end."""
    last, end = facts["rounds"][-1], facts["evaluation"]
    accuracy = dict(zip(end["agent"], end["accuracy"], strict=True))
    lines = ["agent  is worth  importance  is paid  bytes  is right"]
    for place in np.argsort(last["agent"]):
        agent = last["agent"][place]
        numbers = [last[name.replace("_", "-")][place] for name in FACTS]
        lines.append("{:5.0f}  {:8.3f}  {:10.3f}  {:7.3f}  {:5}  {:8.3f}".format(agent, *numbers, accuracy[agent]))
    return "\n".join(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
