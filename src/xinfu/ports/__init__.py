"""What the inside needs from outside: typing.Protocol only. Import a port by its file."""
