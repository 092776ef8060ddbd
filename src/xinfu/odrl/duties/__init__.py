"""Duties: what is owed, by whom, and what proves it."""
