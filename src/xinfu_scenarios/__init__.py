"""Scenarios: users of xinfu. They import only `xinfu.client` and names exported for users."""
