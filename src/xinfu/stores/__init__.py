"""Adapters of ports/store.py and ports/log.py."""
