"""Paper: the paper's tables of fairness and accuracy, as far as they have been run here."""

import streamlit as st

from cgs_core.studies.paper_tables import PaperTable
from cgs_core.words.glossary import explained
from cgs_core.words.paper_findings import OURS, headline, how_sure
from cgs_ui import session
from cgs_ui.paper.panel import chosen, show_paper
from cgs_ui.paper.views import GUARANTEE, notes, show_duels, show_table
from cgs_ui.session import choices

MORE = {
    "Worst gain": "worst_gain",
    "Below alone": "below_alone_gap",
    "Best less best alone": "best_gain",
    "Accuracy, mean": "mean_accuracy",
    "Accuracy, best": "max_accuracy",
    "Accuracy, server": "server_accuracy",
}
WORDS = {
    "worst_gain": "Accuracy at the end less accuracy alone, of the agent that gains least, in points.",
    "below_alone_gap": "Agents that end less accurate than alone, beyond the test's error, in percent.",
    "best_gain": "Accuracy of the best agent less that of the best that trained alone, in points.",
    "mean_accuracy": "Mean over the agents at the end, in percent.",
    "max_accuracy": "The most accurate agent's at the end, in percent.",
    "server_accuracy": "The server's model, from which no agent starts, at the end, in percent.",
}


def draw(table: PaperTable, is_live: bool) -> None:
    if not table.results:
        st.info("None of these runs has been made yet.", icon=":material/info:")
        return
    st.markdown(explained(headline(table)))
    st.caption(" ".join([how_sure(table), *(f"{words}." for words in table.budget_sentences())]).strip())
    st.markdown(explained("**Fairness**: 100 × Pearson correlation of the agents' accuracy alone and at the end"))
    show_table(table, "fairness_score")
    names = [*MORE, *(["CGSV against the others"] if OURS in {case.row for case in table.results} else [])]
    tabs = st.tabs(names, key="tab", default=choices.tab("tab", names), on_change="rerun")
    for name, tab in zip(names, tabs, strict=True):
        if tab.open:
            with tab:
                if name in MORE:
                    st.caption(explained(WORDS[MORE[name]]))
                    show_table(table, MORE[name])
                else:
                    show_duels(table)
    st.caption(notes(table))
    st.download_button("All runs (CSV)", table.to_csv, "cgs-paper.csv", "text/csv", on_click="ignore", disabled=is_live)


session.show_message()
session.update_link()
if (asked := chosen()) is None:
    st.info("Choose a mechanism.", icon=":material/info:")
else:
    show_paper(*asked, draw)
st.caption(explained(GUARANTEE))
