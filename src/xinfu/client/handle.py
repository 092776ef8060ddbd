"""The base of handles that need nothing but the connection."""

from xinfu.client.transport import Transport


class Handle:
    """A set of calls of a node, over one connection."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
