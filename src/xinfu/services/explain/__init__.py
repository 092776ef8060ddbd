"""Explain why a use is or is not allowed, to any participant and to our own node."""
