"""The evidence log: the entries of each step, their order, receipts and events."""
