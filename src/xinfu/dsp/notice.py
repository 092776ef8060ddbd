"""What one xinfu node tells another about an agreement beyond the Dataspace Protocol, signed as any message is (D-02).

A notice is posted to `/xinfu/notices` below the receiver's base. Four sorts: the agreement has changed, a duty has, a
payment was settled, and how the agreement stands, which asks the same of the receiver. Who is owed a duty says where it stands; who owes it hands in a proof. Fields that nobody knows are ignored, so an older
node understands a newer one. A node that is not xinfu is never sent one.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from xinfu.dsp import errors
from xinfu.odrl.duties.life import DutyState
from xinfu.odrl.duties.proofs import Proof

PATH: Final = "/xinfu/notices"

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Epoch = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class AgreementNotice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="xinfu:AgreementNotice", tag_field="@type"
):
    """The agreement has changed.

    Attributes:
        agreement: the id that both sides use.
        move: what the sender did: suspend, resume, terminate, fulfil, renew.
        clause: under which clause; without one an end is the sender's breach (D-23).
        renewed_by: for a renewal, the id of the agreement that takes its place.
        epoch: counts what the sender's agreement went through; one that is lower than another of the same sender is older.
    """

    agreement: str
    move: str
    at: Moment
    clause: str | None = None
    reason: str | None = None
    renewed_by: str | None = None
    epoch: Epoch | None = None


class DutyNotice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="xinfu:DutyNotice", tag_field="@type"
):
    """A duty has changed.

    Attributes:
        duty: where it stands in the policy, `permission[0].duty[1]`.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        state: where it stands with the sender.
        triggered: when it was triggered, where that is what the notice is about.
        proof: handed in by who owes it.
    """

    agreement: str
    duty: str
    state: DutyState
    at: Moment
    transfer: str = ""
    triggered: Moment | None = None
    proof: Proof | None = None
    reason: str | None = None


class PaymentNotice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="xinfu:PaymentNotice", tag_field="@type"
):
    """The provider was paid.

    Attributes:
        receipt: id of the receipt. amount: a decimal number in `currency`.
        at: when it was settled.
    """

    agreement: str
    receipt: str
    amount: str
    currency: str
    at: Moment


class StandingNotice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="xinfu:StandingNotice", tag_field="@type"
):
    """How an agreement stands with the sender, who wants to know how it stands with the receiver.

    Attributes:
        state: ACTIVE, SUSPENDED, EXPIRED, FULFILLED or TERMINATED.
        by: participant id of who suspended or ended it.
        epoch: as of an AgreementNotice.
    """

    agreement: str
    state: str
    at: Moment
    by: str | None = None
    clause: str | None = None
    reason: str | None = None
    epoch: Epoch | None = None


class NoticeAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How it stands with the receiver now: the state of the agreement or of the duty, "settled" of a payment.

    Attributes:
        by: of an agreement, participant id of who suspended or ended it, under which `clause`.
        epoch: of an agreement, as of an AgreementNotice.
    """

    state: str
    reason: str | None = None
    by: str | None = None
    clause: str | None = None
    epoch: Epoch | None = None


Notice = AgreementNotice | DutyNotice | PaymentNotice | StandingNotice


def read_notice(body: bytes) -> Notice:
    """A notice from its JSON.

    Raises:
        ProtocolError: `notice.unreadable`.
    """
    try:
        found: Notice = msgspec.json.decode(body, type=Notice)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise errors.NOTICE_UNREADABLE() from error
    return found


def write_notice(notice: Notice) -> bytes:
    """The JSON of a notice."""
    return msgspec.json.encode(notice)


def read_answer(body: bytes) -> NoticeAnswer | None:
    """The answer to a notice; None where nobody can read it."""
    try:
        return msgspec.json.decode(body, type=NoticeAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
