"""The report: figures read from the tables of a run, as one JSON file and one self-contained HTML page."""
