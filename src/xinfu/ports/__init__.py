"""Ports: the interfaces of the core to the outside, as typing.Protocol only. Import a port from its file."""
