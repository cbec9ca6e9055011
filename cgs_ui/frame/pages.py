"""The pages: what each is called, the question that it asks, and where it stands in the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgs_ui.places import PAGES


@dataclass(frozen=True)
class AppPage:
    """A script of ``pages/``; its address is its file's name with hyphens."""

    file: str
    title: str
    question: str  # its heading
    icon: str

    @property
    def path(self) -> Path:
        return PAGES / self.file

    @property
    def address(self) -> str:
        return Path(self.file).stem.replace("_", "-")


HOME = AppPage("learn/home.py", "Home", "Who contributes, and who is paid?", "balance")

SECTIONS: dict[str, tuple[AppPage, ...]] = {  # those of the first stand in the open
    "": (
        HOME,
        AppPage("lab/playground.py", "Playground", "What does each agent bring, earn and get?", "groups"),
        AppPage("lab/coalition_game.py", "Coalition game", "What does each agent add to the others?", "account_tree"),
        AppPage("lab/mechanisms.py", "Mechanisms", "Which rule is fair, and to whom?", "compare"),
        AppPage("lab/trade_offs.py", "Trade-offs", "What does a setting change, and for whom?", "tune"),
    ),
    "Class": (
        AppPage("class/class_room.py", "Class room", "What does each bring, and what does each get?", "groups_3"),
        AppPage("class/join.py", "Join", "Your place in the class", "front_hand"),
    ),
    "Learn": (
        AppPage("learn/lessons.py", "Lessons", "What do you expect, and what is so?", "school"),
        AppPage("learn/method.py", "Method in pictures", "What happens in one round?", "animation"),
        AppPage("learn/glossary.py", "Glossary", "What does each word mean?", "menu_book"),
    ),
    "Research": (
        AppPage("research/paper.py", "Paper", "Do the paper's findings hold here?", "article"),
        AppPage("research/leaderboard.py", "Leaderboard", "Which value is right, and where?", "leaderboard"),
        AppPage("research/shelf.py", "Shelf", "How do the runs that you kept differ?", "shelves"),
        AppPage("research/your_federation.py", "Your federation", "Who contributes in a federation of yours?", "hub"),
    ),
}


def addresses() -> list[str]:
    """Of all pages but Home."""
    return [page.address for section in SECTIONS.values() for page in section if page is not HOME]


def page_at(address: str) -> AppPage:
    """The page of this address; Home for "" and for one that there is not."""
    pages = (page for section in SECTIONS.values() for page in section)
    return next((page for page in pages if page.address == address), HOME)
