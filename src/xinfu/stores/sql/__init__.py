"""What all SQL stores share: the tables, the statements, and how a step works with them."""
