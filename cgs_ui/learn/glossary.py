"""The glossary on the page: terms under their headings, or those that are looked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

import streamlit as st

from cgs_core.words.glossary import entries, groups, name_of
from cgs_core.words.terms import TERMS, Term

_INDEXED = re.compile(r"\b(\w)_(\w)\b")  # u_i
_SHOWN_STYLE = """<style>.st-key-term_{key} {{ border-left: 4px solid var(--st-primary-color, currentColor);
padding-left: 0.75rem; }}</style>"""


def show_all(asked: str | None, titles: Mapping[str, str]) -> None:
    """Every entry: the terms in the open, measures and choices under headings that open; ``asked`` is marked.

    ``titles``: of the pages, by their addresses.
    """
    opened = None if asked is None else entries()[asked].group
    is_before_choices = True
    for group, terms in groups().items():
        if terms.keys() <= TERMS.keys():
            st.subheader(group, anchor=False)
            show(terms, asked, titles)
            continue
        if is_before_choices:
            st.subheader("What is measured, and what can be chosen", anchor=False)
            is_before_choices = False
        place = st.expander(group, expanded=group == opened, on_change="rerun", key=f"glossary_{group}_{asked}")
        if place.open:
            with place:
                show(terms, asked, titles)


def show(terms: Mapping[str, Term], asked: str | None, titles: Mapping[str, str]) -> None:
    """Entries one below the other, two in a row where there is room."""
    for key, term in terms.items():
        with st.container(key=f"term_{key}", gap="xsmall"):
            st.markdown(entry(term, titles))
    if asked in terms:
        st.html(_SHOWN_STYLE.format(key=asked))


def entry(term: Term, titles: Mapping[str, str]) -> str:
    """A term in Markdown: its names, what it means, its formula, where to see it, and what is near it."""
    names = f"**{term.word}**" + _INDEXED.sub(r"$\1_\2$", name_of(term).removeprefix(term.word))
    formula = f"\n\n$$\n{term.formula}\n$$" if term.formula else ""
    source = f" Source: {term.source}." if term.source else ""
    near = ", ".join(f"[{TERMS[key].word}](glossary?term={key})" for key in term.related)
    where = f"See it: [{titles[term.page]}]({term.page})" + (f" · Near it: {near}" if near else "")
    return f"{names}  \n{term.words}{source}{formula}\n\n:small[{where}]"
