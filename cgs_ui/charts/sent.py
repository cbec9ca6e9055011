"""The figures that this server has sent to browsers, each by its digest: the menu "Save" makes files of them.

So a browser names a figure and sends none, and what a stranger would call a figure is never read.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cgs_core.figures.style import Figure
from cgs_ui.charts.packed import as_json, compressed

MOST_BYTES = 64_000_000
"""Of all figures that are kept, compressed: 1 to 100 kB each, so that a class finds all that it has on screen."""


@dataclass(frozen=True)
class SentFigure:
    """A figure and what its frames are called, as they were sent."""

    content: bytes  # compressed JSON
    picture: str  # digest of what a browser draws of it: of figures that differ in their file's name alone the same

    def read(self) -> tuple[Figure, list[str] | None]:
        """The figure, and its frames' names where they are not rounds."""
        figure, labels = json.loads(zlib.decompress(self.content))
        return figure, labels


class SentFigures:
    """Equal ones once, up to a size; the least recently sent make room. All methods may be called from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, SentFigure] = OrderedDict()
        self._n_bytes = 0

    def remember(self, figure: Figure, labels: Sequence[str] | None = None) -> str:
        """Keep a figure that is being sent, and the names of its frames; gives the digest (SHA-256) of both."""
        return self.packed(figure, labels)[0]

    def packed(self, figure: Figure, labels: Sequence[str] | None = None) -> tuple[str, SentFigure]:
        """The same, and what is to be sent: of a figure that was sent before nothing is compressed anew."""
        content = as_json([figure, labels])
        digest = sha256(content).hexdigest()
        sent = self.find(digest) or SentFigure(compressed(content), _picture(figure, content))
        with self._lock:
            if digest not in self._kept:
                self._kept[digest] = sent
                self._n_bytes += len(sent.content)
            self._kept.move_to_end(digest)
            while self._n_bytes > self._most_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._n_bytes -= len(oldest.content)
        return digest, sent

    def find(self, digest: str) -> SentFigure | None:
        """What was sent; None of what never was, or has made room."""
        with self._lock:
            return self._kept.get(digest)


def _picture(figure: Figure, content: bytes) -> str:
    name = figure["layout"].get("meta", {}).get("filename", "")
    return sha256(content.replace(as_json({"filename": name})[1:-1], b"", 1)).hexdigest()


SENT = SentFigures()
"""Those of this server process."""
