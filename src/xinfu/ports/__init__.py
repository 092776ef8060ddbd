"""Ports: what the inside needs from outside, as typing.Protocol only. Import a port by its file."""
