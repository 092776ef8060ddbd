"""Where a started pull is fetched, token included: opened from its envelope for those who hold the API key."""

from typing import Any

import msgspec

from xinfu.dsp import DataAddress
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.store import Step
from xinfu.services.parts import Parts
from xinfu.services.transfer import address_name


async def opened(parts: Parts, view: Step, record: TransferProcess) -> DataAddress | None:
    """The address of a transfer that runs, as its provider gave it; None when there is none now.

    Raises:
        IntegrityError: the envelope was changed.
    """
    if record.state is not State.STARTED:
        return None
    sealed = await view.addresses.get(record.id)
    if sealed is None:
        return None
    plain = parts.keyring.open(sealed.envelope, context=record.context, name=address_name(record.id))
    return msgspec.json.decode(plain, type=DataAddress)


def shown(address: DataAddress) -> dict[str, Any]:
    """An address by EDC's names."""
    named = {each.word: each.value for each in address.properties}
    return {
        "type": address.endpoint_type,
        "endpointType": address.endpoint_type,
        **({"endpoint": address.url} if address.url else {}),
        **named,
    }
