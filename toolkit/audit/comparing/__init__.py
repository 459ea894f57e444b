"""Two audits, or two models of one audit, side by side: what differs, how sure that is, and how it is told."""
