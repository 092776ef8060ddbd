"""Grants, the permissions behind endpoint tokens (D-18). Only the token's hash is kept.

A token is a grant's password: 256 random bits in the Authorization header of the data listener. It opens one
dataset of one agreement for one purpose, until its end, and nothing once its grant is closed.

A grant is renewed by its refresh token, and the same refresh token always gives the same new tokens: who lost the
answer asks again. The old access token lives on until its own end, or shortly beyond the first use of the new one,
so that readers beside the one who renews are not cut off. The account of a transfer goes on in its newest grant.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp import DataAddress, Renewal, bearer_address
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import RefusedError
from xinfu.ports.keyring import Keyring
from xinfu.ports.records import GRANTS, AgreementRecord, Grant
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import last_received
from xinfu.services.memory.running import stop_topic
from xinfu.services.usage import errors

Claims = dict[str, tuple[str, ...]]

REMEMBERED: Final = 8
"""Grants that are kept of one transfer: who starts again and again leaves no heap behind."""
GRACE: Final = timedelta(seconds=30)
"""How long an old access token goes on once the new one is used: for requests of others that are on their way."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The access token and the refresh token of a grant; `expires_in` is in whole seconds."""

    access_token: str
    refresh_token: str
    expires_in: int = 0

    def __repr__(self) -> str:
        return f"Tokens(expires_in={self.expires_in})"


def token_id(token: str) -> str:
    """The id of a token's grant: the token's SHA-256 in hex; a refresh token is hashed in the same way."""
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
    """Issue a new grant for a transfer, close earlier ones, and return the address with the new token.

    Args:
        until: when the policy's answer can change by time alone; the grant never outlives it.
    """
    before = await _of(step, transfer.id)
    await _close(step, before)
    await _forget(step, before)
    tokens = _fresh_tokens()
    grant = Grant(
        id=token_id(tokens.access_token),
        context=context.id,
        transfer=transfer.id,
        agreement=agreement.id,
        dataset=agreement.dataset,
        epoch=agreement.epoch,
        purpose=transfer.purpose,
        claims=claims,
        shown=await last_received(step, transfer.id),
        until=_end(context, now, until),
        delivered=before[-1].delivered if before else {},
        credited=before[-1].credited if before else {},
        results=before[-1].results if before else {},
        told=before[-1].told if before else {},
        uses=before[-1].uses if before else 0,
        turn=before[-1].turn + 1 if before else 0,
        refresh=token_id(tokens.refresh_token),
        created=now,
    )
    await step.of(GRANTS).add(grant)
    renewal = Renewal(
        refresh_token=tokens.refresh_token,
        endpoint=refresh_endpoint(context),
        expires_in=_seconds(grant.until - now),
        audience=context.participant,
        holder=transfer.peer,
    )
    return bearer_address(f"{context.data_base}/transfers/{transfer.id}", tokens.access_token, renewal)


def refresh_endpoint(context: Context) -> str:
    """The URL at which the tokens of a context are renewed."""
    return f"{context.data_base}/token"


async def renew(
    step: Step, keyring: Keyring, context: Context, grant: Grant, *, now: datetime, until: datetime | None
) -> Tokens:
    """The tokens that replace those of a grant; the same ones at every call.

    The caller holds the account and has made sure that the grant is not closed.

    Args:
        until: as for `issue`.
    """
    name = f"grant:{grant.id}"
    if grant.successor:
        plain = keyring.open(grant.successor, context=context.id, name=name)
        tokens = msgspec.json.decode(plain, type=Tokens)
        given = await step.of(GRANTS).get(token_id(tokens.access_token))
        return replace(tokens, expires_in=0 if given is None else _seconds(given.until - now))
    tokens = _fresh_tokens()
    grant = await with_first_use(step, grant, now)  # who renews a token has it
    renewed = replace(
        grant,
        id=token_id(tokens.access_token),
        until=_end(context, now, until),
        turn=grant.turn + 1,
        refresh=token_id(tokens.refresh_token),
        precursor=grant.id,
        created=now,
    )
    await _forget(step, await _of(step, grant.transfer))
    await step.of(GRANTS).add(renewed)
    sealed = keyring.seal(msgspec.json.encode(tokens), context=context.id, name=name)
    await step.of(GRANTS).save(replace(grant, successor=sealed))
    return replace(tokens, expires_in=_seconds(renewed.until - now))


async def account(step: Step, grant: Grant) -> Grant:
    """The grant with the account of the transfer: `grant`, or the newest grant of its transfer if it was renewed."""
    if not grant.successor:
        return grant
    found = await step.of(GRANTS).find(GRANTS.transfer.equals(grant.transfer), limit=1000)
    return max(found, key=_age)


async def take_up(step: Step, grant: Grant, now: datetime) -> Grant:
    """The account for a use under `grant`, whose first use shortens the life of the token before it."""
    return await account(step, await with_first_use(step, grant, now))


async def with_first_use(step: Step, grant: Grant, now: datetime) -> Grant:
    """The grant marked as used, which ends the token before it soon; the caller saves the result."""
    if not grant.precursor:
        return grant
    before = await step.of(GRANTS).get(grant.precursor)
    if before is not None and before.until > now + GRACE:
        await step.of(GRANTS).save(replace(before, until=now + GRACE))
    return replace(grant, precursor="")


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
    step.publish(
        stop_topic(
            step.context, errors.TRANSFER_NOT_STARTED(transfer=transfer, state="STOPPED"), transfer=transfer
        )
    )


async def hold_account(step: Step, transfer: str) -> None:
    """Lock the grants of a transfer until this step ends."""
    await step.alone(f"grants of {transfer}")


def not_started(transfer: TransferProcess) -> RefusedError:
    """The error for a token whose transfer is not running."""
    return errors.TRANSFER_NOT_STARTED(
        transfer=transfer.id, state=str(transfer.sending or transfer.state or "REQUESTED")
    )


async def _close(step: Step, opened: list[Grant]) -> None:
    for grant in opened:
        if not grant.closed:
            await step.of(GRANTS).save(replace(grant, closed=True))


async def _of(step: Step, transfer: str) -> list[Grant]:
    await hold_account(step, transfer)
    found = await step.of(GRANTS).find(GRANTS.transfer.equals(transfer), limit=1000)
    return sorted(found, key=_age)


async def _forget(step: Step, before: list[Grant]) -> None:
    for old in before[: -REMEMBERED + 1]:
        await step.of(GRANTS).remove(old.id)


def _age(grant: Grant) -> tuple[int, datetime]:
    return grant.turn, grant.created


def _fresh_tokens() -> Tokens:
    return Tokens(access_token=secrets.token_urlsafe(32), refresh_token=secrets.token_urlsafe(32))


def _end(context: Context, now: datetime, until: datetime | None) -> datetime:
    end = now + context.token_ttl
    return end if until is None else min(end, until)


def _seconds(left: timedelta) -> int:
    return max(0, int(left.total_seconds()))
