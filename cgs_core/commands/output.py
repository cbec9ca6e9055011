"""What commands print and write: one JSON document, tables to read, tidy CSV."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cgs_core.places import check_writable


def add_output_options(command: argparse.ArgumentParser, files: str) -> None:
    """The options of a command whose files are wanted or not, and that may print JSON instead of words."""
    command.add_argument("--out", type=Path, metavar="FOLDER", help=f"where {files} go (made if need be)")
    command.add_argument("--json", action="store_true", help="print one JSON document, and nothing else, to read on")


def check_out(options: argparse.Namespace) -> None:
    """``OSError`` where ``--out`` cannot be written to: before anything is trained."""
    if options.out is not None:
        check_writable(options.out)


def json_text(content: object) -> str:
    """Indented JSON; infinity is "inf", as in a scenario file, and what is no number is null."""
    return json.dumps(_plain(content), indent=2, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(own) for name, own in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Aligned columns, numbers at the right; a fraction has three decimals, and None is "-"."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[place]) for row in (heads, *cells)) for place in range(len(heads))]
    is_text = [bool(rows) and isinstance(rows[0][place], str) for place in range(len(heads))]
    lines = [
        "  ".join(
            f"{cell:<{width}}" if left else f"{cell:>{width}}"
            for cell, width, left in zip(row, widths, is_text, strict=True)
        ).rstrip()
        for row in (list(heads), *cells)
    ]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
