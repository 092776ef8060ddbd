"""A message that came in: its proven sender, its token, which is used up once, and its reply."""
