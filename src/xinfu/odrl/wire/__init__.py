"""Policies read from JSON-LD and written to it."""
