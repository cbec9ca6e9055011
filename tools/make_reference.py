"""Write docs/reference.md, of the public names, from their docstrings: ``python -m tools.make_reference``.

griffe reads the sources, nothing is imported or run; griffe2md makes the Markdown.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import griffe
from griffe2md import ConfigDict, render_object_docs

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "reference.md"
TITLE = """\
# Reference

The public names, for programs and notebooks ([how to use them](how-to/notebook.md)). What they compute is in
[Method](method.md), and the fields of a scenario and of an agent are in [Links and files](how-to/links-and-files.md).
This page is made from the docstrings: `make reference`.
"""
PUBLIC: dict[str, dict[str, tuple[str, ...]]] = {  # module -> what it offers; of a class also which of its members
    "cgs_core": {
        "Agent": (),
        "Scenario": ("replace", "scenario_id", "to_json", "from_json", "to_link", "from_link"),
        "run": (),
        "iterate": (),
        "Trace": (
            "n_rounds",
            "is_complete",
            "stack",
            "gram",
            "contribution_approx",
            "contribution_exact",
            "summary",
            "to_frame",
            "to_csv",
            "to_npz",
            "save",
            "load",
        ),
        "RoundRecord": (),
        "sweep": (),
        "compare": (),
        "OwnData": (),
        "with_arrays": (),
        "with_file": (),
        "presets": (),
    },
    "cgs_core.contribution": dict.fromkeys(
        ("gram_of", "cgsv_exact", "cgsv_approx", "cgsv_sampled", "coalition_values", "shapley_values"), ()
    ),
    "cgs_core.reward": dict.fromkeys(("update_importance", "reward_ratio"), ()),
    "cgs_core.federation": {
        "sparsify": (),
        "Server": (
            "round",
            "join",
            "leave",
            "importance",
            "is_active",
            "server_model",
            "state",
            "from_state",
            "save",
            "load",
        ),
        "ServerRound": (),
        "Exchange": (),
        "LogWriter": ("add", "log", "save"),
        "read_log": (),
    },
    "cgs_core.scenario": dict.fromkeys(("Choice", "register"), ()),  # for plug-ins, with the rows of each kind
    "cgs_core.mechanisms": dict.fromkeys(("Round", "Valuation", "RewardRule", "Reward", "ImportanceRule"), ()),
    "cgs_core.data.partition": {"Partition": ()},
    "cgs_core.federation.conducts": {"ConductRow": (), "Known": ()},
    "cgs_core.federation.models": {"ModelRow": ()},
    "cgs_core.records.federation_log": {"FederationLog": ("is_paid", "log_id", "contribution_exact", "to_npz")},
    "cgs_core.studies.logged": dict.fromkeys(
        ("replay", "as_logged", "differences", "Difference", "valuations_of", "default_rules"), ()
    ),
    "cgs_core.studies.sweeps": {  # what sweep gives
        "SweepRows": ("table", "to_frame"),
        "SweepTable": ("is_complete", "measure", "mean", "final", "to_frame", "to_csv"),
    },
    "cgs_core.studies.comparison": {  # what compare gives
        "Comparison": ("n_seeds", "ranks", "to_frame", "to_csv", "to_text", "to_json"),
    },
}
_CONFIG: ConfigDict = {
    "docstring_style": "numpy",
    "heading_level": 3,
    "show_root_full_path": False,
    "show_root_members_full_path": False,
    "show_object_full_path": False,
    "show_bases": False,
    "show_submodules": False,
    "summary": False,
    "members_order": "source",
    "line_length": 1_000,  # so that the text does not depend on whether black is installed
}
_CALLED = ("Scenario", "Agent", "OwnData", "Server", "LogWriter", "Trace")  # classes that programs make objects of
_ITEM_SECTIONS = ("Parameters", "Attributes", "Raises")
_PROSE_SECTIONS = ("Returns", "Yields")
_SECTION = re.compile(r"^(\w+)\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\[\]]+)\]\(#[\w.]+\)")


class HouseStyle(griffe.Extension):
    """Sections of the house's docstrings as numpydoc has them: ``name: words`` in two lines, results without a type."""

    def on_object(self, *, obj: griffe.Object, **others: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = _SECTION.sub(_as_numpydoc, obj.docstring.value)


def _as_numpydoc(section: re.Match[str]) -> str:
    name, body = section.groups()
    if name in _ITEM_SECTIONS:
        body = re.sub(r"^([\w, ]+): (?=\S)", r"\1\n    ", body, flags=re.MULTILINE)
    elif name in _PROSE_SECTIONS:
        body = ":\n" + re.sub(r"^(?=.)", "    ", body, flags=re.MULTILINE)
    return f"{name}\n{'-' * len(name)}\n{body}"


def reference() -> str:
    """The text of docs/reference.md."""
    loader = griffe.GriffeLoader(
        extensions=griffe.load_extensions(HouseStyle),
        search_paths=[ROOT],
        docstring_parser=griffe.Parser.numpy,
        allow_inspection=False,
    )
    loader.load("cgs_core")
    loader.resolve_aliases()
    pages = [TITLE]
    for module, names in PUBLIC.items():
        pages.append(f"## `from {module} import ...`\n")
        for name, members in names.items():
            found = loader.modules_collection[f"{module}.{name}"]
            inside = found.final_target if found.is_alias else found
            text = render_object_docs(inside, _CONFIG | _members(name, members))
            pages.append(_LINK.sub(_within_page, text).strip() + "\n")
    return _formatted(re.sub(r" +$|\n(?=\n\n)", "", "\n".join(pages), flags=re.MULTILINE))


def _formatted(text: str) -> str:
    """As ``make check`` wants the code in a document."""
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", str(FILE), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def _members(name: str, members: Sequence[str]) -> ConfigDict:
    """Which members of a class are shown, and whether its call is: a record is not made by hand."""
    return {
        "members": list(members) or False,
        "inherited_members": bool(members),
        "merge_init_into_class": name in _CALLED,
    }


def _within_page(link: re.Match[str]) -> str:
    """A type's name: a link where this page has a heading of that name, which is in small letters there."""
    name = link[1]
    return f"[{name}](#{name.lower()})" if any(name in names for names in PUBLIC.values()) else name


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)} is written.")
