"""The official conformance kits as users of a node: what each test needs, how a kit is fetched and run."""
