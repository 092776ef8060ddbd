"""The evidence (存证) of uses: two entries for each use, and one for a refusal."""

import logging
from typing import Final

from xinfu.errors import UnauthorizedError, XinfuError
from xinfu.evidence.entry import Fact
from xinfu.ports.records import AGREEMENTS, TRANSFERS, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.agreements.contract_in_force import contract_facts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import RecordParts
from xinfu.services.usage.grant_lookup import ReadRequest, find_grant

_log = logging.getLogger(__name__)

_RULED: Final = ("rule", "columns")
"""What a refusal says of the rule that it goes by."""


async def record_use(
    step: Step,
    parts: RecordParts,
    kind: str,
    facts: dict[str, Fact],
    ask: ReadRequest,
    agreement: AgreementRecord,
) -> None:
    """Record a use: `kind` is "use.begun" before the first byte, so that all are recorded, and "use" at the end."""
    await record_entry(
        step,
        parts.clock,
        kind,
        facts | await contract_facts(step, agreement),
        process=ask.transfer,
        agreement=agreement.wire_id,
        peer=agreement.peer,
    )


async def record_refusal(parts: RecordParts, ask: ReadRequest, error: XinfuError) -> None:
    """Record the refusal of a known grant as evidence; an unknown token is only logged."""
    _log.warning("use refused", extra={"code": error.code, "transfer": ask.transfer})
    if isinstance(error, UnauthorizedError):
        return
    async with parts.store.step(ask.context) as step:
        grant = await find_grant(step, ask)  # whose token it is, not what the caller says
        transfer = await step.of(TRANSFERS).get(grant.transfer)
        if transfer is not None:
            facts: dict[str, Fact] = {"code": error.code, "path": ask.path}
            facts |= {name: error.facts[name] for name in _RULED if name in error.facts}
            agreement = await step.of(AGREEMENTS).get(grant.agreement)
            facts |= await contract_facts(step, agreement)
            await record_entry(
                step,
                parts.clock,
                "refusal",
                facts,
                process=transfer.id,
                agreement=transfer.agreement_id,
                peer=transfer.peer,
            )
