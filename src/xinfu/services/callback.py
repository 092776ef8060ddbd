"""Callbacks: post the events of a negotiation or a transfer to the addresses that our own operator named with it.

Each change of state is an event with a name of EDC's ("contract.negotiation.finalized"), posted to every address one
of whose `events` begins that name. It is promised in the step that makes the change and delivered at least once, in
order for each address, whatever the others do; its id stays the same over all tries. An address is one of the node's
own operator (`[outbound] sources`, D-08). The event is stored sealed, since that of a started pull carries its token.

Follows: Eclipse EDC, callback addresses and event envelopes (the wire form).
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp import DataAddress
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import XinfuError
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import AGREEMENTS, AgreementRecord, OutboxRow, outbox
from xinfu.ports.store import Step
from xinfu.services import errors
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.sources import secrets

_log = logging.getLogger(__name__)

INITIATED: Final = "INITIATED"
"""The state, for an event, of a process that waits for its first acknowledgement."""
PROTOCOL: Final = "dataspace-protocol-http:2025-1"
_NEGOTIATION: Final = "contract.negotiation"
_TRANSFER: Final = "transfer.process"
_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_ANSWER_BYTES: Final = 64 * 1024

Callbacks = Iterable[Mapping[str, Any]]


def check(parts: PeerParts, context: str, callbacks: Callbacks) -> None:
    """Refuse callback addresses that the outbound rules forbid; a scheme other than http(s) is kept but never called.

    Raises:
        InputError: `address.refused`.
    """
    for each in callbacks:
        if _is_called(each):
            parts.outbound.check(str(each["uri"]), purpose=Purpose.SOURCE, context=context)


async def of_negotiation(step: Step, parts: RecordParts, record: ContractNegotiation) -> None:
    """Queue the state of a negotiation for its callback addresses, in the caller's step."""
    if not record.callbacks:
        return
    state = record.state or INITIATED
    offer = {"id": record.offer.id, "assetId": record.dataset, "policy": odrl.write(record.offer)}
    payload: dict[str, Any] = {
        "contractNegotiationId": record.id,
        "counterPartyId": record.peer,
        "counterPartyAddress": record.peer_base,
        "protocol": PROTOCOL,
        "contractOffers": [offer],
        "lastContractOffer": offer,
    }
    agreed = await step.of(AGREEMENTS).find(AGREEMENTS.negotiation.equals(record.id), limit=1)
    if agreed:
        payload["contractAgreement"] = _agreement(agreed[0], record)
    if record.reason or record.code:
        payload["reason"] = _reason(record.reason, record.code)
    await _promise(step, parts, record, _NEGOTIATION, state, payload)


async def of_transfer(
    step: Step, parts: RecordParts, record: TransferProcess, address: DataAddress | None = None
) -> None:
    """Queue the state of a transfer for its callback addresses, in the caller's step.

    Args:
        address: where its data can be fetched from now on, token included.
    """
    if not record.callbacks:
        return
    found = await step.of(AGREEMENTS).find(
        AGREEMENTS.wire_id.equals(record.agreement_id), AGREEMENTS.role.equals(record.role), limit=1
    )
    payload: dict[str, Any] = {
        "transferProcessId": record.id,
        "type": record.role.value.upper(),
        "assetId": record.dataset,
        "contractId": found[0].id if found else record.agreement_id,
    }
    if address is not None:
        payload["dataAddress"] = {"properties": _properties(address)}
    if record.reason or record.code:
        payload["reason"] = _reason(record.reason, record.code)
    await _promise(step, parts, record, _TRANSFER, record.state or INITIATED, payload)


async def post(parts: PeerParts, row: OutboxRow, event: outbox.CallbackEvent) -> None:
    """Post one event to one address; a failed post raises, to be tried again, until it is given up and logged.

    Raises:
        PeerError, RefusedError: the event was not taken. InputError: the secret for the header is missing.
    """
    plain = parts.keyring.open(event.envelope, context=row.context, name=_sealed_name(event))
    told = msgspec.json.decode(plain, type=_CallbackPost)
    try:
        keys = await secrets.load_values(parts, row.context, [told.secret] if told.secret else [])
        answer = await parts.outbound.request(
            "POST",
            event.url,
            purpose=Purpose.SOURCE,
            context=row.context,
            headers={
                "Content-Type": "application/json",
                **({told.header: keys[told.secret]} if told.header and told.secret else {}),
            },
            body=told.body,
            limit_bytes=_ANSWER_BYTES,
        )
        if not 200 <= answer.status < 300:
            raise errors.CALLBACK_REFUSED(status=answer.status)
    except XinfuError:
        if parts.clock.now() - row.created < parts.give_up_after:
            raise
        _log.warning("callback given up", extra={"process_id": event.process, "event": event.kind})
    async with parts.store.step(row.context, lazy=True) as step:
        await step.outbox.done(row.id)


class _CallbackPost(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a callback post, and the header that carries the secret of the given name."""

    body: bytes
    header: str | None = None
    secret: str | None = None


async def _promise(
    step: Step,
    parts: RecordParts,
    record: ContractNegotiation | TransferProcess,
    prefix: str,
    state: str,
    payload: Mapping[str, Any],
) -> None:
    name = f"{prefix}.{state.lower()}"
    event = {
        "id": parts.clock.new_id(),
        "at": int(record.updated.timestamp() * 1000),
        "type": "".join(word.capitalize() for word in name.split(".")),
        "payload": {**payload, "callbackAddresses": [*record.callbacks]},
    }
    body = msgspec.json.encode(event)
    for number, each in enumerate(record.callbacks):
        if not _is_called(each) or not any(name.startswith(str(begin)) for begin in each.get("events", ())):
            continue
        told = _CallbackPost(body=body, header=each.get("authKey"), secret=each.get("authCodeId"))
        promise = outbox.CallbackEvent(
            family="negotiation" if prefix == _NEGOTIATION else "transfer",
            process=record.id,
            number=number,
            kind=name,
            url=str(each["uri"]),
            envelope=b"",
        )
        plain, sealed_name = msgspec.json.encode(told), _sealed_name(promise)
        envelope = parts.keyring.seal(plain, context=record.context, name=sealed_name)
        await step.outbox.add(replace(promise, envelope=envelope), due=parts.clock.now())


def _is_called(callback: Mapping[str, Any]) -> bool:
    return str(callback.get("uri", "")).lower().startswith(("http://", "https://"))


def _sealed_name(event: outbox.CallbackEvent) -> str:
    return f"outbox:{event.queue}"


def _agreement(found: AgreementRecord, record: ContractNegotiation) -> dict[str, Any]:
    return {
        "id": found.id,
        "agreementId": found.wire_id,
        "assetId": found.dataset,
        "providerId": record.provider,
        "consumerId": record.consumer,
        "contractSigningDate": int(found.concluded.timestamp()),
        "policy": odrl.write(found.policy),
    }


def _properties(address: DataAddress) -> dict[str, str]:
    """The properties of a data address under their full names, as EDC keeps them."""
    named = {f"{_EDC}{each.word}": each.value for each in address.properties}
    return {f"{_EDC}type": address.endpoint_type, f"{_EDC}endpoint": address.url or "", **named}


def _reason(reason: tuple[str, ...], code: str | None) -> str:
    return "; ".join(reason) or str(code)
