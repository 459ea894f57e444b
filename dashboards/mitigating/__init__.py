"""Parts of the page Mitigation: what was found in it, its charts, its pictures."""
