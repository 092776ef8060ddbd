"""JSON-LD contexts that ship with the package."""
