"""The frame around every page: navigation, the dialogs of its sidebar, and the server's own routes."""
