"""The space of situations that policies divide, and witnesses out of it."""
