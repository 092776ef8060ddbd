"""Schema changes, a file for each, in the order of `down_revision`."""
