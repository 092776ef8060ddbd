"""Negotiations and transfers: each message received or sent is one step."""
