"""Where the scripts of the pages and the files for the browser lie."""

from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "pages"
PLAYGROUND = PAGES / "lab" / "playground.py"
TRADE_OFFS = PAGES / "lab" / "trade_offs.py"
SHELF = PAGES / "research" / "shelf.py"
ASSETS = Path(__file__).resolve().parent / "assets"
