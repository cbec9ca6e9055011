"""What the container is made of, read here; ``make container-check`` builds it and tries it, which takes minutes."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cgs_ui.frame.health import HEALTH_PATH
from tools.lock_requirements import HEADER, LEFT_OUT
from tools.make_sbom import debian_packages, document, python_packages


def pins(text: str) -> dict[str, Requirement]:
    """The requirements of a file, by name."""
    lines = re.sub(r"\s*\\\n\s*--hash=\S+", "", text).splitlines()
    found = [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]
    return {canonicalize_name(one.name): one for one in found}


@pytest.fixture
def locked(root: Path) -> dict[str, Requirement]:
    return pins((root / "requirements.lock").read_text(encoding="utf-8"))


def wanted_on_a_server(root: Path) -> dict[str, Requirement]:
    named = pins((root / "requirements.txt").read_text(encoding="utf-8"))
    return {name: one for name, one in named.items() if name != LEFT_OUT}


def test_the_lock_has_what_a_server_runs_on(root: Path, locked: dict[str, Requirement]) -> None:
    wanted = wanted_on_a_server(root)
    assert {name: str(one.specifier) for name, one in wanted.items()} == {
        name: str(locked[name].specifier) if name in locked else "not locked" for name in wanted
    }, "python -m tools.lock_requirements"


def test_the_lock_has_all_that_this_needs_with_hashes(root: Path, locked: dict[str, Requirement]) -> None:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert text.startswith(HEADER) and "://" not in text
    entries = re.split(r"\n(?=\S)", text.removeprefix(HEADER).strip())
    assert len(entries) == len(locked)
    assert all(re.search(r"==\S+.*\n    --hash=sha256:[0-9a-f]{64}", one) for one in entries)
    missing = set()
    for name in wanted_on_a_server(root):
        _look_for(name, {"performance"} if name == "streamlit" else set(), locked, missing, set())
    assert not missing


def _look_for(name: str, extras: set[str], locked: dict[str, Requirement], missing: set[str], seen: set[str]) -> None:
    """Follow what the installed packages say that they need."""
    if name in seen:
        return
    seen.add(name)
    for text in distribution(name).requires or ():
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            other = canonicalize_name(needed.name)
            if other not in locked or not needed.specifier.contains(str(locked[other].specifier).removeprefix("==")):
                missing.add(f"{name} needs {needed}")
            else:
                _look_for(other, set(needed.extras), locked, missing, seen)


def test_the_container_is_nobody_s_root_and_says_how_it_is(root: Path) -> None:
    steps = (root / "Dockerfile").read_text(encoding="utf-8")
    last = steps[steps.rindex("FROM ") :]
    assert re.search(r"^USER \d{4,}:\d{4,}$", last, re.M)
    assert f"127.0.0.1:8501{HEALTH_PATH}" in last and 'ENTRYPOINT ["tini"' in last
    assert "--require-hashes" in steps and "pip" not in last
    assert '"--server.address=0.0.0.0"' in last  # the app by itself listens to its own machine


def test_the_container_stands_on_bytes_that_do_not_move(root: Path) -> None:
    bases = re.findall(r"^FROM (\S+)(?: AS (\S+))?", (root / "Dockerfile").read_text(encoding="utf-8"), re.M)
    stages = {name for _, name in bases if name}
    fetched = [image for image, _ in bases if image not in stages]
    assert fetched and all(re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", image) for image in fetched)


def test_everything_that_the_app_imports_is_copied(root: Path) -> None:
    copied = set(re.findall(r"^COPY (\S+) \1$", (root / "Dockerfile").read_text(encoding="utf-8"), re.M))
    assert {"cgs_core", "cgs_ui", "content", "pages", ".streamlit"} <= copied
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").split()
    assert not copied.difference({".streamlit"}) & set(ignored) and "!.streamlit" in ignored
    assert "tools" in ignored and ignored.index("!tools/make_sbom.py") > ignored.index("tools")


def test_compose_runs_it_without_rights(root: Path) -> None:
    services = yaml.safe_load((root / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for one in services.values():
        assert one["read_only"] and one["cap_drop"] == ["ALL"] and one["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in services["cgs"]  # the proxy alone is reached from outside


def test_hosts_that_read_packages_txt_get_what_the_container_has(root: Path) -> None:
    packages = (root / "packages.txt").read_text(encoding="utf-8").split()
    (pictures,) = re.findall(r'^ARG PICTURES="(.+)"$', (root / "Dockerfile").read_text(encoding="utf-8"), re.M)
    assert packages == pictures.split()


def test_the_bill_of_materials_names_packages_of_both_kinds() -> None:
    listed = "tini\t0.19.0-1\tamd64\tii \nlibgone\t1\tamd64\trc \nlibstdc++6\t12.2\tamd64\tii \n"
    debian = debian_packages(listed)
    assert [one["purl"] for one in debian] == [
        "pkg:deb/debian/tini@0.19.0-1?arch=amd64",
        "pkg:deb/debian/libstdc%2B%2B6@12.2?arch=amd64",
    ]
    python = {one["name"]: one for one in python_packages()}
    assert python["streamlit"]["version"] == version("streamlit")
    made = json.loads(json.dumps(document([*debian, *python.values()])))
    references = [one["bom-ref"] for one in made["components"]]
    assert made["bomFormat"] == "CycloneDX" and len(references) == len(set(references))
