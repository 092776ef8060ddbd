"""HttpData-PUSH, the provider's side: the address that a consumer gives for the bytes, and the queued push.

A push that has started promises one row of its own process, so that no message of the transfer waits behind the bytes.
The address is the consumer's, so D-08 holds for it; its secrets lie sealed until the transfer is over.

Follows: Dataspace Protocol 2025-1, Transfer Request Message, dataAddress; EDC's names of HttpData.
"""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from xinfu import dsp
from xinfu.dsp import DataAddress, Role
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import ADDRESSES, SealedAddress, outbox
from xinfu.ports.store import Step
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.processes import errors

_METHODS: Final = frozenset({"POST", "PUT"})
_HEADER: Final = "header:"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The method, URL and headers of a push; the headers may hold secrets."""

    method: str
    url: str
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Target({self.method})"


def target_of(address: DataAddress) -> Target:
    """The push target that an address describes.

    Raises:
        InputError: `push.address`: it is no HTTP address, or another method than POST and PUT.
    """
    base = address.url or address.value_of("baseUrl") or ""
    method = (address.value_of("method") or "POST").upper()
    if urlsplit(base).scheme not in {"http", "https"} or method not in _METHODS:
        raise errors.PUSH_ADDRESS()
    path, query = address.value_of("path"), address.value_of("queryParams")
    url = base if not path else f"{base.rstrip('/')}/{path.lstrip('/')}"
    if query:
        url += f"{'&' if urlsplit(url).query else '?'}{query}"
    headers = {
        each.word.removeprefix(_HEADER): each.value
        for each in address.properties
        if each.word.startswith(_HEADER)
    }
    key, code = address.value_of("authKey"), address.value_of("authCode")
    if key and code:
        headers[key] = code
    elif address.authorization:
        headers["Authorization"] = address.authorization_header
    return Target(method=method, url=url, headers=headers)


def address_to(url: str, *, method: str = "POST", token: str | None = None) -> DataAddress:
    """An address for a push as every reader takes it; `token` goes as a bearer token."""
    words = {"baseUrl": url, "method": method}
    if token is not None:
        words |= {"authKey": "Authorization", "authCode": f"Bearer {token}"}
    return dsp.edc_address("HttpData", words)


def check(parts: PeerParts, address: DataAddress) -> None:
    """Refuse an address that we would never call, before anything is stored.

    Raises:
        InputError: `push.address`, `address.refused`.
    """
    parts.outbound.check(target_of(address).url, purpose=Purpose.DATA)


async def save_target(step: Step, parts: RecordParts, record: TransferProcess, address: DataAddress) -> None:
    """Store the push address, sealed, until the transfer is over."""
    plain = msgspec.json.encode(address)
    envelope = parts.keyring.seal(plain, context=record.context, name=_name(record.id))
    kept = SealedAddress(
        id=_name(record.id), context=record.context, envelope=envelope, created=parts.clock.now()
    )
    await step.of(ADDRESSES).add(kept)


async def forget(step: Step, transfer: str) -> None:
    """Remove the push address of a transfer that is over."""
    await step.of(ADDRESSES).remove(_name(transfer))


async def load_target(parts: RecordParts, record: TransferProcess) -> DataAddress:
    """Load the push address of a transfer.

    Raises:
        NotFoundError: `push.address-gone`.
    """
    async with parts.store.view(record.context) as view:
        sealed = await view.of(ADDRESSES).get(_name(record.id))
    if sealed is None:
        raise errors.PUSH_ADDRESS_GONE()
    plain = parts.keyring.open(sealed.envelope, context=record.context, name=_name(record.id))
    return msgspec.json.decode(plain, type=DataAddress)


async def promise(step: Step, record: TransferProcess, now: datetime) -> None:
    """Queue the push of a transfer that has started, if we are its provider and it is a push."""
    if record.role is not Role.PROVIDER or record.pull:
        return
    await step.outbox.add(outbox.TransferPush(transfer=record.id), due=now)


def _name(transfer: str) -> str:
    return f"push:{transfer}"
