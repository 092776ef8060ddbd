"""Two policies compared: equivalent, one within the other, conflicting; and what cannot be offered."""
