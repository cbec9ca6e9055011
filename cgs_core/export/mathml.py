"""Formulas as MathML, which browsers draw without a script: from the LaTeX that the app's pages give to KaTeX."""

from __future__ import annotations

from html import unescape
from xml.etree.ElementTree import Element, tostring

from cgs_core.export.page_parts import Html

_SAME = {
    "{aligned}": "{align*}",  # the converter knows this one
    r"\setminus": r"\smallsetminus",  # a sign that every font has
}
_SIGNS = ("+", "-", "\u2212")
_CLOSING = (")", "]", "|", "\u2016", "\u230b", "\u2309", "\u27e9", "!", "\u2026")


def mathml(tex: str, text: str = "") -> Html:
    """A formula on a line of its own.

    Parameters
    ----------
    tex: LaTeX, as ``st.latex`` takes it.
    text: the same in plain characters, for what reads a page aloud and knows no MathML.
    """
    from latex2mathml.converter import convert_to_element  # of the extra "app": the core does without

    for known, other in _SAME.items():
        tex = tex.replace(known, other)
    element = convert_to_element(tex, display="block")
    for part in element.iter():
        part.text = unescape(part.text or "")
    for part in list(element.iter()):
        _mend(part)
    if text:
        element.set("alttext", text)
    return Html(tostring(element, encoding="unicode"))


def _mend(part: Element) -> None:
    """What browsers draw well only with a font for formulas, or not at all (MathML Core has no such attributes)."""
    if part.tag == "mover" and part[1].text == "\u2015":  # a mean: the line above is a border, of the right width
        part.tag = "mrow"
        part.set("class", "mean")
        part.remove(part[1])
    elif part.tag == "mover" and part[1].tag == "mpadded":  # words above an arrow
        part[1] = part[1][0]
    before = None
    for child in part:
        is_sign = child.tag == "mo" and child.text in _SIGNS
        if is_sign and before is not None and before.tag == "mo" and before.text not in _CLOSING:
            child.set("form", "prefix")  # of a number, and no sum
        before = child
