"""The app: `streamlit run app.py`. The frame that people see is cgs_ui/frame/main.py; this starts the server around it.

It is a launcher, so that the script that Streamlit runs has no neighbour named ``pages``: with one, a link
to a page opened in a fresh server would run that page alone, without its frame (docs/architecture.md).
"""

import streamlit as st

from cgs_ui.frame.server import check_settings, lifespan, middleware, routes

check_settings()
app = st.App("cgs_ui/frame/main.py", lifespan=lifespan, routes=routes(), middleware=middleware())
