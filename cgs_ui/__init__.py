"""What needs Streamlit and is not a page."""
