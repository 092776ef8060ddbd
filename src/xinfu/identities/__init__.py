"""ADAPTERS of ports/identity.py; named by file."""
