"""What the project says of itself in several files agrees."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from cgs_core.version import __version__

RUN_TIME = ("app.py", "cgs_core", "cgs_ui", "pages")
DEVELOPMENT = ("tests", "tools", "benchmarks")
BEHIND_STREAMLIT = {"plotly"}  # st.plotly_chart imports it
OWN_ENVIRONMENT = {"flwr": ["flwr"]}  # not installed beside the app
CALLED_BY_NAME = {"pytest-xdist", "ruff", "mypy", "import-linter", "setuptools"}


def requirements(file: Path) -> dict[str, str]:
    """Package name to its version, of one requirements file; whatever is not an exact pin fails here."""
    lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    pins = {}
    for line in filter(None, lines):
        if re.fullmatch(r"-r requirements(-dask)?\.txt", line):
            continue
        match = re.fullmatch(r"([A-Za-z0-9_-]+)(?:\[[a-z,]+\])?==(\d+(?:\.\d+)*)(?:; .+)?", line)
        assert match, f"{file.name}: {line!r} is not an exact pin"
        pins[match[1]] = match[2]
    return pins


def packages_imported(root: Path, places: tuple[str, ...]) -> set[str]:
    """The packages, by their names in a registry, whose modules the Python files at these places import."""
    files = [
        file for place in places for file in ([root / place] if place.endswith(".py") else (root / place).rglob("*.py"))
    ]
    modules = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(str(node.module).partition(".")[0])
    here = {file.name.removesuffix(".py") for file in root.iterdir()}
    package_of = packages_distributions() | OWN_ENVIRONMENT
    return {package_of[module][0] for module in modules - sys.stdlib_module_names - here}


def run_time_requirements(root: Path) -> set[str]:
    """Of the app, and of the cluster and the federations that it can do without."""
    return {name for own in ("", "-dask", "-flower") for name in requirements(root / f"requirements{own}.txt")}


def test_requirements_are_exactly_what_the_app_imports(root: Path) -> None:
    assert packages_imported(root, RUN_TIME) | BEHIND_STREAMLIT == run_time_requirements(root)


def test_development_requirements_are_exactly_what_is_used_besides(root: Path) -> None:
    besides = packages_imported(root, DEVELOPMENT) - run_time_requirements(root)
    assert besides | CALLED_BY_NAME == set(requirements(root / "requirements-dev.txt"))


def ranges(root: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Of each extra ("" is the core itself) the packages, each from which version to below which."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for extra, lines in ({"": project["dependencies"]} | project["optional-dependencies"]).items():
        for line in lines:
            match = re.fullmatch(r"([A-Za-z0-9_-]+)(?:\[[a-z,]+\])?>=(\d+(?:\.\d+)*),<(\d+)", line)
            assert match, f"{line!r} is not a range to the next major version"
            found.setdefault(extra, {})[match[1]] = (match[2], match[3])
    return found


def test_the_package_needs_what_the_core_imports(root: Path) -> None:
    of_extras = ranges(root)
    optional = {name for extra, names in of_extras.items() if extra for name in names}
    assert packages_imported(root, ("cgs_core",)) - optional == set(of_extras[""])
    of_app = {name for extra in ("app", "torch", "") for name in of_extras[extra]}
    assert of_app == set(requirements(root / "requirements.txt"))


def test_the_versions_that_are_tested_lie_in_the_ranges(root: Path) -> None:
    pins = requirements(root / "requirements.txt") | requirements(root / "requirements-dask.txt")
    pins |= requirements(root / "requirements-dev.txt") | requirements(root / "requirements-flower.txt")
    for names in ranges(root).values():
        for name, (low, high) in names.items():
            if name in pins:
                assert numbers(low) <= numbers(pins[name]) < numbers(high), name


def test_flowers_environment_has_the_versions_of_the_app(root: Path) -> None:
    of_app, of_flower = requirements(root / "requirements.txt"), requirements(root / "requirements-flower.txt")
    assert of_flower == {"flwr": of_flower["flwr"]} | {name: of_app[name] for name in ranges(root)[""]}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_one_version_everywhere(root: Path) -> None:
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert pyproject["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "cgs_core.version.__version__"}
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [__version__]
