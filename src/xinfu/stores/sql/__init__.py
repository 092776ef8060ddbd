"""Shared parts of the SQL stores: the tables, the statements, and how a step works with them."""
