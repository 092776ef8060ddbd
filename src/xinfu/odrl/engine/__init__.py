"""The decision: a policy compiled once, and evaluated over the facts of a situation."""
