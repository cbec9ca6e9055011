"""No file tells on which machine, or from which registry, it was made."""

import re
import subprocess
from pathlib import Path

import pytest

MACHINE_PATH = re.compile(r"(?<![\w.)-])/(?:root|work|home|Users)/\w")
REGISTRY_HOST = re.compile(r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|download[.]pytorch[.]org|deb[.]debian[.]org")


def project_files(root: Path) -> list[Path]:
    """Every file that is committed or would be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    return [root / name for name in names if name and (root / name).is_file()]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["machine path", "registry host"])
def test_no_file_names_this_machine_or_a_registry(root: Path, pattern: re.Pattern[str]) -> None:
    found, n_texts = [], 0
    for file in project_files(root):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        n_texts += 1
        found += [f"{file.relative_to(root)}: {match.group()}" for match in pattern.finditer(text)]
    assert n_texts > 50
    assert not found


@pytest.mark.parametrize("text", ["see /" + "root/x", "'/" + "home/me'", "=/" + "work/main"])
def test_machine_paths_are_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text)
