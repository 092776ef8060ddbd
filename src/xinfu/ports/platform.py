"""Interfaces: the client for the contract and usage interfaces of the platform and of other connectors.

Every call carries the signed header and our proof of identity, and goes through the one checked client.
Follows: TC609-6-2025-14, annex B; TC609-6-2025-15, clause 9; NDI-TR-2025-03 (draft), 8.2.3.
"""

from typing import Protocol

import msgspec

from xinfu.ports.outbound import Purpose


class InterfaceBase(msgspec.Struct, frozen=True, kw_only=True):
    """The participant to call, and the `base` address of its interfaces."""

    participant: str
    base: str
    purpose: Purpose = Purpose.PEER


class Interfaces(Protocol):
    """The client for the ten interfaces of others. Safe to share between tasks."""

    async def call(self, *, context: str, to: InterfaceBase, api: str, body: bytes) -> bytes:
        """Post one message and return the `data` of the answer as JSON.

        Args:
            context: the participant context that sends the message.
            api: name of the interface, for example `contractCreate`.

        Raises:
            PeerError: `platform.refused`: the other side answered an error; its code, sentence and state are facts.
                `platform.answer`: the answer is unreadable. No answer: as in `Outbound.request`.
            RefusedError: `address.refused`.
        """
        ...
