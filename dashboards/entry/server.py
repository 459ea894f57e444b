"""What `streamlit run` serves: the script beside it, and thumbnails as files under an address of their own."""

from pathlib import Path

import streamlit as st

from dashboards.read_ahead import reading_ahead
from dashboards.thumbnail_route import thumbnail_route

app = st.App(
    Path(__file__).with_name("streamlit_app.py"),
    routes=[thumbnail_route(st.get_option("server.baseUrlPath"))],
    lifespan=reading_ahead,
)
