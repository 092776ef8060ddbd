"""Benches: one command, ratios against a named peer or limit; bench/results.json has the figures."""
