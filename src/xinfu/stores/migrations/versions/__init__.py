"""One file a schema change, in the order of `down_revision`."""
