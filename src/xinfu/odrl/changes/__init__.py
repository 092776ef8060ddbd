"""The differences between two policies, as changes in words."""
