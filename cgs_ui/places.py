"""Where the scripts of the pages and the files for the browser lie."""

from functools import cache
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "pages"
PLAYGROUND = PAGES / "lab" / "playground.py"
TRADE_OFFS = PAGES / "lab" / "trade_offs.py"
SHELF = PAGES / "research" / "shelf.py"
CONTENT = PAGES.parent / "content"
ASSETS = Path(__file__).resolve().parent / "assets"


@cache
def asset(name: str) -> str:
    """The text of a file that goes to the browser, read once."""
    return (ASSETS / name).read_text(encoding="utf-8")


def style(*names: str) -> str:
    """Style sheets of ``assets`` as an element of a page."""
    return f"<style>{''.join(map(asset, names))}</style>"
