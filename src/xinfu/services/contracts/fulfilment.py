"""Prove to the others and the platform what was done: `/fulfillmentProof` (TC609-6-2025-15, table 5).

A proof holds receipts of entries of our log, each of which can be checked offline; a proof with a receipt that does not
hold is refused as a whole. It is sent on request, when one of our duties is fulfilled, and when the agreement ends in time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.contracts import message_bytes, write_signature
from xinfu.contracts.messages import DONE, StatusAnswer
from xinfu.contracts.usage import FulfillmentProof, UsageApi
from xinfu.errors import XinfuError
from xinfu.evidence import Anchors, Receipt, canonical, verify
from xinfu.ports.records import AGREEMENTS, DUTIES, TRANSFERS, VAULT_OBJECTS, ContractRecord, OutboxRow
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record, seals
from xinfu.services.agreements.contract_record import us_in
from xinfu.services.contracts import errors
from xinfu.services.contracts.executing import must_be_filed
from xinfu.services.contracts.report_numbers import ReportPosition, hear
from xinfu.services.contracts.usage import about, party_of, usage_facts
from xinfu.services.evidence.notes import record_entry, record_received
from xinfu.services.evidence.receipts import receipts_of_process
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, RecordParts

MOST_RECEIPTS: Final = 40
"""Receipts in one proof, the newest ones: the message has to stay readable."""
_PROVES: Final = frozenset(
    {
        "use",
        "data.received",
        "duty.state",
        "vault.destroyed",
        "contract.signed",
        "contract.filed",
        "contract.executed",
        "usage.stopped",
    }
)
"""Kinds of entry that say how a contract was carried out."""


async def prove(
    parts: RecordParts, context: str, id_: str, *, row: OutboxRow | None = None
) -> ContractRecord:
    """Queue the proof of what was done under a contract for the other parties and the platform.

    Args:
        row: the outbox row that this settles, in the same step.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-filed-yet`; `evidence.not-numbered`: its
            checkpoint follows within a moment.
    """
    record = await contract_record.find_contract(parts, context, id_)
    platform = must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    log = canonical([msgspec.to_builtins(each) for each in await _receipts(parts, context, record)])
    proof = parts.clock.new_id().removeprefix("urn:uuid:")
    async with parts.store.step(context) as step:
        if row is not None and not await step.outbox.done(row.id):
            return record
        await _record(step, parts, record, by=us.participant, proof=proof, log=log)
        payload = msgspec.json.encode({"proof": proof, "log": msgspec.Raw(log)})
        for each in [*contract_record.others(record, us.participant), platform]:
            await contract_record.promise_message(step, parts, record, UsageApi.PROOF.value, each, payload)
    return record


async def proof_message(
    parts: ContractParts, record: ContractRecord, content: bytes, place: ReportPosition
) -> FulfillmentProof:
    """Build the signed message of a proof."""
    said: dict[str, Any] = msgspec.json.decode(content)
    us, now = us_in(parts, record.context, record.contract), parts.clock.now().replace(microsecond=0)
    message = FulfillmentProof(
        proof_id=said["proof"],
        log=said["log"],
        signature="-",
        report_number=place.report_number,
        report_after=place.report_after,
        **about(parts, record),
    )
    covered = partial(message_bytes, UsageApi.PROOF, message)
    signature = await seals.sign_for(parts, record.context, covered, party=us.id, at=now)
    return replace(message, signature=write_signature(signature))


async def receive_proof(parts: ContractParts, arrival: Arrival, message: FulfillmentProof) -> StatusAnswer:
    """Record a proof of fulfilment if its receipts hold, are from the sender's published log and about the contract.

    Raises:
        As `usage.party_of` and `hearing.hear`. ConflictError: `contract.proof-broken`.
    """
    record = await party_of(parts, arrival, message, UsageApi.PROOF)
    await _check_log(parts, arrival, record, message.log)
    async with parts.store.step(arrival.context.id) as step:
        if await hear(step, parts, arrival, record, message) is None:
            return StatusAnswer(status=DONE)
        await record_received(step, parts.clock, arrival, type_=UsageApi.PROOF.value, process=record.id)
        log = canonical(message.log)
        await _record(step, parts, record, by=arrival.peer, proof=message.proof_id, log=log)
    return StatusAnswer(status=DONE)


async def _check_log(parts: ContractParts, arrival: Arrival, record: ContractRecord, log: object) -> None:
    """Check that every receipt is intact, comes from the log that the sender publishes, and is about this contract."""
    try:
        receipts = msgspec.convert(log, list[Receipt])
        holds = await _are_published(parts, receipts, arrival.peer)
    except (msgspec.ValidationError, XinfuError) as error:
        raise errors.CONTRACT_PROOF_BROKEN() from error
    agreement = record.agreement or _agreement_of(receipts, record)
    about_it = all(_is_about(each.proven.entry, record, agreement) for each in receipts)
    if not receipts or not holds or not about_it:
        raise errors.CONTRACT_PROOF_BROKEN()


async def _are_published(parts: ContractParts, receipts: Sequence[Receipt], peer: str) -> bool:
    """Whether keys that the DID document of `peer` lists for its log vouch for all of these receipts.

    The remembered document may be older than a rotation, so it is fetched anew once before the answer is no.
    """
    if any(each.origin != peer for each in receipts):
        return False
    for anew in (False, True):
        anchors = Anchors(logs={peer: await parts.identity.log_keys(peer, anew=anew)})
        found = (verify(each, anchors=anchors, check_signature=parts.sealing.is_signed) for each in receipts)
        if all(each.outcome == "established" for each in found):
            return True
    return False


def _agreement_of(receipts: Sequence[Receipt], record: ContractRecord) -> str:
    """The one agreement that the sender's log names with the contract, which a platform learns only here; else ""."""
    entries = [each.proven.entry for each in receipts]
    named = {entry.get("agreement") for entry in entries if _number_of(entry) == record.contract.number}
    stated = [each for each in named if isinstance(each, str) and each]
    return stated[0] if len(stated) == 1 else ""


def _is_about(entry: Mapping[str, object], record: ContractRecord, agreement: str) -> bool:
    """Whether an entry names the contract by its number, or else the agreement behind it."""
    number, under = _number_of(entry), entry.get("agreement")
    if number is None:
        return bool(agreement) and under == agreement
    return number == record.contract.number and under in {None, agreement}


def _number_of(entry: Mapping[str, object]) -> object:
    stated = entry.get("facts")
    return stated.get("number") if isinstance(stated, dict) else None


async def _receipts(parts: RecordParts, context: str, record: ContractRecord) -> list[Receipt]:
    """The receipts of the newest entries about a contract and all under it, without attachments.

    One that names both contract and agreement is always included: by it a platform recognizes the others.
    """
    async with parts.store.view(context) as view:
        processes = [record.id, *await _under(view, record)]
    found = [each for process in processes for each in await receipts_of_process(parts, context, process)]
    telling_ = [each for each in found if each.proven.entry.get("kind") in _PROVES]
    inorder = sorted(telling_, key=lambda each: each.proven.index)
    older, newest = inorder[: 1 - MOST_RECEIPTS], inorder[1 - MOST_RECEIPTS :]
    ties = [each for each in inorder if _ties(each.proven.entry, record)]
    first = older[-1:] if not ties or ties[-1] in newest else ties[-1:]
    return [replace(each, attachments=None) for each in (*first, *newest)]


def _ties(entry: Mapping[str, object], record: ContractRecord) -> bool:
    """Whether an entry names the contract and the agreement behind it."""
    return _number_of(entry) == record.contract.number and entry.get("agreement") == record.agreement


async def _under(view: Step, record: ContractRecord) -> list[str]:
    """Ids of the transfers, the duties and the landed objects under the agreement of a contract."""
    found: list[str] = []
    for each in await view.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(record.agreement or "-"), limit=2):
        moved = await view.of(TRANSFERS).find(
            TRANSFERS.agreement.equals(each.wire_id), limit=100, newest_first=True
        )
        owed = await view.of(DUTIES).find(DUTIES.agreement.equals(each.id), limit=100, newest_first=True)
        landed = await view.of(VAULT_OBJECTS).find(
            VAULT_OBJECTS.agreement.equals(each.id), limit=100, newest_first=True
        )
        found += [*(one.id for one in moved), *(one.id for one in owed), *(one.id for one in landed)]
    return list(dict.fromkeys(found))


async def _record(
    step: Step, parts: RecordParts, record: ContractRecord, *, by: str, proof: str, log: bytes
) -> None:
    said = usage_facts(record, by) | {
        "proof": proof,
        "digest": hashlib.sha256(log).hexdigest(),
        "receipts": len(msgspec.json.decode(log)),
    }
    await record_entry(step, parts.clock, "usage.proof", said, process=record.id, attachments={"log": log})
