"""The address and token of a started pull, opened from its envelope for holders of the API key."""

from typing import Any, Final

import msgspec

from xinfu.dsp import DataAddress
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.records import ADDRESSES
from xinfu.ports.store import Step
from xinfu.services.parts import RecordParts
from xinfu.services.processes.transfer import address_name
from xinfu.web.management.names import AUTH

_RENEWING: Final = ("refreshToken", "refreshEndpoint", "expiresIn", "refreshAudience", "audience")
"""Words of an address that go by the names of Tractus-X."""


async def open_address(parts: RecordParts, view: Step, record: TransferProcess) -> DataAddress | None:
    """Return the address of a running transfer as its provider gave it, or None without one.

    Raises:
        IntegrityError: the envelope was changed.
    """
    if record.state is not State.STARTED:
        return None
    sealed = await view.of(ADDRESSES).get(record.id)
    if sealed is None:
        return None
    plain = parts.keyring.open(sealed.envelope, context=record.context, name=address_name(record.id))
    return msgspec.json.decode(plain, type=DataAddress)


def show_address(address: DataAddress, *, renewing: bool = False) -> dict[str, Any]:
    """Return an address under EDC's names, and on request its renewal fields under the names of Tractus-X."""
    named = {each.word: each.value for each in address.properties}
    plain = {word: value for word, value in named.items() if word not in _RENEWING}
    told = {f"{AUTH}{word}": named[word] for word in _RENEWING if word in named} if renewing else {}
    return {
        "type": address.endpoint_type,
        "endpointType": address.endpoint_type,
        **({"endpoint": address.url} if address.url else {}),
        **plain,
        **told,
    }
