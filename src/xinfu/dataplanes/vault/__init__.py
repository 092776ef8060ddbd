"""The vault of a node: sealed files and the keys that open them, each in a folder of their own."""
