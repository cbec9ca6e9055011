"""What an image is made of, as CycloneDX JSON on the standard output: Debian's packages and Python's.

Run inside the image by the Dockerfile, with nothing but the standard library: ``python3 make_sbom.py``.
"""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import Distribution, distributions
from typing import Any
from urllib.parse import quote

_LAST = "License :: "


def python_packages() -> list[dict[str, Any]]:
    """The distributions that this interpreter can import, by name."""
    found = {}
    for one in distributions():
        name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
        found[name] = _component(name, one.version, f"pkg:pypi/{quote(name)}@{quote(one.version)}", _licence(one))
    return [found[name] for name in sorted(found)]


def debian_packages(listed: str) -> list[dict[str, Any]]:
    """Of ``dpkg-query --show`` with a name, a version, an architecture and a state a line: those that are installed."""
    components = []
    for line in listed.splitlines():
        name, version, architecture, state = line.split("\t")
        if state.startswith("ii"):
            address = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}"
            components.append(_component(name, version, address, None))
    return components


def _licence(one: Distribution) -> str | None:
    """As the package names it: an expression, or the last part of its classifiers."""
    if expressions := one.metadata.get_all("License-Expression", []):
        return str(expressions[0])
    named = [text for text in one.metadata.get_all("Classifier", []) if text.startswith(_LAST)]
    return " AND ".join(text.rpartition(" :: ")[2] for text in named) or None


def _component(name: str, version: str, address: str, licence: str | None) -> dict[str, Any]:
    made = {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}
    return made | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def document(components: list[dict[str, Any]]) -> dict[str, Any]:
    """The document around the components; the same every time."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}


def main() -> None:
    """Write the document."""
    shown = "--showformat=${Package}\t${Version}\t${Architecture}\t${db:Status-Abbrev}\n"
    listed = subprocess.run(["dpkg-query", "--show", shown], capture_output=True, text=True, check=True).stdout
    print(json.dumps(document([*debian_packages(listed), *python_packages()]), indent=1))


if __name__ == "__main__":
    main()
