"""The script that Streamlit runs.

It stands in a folder of its own: beside `pages/`, Streamlit would take that folder for pages of its older kind, and a
copied link to one of them would open without the rest of the app.
"""

import sys

from dashboards.app import main

main(sys.argv[1:])
