"""Pictures of every page for the eye: ``python -m tools.screenshots FOLDER`` starts the app and writes PNGs of it."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from cgs_core.studies.presets import OPENING
from tools.find_browser import find_browser
from tools.running_app import running_app

SIZES = (2, 20, 50)  # numbers of agents besides the opening's
PAGES = {  # address: its tabs
    "playground": (
        "Who has what",
        "Why",
        "Who contributed",
        "Who is paid what",
        "Who gets which model",
        "What did each step cost?",
        "Numbers",
    ),
    "mechanisms": ("Measures", "Properties", "Game the rule"),
    "trade-offs": ("Each agent", "This point", "Numbers"),
    "coalition-game": ("Arrows", "Exact or estimated", "Axioms", "Who leaves, who joins", "Numbers"),
    "method": (),
    "paper": ("Worst gain", "Best less best alone", "CGSV against the others"),
}
QUESTIONS = ("skew", "noise", "approximation", "own")  # of Trade-offs, besides the first
WITHOUT_PICTURES = ("lessons", "glossary", "your-federation")
SCREENS = {"laptop": (1440, 900, 1500), "projector": (1024, 768, 1500), "phone": (390, 844, 2400)}  # the last: a tab


def _shoot(browser: Browser, address: str, folder: Path, screen: str, scheme: str) -> None:
    """Every page as it first shows, then each of its tabs in full height."""
    width, height, whole = SCREENS[screen]
    first_screen, full_height = ViewportSize(width=width, height=height), ViewportSize(width=width, height=whole)
    page = browser.new_page(viewport=first_screen, color_scheme="dark" if scheme == "dark" else "light")

    def save(name: str) -> None:
        shown = ".cgs-plot:visible, .cgs-cards:visible, [data-testid=stDataFrame]:visible, "
        shown += ".st-key-lessons, [class*=st-key-term_], [data-testid=stFileUploader]"
        expect(page.locator(shown)).not_to_have_count(0)
        expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
        expect(page.locator(".cgs-chart:visible:not([data-drawn])")).to_have_count(0)
        expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)
        page.screenshot(path=folder / f"{name}-{screen}-{scheme}.png", animations="disabled")

    page.goto(address)
    save("home")
    page.goto(f"{address}/playground")
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("link", name="Pinned").wait_for()
    for name, tabs in PAGES.items():
        page.set_viewport_size(first_screen)
        page.goto(f"{address}/{name}")
        save(name)
        page.set_viewport_size(full_height)
        for number, tab in enumerate(tabs, 1):
            page.get_by_role("tab", name=tab, exact=True).click()
            expect(page.get_by_role("tabpanel", name=tab, exact=True)).not_to_be_empty()
            save(f"{name}-{number}-{tab.lower().replace(',', '').replace(' ', '-')}")
    for question in QUESTIONS:
        page.goto(f"{address}/trade-offs?question={question}&n_seeds=1")
        save(f"trade-offs-{question}")
    for name in WITHOUT_PICTURES:
        page.goto(f"{address}/{name}")
        save(name)
    page.goto(f"{address}/shelf")
    page.get_by_text("Charts", exact=True).click()
    save("shelf")
    page.set_viewport_size(first_screen)
    for dialog in ("Share", "Take it away"):
        page.goto(f"{address}/playground")
        page.get_by_role("button", name=dialog).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        save(f"dialog-{dialog.lower().replace(' ', '-')}")
    page.set_viewport_size(full_height)
    for n_agents in SIZES:
        page.goto(f"{address}/playground?s={OPENING.scenario.replace(n_agents=n_agents, agents=()).to_link()}")
        page.get_by_role("tab", name="Who gets which model", exact=True).click()
        save(f"agents-{n_agents}")
    page.goto(f"{address}/coalition-game?game=sandbox")
    save("sandbox")
    page.close()


def main(folder: Path) -> None:
    """Write every picture into a folder (made if need be)."""
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=300_000)  # a comparison of fifty agents trains for minutes on a busy machine
    with (
        tempfile.TemporaryDirectory() as store,
        running_app(Path(store)) as (address, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        for screen in SCREENS:
            for scheme in ("light", "dark"):
                _shoot(browser, address, folder, screen, scheme)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python -m tools.screenshots FOLDER")
    main(Path(sys.argv[1]))
