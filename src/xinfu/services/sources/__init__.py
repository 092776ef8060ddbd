"""Where data comes from: what a context may publish from, formats, and the secrets that open a source."""
