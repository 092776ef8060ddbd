"""Grants: what an endpoint token opens (D-18). Only the token's hash is kept.

A token is a grant's password: 256 random bits in the Authorization header of the data listener. It opens one
dataset of one agreement for one purpose, until its end, and nothing once its grant is closed.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu.dsp import DataAddress, bearer_address
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import RefusedError
from xinfu.ports.records import AgreementRecord, Grant
from xinfu.ports.store import Step
from xinfu.services.contexts import Context
from xinfu.services.proof import last_received
from xinfu.services.running import stop_topic

Claims = dict[str, tuple[str, ...]]

REMEMBERED: Final = 8
"""Grants that are kept of one transfer: who starts again and again leaves no heap behind."""


def token_id(token: str) -> str:
    """The id of the grant that a token opens."""
    return hashlib.sha256(token.encode()).hexdigest()


async def issue(
    step: Step,
    context: Context,
    transfer: TransferProcess,
    agreement: AgreementRecord,
    *,
    claims: Claims,
    now: datetime,
    until: datetime | None,
) -> DataAddress:
    """A fresh grant for a transfer; earlier ones are closed. Gives the address with its token.

    Args:
        until: when the policy's answer can change by time alone; the grant never outlives it.
    """
    before = await _of(step, transfer.id)
    await _close(step, before)
    for old in before[: -REMEMBERED + 1]:
        await step.grants.remove(old.id)
    token = secrets.token_urlsafe(32)
    end = now + context.token_ttl
    grant = Grant(
        id=token_id(token),
        context=context.id,
        transfer=transfer.id,
        agreement=agreement.id,
        dataset=agreement.dataset,
        epoch=agreement.epoch,
        purpose=transfer.purpose,
        claims=claims,
        shown=await last_received(step, transfer.id),
        until=end if until is None else min(end, until),
        delivered=before[-1].delivered if before else {},
        credited=before[-1].credited if before else {},
        uses=before[-1].uses if before else 0,
        created=now,
    )
    await step.grants.add(grant)
    return bearer_address(f"{context.data_base}/transfers/{transfer.id}", token)


async def uses_of(step: Step, transfer: str) -> int:
    """Uses that a transfer has paid for so far."""
    grant = await latest(step, transfer)
    return 0 if grant is None else grant.uses


async def latest(step: Step, transfer: str) -> Grant | None:
    """The newest grant of a transfer: it keeps the account of what was paid and delivered."""
    found = await _of(step, transfer)
    return found[-1] if found else None


async def close(step: Step, transfer: str) -> None:
    """Close every grant of a transfer: its tokens open nothing from here on, and what they opened stops."""
    await _close(step, await _of(step, transfer))
    step.publish(stop_topic(step.context, _over(transfer, "STOPPED"), transfer=transfer))


async def hold_account(step: Step, transfer: str) -> None:
    """Until this step ends, no other one changes what the grants of this transfer say."""
    await step.alone(f"grants of {transfer}")


def not_started(transfer: TransferProcess) -> RefusedError:
    """Why a transfer's token opens nothing now."""
    return _over(transfer.id, str(transfer.sending or transfer.state or "REQUESTED"))


def _over(transfer: str, state: str) -> RefusedError:
    return RefusedError(
        "transfer.not-started",
        f"The transfer does not run: {state}.",
        f"该传输未在进行：{state}。",
        help_en="Start it again, or ask for a new transfer.",
        help_zh="请重新启动该传输，或发起新的传输。",
        facts={"transfer": transfer, "state": state},
    )


async def _close(step: Step, opened: list[Grant]) -> None:
    for grant in opened:
        if not grant.closed:
            await step.grants.save(replace(grant, closed=True))


async def _of(step: Step, transfer: str) -> list[Grant]:
    await hold_account(step, transfer)
    found = await step.grants.find({"transfer": transfer}, limit=1000)
    return sorted(found, key=lambda grant: grant.created)
