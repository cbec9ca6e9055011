"""Own files on the real page: good ones are learned from, bad ones are told, and the server goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from cgs_core import Scenario
from cgs_core.data.own import files as own_files
from cgs_core.data.own.csv import MAX_BYTES, read_upload
from tests.browser.conftest import NewPage
from tests.browser.playground import expect_finished, expect_ledger, open_more, open_playground, trace_of
from tests.browser.server import Server, running_server
from tests.browser.waiting import until
from tests.data.uploads import BAD, GOOD

IN_A_BROWSER = (
    "too many bytes",
    "word for a number",
    "not UTF-8",
    "pickle",
    "path upwards",
    "zip bomb that lies",
)  # tests/data has all
MOST_GROWTH = 250_000  # kB; the lying bomb would take 400 MB


def give(page: Page, content: bytes, name: str = "boxes.csv") -> None:
    payload = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(payload)


def open_form(page: Page, server: Server) -> None:
    open_playground(page, f"{server.url}/playground")
    open_more(page)
    page.get_by_role("button", name="Use your own data").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def memory(pid: int) -> int:
    """The server's memory in kB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def files(server: Server) -> list[Path]:
    return list((server.store.parent / "own_data").glob("*.npz"))


def test_a_table_is_learned_from_kept_and_deleted(new_page: NewPage, tmp_path: Path):
    with running_server(tmp_path) as server:  # of its own: its files are counted
        page, other = new_page(server), new_page(server)
        _learn_keep_and_delete(page, other, server)
        for one in (page, other):
            one.context.close()  # else it calls for the server


def _learn_keep_and_delete(page: Page, other: Page, server: Server) -> None:
    open_form(page, server)
    give(page, GOOD["table"])
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("40 samples")).to_be_visible()
    dialog.get_by_role("button", name="Use it").click()
    expect(dialog).to_have_count(0)
    expect_finished(page)
    expect(page.get_by_role("button", name="Keep here")).to_be_visible()
    assert len(files(server)) == 1
    page.get_by_role("button", name="Keep here").click()
    expect(page.get_by_text("Kept on this server.")).to_be_visible()
    until(page, "() => location.search.includes('s=')")

    other.goto(page.url)
    expect_finished(other)
    expect(other.get_by_role("button", name="Delete", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("are not on this server")).to_be_visible()
    assert files(server) == []
    other.reload()
    expect(other.get_by_text("are not on this server")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "words"), [("grey pictures", "in grey"), ("pictures in colour with decimals", "in colour")]
)
def test_pictures_are_learned_from(
    page: Page, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
):
    open_form(page, server)
    give(page, GOOD[name], "../../etc/<b>x</b>.npz")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"pictures of 8×8 {words}")).to_be_visible()
    expect(dialog.get_by_text("no picture is made smaller")).to_be_visible()
    dialog.get_by_role("button", name="Use it").click()
    expect(dialog).to_have_count(0)
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path))
    arrays = read_upload(GOOD[name], "pictures")
    own_files.keep_arrays(arrays)
    expect_ledger(page, trace_of(Scenario(dataset="own", own_data=arrays.own, split="uniform")))
    samples = page.locator(".cgs-plot").last
    expect(samples.locator("image")).to_have_count(1)  # until then the last chart there is another one
    kinds = samples.evaluate("plot => plot.data.map(drawn => drawn.type)")
    assert kinds[0] == ("image" if words == "in colour" else "heatmap")


def test_bad_files_are_told_one_after_the_other(page: Page, server: Server):
    open_form(page, server)
    dialog, before = page.get_by_role("dialog"), memory(server.pid)
    for name in IN_A_BROWSER:
        content, words = BAD[name]
        if len(content) > MAX_BYTES:
            words = "File must be 5.0MB or smaller"  # it is not sent at all
        give(page, content, "../../../etc/passwd.csv")
        expect(dialog.get_by_text(words), name).to_be_visible()
    assert memory(server.pid) - before < MOST_GROWTH
    give(page, GOOD["table"])
    expect(dialog.get_by_text("40 samples")).to_be_visible()
