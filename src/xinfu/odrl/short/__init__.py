"""Policies in a few short words: options, TOML, YAML and JSON."""
