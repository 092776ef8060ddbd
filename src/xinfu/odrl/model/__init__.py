"""What a policy says and what is asked of it, as values."""
