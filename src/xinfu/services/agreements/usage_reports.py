"""Reports under a filed contract: each use by this node, its fulfilment, its suspension and its breach.

What is promised here goes out by an interface of usage control (`contracts.usage`), one row of the outbox in the step in
which it happens, in order for each contract. An agreement whose contract is not filed has nothing to report, and costs
nothing. Follows: TC609-6-2025-15, 7.1.2.3 c, 8.1 d, g and h, clause 9; usage-control design §7.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.contracts.usage import Result, StopOrigin, UsageApi
from xinfu.ports.clock import Clock
from xinfu.ports.records import AgreementRecord, outbox
from xinfu.ports.store import Step

LONGEST_REASON: Final = 256


class Feedback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision on the data of a contract, and its grounds."""

    result: Result
    details: dict[str, str] = {}


class UsageStop(msgspec.Struct, frozen=True, kw_only=True):
    """A stop of the use under a contract: its id, its reason, and whether the provider or the system wanted it."""

    termination: str
    reason: str
    by: StopOrigin = StopOrigin.PROVIDER


async def report_use(
    step: Step, clock: Clock, agreement: AgreementRecord, code: str, details: Mapping[str, str]
) -> None:
    """Report to the provider a use, or a refused use, of data received under an agreement.

    Args:
        code: "completed", "cut" or another word of an outcome; or the code of a refusal.
    """
    if agreement.contract and agreement.role == "consumer":
        said = Feedback(result=result_of(code), details={"outcome": code, **details})
        await promise_report(
            step, clock, agreement, UsageApi.FEEDBACK, agreement.peer, msgspec.json.encode(said)
        )


async def report_suspension(step: Step, clock: Clock, agreement: AgreementRecord, reason: str) -> None:
    """Report that we, the provider, have suspended an agreement; the other parties and the platform have to stop."""
    if agreement.contract and agreement.role == "provider":
        said = UsageStop(termination=_fresh(clock), reason=reason[:LONGEST_REASON])
        await promise_report(step, clock, agreement, UsageApi.ABNORMAL, "", msgspec.json.encode(said))


async def report_breach(step: Step, clock: Clock, agreement: AgreementRecord, duty: str) -> None:
    """Report the breach of a duty that the other side owes us, the provider; its use has to stop."""
    if agreement.contract and agreement.role == "provider":
        said = UsageStop(termination=_fresh(clock), reason=f"duty.breached {duty}", by=StopOrigin.SYSTEM)
        await promise_report(step, clock, agreement, UsageApi.ABNORMAL, "", msgspec.json.encode(said))


async def report_fulfilment(step: Step, clock: Clock, agreement: AgreementRecord) -> None:
    """Report the fulfilment of a duty that we owe, or the end of an agreement in time, to the other parties."""
    if agreement.contract:
        await promise_report(step, clock, agreement, UsageApi.PROOF, "", b"")


def result_of(code: str) -> Result:
    """Return the decision behind an outcome: a word ends an allowed use, a code is the reason of a refusal."""
    if "." not in code:
        return Result.ALLOWED
    return Result.CONDITIONAL if code.startswith("duty.") else Result.DENIED


async def promise_report(
    step: Step, clock: Clock, agreement: AgreementRecord, api: UsageApi, peer: str, payload: bytes
) -> None:
    """Queue a report; without a peer the receivers are determined at delivery."""
    said = outbox.ContractMessage(contract=agreement.contract, kind=api.value, receiver=peer, content=payload)
    await step.outbox.add(said, due=clock.now())


def _fresh(clock: Clock) -> str:
    return clock.new_id().removeprefix("urn:uuid:")
