"""Glossary: every word of the app, what it means, and where it is seen."""

import streamlit as st

from cgs_core.words.glossary import entries, looked_for
from cgs_ui import session
from cgs_ui.frame.pages import SECTIONS
from cgs_ui.learn import glossary
from cgs_ui.plain_text import plain
from cgs_ui.session import choices

TITLES = {page.address: page.title for section in SECTIONS.values() for page in section}

asked = st.query_params.get("term")
choices.keep("term", asked if asked in entries() else None)
session.show_message()
session.update_link()
if asked is not None and asked not in entries():
    st.info("There is no such word in the glossary. Here are those that there are.", icon=":material/info:")
text = st.text_input("Find a word", key="glossary_search", placeholder="for instance: psi, fair, worth")
found = looked_for(text) if text.strip() else {}
if found:
    glossary.show(found, None, TITLES)
elif text.strip():
    st.info(f"Nothing here has “{plain(text)}” in it.", icon=":material/info:")
else:
    glossary.show_all(asked if asked in entries() else None, TITLES)
