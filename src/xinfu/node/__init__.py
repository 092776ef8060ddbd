"""The only place that knows all parts: reads the config, builds the parts, starts and stops them."""
