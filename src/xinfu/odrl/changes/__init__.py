"""What differs between two policies, as changes in words."""
