"""Your federation: the log of a federation that trains elsewhere, valued, paid and explained; nothing is trained."""

import streamlit as st

from cgs_core.studies.logged import differences
from cgs_core.words.glossary import explained
from cgs_core.words.log_findings import compared, headline
from cgs_ui import session
from cgs_ui.own_federation.given import given
from cgs_ui.own_federation.rules import about, is_replayable, shown
from cgs_ui.own_federation.views import agents_table, downloads, show_views

session.show_message()
if (log := given()) is not None:
    trace, anew = shown(log)
    st.markdown(explained(headline(trace)))
    words = compared(differences(anew), "its" if trace.is_logged else "these")
    if words and (is_replayable(log) or not trace.is_logged):  # else its rules and these are not the same
        st.caption(explained(words))
    agents_table(trace)
    away = "" if log.is_present.all() else " Who is not there in a round is worth 0 and paid nothing in it."
    kept = "" if trace.is_logged else " The uploads, and what each weighed, stay as they were logged."
    st.caption(explained(f"Worth is {about(trace.scenario)}{away}{kept}"))
    downloads(trace)
    show_views(trace, anew)
