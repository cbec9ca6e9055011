"""What an exported file is called."""

from __future__ import annotations

import re

from cgs_core.errors import ExportError
from cgs_core.figures.style import Figure

FIGURE_FORMATS = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
}
"""What a figure can be exported as, with its media type."""


def file_name(figure: Figure, ending: str) -> str:
    """For instance "cgs-pay-1a2b3c4d5e6f.svg"; the menu of a chart adds the round. Letters, digits, - and _.

    Raises
    ------
    ExportError: no figure can be exported under that ending.
    """
    if ending not in FIGURE_FORMATS:
        raise ExportError("format", f"must be one of {', '.join(FIGURE_FORMATS)}", ending)
    return f"{re.sub('[^A-Za-z0-9_-]+', '-', figure['layout']['meta']['filename']).strip('-')[:120] or 'cgs'}.{ending}"
