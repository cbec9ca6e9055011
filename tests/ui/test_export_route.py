"""The address that makes files of a chart: what it gives, whom it refuses and why, and how many may wait."""

from __future__ import annotations

import asyncio
import base64
import copy
import csv
import gzip
import io
import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from cgs_core import Scenario, run
from cgs_core.data import federated_data
from cgs_core.errors import NoPictureError
from cgs_core.export import at_frame, drawn_csv, figure_page
from cgs_core.export.caption import _LINE_HEIGHT, _LONGEST_LINK, _PAD
from cgs_core.figures import pay_figure
from cgs_core.figures.style import SMALL_FONT_SIZE
from cgs_ui.charts.sent import SENT
from cgs_ui.frame import export_route
from cgs_ui.frame.export_route import MAX_BODY_BYTES, MAX_CAPTION, Workshop
from cgs_ui.places import asset
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY
from tests.ui.asgi import HOST, ask, asked, in_a_loop

TRACE = run(Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16))
FIGURE = pay_figure(TRACE)
RUN = TRACE.scenario.scenario_id


@pytest.fixture(autouse=True)
def _fresh_workshops() -> Iterator[None]:
    """None of a loop that has ended."""
    export_route._workshops.cache_clear()
    yield
    export_route._workshops.cache_clear()


def order(figure: dict[str, Any] = FIGURE, **changes: Any) -> dict[str, Any]:
    return {"format": "csv", "digest": SENT.remember(figure), "shown": "2", "hidden": [], "caption": None} | changes


# -- what it gives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", range(3))
def test_the_table_holds_the_numbers_of_the_round_that_is_shown(frame: int) -> None:
    answer = asked(order(shown=str(frame)))
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="cgs-pay-{RUN}.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    stands = at_frame(FIGURE, str(frame))
    drawn = [y for trace in stands["data"] for y in trace["y"] if y is not None]
    assert [float(row["y"]) for row in rows] == drawn


@pytest.mark.parametrize("kind", EVERY)
def test_every_figure_becomes_the_table_that_the_core_makes_of_it(kind: str) -> None:
    trace = drawn_trace(5)
    figure = EVERY[kind](trace, federated_data(trace.scenario))
    last = figure["frames"][-1]["name"] if figure.get("frames") else None
    answer = asked(order(figure, shown=last))
    assert answer.status == 200
    assert answer.body.decode() == drawn_csv(at_frame(figure, last) if last else figure)


def test_the_page_is_the_one_that_the_core_makes_in_the_frame_that_is_shown() -> None:
    answer = asked(order(format="html", shown="1", caption="words <b> of & mine"))
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == "sandbox"  # should a browser show it all the same
    stands = at_frame(FIGURE, "1") | {"frames": FIGURE["frames"]}
    assert answer.body.decode() == figure_page(stands, shown="1", words="words <b> of & mine")


def test_the_pages_slider_calls_frames_as_the_chart_does() -> None:
    labels = ["β 0.1", "β 1", "β ∞"]
    for named, words in ((labels, '"β 0.1"'), (labels[:2], '"label": "round 1"'), ([], '"label": "round 1"')):
        page = asked(order(format="html", digest=SENT.remember(FIGURE, named))).body.decode()
        assert words in page


def test_the_page_is_sent_small_to_who_can_read_it() -> None:
    whole, small = (asked(order(format="html"), accept_encoding=how) for how in ("", "br, gzip"))
    assert small.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    assert len(small.body) < len(whole.body) / 3
    assert gzip.decompress(small.body) == whole.body


def test_a_pdf_is_drawn_of_the_round_that_is_shown_with_its_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def drawn(figures: Any, *how: Any) -> list[bytes]:
        seen.append((figures, how))
        return [b"%PDF-"]

    monkeypatch.setattr(export_route, "pictures", drawn)
    answer = asked(order(format="pdf", shown="0", caption="round 1"))
    assert (answer.status, answer.body) == (200, b"%PDF-")
    ((figure,), (picture_format, _)) = seen[0]
    assert picture_format == "pdf"
    assert "round 1" in figure["layout"]["title"]["text"]
    assert figure["data"] == at_frame(FIGURE, "0")["data"] and "frames" not in figure


def test_what_a_pdf_costs_is_said_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_route, "pdf_seconds", deque([2.0, 9.0, 3.0]))
    workshops = (Workshop(n_threads=1, most=1), Workshop(n_threads=1, most=4))
    monkeypatch.setattr(export_route, "_workshops", lambda: workshops)
    for n_before in (0, 1):
        workshops[1]._n_left = 4 - n_before
        answer = in_a_loop(ask("/cgs/export/costs", method="GET"))
        assert answer.status == 200 and json.loads(answer.body) == {"pdf": 3.0 * (1 + n_before)}


def test_what_the_legend_hides_is_left_out() -> None:
    def traces(hidden: list[int]) -> set[str]:
        body = asked(order(hidden=hidden)).body.decode()
        return {row["trace"] for row in csv.DictReader(io.StringIO(body))}

    every = traces([])
    gone = int(max(every)) - 1
    assert traces([gone]) == every - {str(gone + 1)}
    page = asked(order(format="html", hidden=[gone])).body.decode()
    assert page.count('"visible": "legendonly"') == 1


@pytest.mark.parametrize("name", ['../../x"\r\nSet-Cookie: a=b', "ä" * 30, "", "a" * 500])
def test_the_name_of_a_file_is_letters_and_digits(name: str) -> None:
    figure = copy.deepcopy(FIGURE)
    figure["layout"]["meta"]["filename"] = name
    answer = asked(order(figure))
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
    parts = [b" " * 10_000] * 20
    left = in_a_loop(ask("/cgs/export", parts))
    assert left.status == 413
    assert b"reload the page" in left.body  # a page of an older version sent its figure
    assert asked(order(), content_length=str(MAX_BODY_BYTES + 1)).status == 413
    assert asked(order(), content_length="many").status == 413


def test_a_longest_caption_fits() -> None:
    assert len(json.dumps(order(caption="β" * MAX_CAPTION), ensure_ascii=False).encode()) < MAX_BODY_BYTES
    assert asked(json.dumps(order(caption="β" * MAX_CAPTION), ensure_ascii=False).encode()).status == 200


@pytest.mark.parametrize("file_format", ["pdf", "csv", "html"])
def test_a_chart_that_is_not_known_any_more_is_told(file_format: str) -> None:
    """The server began anew, or many others were sent since."""
    answer = asked(order(format=file_format, digest="0" * 64))
    assert answer.status == 410
    assert answer.body == b"the server does not know this chart any more; reload the page, then save again"


def heat_map_of_nothing() -> dict[str, Any]:
    """Bytes of no cell that say that they are a hundred billion rows: 11 GB and 45 s, when such were read."""
    z = {"dtype": "u1", "bdata": base64.b64encode(b"").decode(), "shape": "99999999999,0"}
    return {"data": [{"type": "heatmap", "z": z}], "layout": FIGURE["layout"]}


def points_and_empty_frames() -> dict[str, Any]:
    """Each frame of forty bytes draws 100,000 points again: half a second and 45 MB, when such were read."""
    points: list[int] = list(range(100_000))
    frames = [{"name": str(number), "data": [{}], "traces": [0]} for number in range(1000)]
    return {"data": [{"type": "scatter", "x": points, "y": points}], "layout": FIGURE["layout"], "frames": frames}


@pytest.mark.parametrize(("figure", "status"), [(heat_map_of_nothing(), 400), (points_and_empty_frames(), 413)])
@pytest.mark.parametrize("file_format", ["pdf", "csv", "html"])
def test_a_strangers_figure_is_not_read(
    figure: dict[str, Any], status: int, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: Any) -> None:
        raise AssertionError("a file is made")

    monkeypatch.setattr(export_route, "_made", never)
    assert asked({"format": file_format, "figure": figure}).status == status


def test_beside_a_digest_a_strangers_figure_is_not_read_either() -> None:
    assert asked(order() | {"figure": heat_map_of_nothing()}).body == asked(order()).body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "exe"}, "format"),
        ({"format": "svg"}, "format"),
        ({"format": ["csv"]}, "format"),
        ({"digest": None}, "digest"),
        ({"digest": 3}, "digest"),
        ({"digest": "A" * 64}, "digest"),
        ({"digest": "0" * 64 + "\n"}, "digest"),
        ({"shown": "3"}, "frame"),
        ({"shown": "-1"}, "frame"),
        ({"shown": 1}, "shown"),
        ({"shown": "x" * 41}, "shown"),
        ({"hidden": None}, "hidden"),
        ({"hidden": [True]}, "hidden"),
        ({"hidden": ["0"]}, "hidden"),
        ({"hidden": [-1]}, "hidden"),
        ({"hidden": [10**9]}, "hidden"),
        ({"caption": "x" * (MAX_CAPTION + 1)}, "caption"),
        ({"caption": 3}, "caption"),
        ({"caption": "\ud800"}, "caption"),
    ],
)
@pytest.mark.parametrize("file_format", ["pdf", "csv", "html"])
def test_what_no_menu_asks_for_is_refused_in_a_line(changes: dict[str, Any], field: str, file_format: str) -> None:
    answer = asked(order(**{"format": file_format} | changes))
    assert answer.status == 400
    assert answer.body.decode().startswith(f"{field}: ")
    assert answer.body.count(b"\n") == 0
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_figure_without_frames_stands_in_none() -> None:
    still = at_frame(FIGURE, "1")
    assert asked(order(still, shown="1")).status == 400
    assert asked(order(still, shown=None)).body == asked(order(shown="1")).body


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": NaN}', b"[" * 15_000, b"9" * 5000])
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


def test_captions_of_the_browser_and_of_the_core_look_alike() -> None:
    """Each draws its own, so both have the numbers."""
    code = asset("save.js")
    assert f"LONGEST_LINK = {_LONGEST_LINK};" in code
    size, line, pad = (int(number) for number in re.findall(r"CAPTION = .*?(\d+).*?(\d+).*?(\d+)", code)[0])
    assert (size, line, pad) == (SMALL_FONT_SIZE, _LINE_HEIGHT, _PAD)
