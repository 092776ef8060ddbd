"""The consumer's way to the bytes: endpoints, listings, and what it declares."""
