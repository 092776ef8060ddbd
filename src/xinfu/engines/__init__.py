"""Adapters of ports/engine.py: one file a kind of engine. Named by node/adapters.py only."""
