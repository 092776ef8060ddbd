"""Duties to send usage records (行为记录发送) and to report abnormal use (异常提醒), fulfilled by this node's reports.

Under a filed contract every arrival of data, every use in the vault and every refusal there is queued for the
provider in the step in which it happens (`usage_reports`). So the node submits the proof of such a duty itself: for
records as soon as data has arrived, for abnormal use when everything is over. Events before the filing, or without a
filed contract, are not reported: then a person has to send them, and prove that.
"""

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from xinfu.contracts.usage import UsageApi
from xinfu.dsp import Role
from xinfu.odrl.duties.proofs import Assurance, Proof
from xinfu.ports.log import StoredEntry
from xinfu.ports.records import AGREEMENTS, CONTRACTS, TRANSFERS, VAULT_OBJECTS, AgreementRecord, DutyRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import duty_proofs
from xinfu.services.parts import RecordParts

RECORDS: Final = "logRecordSend"
ABNORMAL: Final = "alert"
_MOST: Final = 1000


class _At(msgspec.Struct, frozen=True):
    """The time at which an entry was made."""

    at: datetime


async def prove_recorded(parts: RecordParts, duty: DutyRecord) -> None:
    """Prove one of our duties with the reports made; do nothing if they do not suffice, or not yet.

    Raises:
        ConflictError: the duty was done meanwhile.
    """
    async with parts.store.view(duty.context) as view:
        proof = await _proof(view, duty)
    if proof is not None:
        await duty_proofs.fulfil(parts, duty.context, duty.id, proof)


async def _proof(view: Step, duty: DutyRecord) -> Proof | None:
    agreement = await view.of(AGREEMENTS).get(duty.agreement)
    filed = None if agreement is None else await _filed(view, agreement)
    if agreement is None or filed is None:
        return None
    entries = await (_received if duty.action == RECORDS else _refused)(view, duty)
    if any(msgspec.json.decode(each.canonical, type=_At).at < filed for each in entries):
        return None
    if len(entries) >= _MOST or (duty.action == RECORDS and not entries):
        return None
    return Proof(
        assurance=Assurance.OBSERVED,
        method=UsageApi.FEEDBACK.value,
        digests=tuple(hashlib.sha256(each.canonical).hexdigest() for each in entries),
        statement=f"{len(entries)} reported",
    )


async def _filed(view: Step, agreement: AgreementRecord) -> datetime | None:
    """The time since which events under an agreement are reported automatically; None if they are not."""
    record = await view.of(CONTRACTS).get(agreement.contract) if agreement.contract else None
    filing = None if record is None else record.contract.filing
    return None if filing is None else filing.filed


async def _received(view: Step, duty: DutyRecord) -> list[StoredEntry]:
    """The entries of data received by the transfer that triggered the duty, or under its agreement."""
    where = (TRANSFERS.agreement.equals(duty.wire_id), TRANSFERS.role.equals(Role.CONSUMER))
    moved = await view.of(TRANSFERS).find(*where, limit=_MOST)
    return [
        entry
        for each in moved
        if duty.transfer in ("", each.provider_pid)
        for entry in await view.log.find(process=each.id, kind="data.received", limit=_MOST)
    ]


async def _refused(view: Step, duty: DutyRecord) -> list[StoredEntry]:
    """The refusals of objects that landed under the agreement."""
    landed = await view.of(VAULT_OBJECTS).find(VAULT_OBJECTS.agreement.equals(duty.agreement), limit=_MOST)
    return [
        entry
        for each in landed
        for entry in await view.log.find(process=each.id, kind="refusal", limit=_MOST)
    ]
