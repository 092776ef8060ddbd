"""Notices: messages between xinfu nodes about an agreement, outside the Dataspace Protocol, signed like all (D-02).

A notice is posted to `/xinfu/notices` below the receiver's base. There are four kinds: a change of the agreement, a
change of a duty, a settled payment, and the state of the agreement, which the receiver answers with its own. The
creditor of a duty states its state; the debtor submits a proof. Unknown fields are ignored, so that an older node
understands a newer one. Notices are sent to xinfu nodes only.
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
    """A notice that the agreement has changed.

    Attributes:
        agreement: the id that both sides use.
        move: the sender's act: suspend, resume, terminate, fulfil, renew.
        clause: the clause under which the sender acted; an end without one is the sender's breach (D-23).
        renewed_by: for a renewal, the id of the agreement that replaces this one.
        epoch: counts the changes of the agreement at the sender; of two notices by one sender, the lower epoch is older.
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
    """A notice that a duty has changed.

    Attributes:
        duty: place of the duty in the policy, `permission[0].duty[1]`.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        state: its state at the sender.
        triggered: when it was triggered, if the notice is about that.
        proof: the proof submitted by the debtor.
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
    """A notice that the provider was paid.

    Attributes:
        receipt: id of the receipt. amount: a decimal number in `currency`.
        at: time of the settlement.
    """

    agreement: str
    receipt: str
    amount: str
    currency: str
    at: Moment


class StandingNotice(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag="xinfu:StandingNotice", tag_field="@type"
):
    """A notice of the state of an agreement at the sender, which the receiver answers with the state at its side.

    Attributes:
        state: ACTIVE, SUSPENDED, EXPIRED, FULFILLED or TERMINATED.
        by: participant id of the side that suspended or ended it.
        epoch: as in an AgreementNotice.
    """

    agreement: str
    state: str
    at: Moment
    by: str | None = None
    clause: str | None = None
    reason: str | None = None
    epoch: Epoch | None = None


class NoticeAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a notice: the receiver's state of the agreement or duty, or "settled" for a payment.

    Attributes:
        by: for an agreement, participant id of the side that suspended or ended it, with the `clause` it used.
        epoch: for an agreement, as in an AgreementNotice.
    """

    state: str
    reason: str | None = None
    by: str | None = None
    clause: str | None = None
    epoch: Epoch | None = None


Notice = AgreementNotice | DutyNotice | PaymentNotice | StandingNotice


def read_notice(body: bytes) -> Notice:
    """Read a notice from its JSON.

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
    """Read the answer to a notice; None if it is unreadable."""
    try:
        return msgspec.json.decode(body, type=NoticeAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
