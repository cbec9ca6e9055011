"""axe-core on a page: what it finds against WCAG 2.2, level AA, and which of it is known to be Streamlit's own.

Streamlit's own findings stand in one place, the table of docs/accessibility.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tools.running_app import ROOT

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
ACCESSIBILITY = ROOT / "docs" / "accessibility.md"
_RUN = """async ([within, tags, rules, known]) => {
    const only = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
    const rulesToo = { "target-size": { enabled: !rules } }; // which is off at first
    const options = { runOnly: only, rules: rulesToo, resultTypes: ["violations"], elementRef: true };
    const found = await axe.run({ include: [[within]] }, options);
    return found.violations.flatMap(violation => violation.nodes.map(node => ({
        rule: violation.id, impact: violation.impact, html: node.html, why: node.failureSummary,
        known: known.findIndex(([rule, selector]) => rule === violation.id && node.element.matches(selector)),
    })));
}"""


@dataclass(frozen=True)
class Known:
    """A finding of Streamlit's own: axe-core's rule, the element, and the screens on which it must occur."""

    rule: str
    selector: str
    screens: tuple[str, ...]


@dataclass
class Found:
    """What was found so far: in words what is ours, and which of the known ones occurred."""

    ours: list[str] = field(default_factory=list)
    occurred: set[Known] = field(default_factory=set)

    def look(self, page: Page, where: str, within: str, rules: Sequence[str] | None = None) -> None:
        """Run axe-core on the page as it stands.

        Parameters
        ----------
        within: a CSS selector of the part that is looked at.
        rules: the only rules that are tried; all of WCAG 2.2 A and AA if none is named.
        """
        if not page.evaluate("'axe' in window"):
            page.evaluate(f"{AXE_SCRIPT}; true")
        known = known_findings()
        pairs = [[one.rule, one.selector] for one in known]
        for one in page.evaluate(_RUN, [within, TAGS, rules, pairs]):
            if one["known"] >= 0:
                self.occurred.add(known[one["known"]])
            else:
                why = " ".join(one["why"].split())
                self.ours.append(f"{where}: {one['rule']} ({one['impact']}): {one['html'][:200]} {why[:300]}")


def known_findings() -> list[Known]:
    """The rows of the document's table of Streamlit's findings: rule, element, screens, reason."""
    lines = ACCESSIBILITY.read_text(encoding="utf-8").partition("## What is Streamlit's")[2].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return [Known(row[0].strip("`"), row[1].strip("`"), tuple(row[2].split(", "))) for row in rows]
