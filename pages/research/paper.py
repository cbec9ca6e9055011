"""Paper: the paper's tables of fairness and accuracy, as far as they have been run here."""

import streamlit as st

from cgs_core.studies.paper_tables import PaperTable
from cgs_core.words.paper_findings import OURS, headline
from cgs_ui import session
from cgs_ui.paper.panel import chosen, show_paper
from cgs_ui.paper.views import GUARANTEE, NOTES, show_duels, show_table
from cgs_ui.session import choices

ACCURACIES = {
    "Best agent": "max_accuracy",
    "Mean over the agents": "mean_accuracy",
    "Server's model": "server_accuracy",
}


def draw(table: PaperTable, is_live: bool) -> None:
    if not table.results:
        st.info("None of these runs has been made yet.", icon=":material/info:")
        return
    st.markdown(headline(table))
    st.caption(" ".join(f"{words}." for words in table.budget_sentences()) + " Columns: agents · split.")
    st.markdown("**Fairness**: 100 × Pearson correlation of the agents' accuracy alone and at the end")
    show_table(table, "fairness_score")
    st.markdown("**Accuracy** at the end, in percent")
    names = [*ACCURACIES, *(["CGSV against the others"] if OURS in {case.row for case in table.results} else [])]
    tabs = st.tabs(names, key="tab", default=choices.tab("tab", names), on_change="rerun")
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                if name in ACCURACIES:
                    show_table(table, ACCURACIES[name])
                else:
                    show_duels(table)
    st.caption(NOTES)
    st.download_button("All runs (CSV)", table.to_csv, "cgs-paper.csv", "text/csv", on_click="ignore", disabled=is_live)


session.show_message()
session.update_link()
st.title("The paper's experiments")
if (asked := chosen()) is None:
    st.info("Choose a mechanism.", icon=":material/info:")
else:
    show_paper(*asked, draw)
st.caption(GUARANTEE)
