"""Browser contexts that one test after the other gets, as clean as new ones: what pages load is compiled once.

A page's scripts are several megabytes. A context of its own loads and compiles them for every test, which was a third
of the processor time of a page; in one process they are there. Cookies and whatever else a page can store are removed
between two tests; pages, with their listeners, routes and scripts, are never used again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.server import Server

ONE_PROCESS = "--process-per-site"  # a context's pages of one site live in one process
_MOST_IDLE = 4
_MOST_USES = 40  # bounds what a process may gather
_OF_A_PAGE = ("viewport", "color_scheme", "reduced_motion")  # what a page can be told as well as a context


@dataclass
class Watched:
    """A context, what went wrong in it, and the page that keeps its process alive."""

    server: Server
    options: dict[str, Any]
    context: BrowserContext
    problems: list[str] = field(default_factory=list)
    kept: Page | None = None
    uses: int = 0
    is_closed: bool = False


class Contexts:
    """The contexts of one browser; ``watch`` is told of each new one, once."""

    def __init__(self, browser: Browser, watch: Callable[[Watched], None]) -> None:
        self._browser, self._watch = browser, watch
        self._idle: list[Watched] = []

    def page(self, server: Server, options: dict[str, Any]) -> tuple[Watched, Page]:
        """A page for the server with a context's options; the context is nobody else's until it is given back."""
        of_page = {} if "is_mobile" in options else {name: options[name] for name in _OF_A_PAGE if name in options}
        one = self._take(server, {name: value for name, value in options.items() if name not in of_page})
        page = one.context.new_page()
        if "viewport" in of_page:
            page.set_viewport_size(of_page.pop("viewport"))
        if of_page:
            page.emulate_media(**of_page)
        return one, page

    def _take(self, server: Server, options: dict[str, Any]) -> Watched:
        for place, one in enumerate(self._idle):
            if one.server == server and one.options == options:
                return self._idle.pop(place)
        one = Watched(server, options, self._browser.new_context(**options))
        one.context.on("close", lambda _: setattr(one, "is_closed", True))
        self._watch(one)
        one.kept = one.context.new_page()
        one.kept.goto(f"{server.url}/_stcore/health")
        return one

    def give_back(self, one: Watched) -> None:
        """Close its pages and forget what they stored; a context that a test has closed is gone."""
        one.uses += 1
        if one.is_closed:
            return
        if one.problems or one.uses >= _MOST_USES or "storage_state" in one.options:
            one.context.close()
            return
        for page in one.context.pages:
            if page != one.kept:
                page.close()
        assert one.kept is not None
        stored = {"origin": one.server.url, "storageTypes": "all"}
        one.context.new_cdp_session(one.kept).send("Storage.clearDataForOrigin", stored)
        one.context.clear_cookies()
        self._idle.append(one)
        while len(self._idle) > _MOST_IDLE:
            self._idle.pop(0).context.close()

    def close(self) -> None:
        """The idle ones."""
        for one in self._idle:
            one.context.close()
