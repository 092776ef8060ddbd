"""Adapters of ports/dataplane.py: one file a kind of source. Named by node/adapters.py only."""
