"""The address that makes files of a chart: what it gives, whom it refuses and why, and how many may wait."""

from __future__ import annotations

import asyncio
import copy
import csv
import gzip
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from cgs_core import Scenario, run
from cgs_core.errors import NoPictureError
from cgs_core.export.caption import _LINE_HEIGHT, _LONGEST_LINK, _PAD
from cgs_core.figures import pay_figure
from cgs_core.figures.style import SMALL_FONT_SIZE
from cgs_ui.charts.chart import asset
from cgs_ui.frame import export_route
from cgs_ui.frame.export_route import MAX_BODY_BYTES, MAX_CAPTION
from tests.ui.asgi import HOST, ask, asked, in_a_loop

TRACE = run(Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16))
FIGURE = pay_figure(TRACE)
STILL = {name: part for name, part in FIGURE.items() if name != "frames"}
RUN = TRACE.scenario.scenario_id


@pytest.fixture(autouse=True)
def _fresh_workshops() -> Iterator[None]:
    """None of a loop that has ended."""
    for kept in (export_route._workshops, export_route._reading):
        kept.cache_clear()
    yield
    for kept in (export_route._workshops, export_route._reading):
        kept.cache_clear()


def order(**changes: Any) -> dict[str, Any]:
    return {"format": "csv", "figure": STILL, "caption": None, "frame": None} | changes


# -- what it gives -------------------------------------------------------------------------------------------


def test_the_table_holds_the_drawn_numbers_and_is_a_file() -> None:
    answer = asked(order(frame="round-3"))
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="cgs-pay-{RUN}-round-3.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    drawn = [y for trace in STILL["data"] for y in trace["y"] if y is not None]
    assert [float(row["y"]) for row in rows] == drawn


def test_the_page_holds_the_library_all_frames_and_the_caption() -> None:
    answer = asked(order(format="html", figure=FIGURE, shown="1", caption="words <b> of & mine"))
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == "sandbox"  # should a browser show it all the same
    page = answer.body.decode()
    assert len(page) > 4_000_000
    assert "words &lt;b&gt; of &amp; mine</p>" in page
    assert page.count('"name": "2"') == 1
    assert '"active": 1' in page


def test_the_page_is_sent_small_to_who_can_read_it() -> None:
    whole, small = (asked(order(format="html", figure=FIGURE), accept_encoding=how) for how in ("", "br, gzip"))
    assert small.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    assert len(small.body) < len(whole.body) / 3
    assert gzip.decompress(small.body) == whole.body
    library = in_a_loop(ask("/cgs/plotly.min.js", method="GET", accept_encoding="gzip"))
    assert library.headers["content-encoding"] == "gzip" and b"Plotly" in gzip.decompress(library.body)


def test_a_pdf_is_drawn_with_its_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def drawn(figures: Any, *how: Any) -> list[bytes]:
        seen.append((figures, how))
        return [b"%PDF-"]

    monkeypatch.setattr(export_route, "pictures", drawn)
    answer = asked(order(format="pdf", caption="round 3"))
    assert (answer.status, answer.body) == (200, b"%PDF-")
    ((figure,), (picture_format, _)) = seen[0]
    assert picture_format == "pdf"
    assert "round 3" in figure["layout"]["title"]["text"]


@pytest.mark.parametrize("name", ['../../x"\r\nSet-Cookie: a=b', "ä" * 30, "", "a" * 500])
def test_the_name_of_a_file_is_letters_and_digits(name: str) -> None:
    figure = copy.deepcopy(STILL)
    figure["layout"]["meta"]["filename"] = name
    answer = asked(order(figure=figure))
    assert answer.status == 200
    given = answer.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('.csv"')
    assert given.replace("-", "").isalnum() and given.isascii() and len(given) <= 120
    assert "set-cookie" not in answer.headers


# -- whom it refuses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://elsewhere.example"},
        {"origin": "http://class.example"},  # another port is another site
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
    ],
)
def test_other_sites_are_refused(headers: dict[str, str]) -> None:
    answer = asked(order(), **headers)
    assert answer.status == 403
    assert b"\n" not in answer.body


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_site": "same-origin", "origin": "https://behind.a.proxy"}, {"origin": f"https://{HOST}"}]
)
def test_this_site_is_answered(headers: dict[str, str]) -> None:
    assert asked(order(), **headers).status == 200


def test_only_json_is_read() -> None:
    assert asked(order(), content_type="text/plain").status == 415
    assert asked(order(), content_type="application/x-www-form-urlencoded").status == 415


def test_too_large_a_body_is_not_read_to_its_end() -> None:
    parts = [b" " * 1_000_000] * 20
    left = in_a_loop(ask("/cgs/export", parts))
    assert left.status == 413
    assert asked(order(), content_length=str(MAX_BODY_BYTES + 1)).status == 413
    assert asked(order(), content_length="many").status == 413


def broken(path: str, value: Any) -> dict[str, Any]:
    """The figure with something in it that is none of ours."""
    figure: Any = copy.deepcopy(STILL)
    *way, last = path.split(".")
    place = figure
    for name in way:
        place = place[int(name) if name.isdecimal() else name]
    place[last] = value
    return {"figure": figure}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "exe"}, "format"),
        ({"format": "svg"}, "format"),
        ({"figure": None}, "figure"),
        ({"figure": [1]}, "figure"),
        (broken("data.0.type", "mesh3d"), "data[0].type"),
        (broken("layout.images", [{"source": "http://elsewhere.example/x.png"}]), "layout.images"),
        (broken("layout.height", 1e9), "layout.height"),
        (broken("layout.meta", None), "layout.meta"),
        (broken("data.0.y", [[1]] * 3), "figure"),
        (broken("layout.yaxis", 1), "figure"),
        ({"caption": "x" * (MAX_CAPTION + 1)}, "caption"),
        ({"caption": 3}, "caption"),
        ({"frame": "x" * 41}, "frame"),
        ({"shown": 1}, "shown"),
        ({"labels": ["x", 1]}, "labels"),
        ({"labels": ["x" * 1000]}, "labels"),
    ],
)
def test_what_is_no_figure_of_ours_is_refused_in_a_line(changes: dict[str, Any], field: str) -> None:
    answer = asked(order(**changes))
    assert answer.status == 400
    assert answer.body.decode().startswith(field)
    assert answer.body.count(b"\n") == 0
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": NaN}', b"[" * 100_000, b"9" * 5000])
def test_what_is_no_order_is_refused_in_a_line(body: bytes) -> None:
    answer = asked(body)
    assert answer.status == 400 and answer.body and b"\n" not in answer.body


def test_get_is_not_answered() -> None:
    assert in_a_loop(ask("/cgs/export", method="GET")).status == 405


# -- waiting -------------------------------------------------------------------------------------------------


def test_no_chromium_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGS_CHROMIUM", "no-such-program")
    answer = asked(order(format="pdf"))
    assert answer.status == 503 and b"CGS_CHROMIUM" in answer.body


def test_one_pdf_at_a_time_few_wait_and_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is drawn three wait, the fifth is sent away at once, and a table is made meanwhile."""
    go_on, n_now, most = threading.Event(), 0, 0

    def drawn(*given: Any) -> list[bytes]:
        nonlocal n_now, most
        n_now += 1
        most = max(most, n_now)
        assert go_on.wait(30)
        n_now -= 1
        return [b"%PDF-"]

    monkeypatch.setattr(export_route, "pictures", drawn)
    pdf, table = (json.dumps(order(format=name)).encode() for name in ("pdf", "csv"))

    async def visitors() -> tuple[list[Any], Any, list[Any]]:
        waiting = [asyncio.create_task(ask("/cgs/export", [pdf])) for _ in range(5)]
        ended, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        meanwhile = await ask("/cgs/export", [table])
        go_on.set()
        return [task.result() for task in ended], meanwhile, list(await asyncio.gather(*waiting))

    refused, meanwhile, answers = in_a_loop(visitors())
    assert [answer.status for answer in refused] == [503]
    assert meanwhile.status == 200
    assert sorted(answer.status for answer in answers) == [200] * 4 + [503]
    assert int(refused[0].headers["retry-after"]) > 0  # the browser comes again by itself
    assert most == 1


def test_who_leaves_keeps_the_place_until_the_drawing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = threading.Event(), threading.Event()

    def drawn(*given: Any) -> list[bytes]:
        began.set()
        assert go_on.wait(30)
        raise NoPictureError("The pictures were not drawn within 60 s.")

    monkeypatch.setattr(export_route, "pictures", drawn)

    async def visitors() -> tuple[int, int, Any]:
        _, drawings = export_route._workshops()
        leaving = asyncio.create_task(ask("/cgs/export", [json.dumps(order(format="pdf")).encode()]))
        await asyncio.to_thread(began.wait, 30)
        leaving.cancel()
        await asyncio.wait([leaving])
        taken = drawings._n_left
        go_on.set()
        answer = await ask("/cgs/export", [json.dumps(order(format="pdf")).encode()])
        return taken, drawings._n_left, answer

    taken, left, answer = in_a_loop(visitors())
    assert (taken, left) == (3, 4)
    assert answer.status == 503 and answer.body == b"The pictures were not drawn within 60 s."


# -- the menu ------------------------------------------------------------------------------------------------


def test_the_menus_code_is_served() -> None:
    answer = in_a_loop(ask("/cgs/save.js", method="GET"))
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert b"export function toggle" in answer.body


def test_captions_of_the_browser_and_of_the_core_look_alike() -> None:
    """Each draws its own, so both have the numbers."""
    code = asset("save.js")
    assert f"LONGEST_LINK = {_LONGEST_LINK};" in code
    size, line, pad = (int(number) for number in re.findall(r"CAPTION = .*?(\d+).*?(\d+).*?(\d+)", code)[0])
    assert (size, line, pad) == (SMALL_FONT_SIZE, _LINE_HEIGHT, _PAD)
