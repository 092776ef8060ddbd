"""Duties to send usage records (行为记录发送) and to tell of abnormal use (异常提醒), which the reports of this node fulfil.

Under a filed contract what comes, every use in the vault and every refusal there is promised to the provider in the step
in which it happens (`services.reporting`). So the node hands in the proof of such a duty by itself: of records as soon as
data has come, of abnormal use when all is over. What happened before the contract was filed was reported to nobody, and
without a filed contract nothing is: then a person has to send it, and prove that.
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
    """When an entry was made."""

    at: datetime


async def prove_recorded(parts: RecordParts, duty: DutyRecord) -> None:
    """Prove a duty of ours by what was reported; nothing happens where that is not enough, or not yet.

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
    """Since when what happens under an agreement reports itself."""
    record = await view.of(CONTRACTS).get(agreement.contract) if agreement.contract else None
    filing = None if record is None else record.contract.filing
    return None if filing is None else filing.filed


async def _received(view: Step, duty: DutyRecord) -> list[StoredEntry]:
    """What came by the transfer that triggered the duty, or under its agreement."""
    where = {"agreement": duty.wire_id, "role": str(Role.CONSUMER)}
    moved = await view.of(TRANSFERS).find(where, limit=_MOST)
    return [
        entry
        for each in moved
        if duty.transfer in ("", each.provider_pid)
        for entry in await view.log.find(process=each.id, kind="data.received", limit=_MOST)
    ]


async def _refused(view: Step, duty: DutyRecord) -> list[StoredEntry]:
    """What was refused of all that landed under the agreement."""
    landed = await view.of(VAULT_OBJECTS).find({"agreement": duty.agreement}, limit=_MOST)
    return [
        entry
        for each in landed
        for entry in await view.log.find(process=each.id, kind="refusal", limit=_MOST)
    ]
