"""The life of an agreement: its state, its duties, its renewal, and the rows of its digital contract."""
