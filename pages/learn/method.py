"""Method in pictures: one round of the run on screen, step by step; what is proved of it, and what is not."""

import streamlit as st

from cgs_ui import session
from cgs_ui.learn.texts import text

session.show_message()
session.update_link()
st.subheader("What is proved", anchor=False)
st.markdown(text("proved"))
st.subheader("What that does not say", anchor=False)
st.markdown(text("not_said"))
st.subheader("Where the method is weak", anchor=False)
st.markdown(text("weak"))
st.subheader("What is the paper's, and what is ours", anchor=False)
st.markdown(text("ours"))
st.subheader("Sources", anchor=False)
st.markdown(text("sources"))
