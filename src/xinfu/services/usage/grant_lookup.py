"""Lookup of the grant for a caller's token: token -> grant -> running transfer -> live agreement."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.observer import follow
from xinfu.ports.records import AGREEMENTS, GRANTS, TRANSFERS, AgreementRecord, AgreementState, Grant
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.usage import errors, grants

STARTED: Final = "STARTED"
PUT_RIGHT: Final = timedelta(seconds=5)
"""By so much a clock may be put right; a token of a time that has not come was made while the clock was set ahead."""


class ReadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A read that a caller of the data listener asks for, and the channel on which it arrives.

    Attributes:
        path: "" for a source that is one file.
        key: the caller's name for this read, so that a repeat takes no second use; "": none.
        address: the caller's address; "": not certain.
        encrypted: whether the answer travels encrypted.
    """

    context: str
    token: str
    transfer: str
    path: str = ""
    range: str | None = None
    address: str = ""
    encrypted: bool = False
    key: str = ""


async def find_grant(step: Step, ask: ReadRequest) -> Grant:
    """The grant of the token, even if it is closed or expired.

    Raises:
        UnauthorizedError: `data.token-refused`.
    """
    grant = await step.of(GRANTS).get(grants.token_id(ask.token)) if ask.token else None
    if grant is None:
        raise errors.DATA_TOKEN_REFUSED()
    return grant


def is_running(transfer: TransferProcess) -> bool:
    """Whether bytes may flow: the transfer has started, or its start is on its way to the consumer."""
    return transfer.state == STARTED or transfer.sending == "START"


async def find_live_grant(step: Step, ask: ReadRequest, now: datetime) -> tuple[Grant, AgreementRecord]:
    """The grant that the token opens, and its live agreement.

    Raises:
        UnauthorizedError: `data.token-refused`. RefusedError: of another transfer, closed, ended or expired.
    """
    grant = await find_grant(step, ask)
    transfer = await step.of(TRANSFERS).get(grant.transfer)
    agreement = await step.of(AGREEMENTS).get(grant.agreement)
    if grant.transfer != ask.transfer or transfer is None or agreement is None:
        raise errors.DATA_OTHER_TRANSFER()
    follow(transfer.id, transfer.trace)
    if agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.ended(agreement)
    if grant.closed or grant.epoch != agreement.epoch or not is_running(transfer):
        raise grants.not_started(transfer)
    if not grant.created - PUT_RIGHT <= now < grant.until:
        raise errors.DATA_TOKEN_EXPIRED()
    return grant, agreement
