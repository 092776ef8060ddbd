"""The sources of data: the places a context may publish from, formats, and the secrets that open a source."""
