"""The adapter of `ports/platform.py`: the interfaces of a platform or connector, over HTTPS."""

from functools import partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.contracts.codes import OK
from xinfu.contracts.header import new_header, signed_bytes
from xinfu.peers import errors
from xinfu.ports.clock import Clock
from xinfu.ports.identity import Identity
from xinfu.ports.outbound import MIB, Outbound
from xinfu.ports.platform import InterfaceBase
from xinfu.ports.sealing import Sealing

_TIMEOUT_S: Final = 20.0


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer (NDI-TR-2025-03, table 17)."""

    code: str
    message: str = ""
    data: Any = None


class HttpInterfaces:
    """An `Interfaces` over the checked client."""

    def __init__(self, *, outbound: Outbound, identity: Identity, sealing: Sealing, clock: Clock) -> None:
        self._outbound = outbound
        self._identity = identity
        self._sealing = sealing
        self._clock = clock

    async def call(self, *, context: str, to: InterfaceBase, api: str, body: bytes) -> bytes:
        """See the port."""
        url = f"{to.base.rstrip('/')}/{api}"
        fresh = self._clock.new_id().removeprefix("urn:uuid:").replace("-", "")
        header = new_header(api, now=self._clock.now(), sequence_num=fresh)
        stamp = await self._sealing.stamp(context=context, covered=partial(signed_bytes, header, body))
        proof = await self._identity.prove(context=context, audience=to.participant, url=url, body=body)
        answer = await self._outbound.request(
            "POST",
            url,
            purpose=to.purpose,
            headers={
                **replace(header, sign_value=stamp).fields(),
                "authorization": proof,
                "content-type": "application/json; charset=utf-8",
            },
            body=body,
            limit_bytes=MIB,
            timeout_s=_TIMEOUT_S,
        )
        return _data(answer.body, answer.status, to, api)


def _data(body: bytes, status: int, to: InterfaceBase, api: str) -> bytes:
    try:
        found = msgspec.json.decode(body, type=Envelope)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise errors.PLATFORM_ANSWER(status=status, participant=to.participant, api=api) from error
    if found.code != OK:
        raise errors.PLATFORM_REFUSED(
            code=found.code, message=found.message[:255], status=status, participant=to.participant, api=api
        )
    return msgspec.json.encode(found.data)
