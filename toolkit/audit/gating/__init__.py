"""Policies that measures must keep to: what a policy may say, and whether an audit keeps to it."""
