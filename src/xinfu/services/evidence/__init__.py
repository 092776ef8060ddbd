"""The log: what each step records, receipts, events, and the order of entries."""
