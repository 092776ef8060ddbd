"""The vocabulary and the kinds of value that constraints compare."""
