"""The audit: labels on pictures, measures of the labels, findings in the measures."""
