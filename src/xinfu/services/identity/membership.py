"""A small issuer of membership credentials, with the status list that revokes them (D-07)."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.credentials import (
    MEMBERSHIP,
    StatusEntry,
    issue_credential,
    issue_status_list,
    new_bits,
    read_credential,
    with_bit,
)
from xinfu.errors import XinfuError
from xinfu.ports.records import ISSUED_CREDENTIALS, HeldCredential, IssuedCredential
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import record_entry
from xinfu.services.identity import errors
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import RecordParts

STATUS_LIFE: Final = timedelta(minutes=5)
MAX_LIFE: Final = timedelta(days=366)


class FreshCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A newly issued credential: its record, and the JWT for its subject."""

    record: IssuedCredential
    jwt: str


async def issue(
    parts: RecordParts,
    keys: KeyCabinet,
    context: Context,
    *,
    subject: str,
    type_: str = MEMBERSHIP,
    claims: Mapping[str, object],
    life: timedelta = timedelta(days=90),
) -> FreshCredential:
    """Issue a credential about `subject`, signed by this context's message key.

    Raises:
        InputError: `credential.life`: no life at all, or one of more than a year.
    """
    if not timedelta(0) < life <= MAX_LIFE:
        raise errors.CREDENTIAL_LIFE()
    now = parts.clock.now()
    async with parts.store.step(context.id) as step:
        await step.alone("status list")  # no two credentials have one bit
        index = await step.of(ISSUED_CREDENTIALS).count()
        record = IssuedCredential(
            id=parts.clock.new_id(),
            context=context.id,
            type=type_,
            subject=subject,
            index=index,
            expires=now + life,
            created=now,
        )
        jwt = issue_credential(
            keys.message_signer(context.id),
            id=record.id,
            issuer=context.participant,
            holder=subject,
            type=type_,
            claims=claims,
            valid_from=now,
            valid_until=record.expires,
            status=StatusEntry(url=status_url(context), index=index),
        )
        await step.of(ISSUED_CREDENTIALS).add(record)
        digest = hashlib.sha256(jwt.encode()).hexdigest()
        facts = {"credential": record.id, "type": type_, "subject": subject, "digest": digest}
        await record_entry(step, parts.clock, "credential.issued", facts, peer=subject)
    return FreshCredential(record=record, jwt=jwt)


async def revoke(parts: RecordParts, context: Context, id_: str, *, reason: str) -> IssuedCredential:
    """Revoke a credential; verifiers see that when they next read the status list.

    Raises:
        NotFoundError: `issued_credential.not-found`. ConflictError: `credential.revoked`.
    """
    async with parts.store.step(context.id) as step:
        record = await step.of(ISSUED_CREDENTIALS).lock(id_)
        if record.revoked:
            raise errors.CREDENTIAL_REVOKED()
        revoked = replace(record, revoked=True)
        await step.of(ISSUED_CREDENTIALS).save(revoked)
        facts = {"credential": id_, "reason": reason}
        await record_entry(step, parts.clock, "credential.revoked", facts, peer=record.subject)
    return revoked


async def status_list(parts: RecordParts, keys: KeyCabinet, context: Context) -> str:
    """The status list credential with all revocations so far, newly signed."""
    bits = new_bits()
    async with parts.store.view(context.id) as view:
        after: str | None = None
        while page := await view.of(ISSUED_CREDENTIALS).find(
            ISSUED_CREDENTIALS.revoked.equals(True), after=after, limit=1000
        ):
            after = page[-1].id
            for record in page:
                bits = with_bit(bits, record.index, True)
    now = parts.clock.now()
    return issue_status_list(
        keys.message_signer(context.id),
        issuer=context.participant,
        url=status_url(context),
        bits=bits,
        now=now,
        valid_until=now + STATUS_LIFE,
    )


async def hold(parts: RecordParts, keys: KeyCabinet, context: Context, jwt: str) -> HeldCredential:
    """Store a credential that an issuer gave us.

    Raises:
        InputError: `credential.unreadable`: it cannot be read, or is not about us.
    """
    try:
        read = read_credential(jwt)
    except XinfuError as error:
        raise errors.CREDENTIAL_UNREADABLE() from error
    if read.holder != context.participant:
        raise errors.CREDENTIAL_UNREADABLE()
    held = HeldCredential(
        id=parts.clock.new_id(),
        context=context.id,
        type=next((each for each in read.types if each != "VerifiableCredential"), MEMBERSHIP),
        issuer=read.issuer,
        jwt=jwt,
        expires=read.valid_until,
        created=parts.clock.now(),
    )
    await keys.hold(context.id, held)
    return held


def status_url(context: Context) -> str:
    """The URL of the status list of a context's credentials."""
    return f"{context.protocol_root}/status/1"
